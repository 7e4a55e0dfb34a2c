"""Live captions side by side with whisper_streaming and WhisperLiveKit: one machine, one model, one feed, in turns.

    python benchmarks/latency/side_by_side.py --peers-python PEERS/bin/python                 # real time, ~40 minutes
    python benchmarks/latency/side_by_side.py --peers-python PEERS/bin/python --clock unaware --systems ours agreement
    python benchmarks/latency/side_by_side.py --peers-python PEERS/bin/python --concurrent 1 2 3 4
    python benchmarks/latency/side_by_side.py --quick

The peers live in an environment of their own (their packages want other versions than ours):

    python -m venv PEERS && PEERS/bin/pip install torch==2.13.0 faster-whisper==1.2.1 whisperlivekit==0.2.26
    PEERS/bin/pip install --no-deps whisper-streaming==0.1.0

Systems: `ours`; `agreement`, whisper_streaming's published policy; `package`, the package whisper-streaming;
`livekit`, WhisperLiveKit. All have the same Whisper files, int8, beam, threads and amount of new sound to wait for
(`--chunk-ms`). Each hears each recording in a process of its own, one after the other (see peers/).

Error rates are of the committed text against the reference (over noise: words invented a minute); “offline” is the
product's recognition of the whole file (beam 5). Latency is from the end of a word to its commitment (scoring.py);
`seen` to its first lasting display, tail included. CPU is seconds of processor for each second of sound. Erasure:
characters of committed text taken back, and units of everything shown taken back, for each in the final text.

With --concurrent N …, N copies run at once in real time: ours and WhisperLiveKit as N sessions of one process, the
others as N processes, for they serve one stream each.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import meeting as meetings
from common import scoring
from common.corpora import data_folder
from common.meeting import Meeting
from common.signature import machine, model_hash, signature, versions
from langsupport.engines.core import InferenceCore
from langsupport.engines.options import InferenceOptions
from langsupport.engines.protocols import Lane
from langsupport.engines.store import ModelStore
from langsupport.pipelines.recording import recognize

PEERS = Path(__file__).resolve().parent / "peers"
SCRIPTS = {
    "ours": "ours.py",
    "agreement": "local_agreement.py",
    "package": "whisper_streaming_package.py",
    "livekit": "whisperlivekit_peer.py",
}
ONE_PROCESS = frozenset({"ours", "livekit"})
"""They hold several streams in one process."""
REAL_ONLY = frozenset({"livekit"})
STAGGER_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class Offline:
    text: str
    words: list[scoring.Spoken]


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one recording; of several copies the mean, and the worst for latency."""

    system: str
    recording: str
    copies: int
    error: float
    offline_error: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    seen_p50_ms: float
    cpu_per_second: float
    peak_rss_mib: float
    stable_erasure: float
    shown_erasure: float
    lag_ms: float  # from the end of the sound to the last word

    def cells(self) -> str:
        seconds = [f"{value / 1000:.2f}" for value in (self.p50_ms, self.p95_ms, self.p99_ms, self.seen_p50_ms)]
        rates = [f"{self.error:.1f}", f"{self.offline_error:.1f}"]
        cost = [f"{self.cpu_per_second:.2f}", f"{self.peak_rss_mib:.0f}"]
        erasure = [f"{self.stable_erasure:.4f}", f"{self.shown_erasure:.2f}", f"{self.lag_ms / 1000:.1f}"]
        return (
            "| " + " | ".join([self.recording, self.system, str(self.copies), *rates, *seconds, *cost, *erasure]) + " |"
        )


HEAD = """| recording | system | copies | error % | offline % | p50 s | p95 s | p99 s | seen p50 s | CPU/s | RSS MiB | \
erased, committed | erased, shown | end lag s |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"""


class Bench:
    def __init__(self, given: argparse.Namespace, work: Path) -> None:
        self.given = given
        self.work = work
        self.model = Path(given.models) / given.model
        self.rows: list[Row] = []

    def hear(self, meeting: Meeting, copies: int = 1) -> None:
        """All systems on one recording, in turns."""
        audio = self.work / f"{meeting.name}.wav"
        meetings.write_wav(audio, meeting.samples)
        offline = self._offline(audio, meeting.language)
        for _ in range(self.given.repeat):
            for system in self.given.systems:
                if self.given.clock != "real" and system in REAL_ONLY:
                    continue
                logs = self._run(system, audio, meeting.language, copies)
                if logs:
                    self.rows.append(self._score(system, meeting, offline, logs))
                    print(self.rows[-1].cells(), flush=True)
                    if system == "ours" and meeting.language is None and meeting.turns:
                        print(_switches(meeting, logs[0]), flush=True)

    def _offline(self, audio: Path, language: str | None) -> Offline:
        """Of the same model on the same sound; kept, for it is the same every time."""
        kept = self.work / f"{audio.stem}-{self.given.model}.offline.json"
        if not kept.is_file():
            manifests = Path(__file__).resolve().parents[2] / "models"
            options = InferenceOptions(device="cpu", compute_type="int8", recognizers=(self.given.model,))
            core = InferenceCore(ModelStore(Path(self.given.models), manifests), options)
            try:
                found = recognize(audio, audio.name, core, language, Lane.BATCH).utterances
            finally:
                core.close()
            words = [(word.text, word.end_ms) for utterance in found for word in utterance.words]
            kept.write_text(json.dumps([" ".join(utterance.text for utterance in found), words]))
        text, words = json.loads(kept.read_text())
        return Offline(text, [scoring.Spoken(word, end_ms) for word, end_ms in words])

    def _run(self, system: str, audio: Path, language: str | None, copies: int) -> list[Path]:
        """The logs; [] if the system could not be started."""
        python = sys.executable if system == "ours" else self.given.peers_python
        if python is None:
            return []
        out = self.work / f"{audio.stem}-{system}-{self.given.clock}-{copies}.jsonl"
        base = [str(python), str(PEERS / SCRIPTS[system]), "--audio", str(audio), "--model", str(self.model)]
        base += ["--language", language or "auto", "--beam", str(self.given.beam), "--clock", self.given.clock]
        base += ["--threads", str(self.given.threads), "--chunk-ms", str(self.given.chunk_ms)]
        for pair in self.given.option:
            name, _, setting = pair.partition(":")
            base += ["--option", setting] if name == system else []
        if system in ONE_PROCESS or copies == 1:
            commands = [[*base, "--out", str(out), "--copies", str(copies)]]
            logs = [out.with_name(f"{out.stem}-{n}.jsonl") for n in range(copies)] if copies > 1 else [out]
        else:
            logs = [out.with_name(f"{out.stem}-{n}.jsonl") for n in range(copies)]
            commands = [[*base, "--out", str(log)] for log in logs]
        return logs if self._wait(commands, out.with_suffix(".err")) else []

    def _wait(self, commands: list[list[str]], errors: Path) -> bool:
        running = []
        with errors.open("wb") as sink:
            for command in commands:
                running.append(subprocess.Popen(command, stdout=sink, stderr=sink))
                time.sleep(STAGGER_SECONDS if len(commands) > 1 else 0)
            codes = [process.wait() for process in running]
        if any(codes):
            print(f"<!-- {Path(commands[0][1]).name} failed: {errors.read_text(errors='replace')[-400:]} -->")
        return not any(codes)

    def _score(self, system: str, meeting: Meeting, offline: Offline, logs: list[Path]) -> Row:
        language = meeting.language
        late: list[float] = []
        seen: list[float] = []
        errors, ends, still, moving, lags = [], [], [], [], []
        for log in logs:
            shown, end = scoring.read_log(log)
            text = shown[-1].stable if shown else ""
            errors.append(_error(meeting, text))
            late += scoring.latencies(shown, offline.words, language)
            seen += scoring.latencies(shown, offline.words, language, with_tail=True)
            still.append(scoring.erasure(shown, language, with_tail=False))
            moving.append(scoring.erasure(shown, language, with_tail=True))
            lags.append(shown[-1].wall_ms - meeting.duration_ms if shown else 0.0)
            ends.append(end)
        together = system in ONE_PROCESS
        cpu = max(_number(e, "cpu_s") for e in ends) if together else sum(_number(e, "cpu_s") for e in ends)
        rss = (
            max(_number(e, "peak_rss_mib") for e in ends) if together else sum(_number(e, "peak_rss_mib") for e in ends)
        )
        return Row(
            system,
            meeting.name,
            len(logs),
            statistics.mean(errors),
            _error(meeting, offline.text),
            scoring.percentile(late, 50),
            scoring.percentile(late, 95),
            scoring.percentile(late, 99),
            scoring.percentile(seen, 50),
            cpu / len(logs) / (meeting.duration_ms / 1000),
            rss,
            statistics.mean(still),
            statistics.mean(moving),
            max(lags),
        )


def _number(end: dict[str, Any], key: str) -> float:
    return float(end.get(key) or 0.0)


def _error(meeting: Meeting, text: str) -> float:
    if meeting.turns:
        return scoring.unit_error_rate(meeting.reference, text, meeting.language)
    return len(scoring.units(text, None)) / (meeting.duration_ms / 60_000)


def _switches(meeting: Meeting, log: Path) -> str:
    """How soon and how purely each language was captioned after the floor had changed."""
    pieces = [scoring.Piece(**piece) for piece in scoring.read_log(log)[1]["pieces"]]
    found = scoring.switches(meeting.blocks(), pieces)
    delays = [switch.delay_ms / 1000 for switch in found if not math.isnan(switch.delay_ms)]
    wrong, all_ = sum(switch.wrong_units for switch in found), sum(switch.units for switch in found)
    each = ", ".join(f"{s.language} {s.delay_ms / 1000:.1f} s ({s.wrong_units}/{s.units})" for s in found)
    return (
        f"<!-- {len(found)} changes of language, {len(found) - len(delays)} never followed; delay p50 "
        f"{scoring.percentile(delays, 50):.1f} s, longest {max(delays, default=math.nan):.1f} s; "
        f"{100 * wrong / max(1, all_):.1f} % of the words in a wrong language. {each} -->"
    )


def choose(given: argparse.Namespace) -> list[Meeting]:
    data = data_folder(given.data)
    found = [m for kind in given.audio for m in meetings.build(data, kind, given.seed)]
    return [m.cut(given.seconds) if given.seconds else m for m in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audio", nargs="+", choices=meetings.KINDS, default=["long", "six"])
    parser.add_argument("--systems", nargs="+", choices=list(SCRIPTS), default=list(SCRIPTS))
    parser.add_argument("--clock", choices=("real", "aware", "unaware"), default="real")
    parser.add_argument("--concurrent", nargs="+", type=int, default=[1], metavar="N")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0, help="only the beginning of each recording")
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--chunk-ms", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--option", action="append", default=[], metavar="SYSTEM:KEY=VALUE")
    parser.add_argument("--model", default="whisper-base")
    parser.add_argument("--models", type=Path, default=os.environ.get("LANGSUPPORT_MODELS"))
    parser.add_argument("--peers-python", type=Path, default=os.environ.get("LANGSUPPORT_PEERS_PYTHON"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="keep sound, logs and rows.json here")
    parser.add_argument("--quick", action="store_true", help="45 seconds of English, virtual clock")
    given = parser.parse_args()
    if given.models is None:
        raise SystemExit("Name the folder of installed models with --models or LANGSUPPORT_MODELS.")
    if given.quick:
        given.audio, given.seconds = ["en"], 45
        given.clock = "real" if given.systems == ["livekit"] else "aware"
    if given.concurrent != [1]:
        given.clock = "real"
    with tempfile.TemporaryDirectory() as folder:
        work = given.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        bench = Bench(given, work)
        print(HEAD)
        for copies in given.concurrent:
            for meeting in choose(given):
                bench.hear(meeting, copies)
        (work / "rows.json").write_text(json.dumps([asdict(row) for row in bench.rows], indent=1))
    facts = {"model": given.model, "hash": model_hash(bench.model), "beam": given.beam, "type": "int8"}
    more = {"clock": given.clock, "chunk_ms": given.chunk_ms, "threads": given.threads, "seed": given.seed}
    own = versions("faster-whisper", "ctranslate2", "jiwer", "rapidfuzz")
    print("\n" + signature(**facts, **more, machine=machine(), **own, **_peer_versions(given.peers_python)))


def _peer_versions(python: Path | None) -> dict[str, str]:
    if python is None:
        return {}
    names = ["whisperlivekit", "whisper-streaming", "faster-whisper", "ctranslate2"]
    code = f"import importlib.metadata as m; print(*(m.version(n) for n in {names}))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    return {f"peers-{name}": version for name, version in zip(names, done.stdout.split(), strict=False)}


if __name__ == "__main__":
    main()
