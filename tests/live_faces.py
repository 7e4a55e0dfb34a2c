"""A server with live sessions in this process: the real one, on a real port, with its services at hand."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts import add, token_of
from faces import PATIENCE_S, echo_model
from langsupport.cli.serve import listen, server_for
from langsupport.domain.live import CueOrigin, CueState, LiveCue, Role
from langsupport.engines.protocols import Inference
from langsupport.services.assembly import Services, build_services
from langsupport.services.session_records import SessionRecord
from langsupport.services.settings import AccountSettings, LiveSettings, Settings
from langsupport.web.app import create_app

BY = "the tests"
Message = dict[str, Any]
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: the browser tests leave an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class LiveServer:
    host: str
    services: Services
    app: Any
    stop: Any  # asks the server to end, as Ctrl-C does
    key: str = ""  # an administrator's token, where accounts are on

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def client(self, token: str | None = None, **more: Any) -> httpx.Client:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers={**headers, **more}, timeout=PATIENCE_S)

    def socket(self, path: str, **more: Any) -> connect:
        return connect(f"ws://{self.host}{path}", open_timeout=PATIENCE_S, **more)

    def watch(self, id: str, token: str | None = None, **more: Any) -> connect:
        return self.socket(f"/api/v1/sessions/{id}/captions" + (f"?access={token}" if token else ""), **more)

    def session(self, **settings: Any) -> SessionRecord:
        """One that is live."""
        made = self.services.sessions.create(settings.pop("title", "Study Group"), by=BY, **settings)
        return self.services.sessions.start(made.id, BY)

    def token(self, id: str, role: Role, **more: Any) -> str:
        return self.services.sessions.grant(id, role, more.pop("name", "Marie"), BY, **more)[1]

    def say(self, id: str, *texts: str, first: int = 1, track: str = "floor") -> list[LiveCue]:
        """Final captions, two seconds each."""
        cues = [
            cue(f"c{first + place}", text, track=track, at_ms=(first + place) * 2_000)
            for place, text in enumerate(texts)
        ]
        return self.services.sessions.append(id, cues)


def cue(
    id: str, text: str, *, track: str = "floor", at_ms: int = 0, state: CueState = CueState.FINAL, revision: int = 1
) -> LiveCue:
    language = "en" if track == "floor" else track
    origin = CueOrigin.HEARD if track == "floor" else CueOrigin.TRANSLATED
    source = None if track == "floor" else f"{id}@floor#1"
    return LiveCue(id, track, "floor", language, at_ms, at_ms + 2_000, text, "", state, revision, origin, source)


def grown(before: LiveCue, text: str, state: CueState = CueState.OPEN) -> LiveCue:
    return replace(before, stable=text, state=state, revision=before.revision + 1)


@contextmanager
def live_server(
    root: Path,
    *,
    accounts: AccountSettings | None = None,
    port: int = 0,
    inference: Inference | None = None,
    **live: Any,
) -> Iterator[LiveServer]:
    """Until the block ends. `accounts`: where they are on; `live`: settings of live sessions."""
    echo_model(root / "models")
    settings = Settings(
        data_dir=root / "data",
        models_dir=root / "models",
        port=port,
        accounts=accounts or AccountSettings(),
        live=LiveSettings(**live),
        min_free_bytes=0,
    )
    ready = threading.Event()
    with listen(settings) as listener:
        services = build_services(settings, inference, launch=False)  # several in one process
        key = ""
        if services.settings.accounts.on:
            key = token_of(services.accounts, add(services.accounts, "chair", "administrator"))
        app = create_app(services)
        server = server_for(app, ready.set, quiet=True)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert ready.wait(PATIENCE_S)
        host = f"127.0.0.1:{listener.getsockname()[1]}"

        def stop() -> None:
            server.should_exit = True

        try:
            yield LiveServer(host, services, app, stop, key)
        finally:
            stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


async def socket_status(server: LiveServer, path: str, headers: dict[str, str]) -> int:
    """What a socket is answered, in HTTP's numbers: 200 where it is let in."""
    hello: dict[str, Any] = {"type": "hello", "tracks": ["floor"]}
    if path.endswith("/audio"):
        hello = {"type": "hello", "format": "pcm_s16le", "rate": 16_000}
    try:
        async with server.socket(path, additional_headers=headers) as socket:
            with suppress(ConnectionClosed):  # refused before a word was said
                await socket.send(json.dumps(hello))
            first = json.loads(await socket.recv())
    except InvalidStatus as refused:
        return refused.response.status_code
    statuses = {"sign-in-required": 401, "access-denied": 403, "not-found": 404}
    return statuses.get(first["code"], 200) if first["type"] == "bye" else 200


async def say_hello(socket: ClientConnection, tracks: Sequence[str], last_seq: int | None = None, **more: Any) -> None:
    await socket.send(json.dumps({"type": "hello", "tracks": list(tracks), "last_seq": last_seq, **more}))


async def hear(socket: ClientConnection, *kinds: str) -> Message:
    """The next message of one of these kinds (of any, if none are named)."""
    while True:
        message: Message = json.loads(await socket.recv())
        if not kinds or message["type"] in kinds:
            return message


async def hear_cues(socket: ClientConnection, count: int) -> list[Message]:
    return [await hear(socket, "cue") for _ in range(count)]
