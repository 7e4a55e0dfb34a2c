"""Kill the worker again and again while it translates, and count what was lost and what was done twice.

    python benchmarks/load/kill.py [--kills 20] [--documents 10] [--sentences 40] [--seed N]

A real worker process (services, SQLite, job engine, inference core with the echo engine) translates documents into
five languages. It is killed (SIGKILL) at random moments, every fourth time while it starts, and started again until
all is done. Every segment that the machine finishes is written to an append-only log; after each kill the database
says what was stored. A stored segment that appears in the log again was done twice. Prints a table; the seed repeats
a run.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from langsupport.domain.languages import DIRECTIONS, LANGUAGES
from langsupport.engines.protocols import Lane, Ticket, Translation, TranslationRequest
from langsupport.services.assembly import Services, build_inference, build_services
from langsupport.services.settings import Settings, load_settings

TIMEOUT_SECONDS = 300
"""For the last start, which has to finish everything."""

Done = tuple[str, str]
"""(source text, target language)"""


@dataclass(frozen=True, slots=True)
class Report:
    """What came out. `lost`, `repeated_stored` and `wrong_files` must be 0."""

    seed: int
    kills: int
    kills_at_work: int  # the worker was translating at that moment
    documents: int
    renditions_done: int
    segments: int  # distinct, times languages
    lost: int  # without a stored translation in the end
    machine_calls: int  # segments that the machine finished, repetitions counted
    repeated_in_flight: int  # finished again because the kill came before they were stored
    repeated_stored: int  # finished again although they were stored
    wrong_files: int  # renditions that lack a segment
    seconds: float

    @property
    def good(self) -> bool:
        return not (self.lost or self.repeated_stored or self.wrong_files)


def run(folder: Path, *, kills: int, documents: int, sentences: int, seed: int, max_life_seconds: float) -> Report:
    """One whole run in an empty folder. Deterministic but for the machine's own timing."""
    started = time.monotonic()
    moments = random.Random(seed)
    write_echo_model(folder / "models", seconds_per_token=0.001)
    texts = {f"report-{number}.txt": document_text(number, sentences) for number in range(documents)}
    with build_services(settings_of(folder), launch=False) as services:
        for name, text in texts.items():
            services.documents.upload(name, io.BytesIO(text.encode()))
    stored: dict[Done, int] = {}  # when it was seen stored: the log's length at that time
    at_work = 0
    for number in range(kills):
        life = moments.uniform(0.1, max_life_seconds)
        at_work += _kill_one(folder, life, starting=number % 4 == 3)
        length = len(read_log(folder))
        for done in stored_segments(folder):
            stored.setdefault(done, length)
    assert start(folder).wait(TIMEOUT_SECONDS) == 0, "the last worker failed"
    return _report(folder, texts, stored, seed, kills, at_work, time.monotonic() - started)


def _kill_one(folder: Path, life_seconds: float, *, starting: bool) -> bool:
    """Start a worker and kill it so long after its start, or after it began to translate; whether it was at work."""
    before = _size(folder)
    worker = start(folder)
    while not starting and worker.poll() is None and _size(folder) == before:
        time.sleep(0.005)
    try:
        worker.wait(life_seconds)
    except subprocess.TimeoutExpired:
        worker.send_signal(signal.SIGKILL)
    return worker.wait() == -signal.SIGKILL and _size(folder) > before


def _size(folder: Path) -> int:
    path = folder / "log.jsonl"
    return path.stat().st_size if path.exists() else 0


def _report(
    folder: Path, texts: dict[str, str], stored: dict[Done, int], seed: int, kills: int, at_work: int, seconds: float
) -> Report:
    log = read_log(folder)
    targets = [code for code in LANGUAGES if code != "en"]
    expected = {(line, code) for text in texts.values() for line in sentences_of(text) for code in targets}
    final = stored_segments(folder)
    again = sum(1 for place, done in enumerate(log) if done in stored and place >= stored[done])
    repeated = sum(count - 1 for count in Counter(log).values())
    with build_services(settings_of(folder), launch=False) as services:
        good, wrong = _check_files(services, texts)
    return Report(
        seed=seed,
        kills=kills,
        kills_at_work=at_work,
        documents=len(texts),
        renditions_done=good + wrong,
        segments=len(expected),
        lost=len(expected - final),
        machine_calls=len(log),
        repeated_in_flight=repeated - again,
        repeated_stored=again,
        wrong_files=wrong,
        seconds=round(seconds, 1),
    )


def _check_files(services: Services, texts: dict[str, str]) -> tuple[int, int]:
    good = wrong = 0
    for record in services.documents.list(limit=len(texts)):
        for rendition in record.renditions:
            text = services.documents.open_rendition(record.id, rendition.language).path.read_text()
            text = " ".join(text.split())  # the format wraps lines as the source did
            whole = all(f"[{rendition.language}] {line}" in text for line in sentences_of(texts[record.name]))
            good, wrong = good + whole, wrong + (not whole)
    missing = len(texts) * (len(LANGUAGES) - 1) - good - wrong
    return good, wrong + missing


def document_text(number: int, sentences: int) -> str:
    """Sentences that no other document has; no entities that languages write differently."""
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"]

    def name(index: int) -> str:
        return " ".join(words[int(digit)] for digit in f"{number:02}{index:03}")

    lines = [f"The committee adopted the report {name(index)} at its last meeting." for index in range(sentences)]
    return "\n\n".join(lines) + "\n"


def sentences_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def settings_of(folder: Path) -> Settings:
    environ = {
        "LANGSUPPORT_DATA": str(folder / "data"),
        "LANGSUPPORT_MODELS": str(folder / "models"),
        "LANGSUPPORT_INFERENCE_DEVICE": "cpu",
        "LANGSUPPORT_JOBS_MIN_CHUNK_SEGMENTS": "4",
        "LANGSUPPORT_JOBS_POLLING_INTERVAL_MS": "50",
        "LANGSUPPORT_MIN_FREE_BYTES": "0",
    }
    return load_settings(None, environ)


def write_echo_model(models: Path, seconds_per_token: float) -> None:
    """An installed model of the echo family, which tags a text with its target language."""
    folder = models / "echo"
    folder.mkdir(parents=True)
    manifest = {
        "id": "echo",
        "title": "Echo",
        "family": "echo",
        "task": "translation",
        "languages": list(LANGUAGES),
        "pairs": [f"{source}-{target}" for source, target in DIRECTIONS],
        "licence": "Apache-2.0",
        "commercial_use": True,
        "seconds_per_token": seconds_per_token,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, "--work", str(folder)])


def read_log(folder: Path) -> list[Done]:
    """What the machine finished, in order; a line that a kill cut short was not finished."""
    path = folder / "log.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [(text, target) for text, target in map(json.loads, lines)]


def stored_segments(folder: Path) -> set[Done]:
    """What the database holds: the source text is told from the echo."""
    database = f"file:{folder / 'data' / 'langsupport.sqlite'}?mode=ro"
    query = "SELECT language, json_extract(target, '$.t') FROM segment_translations"
    with closing(sqlite3.connect(database, uri=True, timeout=30)) as connection:
        return {(text.removeprefix(f"[{code}] "), code) for code, text in connection.execute(query)}


class LoggedInference:
    """The inference core, with every finished segment written to an append-only file."""

    def __init__(self, inner: Any, log: Path) -> None:
        self._inner = inner
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def translate(
        self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf
    ) -> Ticket[Translation]:
        return LoggedTicket(self._inner.translate(requests, lane, deadline), requests, self._log)


@dataclass(frozen=True, slots=True)
class LoggedTicket:
    inner: Ticket[Translation]
    requests: Sequence[TranslationRequest]
    log: int

    def results(self) -> Iterator[tuple[int, Translation]]:
        for index, result in self.inner.results():
            request = self.requests[index]
            os.write(self.log, (json.dumps([request.text, request.target]) + "\n").encode())
            yield index, result

    def wait(self) -> list[Translation]:
        return [result for _, result in sorted(self.results(), key=lambda pair: pair[0])]

    def cancel(self) -> None:
        self.inner.cancel()


def work(folder: Path) -> None:
    """The worker process: until every document is finished."""
    settings = settings_of(folder)
    inference: Any = LoggedInference(build_inference(settings), folder / "log.jsonl")
    with build_services(settings, inference) as services:
        while not all(record.finished for record in services.documents.list(limit=1000)):
            time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--documents", type=int, default=10)
    parser.add_argument("--sentences", type=int, default=40)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--max-life", type=float, default=3.0, help="longest time between work and kill, seconds")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work)
        return 0
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory() as folder:
        report = run(
            Path(folder),
            kills=given.kills,
            documents=given.documents,
            sentences=given.sentences,
            seed=seed,
            max_life_seconds=given.max_life,
        )
    for field in fields(report):
        print(f"{field.name.replace('_', ' '):<22}{getattr(report, field.name):>10}")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
