"""Models that learn by themselves: once enough new text was approved, in quiet hours, `langsupport adapt` runs as a
process of its own, at low priority.

What it learns from is written down when a run begins, so that one that was cut (the quiet hours ended, the service
stopped, the machine went down) goes on with the same text. Text of confidential meetings is left out. Whether the new
version serves is the gate's decision, as by hand.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import psutil
import sqlalchemy as sa

from langsupport.domain.matches import UnitOrigin
from langsupport.services.adaptation import pairs_from_memory, write_pairs
from langsupport.services.audit import note
from langsupport.services.database import Database, now_ms
from langsupport.services.schema import memory_units
from langsupport.services.settings import AdaptationRun, Settings
from langsupport.services.visibility import is_confidential

log = logging.getLogger(__name__)

MOST_TRIES = 3
"""Of one run that fails; then the next one waits for new text again."""
_REFUSED = 7
"""What the command exits with where the gate refused (cli/exits.py)."""
_STOP_SECONDS = 20
_SAME_SECONDS = 2

Command = Callable[[AdaptationRun, Path], Sequence[str]]


@dataclass
class Progress:
    """What is known of one configured run: up to which moment text was learned from, and the run that goes on."""

    until_ms: int = 0
    runs: int = 0
    going_on: bool = False
    begun_ms: int = 0
    tries: int = 0
    pid: int = 0
    pid_since: float = 0  # when that process began, which tells it from another with its number
    last: str = ""  # promoted, refused or failed


@dataclass(frozen=True, slots=True)
class _Child:
    run: AdaptationRun
    process: subprocess.Popen[bytes]


class AdaptationSchedule:
    """One per process that works; one run at a time. `look` is called now and then, by one thread, `resume` often."""

    def __init__(self, database: Database, settings: Settings, command: Command | None = None) -> None:
        self._database = database
        self._settings = settings
        self._folder = settings.data_dir / "adaptation"
        self._command = command or _command
        self._child: _Child | None = None

    def look(self, now: datetime | None = None) -> None:
        """Begin or go on with what is due. `now`: local time."""
        self.resume(now)
        if self._child is not None or not self._is_quiet(now):
            return
        for run in self._settings.adaptation.runs:
            if self._is_due(run):
                try:
                    self._start(run)
                except OSError:
                    log.exception("adapting %s could not begin; it is tried again", run.model)
                return

    def resume(self, now: datetime | None = None) -> None:
        """See to the run that goes on: it may have ended, or the quiet hours may have."""
        if self._child is not None and self._child.process.poll() is not None:
            self._settle(self._child)
        if self._child is not None and not self._is_quiet(now):
            self._stop(self._child)

    def delete_older(self, created_before_ms: int) -> int:
        """Runs are kept: they are the record of what models learned from."""
        return 0

    def _is_quiet(self, now: datetime | None) -> bool:
        wanted = self._settings.adaptation
        return is_quiet((now or datetime.now()).hour, wanted.from_hour, wanted.to_hour)

    def close(self) -> None:
        """The run that goes on is cut, to go on at the next start. Nothing looks any more when this is called."""
        if self._child is not None:
            self._stop(self._child)

    def progress(self, run: AdaptationRun) -> Progress:
        place = self._place(run) / "progress.json"
        return Progress(**json.loads(place.read_text(encoding="utf-8"))) if place.is_file() else Progress()

    def _is_due(self, run: AdaptationRun) -> bool:
        known = self.progress(run)
        return known.going_on or self._fresh(run, known.until_ms) >= self._settings.adaptation.after_segments

    def _fresh(self, run: AdaptationRun, since_ms: int) -> int:
        """How many segments of a direction were approved since."""
        table = memory_units.c
        mine = sa.and_(
            table.source_language == run.source,
            table.target_language == run.target,
            table.origin == UnitOrigin.APPROVED,
            table.at_ms > since_ms,
            ~is_confidential(table.meeting_id),
        )
        with self._database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(memory_units).where(mine)) or 0

    def _start(self, run: AdaptationRun) -> None:
        known, place = self.progress(run), self._place(run)
        folder = place / f"run-{known.runs + (not known.going_on)}"
        if not known.going_on:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            begun = now_ms()
            pairs = pairs_from_memory(self._database, run.source, run.target, confidential=False)
            write_pairs(folder / "memory.tsv", pairs)
            known = Progress(known.until_ms, known.runs + 1, going_on=True, begun_ms=begun, last=known.last)
            self._keep(run, known)
        _end_orphan(known)
        log.info("the model %s learns from approved text (%s-%s), in %s", run.model, run.source, run.target, folder)
        with (folder / "log.txt").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program, words from our own settings
                [*_gently(), *self._command(run, folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **_environment(self._settings)},
            )
        self._child = _Child(run, process)
        self._keep(run, replace(known, pid=process.pid, pid_since=psutil.Process(process.pid).create_time()))

    def _settle(self, child: _Child) -> None:
        """A run ended by itself."""
        self._child = None
        run, code = child.run, child.process.returncode
        known = self.progress(run)
        known.last = {0: "promoted", _REFUSED: "refused"}.get(code, "failed")
        known.tries += known.last == "failed"
        folder = self._place(run) / f"run-{known.runs}"
        if known.last == "failed":
            log.warning("adapting %s ended with %d, its log is %s", run.model, code, folder / "log.txt")
        if known.last != "failed" or known.tries >= MOST_TRIES:
            known = Progress(known.begun_ms, known.runs, last=known.last)
        self._keep(run, known)
        with self._database.write() as connection:
            direction = f"{run.source}-{run.target}"
            note(connection, "adaptation", "langsupport", f"model {run.model}", direction=direction, result=known.last)

    def _stop(self, child: _Child) -> None:
        """Cut the run that goes on."""
        self._child = None
        child.process.send_signal(signal.SIGTERM)
        try:
            child.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        log.info("adapting %s was cut, it goes on in the next quiet hours", child.run.model)

    def _keep(self, run: AdaptationRun, known: Progress) -> None:
        place = self._place(run) / "progress.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(known)), encoding="utf-8")
        fresh.replace(place)

    def _place(self, run: AdaptationRun) -> Path:
        return self._folder / f"{run.model}.{run.source}-{run.target}"


def _end_orphan(known: Progress) -> None:
    """A run whose service was killed may go on: two must not write into one folder."""
    try:
        process = psutil.Process(known.pid)
        if known.pid and abs(process.create_time() - known.pid_since) < _SAME_SECONDS:
            process.kill()
            process.wait(_STOP_SECONDS)
    except psutil.Error:
        pass


def is_quiet(hour: int, begins: int, ends: int) -> bool:
    """Whether an hour of the day lies in the quiet ones; all do where they begin and end alike."""
    if begins == ends:
        return True
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends


def _gently() -> list[str]:
    nice = shutil.which("nice")
    return [nice, "-n", "15"] if nice else []


def _command(run: AdaptationRun, folder: Path) -> list[str]:
    words = [sys.executable, "-m", "langsupport.cli.main", "adapt", run.model, "--from", run.source, "--to", run.target]
    words += ["--memory", str(folder / "memory.tsv"), "--general", str(run.general), "--out", str(folder / "run")]
    words += ["--steps", str(run.steps), "--rank", str(run.rank), "--device", run.device]
    words += ["--rate", str(run.rate)] if run.rate else []
    return [*words, "--weights", str(run.weights)] if run.weights else words


def _environment(settings: Settings) -> Mapping[str, str]:
    """So that the command works on the same data; half of the machine is left to others."""
    return {
        "LANGSUPPORT_DATA": str(settings.data_dir),
        "LANGSUPPORT_MODELS": str(settings.models_dir),
        "LANGSUPPORT_MANIFESTS_DIR": str(settings.manifests_dir),
        "LANGSUPPORT_DATABASE": settings.database,
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) // 2)),
    }


__all__ = ["AdaptationSchedule", "Progress", "is_quiet"]
