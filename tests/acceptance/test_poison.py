"""A document that kills the program every time is given up, and work goes on."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from langsupport.services.assembly import build_services

ROOT = Path(__file__).resolve().parents[2]
DIES = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import kill
from langsupport.services import dbos_jobs, maintenance
from langsupport.services.assembly import build_services
from langsupport.services.inference import build_inference

dbos_jobs.MAX_RECOVERIES = 2
maintenance.RESUME_SECONDS = 1
settings = kill.settings_of(Path(sys.argv[2]))
core = build_inference(settings)
inner = core.translate

def translate(requests, lane):
    if any("poison" in request.text for request in requests):
        os._exit(9)
    return inner(requests, lane)

core.translate = translate
with build_services(settings, core) as services:
    while not all(record.finished for record in services.documents.list()):
        time.sleep(0.05)
"""


def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kill_bench", ROOT / "benchmarks" / "load" / "kill.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["kill_bench"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.acceptance
def test_a_poisonous_document_is_given_up(tmp_path: Path) -> None:
    kill = bench()
    kill.write_echo_model(tmp_path / "models", 0.0)
    settings = kill.settings_of(tmp_path)
    with build_services(settings, launch=False) as services:
        bad = b"The committee discussed the poison in the report.\n"
        bad_id = services.documents.upload("bad.txt", io.BytesIO(bad), "en", ["fr"]).id
    command = [sys.executable, "-c", DIES, str(ROOT / "benchmarks" / "load"), str(tmp_path)]
    codes = []
    deadline = time.monotonic() + 120
    while not codes or codes[-1] != 0:
        assert time.monotonic() < deadline, codes
        codes.append(subprocess.run(command, env=dict(os.environ), timeout=60).returncode)
    assert set(codes[:-1]) == {9} and len(codes) <= 6
    with build_services(settings) as services:
        record = services.documents.get(bad_id)
        assert record.state == "failed" and record.error and "again and again" in record.error.message
        good = services.documents.upload("good.txt", io.BytesIO(kill.document_text(1, 5).encode()), targets=["fr"])
        while not good.finished:
            good = services.documents.wait_for_change(good.id, good.version, 1)
        assert good.state == "done"
