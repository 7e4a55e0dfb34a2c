"""Sends what webhooks are told, tries again, and gives up on endpoints that are gone.

The address is looked up and checked before each message, and the connection goes to the address that was checked: a
name can't lead into the organization's own network unless the settings allow it.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import httpx
import sqlalchemy as sa

from langsupport import __version__
from langsupport.domain.hooks import DeliveryState
from langsupport.services.database import Database, now_ms
from langsupport.services.schema import webhook_deliveries, webhooks
from langsupport.services.settings import WebhookSettings
from langsupport.services.webhooks import WebhookService, signature

log = logging.getLogger(__name__)

WAITS_MS = tuple(60_000 * minutes for minutes in (1, 5, 30, 120, 360, 720))
"""Between one try and the next; after the last the message is given up."""
GIVE_UP_MS = 3 * 24 * 3600 * 1000
"""An endpoint at which nothing arrived for so long gets nothing more."""
MOST_AT_ONCE = 100
_STALE_MS = 5 * 60_000
_TIMEOUT_SECONDS = 10


class WebhookSender:
    """Called now and then by whoever works (`resume`)."""

    def __init__(self, database: Database, hooks: WebhookService, settings: WebhookSettings) -> None:
        self._database = database
        self._hooks = hooks
        self._settings = settings

    def resume(self) -> None:
        """Send what is due. An endpoint that fails is left until its next turn."""
        with self._database.write() as connection:
            table = webhook_deliveries
            lost = sa.and_(table.c.state == DeliveryState.SENDING, table.c.next_ms < now_ms() - _STALE_MS)
            connection.execute(sa.update(table).where(lost).values(state=DeliveryState.DUE))
            due = sa.select(table.c.id, table.c.webhook_id).where(
                table.c.state == DeliveryState.DUE, table.c.next_ms <= now_ms()
            )
            found = connection.execute(due.order_by(table.c.id).limit(MOST_AT_ONCE)).all()
        failing: set[str] = set()
        for id, endpoint in found:
            if endpoint not in failing and not self._send(id):
                failing.add(endpoint)

    def delete_older(self, created_before_ms: int) -> int:
        return 0

    def _send(self, id: str) -> bool:
        """Whether the endpoint took it, or another process sends it."""
        row = self._claim(id)
        if row is None:
            return True
        status, error = self._post(row)
        taken = status is not None and 200 <= status < 300
        self._settle(row, taken, status, error)
        return taken

    def _claim(self, id: str) -> sa.RowMapping | None:
        table = webhook_deliveries
        mine = sa.and_(table.c.id == id, table.c.state == DeliveryState.DUE)
        claim = (
            sa.update(table).where(mine).values(state=DeliveryState.SENDING, next_ms=now_ms(), tries=table.c.tries + 1)
        )
        both = sa.select(table, webhooks.c.url, webhooks.c.nonce, webhooks.c.enabled, webhooks.c.failing_ms)
        with self._database.write() as connection:
            if not connection.execute(claim).rowcount:
                return None
            query = both.join(webhooks, webhooks.c.id == table.c.webhook_id).where(table.c.id == id)
            return connection.execute(query).mappings().first()

    def _post(self, row: sa.RowMapping) -> tuple[int | None, str]:
        """(status, what went wrong)."""
        at = datetime.fromtimestamp(row["at_ms"] / 1000, UTC).isoformat()
        body = json.dumps({"type": row["event"], "timestamp": at, "data": row["data"]}).encode()
        now = now_ms() // 1000
        headers = {
            "content-type": "application/json",
            "user-agent": f"langsupport/{__version__}",
            "webhook-id": row["id"],
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._hooks.secret(row["nonce"]), row["id"], now, body),
        }
        try:
            url, host = checked_address(row["url"], allow_private=self._settings.allow_private)
            with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False, follow_redirects=False) as client:
                sni = {"sni_hostname": urlsplit(row["url"]).hostname}
                sent = client.build_request(
                    "POST", url, content=body, headers={**headers, "host": host}, extensions=sni
                )
                answer = client.send(sent, stream=True)
                answer.close()
                return answer.status_code, ""
        except (httpx.HTTPError, OSError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"[:200]

    def _settle(self, row: sa.RowMapping, taken: bool, status: int | None, error: str) -> None:
        now, tries = now_ms(), row["tries"]
        if taken:
            values = {"state": DeliveryState.SENT, "next_ms": now}
        elif tries > len(WAITS_MS) or not row["enabled"]:
            values = {"state": DeliveryState.FAILED, "next_ms": now}
        else:
            values = {"state": DeliveryState.DUE, "next_ms": now + WAITS_MS[tries - 1]}
        since = None if taken else row["failing_ms"] or now
        endpoint = {"failing_ms": since}
        if since is not None and now - since > GIVE_UP_MS:
            log.warning("webhook %s was switched off: nothing arrived for three days", row["webhook_id"])
            endpoint["enabled"] = False
        with self._database.write() as connection:
            mine = webhook_deliveries.c.id == row["id"]
            connection.execute(sa.update(webhook_deliveries).where(mine).values(status=status, error=error, **values))
            connection.execute(sa.update(webhooks).where(webhooks.c.id == row["webhook_id"]).values(endpoint))


def checked_address(url: str, *, allow_private: bool) -> tuple[str, str]:
    """(the URL with the address that its host has now, the header `Host`). Raises OSError, ValueError: none may be
    connected to."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = {entry[4][0] for entry in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)}
    addresses = [ipaddress.ip_address(str(one).partition("%")[0]) for one in sorted(map(str, found))]
    allowed = [one for one in addresses if allow_private or (one.is_global and not one.is_multicast)]
    if not allowed:
        raise ValueError("this host has no public address (webhooks.allow_private)")
    chosen = f"[{allowed[0]}]" if allowed[0].version == 6 else str(allowed[0])
    target = urlunsplit((parts.scheme, f"{chosen}:{port}", parts.path or "/", parts.query, ""))
    return target, parts.netloc


__all__ = ["GIVE_UP_MS", "WAITS_MS", "WebhookSender", "checked_address"]
