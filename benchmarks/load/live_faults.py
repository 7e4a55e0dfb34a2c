"""Break everything while somebody speaks, and see whether anything was lost.

    python benchmarks/load/live_faults.py                 # 30 kills, 50 dropped connections, 5 pauses, 2 full disks
    python benchmarks/load/live_faults.py --quick         # 3 kills, 5 drops, 1 pause, 1 full disk: two minutes
    python benchmarks/load/live_faults.py --seed 7        # the same faults in the same order again

A real server (its own process and data folder) captions a meeting that a client feeds in real time. The client keeps
to docs/live.md: it keeps what was not acknowledged, comes back and sends it again. Three viewers watch and come back
with the last seq they saw. Meanwhile, at random moments: the service is killed (SIGKILL) and started again, the
feeder's or a viewer's connection is broken, the process is stopped for some seconds (SIGSTOP), and the disk is filled
and freed (the data lie on a small tmpfs, which wants root; without it this part is left out, and the table says so).

In the end: every caption that a viewer saw committed must be there, once, with the same text or a longer one; the
captions must be in the order of time; viewers must have seen seq and revisions grow only; and the sound on the disk
must equal what was spoken into the client sample by sample, silent only where the client itself had to let sound go.
The error rate against the reference shows what the faults cost the text.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import meeting as meetings
from common.corpora import data_folder
from common.live_client import FRAME_SAMPLES, RATE, Feeder, Watcher
from common.live_server import Server
from common.meeting import Meeting, pcm
from common.scoring import unit_error_rate
from common.signature import machine, model_hash, signature, versions

VIEWERS = 3
DISK_MIB = 160
KEEP_FREE_MIB = 8
"""The setting min_free_bytes of the server: what stays for captions when sound may no more be written."""
SETTLE_SECONDS = 240
"""For the last sound to be acknowledged, and again for everything to be heard."""


@dataclass(frozen=True, slots=True)
class Plan:
    kills: int = 30
    feeder_drops: int = 25
    viewer_drops: int = 25
    pauses: int = 5
    full_disks: int = 2
    gap_seconds: tuple[float, float] = (2.0, 9.0)

    def shuffled(self, moments: random.Random) -> list[str]:
        names = ["kill"] * self.kills + ["feeder"] * self.feeder_drops + ["viewer"] * self.viewer_drops
        names += ["pause"] * self.pauses + ["disk"] * self.full_disks
        moments.shuffle(names)
        return names


@dataclass(frozen=True, slots=True)
class Report:
    """What came out. The counts from `lost_cues` to `sound_missing_ms` must be 0."""

    seed: int
    minutes: float
    kills: int
    feeder_drops: int
    viewer_drops: int
    pauses: int
    full_disks: int  # -1: could not be tried here
    seconds_to_restart: float  # median
    cues: int
    commits_seen: int  # by all viewers
    lost_cues: int  # seen, and not there in the end
    changed_cues: int  # there, but not with the text that was seen at its beginning
    doubled_cues: int
    out_of_order: int
    wrong_seq: int  # a viewer got a seq again, or out of order
    shrunk: int  # a viewer saw stable text that did anything but grow
    missed_by_viewer: int  # in the end there, never or not wholly seen by a viewer that was watching
    sound_wrong_ms: int  # on the disk, other than it was spoken
    sound_missing_ms: int  # silent on the disk or not there, and not let go by the client
    client_let_go_ms: int  # by a client that keeps 30 s
    spoken_ms: int
    error_percent: float
    feeder_error: str

    @property
    def good(self) -> bool:
        counts = (self.lost_cues, self.changed_cues, self.doubled_cues, self.out_of_order, self.wrong_seq, self.shrunk)
        return not any((*counts, self.missed_by_viewer, self.sound_wrong_ms, self.sound_missing_ms, self.feeder_error))


class Trial:
    """One run in an empty folder."""

    def __init__(self, folder: Path, given: argparse.Namespace, plan: Plan, *, disk: bool) -> None:
        self.plan = plan
        self.moments = random.Random(given.seed)
        self.disk = folder / "disk" if disk else None
        settings = f"min_free_bytes = {KEEP_FREE_MIB * 2**20}"
        self.server = Server(self.disk or folder, Path(given.models), given.model, settings)
        self.server.log = folder / "server.log"  # not on the disk that is filled
        self.meeting = meetings.one_language(data_folder(given.data), "en", given.seed)
        self.restarts: list[float] = []
        self.quick = given.quick

    def run(self) -> Report:
        began = time.monotonic()
        self.server.start()
        session = self.server.new_session("Faults", "en")
        watchers = [Watcher(self.server.address, session) for _ in range(VIEWERS)]
        feeder = Feeder(self.server.address, session, spoken(self.meeting))
        for part in (*watchers, feeder):
            part.start()
        try:
            time.sleep(5)
            self._break(feeder, watchers)
            self._let_finish(feeder)
            feeder.stop_recording()
            feeder.wait_acknowledged(SETTLE_SECONDS)
            settled = self.server.settle(session, SETTLE_SECONDS)
            if not settled:
                print("The server has not heard everything that came:", self.server.call("GET", f"/{session}/status"))
            self.server.call("POST", f"/{session}/end")
            time.sleep(3)
            return self._report(session, feeder, watchers, time.monotonic() - began)
        finally:
            feeder.close()
            for watcher in watchers:
                watcher.close()
            self.server.stop()

    def _let_finish(self, feeder: Feeder) -> None:
        """Until the recording that is being said has ended, so that its reference can be held against the captions."""
        size = len(self.meeting.samples)
        said = len(feeder.sent) // 2 + 5 * RATE
        ends = [turn.end_ms * RATE // 1000 for turn in self.meeting.turns]
        ends = [end + RATE // 2 + said // size * size for end in [*ends, ends[0] + size]]
        until = next(end for end in ends if end >= said)
        while len(feeder.sent) // 2 < until:
            time.sleep(0.1)

    def _break(self, feeder: Feeder, watchers: list[Watcher]) -> None:
        acts: dict[str, Callable[[], None]] = {
            "kill": self._kill,
            "feeder": feeder.drop,
            "viewer": lambda: self.moments.choice(watchers).drop(),
            "pause": lambda: self.server.pause(self.moments.uniform(2, 6)),
            "disk": self._fill,
        }
        names = self.plan.shuffled(self.moments)
        for number, name in enumerate(names, 1):
            time.sleep(self.moments.uniform(*self.plan.gap_seconds))
            print(f"{number}/{len(names)} {name}", file=sys.stderr, flush=True)
            acts[name]()

    def _kill(self) -> None:
        self.server.kill()
        time.sleep(self.moments.uniform(0.0, 1.5))
        self.restarts.append(self.server.start())

    def _fill(self) -> None:
        """First so far that sound finds no room, then wholly, then free again."""
        if self.disk is None:
            return
        ballast = self.disk / "ballast"
        for leave in (KEEP_FREE_MIB * 2**20 // 2, 0):
            stats = os.statvfs(self.disk)
            size = max(0, stats.f_bavail * stats.f_frsize - leave)
            with ballast.open("ab") as file:
                try:
                    file.write(b"\0" * size)
                    file.flush()
                except OSError:
                    pass
            time.sleep(4)
        ballast.unlink()

    def _report(self, session: str, feeder: Feeder, watchers: list[Watcher], seconds: float) -> Report:
        cues = self.server.cues(session)
        final = {cue["id"]: cue["stable"] for cue in cues}
        seen = [state for watcher in watchers for state in watcher.seen if state.stable]
        lost = {state.id for state in seen if state.id not in final}
        changed = {s.id for s in seen if s.id in final and not final[s.id].startswith(s.stable)}
        starts = [cue["t0_ms"] for cue in cues]
        missed = 0
        for watcher in watchers:
            last = {state.id: state.stable for state in watcher.seen}
            missed += sum(last.get(key) != text for key, text in final.items())
        wrong, missing, let_go = self._sound(session, feeder)
        plan = self.plan
        return Report(
            seed=0,
            minutes=round(seconds / 60, 1),
            kills=plan.kills,
            feeder_drops=feeder.drops,
            viewer_drops=sum(watcher.drops for watcher in watchers),
            pauses=plan.pauses,
            full_disks=plan.full_disks if self.disk else -1,
            seconds_to_restart=round(float(np.median(self.restarts or [0])), 1),
            cues=len(cues),
            commits_seen=len(seen),
            lost_cues=len(lost),
            changed_cues=len(changed),
            doubled_cues=len(cues) - len(final),
            out_of_order=sum(after < before for before, after in pairwise(starts)),
            wrong_seq=sum(watcher.broken.order + watcher.broken.back for watcher in watchers),
            shrunk=sum(watcher.broken.shrunk for watcher in watchers),
            missed_by_viewer=missed,
            sound_wrong_ms=wrong * 1000 // RATE,
            sound_missing_ms=missing * 1000 // RATE,
            client_let_go_ms=let_go * 1000 // RATE,
            spoken_ms=len(feeder.sent) // 2 * 1000 // RATE,
            error_percent=round(self._error(cues, len(feeder.sent) // 2), 1),
            feeder_error=feeder.error or "",
        )

    def _sound(self, session: str, feeder: Feeder) -> tuple[int, int, int]:
        """Samples (wrong, missing, let go by the client). The epoch's file says where on the clock it began."""
        folder = self.server.data / "live" / session
        place = json.loads((folder / "floor.epoch").read_text())
        told = np.frombuffer(bytes(feeder.sent), dtype="<i2")
        spool = np.fromfile(folder / "floor.s16le", dtype="<i2")[place["origin"] :]
        spool = np.concatenate([np.zeros(place["base"], dtype="<i2"), spool])  # let go before the first connection
        excused = np.zeros(len(told), dtype=bool)
        for first, end in feeder.lost:
            excused[first:end] = True
        missing = max(0, len(told) - len(spool) - int(excused[len(spool) :].sum()))
        size = min(len(told), len(spool))
        other = (told[:size] != spool[:size]) & ~excused[:size]
        silent = other & (spool[:size] == 0)
        return int((other & ~silent).sum()), missing + int(silent.sum()), int(excused.sum())

    def _error(self, cues: list[dict[str, object]], samples: int) -> float:
        """Against the reference of the whole recordings that were said by then."""
        times, length = divmod(samples, len(self.meeting.samples))
        said = [turn.reference for turn in self.meeting.turns] * times
        said += [turn.reference for turn in self.meeting.turns if turn.end_ms * RATE // 1000 <= length]
        return unit_error_rate(" ".join(said), " ".join(str(cue["stable"]) for cue in cues), "en")


def spoken(meeting: Meeting) -> Iterator[bytes]:
    """The meeting again and again in pieces of 100 ms, without end."""
    data = pcm(meeting.samples)
    size = 2 * FRAME_SAMPLES
    rest = b""
    while True:
        whole = rest + data
        for start in range(0, len(whole) - size + 1, size):
            yield whole[start : start + size]
        rest = whole[len(whole) - len(whole) % size :] if len(whole) % size else b""


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A tmpfs at folder/disk; False where this user may not mount one."""
    place = folder / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(place)], capture_output=True, check=False
    )
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(place)], check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--drops", type=int, help="half of them the feeder's, half viewers'")
    parser.add_argument("--pauses", type=int)
    parser.add_argument("--full-disks", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--model", default="whisper-tiny-en")
    parser.add_argument("--models", type=Path, default=os.environ.get("LANGSUPPORT_MODELS"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--keep", type=Path, help="an empty folder for data and logs, to look at afterwards")
    given = parser.parse_args()
    if given.models is None:
        raise SystemExit("Name the folder of installed models with --models or LANGSUPPORT_MODELS.")
    given.seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    usual = Plan(3, 3, 2, 1, 1) if given.quick else Plan()
    drops = given.drops
    plan = Plan(
        usual.kills if given.kills is None else given.kills,
        usual.feeder_drops if drops is None else (drops + 1) // 2,
        usual.viewer_drops if drops is None else drops // 2,
        usual.pauses if given.pauses is None else given.pauses,
        usual.full_disks if given.full_disks is None else given.full_disks,
    )
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        with small_disk(folder) as mounted:
            if not mounted:
                print("No small disk could be mounted: a full one is not tried.")
            trial = Trial(folder, given, plan, disk=mounted)
            report = trial.run()
    for field in fields(report):
        value = given.seed if field.name == "seed" else getattr(report, field.name)
        print(f"{field.name.replace('_', ' '):<22}{value:>12}")
    facts = {"model": given.model, "hash": model_hash(Path(given.models) / given.model), "machine": machine()}
    print("\n" + signature(**facts, **versions("faster-whisper", "ctranslate2", "websockets", "uvicorn")))
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
