"""Sound by containers as browsers record them, and by sources that are fetched."""

from __future__ import annotations

import functools
import http.server
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from langsupport.captioning.frames import pack
from langsupport.errors import Conflict, InputError, InvalidRequest, NotFound
from langsupport.services.live_status import FeedFormat
from live_inference import say, silence
from live_stage import BY, Stage, until

OPTIONS = {
    "webm": ("libopus", {"cluster_time_limit": "300"}),
    "ogg": ("libopus", {"page_duration": "200000"}),
    "mp4": ("aac", {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "300000"}),
}


def recorded(samples: np.ndarray, container: str) -> bytes:
    """48 kHz sound as a browser's recorder makes it."""
    codec, options = OPTIONS[container]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options) as file:
        stream = file.add_stream(codec, rate=48_000, layout="mono")
        stream.bit_rate = 64_000
        for first in range(0, len(samples), 960):
            block = np.ascontiguousarray(samples[None, first : first + 960])
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
            frame.sample_rate, frame.pts = 48_000, first
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def speech(first: int, last: int) -> np.ndarray:
    return np.concatenate([silence(300, 48_000), say(range(first, last), 48_000), silence(1_200, 48_000)])


class Recorder:
    """Sends a container's bytes in frames; `back` goes on where the service has it, as after a lost connection."""

    def __init__(self, stage: Stage, id: str, container: str, data: bytes, epoch: int = 1) -> None:
        self.stage, self.id, self.data, self.epoch = stage, id, data, epoch
        self.format = FeedFormat(container, framed=True, epoch=epoch)
        self.at = self.seq = 0
        self.back()

    def back(self) -> None:
        self.feed = self.stage.services.live.open_feed(self.id, "floor", self.format)
        self.at = self.feed.position().received

    def send(self, upto: int, step: int = 997) -> None:
        while self.at < upto:
            part = self.data[self.at : min(self.at + step, upto)]
            self.feed.message(pack(self.epoch, self.seq, self.at, part))
            self.seq, self.at = self.seq + 1, self.at + len(part)


@pytest.mark.parametrize("container", OPTIONS)
def test_containers_are_heard_with_connections_lost_between(stage: Stage, container: str) -> None:
    id = stage.session()
    data = recorded(speech(0, 30), container)
    recorder = Recorder(stage, id, container, data)
    for part in range(1, 6):
        recorder.send(len(data) * part // 5)
        recorder.feed.close()
        recorder.back()
    until(lambda: stage.words(id) == list(range(30)), "all words")
    until(lambda: recorder.feed.position().position == len(data), "the acknowledgement")


@pytest.mark.parametrize("container", OPTIONS)
def test_a_container_goes_on_after_a_restart(stage: Stage, container: str) -> None:
    id = stage.session()
    data = recorded(speech(0, 30), container)
    recorder = Recorder(stage, id, container, data)
    recorder.send(len(data) // 2)
    stage.reopen()
    recorder.back()
    assert recorder.at == len(data) // 2
    recorder.send(len(data))
    until(lambda: stage.words(id) == list(range(30)), "all words")
    stage.services.sessions.end(id, BY)
    until(lambda: not stage.services.live.status(id).active, "that it lets go")
    assert not list((stage.root / "data" / "live" / id).glob("*.journal"))


def test_a_new_recording_takes_the_next_epoch(stage: Stage) -> None:
    id = stage.session()
    for epoch in (1, 2):
        data = recorded(speech(10 * epoch, 10 * epoch + 10), "webm")
        Recorder(stage, id, "webm", data, epoch).send(len(data))
    until(lambda: stage.words(id) == list(range(10, 30)), "all words")


def test_what_was_recorded_in_a_pause_is_not_on_the_disk(stage: Stage) -> None:
    id = stage.session()
    data = recorded(np.concatenate([speech(0, 10), speech(100, 110), speech(10, 20)]), "webm")
    recorder = Recorder(stage, id, "webm", data)
    third = len(data) // 3
    recorder.send(third)
    until(lambda: stage.words(id) == list(range(10)), "the first words")
    stage.services.sessions.pause(id, BY)
    assert not stage.services.spool.has_journal(id, "floor")
    recorder.send(2 * third)
    stage.services.sessions.resume(id, BY)  # at once: what is not decoded yet was said in the pause all the same
    recorder.send(len(data))
    until(lambda: 19 in stage.words(id), "the last words")
    assert not set(stage.words(id)) & set(range(101, 109))
    stage.reopen()  # what is needed to go on with it is gone
    with pytest.raises(Conflict, match="epoch 2 or a later one"):
        recorder.back()


@pytest.mark.parametrize("junk", [b"<html>" * 5_000, bytes(60_000), np.random.default_rng(0).bytes(60_000)])
def test_what_is_no_container_is_said_to_who_sends_it(stage: Stage, junk: bytes) -> None:
    id = stage.session()
    recorder = Recorder(stage, id, "webm", junk)

    def refused() -> InputError | None:
        try:
            recorder.send(len(junk))
            recorder.feed.message(pack(1, recorder.seq, recorder.at, b"more"))
            recorder.seq, recorder.at = recorder.seq + 1, recorder.at + 4
        except InputError as error:
            return error
        return None

    assert "channel floor" in str(until(refused, "the refusal"))
    data = recorded(speech(0, 5), "webm")
    Recorder(stage, id, "webm", data, epoch=2).send(len(data))
    until(lambda: stage.words(id) == list(range(5)), "the words of the next recording")


# Sources


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address that serves it."""
    folder = tmp_path / "www"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_file_is_played_at_real_speed(make_stage: Callable[..., Stage], tmp_path: Path) -> None:
    stage = make_stage(sources=("file",))
    id = stage.session()
    path = tmp_path / "speech.ogg"
    path.write_bytes(recorded(speech(0, 8), "ogg"))
    stage.services.live.pull(id, "floor", str(path))
    assert stage.services.live.status(id).channels["floor"].source == str(path)
    until(lambda: stage.words(id) == list(range(8)), "all words")
    present_ms = stage.services.live._running[id].run.present() / 16
    assert stage.services.spool.length(id, "floor") / 16 <= present_ms + 1_000
    until(lambda: stage.services.live.status(id).channels["floor"].source is None, "the end")


def test_an_address_is_fetched_and_again_after_it_was_away(stage: Stage, served: tuple[Path, str]) -> None:
    folder, url = served
    id = stage.session()
    stage.services.live.pull(id, "floor", f"{url}/live.webm?key=secret")
    trouble = until(lambda: stage.services.live.status(id).channels["floor"].trouble, "the trouble")
    assert "live.webm can't be opened" in trouble.message
    assert "secret" not in trouble.message
    (folder / "live.webm").write_bytes(recorded(speech(0, 5), "webm"))
    until(lambda: stage.words(id)[:5] == list(range(5)), "the words")
    stage.services.live.stop_pull(id, "floor")
    stage.services.live.stop_pull(id, "floor")
    assert stage.services.live.status(id).channels["floor"].source is None
    assert stage.services.sessions.get(id).channels[0].source_url is None


def test_a_live_playlist_is_followed_and_leads_to_no_file(stage: Stage, served: tuple[Path, str]) -> None:
    folder, url = served
    for number in range(2):
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mpegts") as file:
            stream = file.add_stream("aac", rate=48_000, layout="mono")
            samples = say(range(5 * number, 5 * number + 5), 48_000)
            for first in range(0, len(samples), 1024):
                block = np.ascontiguousarray(samples[None, first : first + 1024])
                frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
                frame.sample_rate, frame.pts = 48_000, number * len(samples) + first
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        (folder / f"{number}.ts").write_bytes(buffer.getvalue())
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n"
    (folder / "live.m3u8").write_text(f"{head}#EXTINF:1.5,\n0.ts\n#EXTINF:1.5,\n1.ts\n#EXT-X-ENDLIST\n")
    id = stage.session()
    stage.services.live.pull(id, "floor", f"{url}/live.m3u8")
    until(lambda: len(stage.words(id)) >= 9, "the words")
    (folder / "bad.m3u8").write_text(f"{head}#EXTINF:1.5,\nfile://{folder}/0.ts\n#EXT-X-ENDLIST\n")
    other = stage.session()
    stage.services.live.pull(other, "floor", f"{url}/bad.m3u8")
    until(lambda: stage.services.live.status(other).channels["floor"].trouble, "the trouble")
    assert stage.cues(other) == []


def test_a_sender_takes_over_from_a_source_and_a_restart_fetches_again(stage: Stage, served: tuple[Path, str]) -> None:
    folder, url = served
    (folder / "a.webm").write_bytes(recorded(speech(0, 40), "webm"))
    id = stage.session()
    stage.services.live.pull(id, "floor", f"{url}/a.webm")
    until(lambda: stage.words(id), "a word")
    stage.reopen()
    assert stage.services.live.status(id).channels["floor"].source == f"{url}/a.webm"
    client = stage.client(id)
    assert stage.services.live.status(id).channels["floor"].source == "feed"
    client.send(np.concatenate([silence(1_000), say(range(200, 206)), silence(1_000)]))
    until(lambda: stage.words(id)[-6:] == list(range(200, 206)), "the sender's words")


def test_what_may_not_be_fetched_is_refused(stage: Stage, tmp_path: Path) -> None:
    id = stage.session()
    for url in ("/etc/passwd", "file:///etc/passwd", "alsa:default", "concat:a|b", "", "gopher://x/"):
        with pytest.raises(InvalidRequest):
            stage.services.live.pull(id, "floor", url)
    with pytest.raises(NotFound):
        stage.services.live.pull(id, "ru", "http://127.0.0.1:9/")
    assert stage.services.live.status(id).channels["floor"].source is None
