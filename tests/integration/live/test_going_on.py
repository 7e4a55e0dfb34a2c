"""Going on after a stop, a kill, a halt, a full disk: each caption that was shown stays, and each word comes once."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from langsupport.captioning.frames import pack
from langsupport.domain.live import CueState, LiveCue
from langsupport.services.live_status import SpoolState
from langsupport.services.spool import Spool
from live_inference import LiveInference, say, silence
from live_stage import PATIENCE_S, Stage, until

ROOT = Path(__file__).resolve().parents[3]


def check_order(cues: list[LiveCue]) -> None:
    """Each id once, numbers and times growing."""
    numbers = [int(cue.id[1:]) for cue in cues]
    assert numbers == sorted(set(numbers))
    assert [cue.start_ms for cue in cues] == sorted(cue.start_ms for cue in cues)
    assert all(cue.state is CueState.FINAL for cue in cues)


def test_a_stop_in_the_middle_loses_nothing_and_says_nothing_twice(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    for part in range(4):
        client.send(say(range(20 * part, 20 * part + 20)), speed=8)
        before = stage.cues(id)
        stage.reopen()
        assert stage.cues(id)[: len(before) - 1] == before[:-1]
        client.connect()
    client.send(silence(1_500))
    until(lambda: stage.words(id) == list(range(80)), "all words")
    until(lambda: all(cue.state is CueState.FINAL for cue in stage.cues(id)), "the end")
    check_order(stage.cues(id))


def test_what_was_not_heard_before_the_stop_is_heard_without_the_client(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    stage.inference.held.clear()
    client.send(np.concatenate([say(range(100)), silence(1_000)]))
    assert stage.cues(id) == []
    stage.reopen()
    until(lambda: stage.words(id) == list(range(100)), "all words")
    check_order(stage.cues(id))


def test_a_stop_in_a_pause_and_before_any_sound_is_no_harm(stage: Stage) -> None:
    id, empty = stage.session(), stage.session()
    stage.client(id).send(np.concatenate([say(range(5)), silence(1_000)]))
    stage.services.sessions.pause(id, "the tests")
    stage.reopen()
    until(lambda: stage.words(id) == list(range(5)), "the words")
    assert stage.cues(empty) == []
    stage.services.sessions.resume(id, "the tests")
    stage.client(id, epoch=2).send(np.concatenate([say(range(5, 9)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(9)), "the words after the pause")


def test_the_language_that_was_told_is_believed_after_a_restart_and_a_long_silence(stage: Stage) -> None:
    """The first words after it are not heard in whatever language a short window sounds like."""
    id = stage.session(channels=(("floor", None),))
    stage.inference.told = "fr"
    client = stage.client(id)
    client.send(np.concatenate([say(range(8)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(8)), "the first words")
    stage.inference.told = "es"
    client.skip(16_000 * 55)
    client.send(np.concatenate([say(range(8, 16)), silence(1_500)]))
    until(lambda: stage.words(id) == list(range(16)), "the words after the silence")
    assert {cue.language for cue in stage.cues(id)} == {"fr"}
    stage.reopen()
    stage.inference.told = "es"
    client.connect()
    client.send(np.concatenate([say(range(16, 24)), silence(1_500)]))
    until(lambda: stage.words(id) == list(range(24)), "the words after the restart")
    assert {cue.language for cue in stage.cues(id)} == {"fr"}


def test_sound_of_sessions_that_are_no_more_is_removed_at_the_start_unless_they_run_elsewhere(stage: Stage) -> None:
    """Whoever deleted them may have died between the row and the sound."""
    id = stage.session()
    stage.client(id).send(np.concatenate([say(range(3)), silence(1_000)]))
    until(lambda: stage.words(id) == [0, 1, 2], "the words")
    stage.services.close()
    root = stage.root / "data" / "live"
    other = Spool(root)
    for session in ("a-held", "z-left"):
        other.file(session, "floor").append(0, say([1]))
    other.close()
    other.claim("a-held")
    (root / "lost+found").mkdir()
    stage.inference = LiveInference()
    stage.open()
    until(lambda: not (root / "z-left").exists(), "the removal")
    assert other.length("a-held", "floor") == len(say([1]))
    assert other.length(id, "floor") >= len(say(range(3)))
    assert (root / "lost+found").is_dir()
    other.close()


# A process of its own


class Service:
    """The service in a process that can be killed: frames go in by its standard input, positions come out."""

    def __init__(self, root: Path, id: str = "") -> None:
        environ = os.environ | {"PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT / 'src'}"}
        command = [sys.executable, str(ROOT / "tests" / "live_service.py"), str(root), id]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
        assert self.process.stdin and self.process.stdout
        self._in, self._out = self.process.stdin, self.process.stdout
        self.id, received = self._out.readline().decode().split()
        self.received = self.safe = int(received)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._out:
            if line.endswith(b"\n"):
                self.safe = int(line)

    def send(self, message: bytes) -> None:
        """Raises BrokenPipeError: it is dead."""
        self._in.write(struct.pack("<I", len(message)) + message)
        self._in.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self._close()

    def end(self) -> None:
        self._in.close()
        self.process.wait(PATIENCE_S)
        self._reader.join()
        self._close()

    def _close(self) -> None:
        for stream in (self._in, self._out):
            with suppress(BrokenPipeError):
                stream.close()


class Sender:
    """Frames of 100 ms of one epoch; what is not safe is kept and sent again."""

    def __init__(self, samples: np.ndarray) -> None:
        data = (samples * 32767).astype("<i2").tobytes()
        self.frames = [(at // 3200, at // 2, data[at : at + 3200]) for at in range(0, len(data), 3200)]
        self.next = 0
        self.safe = 0

    def go(self, service: Service, count: int) -> None:
        for seq, first, data in self.frames[self.next : self.next + count]:
            service.send(pack(1, seq, first, data))
            self.next += 1
            time.sleep(0.01)
            self.safe = max(self.safe, service.safe)

    def back(self, service: Service) -> None:
        """After a kill: what had been acknowledged must be there."""
        assert service.received >= self.safe
        self.next = next(
            n for n, (_, first, data) in enumerate(self.frames) if first + len(data) // 2 > service.received
        )


def finish(root: Path, id: str, words: int) -> list[LiveCue]:
    stage = Stage(root)
    try:
        until(lambda: words - 1 in stage.words(id), "the last word")
        until(lambda: all(cue.state is CueState.FINAL for cue in stage.cues(id)), "the end")
        assert stage.words(id) == list(range(words))
        return stage.cues(id)
    finally:
        stage.services.close()


def committed(root: Path, id: str) -> list[LiveCue]:
    """What is in the database of a service that is dead."""
    from langsupport.services.database import Database
    from langsupport.services.sessions import SessionService

    database = Database.open(f"sqlite:///{root / 'data' / 'langsupport.sqlite'}")
    service = SessionService(database)
    try:
        return [cue for _, cue in service.cues(id, "floor", limit=1000)]
    finally:
        service.close()
        database.close()


def test_kills_in_the_middle_of_speech_lose_no_caption_and_no_word(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    sender = Sender(np.concatenate([say(range(150)), silence(1_500)]))
    service = Service(tmp_path)
    id, shown = service.id, []
    for _ in range(4):
        sender.go(service, int(random.integers(40, 90)))
        service.kill()
        now = committed(tmp_path, id)
        for before in shown:
            assert next(cue.stable for cue in now if cue.id == before.id).startswith(before.stable)
        shown = now
        service = Service(tmp_path, id)
        sender.back(service)
    sender.go(service, len(sender.frames))
    service.end()
    cues = finish(tmp_path, id, 150)
    check_order(cues)
    for before in shown:
        assert next(cue.stable for cue in cues if cue.id == before.id).startswith(before.stable)


def test_a_process_that_was_halted_goes_on(tmp_path: Path) -> None:
    sender = Sender(np.concatenate([say(range(60)), silence(1_500)]))
    service = Service(tmp_path)
    sender.go(service, 60)
    service.process.send_signal(signal.SIGSTOP)
    more = threading.Thread(target=sender.go, args=(service, 15))  # of this a pipe (a socket) holds some meanwhile
    more.start()
    time.sleep(3)
    service.process.send_signal(signal.SIGCONT)
    more.join()
    sender.go(service, len(sender.frames))
    service.end()
    check_order(finish(tmp_path, service.id, 60))


# A full disk


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=False)
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_disk_that_fills_is_said_and_everything_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "live"
    with small_disk(folder, "512k"):
        stage = Stage(tmp_path)
        try:
            id = stage.session()
            client = stage.client(id)
            sound = say(range(100))  # 30 s: 960 kB
            client.send(sound)
            until(lambda: len(stage.words(id)) >= 99, "captions of what does not fit")
            status = stage.services.live.status(id).channels["floor"]
            assert status.spool is SpoolState.FULL
            ack = client.feed.position()
            assert ack.position < ack.received == len(sound)
            subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
            until(lambda: client.feed.position().position == len(sound), "the acknowledgement")
            assert stage.services.live.status(id).channels["floor"].spool is SpoolState.OK
            client.send(np.concatenate([say(range(100, 110)), silence(1_000)]))
            until(lambda: stage.words(id) == list(range(110)), "all words")
            kept = stage.services.spool.read(
                id, "floor", stage.services.spool.length(id, "floor") - len(sound) - 64_000, 10**8
            )
            np.testing.assert_allclose(kept[: len(sound)][-1000:], sound[-1000:], atol=1e-4)
        finally:
            stage.services.close()
