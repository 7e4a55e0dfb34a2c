"""A disk that fills: a clear error, nothing half-written, and the service lives on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import io, resource, sys
from langsupport.errors import DiskFull
from langsupport.services.assembly import build_services
from langsupport.services.settings import load_settings

services = build_services(load_settings(), launch=False)
services.documents.upload("before.txt", io.BytesIO(b"The meeting is open.\\n"))
size = 300_000  # what a file may grow to from here on, as on a disk that is nearly full
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    services.documents.upload("big.txt", io.BytesIO(b"The report was adopted by the committee.\\n" * 50_000))
    sys.exit("the upload was taken")
except DiskFull as error:
    print(error.code, error)
print([record.name for record in services.documents.list()])
print(len([path for path in services.files.root.rglob("*") if path.is_file()]))
services.close()
"""


def test_a_full_disk_refuses_the_upload_and_keeps_what_was_there(tmp_path: Path) -> None:
    environ = {
        "LANGSUPPORT_DATA": str(tmp_path / "data"),
        "LANGSUPPORT_MODELS": str(tmp_path / "models"),
        "LANGSUPPORT_MIN_FREE_BYTES": "0",
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    refused, names, count = done.stdout.splitlines()
    assert refused.startswith("disk-full Not enough room in")
    assert (names, count) == ("['before.txt']", "1")
