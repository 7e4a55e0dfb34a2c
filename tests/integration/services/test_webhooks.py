"""Other systems are told, by signed messages, at a real HTTP server: once, in order, again when it fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from langsupport.domain.hooks import CHOSEN, DeliveryState, HookEvent
from langsupport.domain.tasks import Orders
from langsupport.domain.units import CodedText
from langsupport.errors import InvalidRequest, NotFound
from langsupport.services.account_records import OPEN, Confidentiality
from langsupport.services.assembly import Services
from langsupport.services.meetings import MeetingAsked
from langsupport.services.records import DocumentRecord
from langsupport.services.schema import webhook_deliveries, webhooks
from langsupport.services.webhook_sending import WebhookSender, checked_address
from langsupport.services.webhooks import EndpointAsked
from waiting import until

Open = Callable[..., Services]


@dataclass
class Listener:
    """An HTTP server that keeps what it gets."""

    url: str = ""
    answer: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def events(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
def listener() -> Iterator[Listener]:
    kept = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(kept.answer)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_port}/hook?from=langsupport"
    yield kept
    server.shutdown()
    server.server_close()


@dataclass
class Place:
    services: Services
    finish: Callable[..., DocumentRecord]
    sender: WebhookSender

    def give(self, meeting_id: str | None = None) -> DocumentRecord:
        upload = self.services.documents.upload
        made = upload("r.txt", io.BytesIO(b"The Committee met."), "en", ["fr"], meeting_id)
        return self.finish(self.services.documents, made.id)

    def send(self) -> None:
        self.sender.resume()

    def later(self) -> None:
        """Time passes."""
        with self.services._database.write() as connection:
            connection.execute(sa.update(webhook_deliveries).values(next_ms=1))


@pytest.fixture
def place(database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]) -> Place:
    services = open_services(
        url=database_url, accounts_mode="on", webhooks_allow_http="true", webhooks_allow_private="true"
    )
    services.maintenance.close()  # the test says when
    return Place(services, finish, WebhookSender(services._database, services.webhooks, services.settings.webhooks))


def test_what_happens_is_told_signed_and_once(place: Place, listener: Listener) -> None:
    services = place.services
    record, secret = services.webhooks.create(EndpointAsked(listener.url), OPEN)
    document = place.give()
    review = services.review_opening.send(document.id, "fr", Orders(second_person=False), OPEN)
    task = review.tasks[0].id
    services.tasks.claim(task, OPEN)
    text = CodedText("Le Comité s’est réuni.")
    assert not services.reviews.confirm(review.id, 1, OPEN, text, 1).refused
    services.tasks.complete(task, OPEN)
    until(lambda: services.reviews.get(review.id).approved_at is not None)
    place.send()
    place.send()
    assert sorted(listener.events) == sorted(
        ["document.ready", "review.sent", "task.claimed", "task.done", "review.approved"]
    )
    headers, body = next(one for one in listener.got if b"task.done" in one[1])
    assert json.loads(body)["data"] == {
        "document_id": document.id,
        "review_id": review.id,
        "task_id": task,
        "task": "post-edit",
        "language": "fr",
    }
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert not any(word in body for _, body in listener.got for word in (b"Committee", b"r.txt"))
    assert {one.state for one in services.webhooks.deliveries(record.id)} == {DeliveryState.SENT}
    assert stat.S_IMODE((services.settings.data_dir / "webhooks.key").stat().st_mode) == 0o600


def test_only_what_was_chosen_and_nothing_confidential_unless_it_was_asked_for(
    place: Place, listener: Listener
) -> None:
    services = place.services
    asked = MeetingAsked("C-1", {"en": "Closed"}, confidentiality=Confidentiality.LIST)
    meeting = services.meetings.create(asked, OPEN).id
    ready = (HookEvent.DOCUMENT_READY,)
    plain, _ = services.webhooks.create(EndpointAsked(listener.url, ready), OPEN)
    services.webhooks.create(EndpointAsked(listener.url, (HookEvent.TASK_DONE,)), OPEN)
    secret = place.give(meeting)
    place.send()
    assert listener.got == []
    services.webhooks.change(plain.id, EndpointAsked(listener.url, ready, confidential=True), OPEN)
    place.give(meeting)
    place.send()
    assert len(listener.got) == 1
    assert secret.id.encode() not in listener.got[0][1]


def test_a_server_that_fails_is_asked_again_and_given_up_in_the_end(place: Place, listener: Listener) -> None:
    services = place.services
    record, _ = services.webhooks.create(EndpointAsked(listener.url, (HookEvent.DOCUMENT_READY,)), OPEN)
    listener.answer = 500
    place.give()
    place.send()
    place.send()
    assert len(listener.got) == 1, "not before a while"
    [delivery] = services.webhooks.deliveries(record.id)
    assert (delivery.state, delivery.status, delivery.tries) == (DeliveryState.DUE, 500, 1)
    assert services.webhooks.list()[0].failing_since is not None
    place.later()
    listener.answer = 204
    place.send()
    assert listener.got[0][0]["webhook-id"] == listener.got[1][0]["webhook-id"], "the same message"
    assert services.webhooks.list()[0].failing_since is None

    listener.answer = 500
    services.webhooks.test(record.id)
    for _ in range(8):
        place.send()
        place.later()
    assert services.webhooks.deliveries(record.id)[0].state is DeliveryState.FAILED
    with services._database.write() as connection:
        connection.execute(sa.update(webhooks).values(failing_ms=1))
    services.webhooks.test(record.id)
    place.send()
    assert not services.webhooks.list()[0].enabled, "nothing arrived for three days"


def test_addresses_that_lead_inside_are_refused(place: Place, open_services: Open, listener: Listener) -> None:
    for url in ("http://127.0.0.1/", "http://localhost:8000/", "http://[::1]/", "http://10.1.2.3/"):
        with pytest.raises(ValueError, match="no public address"):
            checked_address(url, allow_private=False)
    assert checked_address("http://127.0.0.1:81/a?b", allow_private=True) == ("http://127.0.0.1:81/a?b", "127.0.0.1:81")
    hooks = place.services.webhooks
    for url in ("ftp://example.org/", "https://", "https://user:word@example.org/", "nonsense", ""):
        with pytest.raises(InvalidRequest):
            hooks.create(EndpointAsked(url), OPEN)
    with pytest.raises(InvalidRequest, match="event"):
        hooks.create(EndpointAsked("https://example.org/", ()), OPEN)
    with pytest.raises(NotFound):
        hooks.test("0" * 32)
    strict = place.services.settings.webhooks.model_copy(update={"allow_private": False})
    record, _ = hooks.create(EndpointAsked(listener.url, CHOSEN), OPEN)
    hooks.test(record.id)
    WebhookSender(place.services._database, hooks, strict).resume()
    assert listener.got == []
    assert "no public address" in hooks.deliveries(record.id)[0].error


def test_http_needs_a_setting(open_services: Open, database_url: str) -> None:
    hooks = open_services(url=database_url).webhooks
    with pytest.raises(InvalidRequest, match="https"):
        hooks.create(EndpointAsked("http://example.org/hook"), OPEN)
