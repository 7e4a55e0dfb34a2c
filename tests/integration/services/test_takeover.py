"""Two workers on PostgreSQL; one dies, the other does what it left."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langsupport.services import dbos_jobs
from langsupport.services.assembly import Services
from langsupport.services.records import DocumentState

WORKER = """
import time
from langsupport.services.assembly import build_services
from langsupport.services.settings import load_settings
build_services(load_settings())
print("working", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_living_take_over_from_the_dead(
    database_url: str,
    open_services: Callable[..., Services],
    finish: Callable[..., Any],
    kill_bench: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dbos_jobs, "EXECUTOR_TTL_SECONDS", 3)
    environ = os.environ | {
        "LANGSUPPORT_DATA": str(tmp_path / "data"),
        "LANGSUPPORT_MODELS": str(tmp_path / "slow"),
        "LANGSUPPORT_DATABASE": database_url,
        "LANGSUPPORT_JOBS_POLLING_INTERVAL_MS": "30",
        "LANGSUPPORT_MIN_FREE_BYTES": "0",
    }
    kill_bench.write_echo_model(tmp_path / "slow", seconds_per_token=0.05)
    submitter = open_services(url=database_url, launch=False)
    id = submitter.documents.upload("a.txt", io.BytesIO(kill_bench.document_text(1, 30).encode())).id
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout and worker.stdout.readline() == "working\n"
        while submitter.documents.get(id).state is not DocumentState.TRANSLATING:
            time.sleep(0.05)
    finally:
        worker.kill()
        worker.communicate()
    services = open_services(url=database_url)
    record = finish(services.documents, id)
    assert (record.state, record.error) == (DocumentState.DONE, None)
    # Progress made by another process is seen too, by looking.
    assert submitter.documents.wait_for_change(id, 0, 5).state is DocumentState.DONE
