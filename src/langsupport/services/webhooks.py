"""Webhooks: other systems are told of what happens to documents and tasks, by signed messages.

A message is written in the transaction of what it tells (`tell_hooks`), and sent later by whoever works
(webhook_sending.py). It holds ids and states, never texts or names. Signatures are those of Standard Webhooks
(https://www.standardwebhooks.com). A secret isn't kept: it is derived from an endpoint's nonce with this installation's
own key, a file in the data folder.
"""

from __future__ import annotations

import base64
import builtins
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from langsupport.domain.hooks import CHOSEN, DeliveryState, HookEvent
from langsupport.errors import InvalidRequest, NotFound
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import moment, new_id
from langsupport.services.schema import documents, webhook_deliveries, webhooks
from langsupport.services.session_input import URL_CHARS, line
from langsupport.services.settings import WebhookSettings
from langsupport.services.visibility import is_confidential

MOST_ENDPOINTS = 50
MOST_DELIVERIES = 200
KEPT_MS = 30 * 24 * 3600 * 1000
"""So long it can be seen what was sent."""
SECRET_PREFIX = "whsec_"  # noqa: S105  # how one begins
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class EndpointAsked:
    """`confidential`: whether documents of confidential meetings are told of too."""

    url: str
    events: tuple[HookEvent, ...] = CHOSEN
    description: str = ""
    confidential: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """`failing_since`: nothing arrived since then; after three days nothing more is sent."""

    id: str
    url: str
    events: tuple[HookEvent, ...]
    description: str
    confidential: bool
    enabled: bool
    created_at: datetime
    created_by: str
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One message to one endpoint. `status`: the last answer's; `next_at`: when it is tried (again)."""

    id: str
    event: HookEvent
    state: DeliveryState
    at: datetime
    tries: int
    status: int | None
    error: str
    next_at: datetime


class WebhookService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database, key_file: Path, settings: WebhookSettings) -> None:
        self._database = database
        self._key_file = key_file
        self._settings = settings

    def list(self) -> builtins.list[EndpointRecord]:
        """The oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(webhooks).order_by(webhooks.c.id)).mappings().all()
        return [_endpoint(row) for row in rows]

    def create(self, asked: EndpointAsked, by: Caller) -> tuple[EndpointRecord, str]:
        """(the endpoint, its secret, which is not shown again). Raises InvalidRequest."""
        id, nonce = new_id(), secrets.token_hex(32)
        row = {"id": id, "nonce": nonce, "created_by": by.name, "created_ms": now_ms(), **self._checked(asked)}
        with self._database.write() as connection:
            if (connection.scalar(sa.select(sa.func.count()).select_from(webhooks)) or 0) >= MOST_ENDPOINTS:
                raise InvalidRequest(detail=f"There are {MOST_ENDPOINTS} webhooks already.")
            connection.execute(sa.insert(webhooks).values(row))
            note(connection, "webhook", by, f"webhook {id}", url=row["url"])
        return self._get(id), self.secret(nonce)

    def change(self, id: str, asked: EndpointAsked, by: Caller) -> EndpointRecord:
        """Its secret stays. Raises NotFound, InvalidRequest."""
        values = {**self._checked(asked), "failing_ms": None}
        with self._database.write() as connection:
            if not connection.execute(sa.update(webhooks).where(webhooks.c.id == id).values(values)).rowcount:
                raise NotFound(what="webhook", id=id)
            note(connection, "webhook", by, f"webhook {id}", act="change", url=values["url"])
        return self._get(id)

    def delete(self, id: str, by: Caller) -> None:
        """Raises NotFound."""
        with self._database.write() as connection:
            if not connection.execute(sa.delete(webhooks).where(webhooks.c.id == id)).rowcount:
                raise NotFound(what="webhook", id=id)
            note(connection, "webhook", by, f"webhook {id}", act="delete")

    def test(self, id: str) -> None:
        """Send it a message that tells nothing. Raises NotFound."""
        self._get(id)
        with self._database.write() as connection:
            connection.execute(sa.insert(webhook_deliveries).values(_message(id, HookEvent.TEST, None, {})))

    def deliveries(self, id: str, limit: int = MOST_DELIVERIES) -> builtins.list[DeliveryRecord]:
        """The newest first. Raises NotFound."""
        self._get(id)
        table = webhook_deliveries
        query = sa.select(table).where(table.c.webhook_id == id).order_by(table.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]

    def clean(self) -> None:
        ended = webhook_deliveries.c.state.in_([DeliveryState.SENT, DeliveryState.FAILED])
        old = sa.and_(ended, webhook_deliveries.c.at_ms < now_ms() - KEPT_MS)
        with self._database.write() as connection:
            connection.execute(sa.delete(webhook_deliveries).where(old))

    def secret(self, nonce: str) -> str:
        """An endpoint's, as Standard Webhooks writes it."""
        derived = hmac.new(self._key(), b"langsupport webhook " + nonce.encode(), hashlib.sha256).digest()
        return SECRET_PREFIX + base64.b64encode(derived).decode()

    def _key(self) -> bytes:
        """This installation's own key; made where there is none. Of several processes one makes it."""
        try:
            return self._key_file.read_bytes()
        except FileNotFoundError:
            self._key_file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._key_file.with_suffix(f".{secrets.token_hex(4)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(secrets.token_bytes(_KEY_BYTES))
            try:
                os.link(fresh, self._key_file)  # fails where another was quicker, and never replaces
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
            return self._key_file.read_bytes()

    def _get(self, id: str) -> EndpointRecord:
        with self._database.read() as connection:
            row = connection.execute(sa.select(webhooks).where(webhooks.c.id == id)).mappings().first()
        if row is None:
            raise NotFound(what="webhook", id=id)
        return _endpoint(row)

    def _checked(self, asked: EndpointAsked) -> dict[str, Any]:
        url = line(asked.url, "address", URL_CHARS, required=True)
        try:
            parts = urlsplit(url)
            usual = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        except ValueError:
            usual = False
        allowed = ("https", "http") if self._settings.allow_http else ("https",)
        if not usual or parts.scheme not in allowed:
            raise InvalidRequest(detail="The address must be like https://example.org/hook.")
        if not asked.events:
            raise InvalidRequest(detail="Choose at least one event.")
        return {
            "url": url,
            "description": line(asked.description, "description", 200),
            "events": [event for event in CHOSEN if event in asked.events],
            "confidential": asked.confidential,
            "enabled": asked.enabled,
        }


def tell_hooks(connection: sa.Connection, event: HookEvent, document_id: str, **data: Any) -> None:
    """Write a message for each endpoint that wants it, in the transaction of what happened."""
    wanted = connection.execute(sa.select(webhooks).where(webhooks.c.enabled)).mappings().all()
    if not wanted:
        return
    hidden = sa.and_(documents.c.id == document_id, is_confidential(documents.c.meeting_id))
    confidential = connection.scalar(sa.select(documents.c.id).where(hidden)) is not None
    messages = [
        _message(row["id"], event, document_id, data)
        for row in wanted
        if event in row["events"] and (row["confidential"] or not confidential)
    ]
    if messages:
        connection.execute(sa.insert(webhook_deliveries), messages)


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` (Standard Webhooks, symmetric, version 1)."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def _message(webhook_id: str, event: HookEvent, document_id: str | None, data: dict[str, Any]) -> dict[str, Any]:
    now = now_ms()
    told = {key: value for key, value in {"document_id": document_id, **data}.items() if value is not None}
    return {
        "id": new_id(),
        "webhook_id": webhook_id,
        "event": event,
        "document_id": document_id,
        "data": told,
        "at_ms": now,
        "state": DeliveryState.DUE,
        "next_ms": now,
        "error": "",
    }


def _events(given: Iterable[str]) -> tuple[HookEvent, ...]:
    return tuple(HookEvent(one) for one in given)


def _endpoint(row: sa.RowMapping) -> EndpointRecord:
    failing = row["failing_ms"]
    return EndpointRecord(
        id=row["id"],
        url=row["url"],
        events=_events(row["events"]),
        description=row["description"],
        confidential=row["confidential"],
        enabled=row["enabled"],
        created_at=moment(row["created_ms"]),
        created_by=row["created_by"],
        failing_since=moment(failing) if failing else None,
    )


def _delivery(row: sa.RowMapping) -> DeliveryRecord:
    return DeliveryRecord(
        id=row["id"],
        event=HookEvent(row["event"]),
        state=DeliveryState(row["state"]),
        at=moment(row["at_ms"]),
        tries=row["tries"],
        status=row["status"],
        error=row["error"],
        next_at=moment(row["next_ms"]),
    )


__all__ = [
    "DeliveryRecord",
    "EndpointAsked",
    "EndpointRecord",
    "WebhookService",
    "signature",
    "tell_hooks",
]
