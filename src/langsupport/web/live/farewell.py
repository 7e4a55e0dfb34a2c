"""The last word on a socket: why it closes, and whether it pays to come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

VERSION = 1
"""`v` of all messages (docs/live.md)."""
SEND_SECONDS = 20.0
"""A message that isn't taken within this time is the last: the client does not read."""
REFUSED = 1008
GOING_AWAY = 1001
NORMAL = 1000


@dataclass(frozen=True, slots=True)
class Bye:
    """`code` is stable, `message` a sentence for people; `retry` says that it may go better in a moment."""

    code: str
    message: str
    retry: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        said = {"v": VERSION, "type": "bye", "code": self.code, "message": self.message, "retry": self.retry}
        return {**said, **self.more}


RESTART = Bye("restart", "The service is being restarted.", retry=True)
DELETED = Bye("deleted", "The session was deleted.")


async def send(socket: WebSocket, message: dict[str, Any]) -> None:
    """Raises TimeoutError: the client does not read; WebSocketDisconnect: it is gone."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    async with asyncio.timeout(SEND_SECONDS):
        await socket.send_text(text)


async def take_leave(socket: WebSocket, bye: Bye) -> None:
    """Say why, and close. A browser is not told why a handshake failed, so a socket is opened to say no."""
    code = GOING_AWAY if bye.retry else REFUSED
    try:
        async with asyncio.timeout(SEND_SECONDS):
            if socket.application_state is WebSocketState.CONNECTING:
                await socket.accept()
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.send_json(bye.body())
                await socket.close(code, bye.code)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):  # gone already: nobody to tell
        return
