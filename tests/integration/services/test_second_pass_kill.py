"""A process that is killed in the middle of a second pass: the next one goes on, and hears nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from langsupport.services.assembly import Services
from langsupport.services.session_records import PassState
from second_pass_worker import SCRIPT, SECONDS
from secondhearing import clock_sound

WORKER = Path(__file__).parents[2] / "second_pass_worker.py"
PATIENCE_S = 60


def lines(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def test_a_killed_pass_goes_on(open_services: Callable[..., Services], tmp_path: Path) -> None:
    log = tmp_path / "heard.log"
    with open_services(launch=False) as services:
        sessions = services.sessions
        id = sessions.create("Plenary", languages=["fr"], channels=[("floor", "en")], by="Ann").id
        sessions.start(id, "Ann")
        services.spool.file(id, "floor").append(0, clock_sound(SECONDS))
        sessions.note_channel(id, "floor", position=SECONDS * 16_000)
        sessions.end(id, "Ann")
        services.second_pass.start(id, "Ann")
    environment = os.environ | {
        "LANGSUPPORT_DATA": str(tmp_path / "data"),
        "LANGSUPPORT_MODELS": str(tmp_path / "models"),
        "LANGSUPPORT_JOBS_POLLING_INTERVAL_MS": "30",
        "LANGSUPPORT_MIN_FREE_BYTES": "0",
        "LANGSUPPORT_INFERENCE_DEVICE": "cpu",
        "PYTHONPATH": str(WORKER.parent),
    }
    command = [sys.executable, str(WORKER), id, str(log)]
    kills = 0
    for wanted in (2, 5, 7):
        process = subprocess.Popen(command, env=environment)
        deadline = time.monotonic() + PATIENCE_S
        while len(lines(log)) < wanted:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        kills += 1
    subprocess.run(command, env=environment, timeout=PATIENCE_S, check=True)
    with open_services(launch=False) as services:
        assert services.sessions.get(id).second_pass is PassState.DONE
        shown = [cue.stable for _, cue in services.sessions.cues(id, "floor", after_ms=0)]
        french = [cue.stable for _, cue in services.sessions.cues(id, "fr", after_ms=0)]
    assert shown == [one.text for one in SCRIPT]
    assert len(french) == len(SCRIPT) and all(text.startswith("[fr]") for text in french)
    times = Counter(lines(log))
    assert len(times) == len(SCRIPT)
    assert sum(times.values()) <= len(SCRIPT) + 2 * kills  # at most the two sentences of the block in flight, each time
