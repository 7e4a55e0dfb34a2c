"""A meeting that tests run: the real service in this process, so that they can write captions and break connections."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from faces import PATIENCE_S, echo_model
from langsupport.cli.serve import listen, server_for
from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue
from langsupport.domain.speech import Word
from langsupport.services.assembly import Services, build_services
from langsupport.services.session_records import SessionRecord
from langsupport.services.settings import load_settings
from langsupport.web.app import create_app

BY = "administrator"
STEP_MS = 4000


@dataclass
class Meeting:
    """One session that is live, and the service that it is on."""

    services: Services
    url: str
    session: SessionRecord

    @property
    def id(self) -> str:
        return self.session.id

    def says(self, first: int, count: int = 1, **texts: str) -> None:
        """Whole captions from number `first` on, in each of the tracks: {track} for the text, its number filled in."""
        cues = [cue(number, track, text) for number in range(first, first + count) for track, text in texts.items()]
        for start in range(0, len(cues), 500):
            self.services.sessions.append(self.id, cues[start : start + 500])

    def writes(self, number: int, track: str, text: str, tail: str = "") -> None:
        """A sentence that is not finished."""
        made = replace(cue(number, track, text), state=CueState.OPEN)
        if text:
            self.services.sessions.append(self.id, [made])
        self.services.sessions.tail(self.id, replace(made, tail=tail))


def cue(number: int, track: str, text: str) -> LiveCue:
    """Caption `number` of a track, four seconds long; on the floor with the times of its words."""
    start_ms, filled = (number - 1) * STEP_MS, text.replace("#", str(number))
    words = filled.split(" ")
    step = STEP_MS // len(words)
    timed = tuple(
        Word(start_ms + place * step, start_ms + (place + 1) * step, (" " if place else "") + word, 0.9)
        for place, word in enumerate(words)
    )
    return LiveCue(
        id=f"c{number}",
        track=track,
        channel=FLOOR,
        language="en" if track == FLOOR else track,
        start_ms=start_ms,
        end_ms=start_ms + STEP_MS,
        stable=filled,
        state=CueState.FINAL,
        origin=CueOrigin.HEARD if track == FLOOR else CueOrigin.TRANSLATED,
        source=None if track == FLOOR else f"c{number}@{FLOOR}#1",
        words=timed if track == FLOOR else (),
    )


@contextmanager
def served(root: Path) -> Iterator[tuple[Services, str]]:
    """The service on a free port, with an echo model and nothing at work in the background."""
    echo_model(root / "models")
    kept = dict(os.environ)
    places = {
        "LANGSUPPORT_MODELS": root / "models",
        "LANGSUPPORT_DATA": root / "data",
        "XDG_CONFIG_HOME": root / "config",
    }
    os.environ.update({name: str(place) for name, place in places.items()})
    try:
        settings = load_settings().model_copy(update={"port": 0})
    finally:
        os.environ.clear()
        os.environ.update(kept)
    listener = listen(settings)
    services = build_services(settings, launch=False)
    ready = threading.Event()
    server = server_for(create_app(services), ready.set, quiet=True)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield services, f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listener.close()


def scanned(picture: bytes) -> str:
    """What a phone's camera reads off a picture of the screen."""
    return " ".join(code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture))))


class Wire:
    """A way to the service that can be cut: as a phone in a lift has it."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._there = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._whole = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        self._whole = False
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                if not self._whole:
                    here.close()
                    continue
                there = socket.create_connection(self._there)
                self._open += [here, there]
                for ends in ((here, there), (there, here)):
                    threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.close()


def visible_texts(page: Any, selector: str = ".first .said") -> list[str]:
    """The captions on the page, in order."""
    found: list[str] = page.locator(selector).all_inner_texts()
    return [text.strip() for text in found]
