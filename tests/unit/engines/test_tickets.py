"""Tickets say when they are done: once, whatever the end is."""

from __future__ import annotations

import pytest

from langsupport.engines.tickets import QueuedTicket
from langsupport.errors import Cancelled, EngineFailure


def test_the_last_result_makes_it_done_and_calls_back_once() -> None:
    ticket: QueuedTicket[int] = QueuedTicket(2, lambda _: None)
    called: list[str] = []
    ticket.add_done_callback(lambda: called.append("before"))
    ticket.put(1, 20)
    assert (ticket.done, called) == (False, [])
    ticket.put(0, 10)
    assert (ticket.done, called, ticket.wait()) == (True, ["before"], [10, 20])
    ticket.add_done_callback(lambda: called.append("after"))
    ticket.fail(EngineFailure(model="m", detail="too late"))
    assert called == ["before", "after"]


def test_a_failure_and_a_cancel_make_it_done() -> None:
    for end, kind in (
        (lambda t: t.fail(EngineFailure(model="m", detail="x")), EngineFailure),
        (lambda t: t.cancel(), Cancelled),
    ):
        ticket: QueuedTicket[int] = QueuedTicket(1, lambda _: None)
        called: list[bool] = []
        ticket.add_done_callback(lambda ticket=ticket, called=called: called.append(ticket.done))
        end(ticket)
        ticket.put(0, 1)
        assert called == [True]
        with pytest.raises(kind):
            ticket.wait()
