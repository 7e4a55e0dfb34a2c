"""What clients say on sockets: JSON text, checked; what is wrong with it is told in a sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from langsupport.errors import InvalidRequest
from langsupport.web.live.farewell import Bye

TEXT_LIMIT = 4_096
"""Characters of a message; a hello needs a hundred."""


class Said(BaseModel):
    """A message from a client; its field `type` is a literal. What isn't known is passed over."""

    model_config = ConfigDict(extra="ignore", strict=True)


async def heard(socket: WebSocket) -> str | bytes:
    """The next message. Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    return text if isinstance(text, str) else bytes(message.get("bytes") or b"")


async def heard_text(socket: WebSocket) -> str:
    """Raises WebSocketDisconnect; InvalidRequest: something else than text came."""
    message = await heard(socket)
    if isinstance(message, bytes):
        raise InvalidRequest(detail="This message is binary; JSON text is expected here.")
    return message


def understood(text: str, *kinds: type[Said]) -> Any:
    """The message as one of these kinds. Raises InvalidRequest: says what was wrong with it."""
    if len(text) > TEXT_LIMIT:
        raise InvalidRequest(detail=f"A message of {len(text):,} characters is too long; {TEXT_LIMIT:,} are the most.")
    names = {kind.model_fields["type"].annotation.__args__[0]: kind for kind in kinds}  # type: ignore[union-attr]
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    kind = names.get(str(said.get("type"))) if isinstance(said, dict) else None
    if kind is None:
        raise InvalidRequest(detail=f"Send a JSON object whose type is {' or '.join(names)}.")
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        found = error.errors()[0]
        place = ".".join(str(part) for part in found["loc"])
        raise InvalidRequest(detail=f"{place}: {found['msg'][0].lower()}{found['msg'][1:]}.") from None


async def first(*works: Awaitable[Bye]) -> Bye:
    """Whatever ends first ends all; its error is raised here."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
