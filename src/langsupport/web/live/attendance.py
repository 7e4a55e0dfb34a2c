"""Who is connected now, so that each can be let go: when a link ends, a session goes, the service stops.

Belongs to the event loop: none of it is to be called from another thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from langsupport.domain.live import Role
from langsupport.errors import CapacityError, LangsupportError, NotFound
from langsupport.services.account_records import Caller
from langsupport.services.assembly import Services
from langsupport.services.session_records import Grant, SessionEvent, SessionRecord
from langsupport.services.session_sight import role_in
from langsupport.services.sessions import SessionService
from langsupport.web.live.farewell import DELETED, RESTART, Bye
from langsupport.web.threads import Threads

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
"""So often the links of those who send sound are looked at. (Viewers are told by the hub.)"""
STAFF = 200
"""Connections beyond the viewers' limit that are kept free for those who run the sessions."""


REVOKED = Bye("revoked", "This link was taken back. Ask whoever sent it for a new one.")
EXPIRED = Bye("expired", "This link has expired. Ask whoever sent it for a new one.")
SIGNED_OUT = Bye("signed-out", "You are signed out, or this session is not for you any more. Sign in again.")


def ended(grant: Grant) -> Bye | None:
    """What the holder of a link is told that doesn't hold any more."""
    if grant.revoked_at is not None:
        return REVOKED
    return None if grant.valid(datetime.now(UTC)) else EXPIRED


class Seat:
    """One open connection. Its task waits for `news`, and leaves with `bye` when that is set.

    `session` is the newest picture of the session, for those who follow it.
    """

    __slots__ = ("bye", "caller", "follows", "grant", "news", "session", "session_id", "staff")

    def __init__(
        self, session_id: str, grant: Grant | None, caller: Caller | None, *, staff: bool, follows: bool
    ) -> None:
        self.session_id = session_id
        self.grant = grant
        self.caller = caller
        self.staff = staff
        self.follows = follows
        self.session: SessionRecord | None = None
        self.news = asyncio.Event()
        self.bye: Bye | None = None

    def dismiss(self, bye: Bye) -> None:
        self.bye = self.bye or bye
        self.news.set()

    def waker(self) -> WakesSeat:
        return WakesSeat(asyncio.get_running_loop(), self.news)


class WakesSeat:
    """Tells a seat's task from any thread that there is news; does nothing when the loop is gone."""

    __slots__ = ("_loop", "_news")

    def __init__(self, loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
        self._loop = loop
        self._news = news

    def __call__(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:  # closed: the service ends
            return


class Attendance:
    """One per application."""

    def __init__(self, max_viewers: int) -> None:
        self._max_viewers = max_viewers
        self._seats: set[Seat] = set()
        self._stopping = False

    def __len__(self) -> int:
        return len(self._seats)

    @contextmanager
    def enter(
        self,
        session_id: str,
        grant: Grant | None,
        caller: Caller | None = None,
        *,
        staff: bool,
        follows: bool = False,
    ) -> Iterator[Seat]:
        """Take a seat until the block ends. Raises CapacityError: all are taken."""
        limit = self._max_viewers + (STAFF if staff else 0)
        if len(self._seats) >= limit:
            detail = (
                f"{len(self._seats):,} people are watching here already, and more can't be served. Try again later."
            )
            raise CapacityError(detail=detail)
        seat = Seat(session_id, grant, caller, staff=staff, follows=follows)
        if self._stopping:
            seat.dismiss(RESTART)
        self._seats.add(seat)
        try:
            yield seat
        finally:
            self._seats.discard(seat)

    def revoked(self, grant_id: str) -> None:
        """A link was taken back here: whoever is connected by it goes now."""
        for seat in [seat for seat in self._seats if seat.grant is not None and seat.grant.id == grant_id]:
            seat.dismiss(REVOKED)

    def deleted(self, session_id: str) -> None:
        for seat in [seat for seat in self._seats if seat.session_id == session_id]:
            seat.dismiss(DELETED)

    def follow(self, sessions: SessionService) -> None:
        """Hear of what happens to sessions, from whatever thread it is told in."""
        loop = asyncio.get_running_loop()

        def tell(event: SessionEvent) -> None:
            try:
                loop.call_soon_threadsafe(self._happened, event)
            except RuntimeError:  # closed: the service ends
                return

        sessions.add_listener(tell)

    def _happened(self, event: SessionEvent) -> None:
        for seat in self._seats:
            if seat.follows and seat.session_id == event.session_id and event.record is not None:
                seat.session = event.record
                seat.news.set()

    async def stop(self, seconds: float) -> None:
        """Let everybody go, and wait for them at most so long."""
        self._stopping = True
        for seat in list(self._seats):
            seat.dismiss(RESTART)
        deadline = asyncio.get_running_loop().time() + seconds
        while self._seats and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)

    async def keep_checking(self, threads: Threads, services: Services) -> None:
        """Until cancelled: let those go whose link or sign-in has ended, or who may not any more what they do here."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._check(threads, services.sessions)
                await self._check_accounts(threads, services)
            except LangsupportError as error:
                log.warning("the rights of those who are connected could not be looked at: %s", error)

    async def _check_accounts(self, threads: Threads, services: Services) -> None:
        seats = [seat for seat in self._seats if seat.caller is not None and seat.caller.person is not None]
        if not seats:
            return
        callers = {seat.caller.key: seat.caller for seat in seats if seat.caller is not None}
        now = await threads.quick(partial(services.accounts.sign_ins.still, list(callers.values())))
        rules = await threads.quick(partial(services.sessions.rules, {seat.session_id for seat in seats}))
        for seat in seats:
            caller, rule = now.get(seat.caller.key if seat.caller is not None else ""), rules.get(seat.session_id)
            role = role_in(caller, rule) if caller is not None and rule is not None else None
            if role is None or (seat.staff and role is Role.VIEWER):
                seat.dismiss(SIGNED_OUT)

    async def _check(self, threads: Threads, sessions: SessionService) -> None:
        by_session: dict[str, list[tuple[Seat, str]]] = {}
        for seat in self._seats:
            if seat.follows and seat.grant is not None:
                by_session.setdefault(seat.session_id, []).append((seat, seat.grant.id))
        for session_id, seats in by_session.items():
            try:
                grants = {grant.id: grant for grant in await threads.quick(partial(sessions.grants, session_id))}
            except NotFound:
                self.deleted(session_id)
                continue
            for seat, grant_id in seats:
                grant = grants.get(grant_id)
                bye = REVOKED if grant is None else ended(grant)
                if bye is not None:
                    seat.dismiss(bye)


__all__ = ["Attendance", "Seat", "ended"]
