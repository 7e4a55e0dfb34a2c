"""Who may do what in one session: people by their account, others by the link they were given.

A link's token comes in the header `Authorization: Bearer`, in the address (`?access=`, taken out of it by
link_tokens.py before anything can log it), or in the cookie that opening the link left. A token that is given openly
counts alone, even where accounts are off: who shows a viewer's link is a viewer. What another site's page sends counts
only by such a token, never by a cookie.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

from starlette.requests import HTTPConnection
from starlette.responses import Response

from langsupport.domain.live import ALLOWS, Role
from langsupport.errors import AccessDenied, InvalidRequest, NotFound, SignInRequired
from langsupport.services.account_records import Caller
from langsupport.services.session_access import allowed as granted
from langsupport.services.session_records import Grant, SessionRecord
from langsupport.services.session_sight import role_in
from langsupport.services.sign_ins import TOKEN_PREFIX
from langsupport.web.callers import caller_of
from langsupport.web.context import Context, context
from langsupport.web.credentials import bearer, cookie, cookies
from langsupport.web.live.attendance import Seat
from langsupport.web.live.link_tokens import given_token, is_foreign
from langsupport.web.needs import Declaration, note_download

T = TypeVar("T")

COOKIE = "langsupport_live_"
"""With the session's id: a browser may hold links to several."""
COOKIE_SECONDS = 30 * 24 * 3600
"""For links that don't expire by themselves."""

MAX_LINKS = 50
"""In one browser that are looked at for a list."""

_OVER = "This link does not hold: it has expired, was taken back or is mistyped. Ask whoever sent it for a new one."
_ELSEWHERE = "This link belongs to another session."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came, and what they may do. `by` is how the audit names them.

    They came by a link (`grant`) or by their account (`caller`). `token` is set where a link's token came in the
    address: what the visitor's player fetches next must carry it too, since inside another site's page there are no
    cookies.
    """

    name: str
    role: Role
    by: str
    grant: Grant | None = None
    token: str | None = None
    caller: Caller | None = None

    def may(self, *roles: Role) -> bool:
        """Whether one of these roles is among what the visitor may do."""
        return not ALLOWS[self.role].isdisjoint(roles)

    def check_track(self, track: str) -> None:
        """Raises AccessDenied: the link is for other tracks (or channels) only."""
        if self.grant is not None and self.grant.tracks is not None and track not in self.grant.tracks:
            detail = f"This link is for {', '.join(self.grant.tracks)} only, not for {track}."
            raise AccessDenied(detail=detail)


def by_account(caller: Caller, role: Role) -> Visitor:
    return Visitor(caller.name if caller.person is not None else "", role, caller.name, caller=caller)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a session's route is handed when the visitor may come in."""

    session: SessionRecord
    visitor: Visitor
    context: Context

    def seat(self, *, follows: bool = False) -> AbstractContextManager[Seat]:
        """For a connection that stays open. Raises CapacityError."""
        visitor = self.visitor
        staff = visitor.role is not Role.VIEWER
        enter = self.context.attendance.enter
        return enter(self.session.id, visitor.grant, visitor.caller, staff=staff, follows=follows)


@dataclass(frozen=True, slots=True)
class InSession(Declaration):
    """A dependency: every route of a session states by it which roles may come in. The path names the session `id`.

    `download`: noted in the audit trail where the session's meeting is confidential.
    """

    roles: tuple[Role, ...]
    download: bool = False

    async def __call__(self, connection: HTTPConnection, id: str) -> Entry:
        found = context(connection)
        record, visitor = await session_access(connection, found, id, *self.roles)
        if self.download and record.by_list and visitor.caller is not None:
            await note_download(found, visitor.caller, "session", record.id, connection.scope["path"])
        return Entry(record, visitor, found)


def allowed(*roles: Role, download: bool = False) -> InSession:
    return InSession(roles, download)


async def session_access(
    connection: HTTPConnection, context: Context, id: str, *roles: Role
) -> tuple[SessionRecord, Visitor]:
    """The session and who came, if they may do what one of these roles may.

    Raises:
        NotFound: there is no such session, or it is confidential and not for the visitor.
        SignInRequired: nobody came along.
        AccessDenied: the link is revoked, expired, for another session, or for a role that doesn't allow it.
    """
    storm = connection.scope["type"] == "websocket" and Role.VIEWER in roles
    look = context.threads.arrive if storm else context.threads.quick  # a crowd of viewers must not be in anybody's way
    record = await look(partial(context.services.sessions.get, id))
    try:
        visitor = await _visitor(connection, context, record, look, roles)
    except _NotListed as error:
        if record.confidential:
            raise NotFound(what="session", id=id) from None
        raise error.reason from None
    if not visitor.may(*roles):
        wanted = " or ".join(roles)
        raise AccessDenied(detail=f"This needs the role {wanted} in the session, and yours is {visitor.role}.")
    return record, visitor


async def linked_sessions(connection: HTTPConnection, context: Context) -> list[str]:
    """The ids of the sessions for which the visitor brings a link, whether or not it still holds."""
    shown = given_token(connection) or bearer(connection.headers)
    if shown is None:
        return [name.removeprefix(COOKIE) for name in cookies(connection.headers, COOKIE)][:MAX_LINKS]
    grant = await context.threads.quick(partial(context.services.sessions.resolve, shown))
    return [grant.session_id] if grant is not None else []


class Look(Protocol):
    """How the database is looked at: threads.quick or another of its kind."""

    async def __call__(self, call: Callable[[], T], /) -> T: ...


class _NotListed(Exception):
    """The visitor shows nothing that counts for this session; `reason` is what those may know who may know of it."""

    def __init__(self, reason: AccessDenied) -> None:
        super().__init__(str(reason))
        self.reason = reason


async def _visitor(
    connection: HTTPConnection, context: Context, record: SessionRecord, look: Look, roles: tuple[Role, ...]
) -> Visitor:
    caller = caller_of(connection)
    if caller is None:
        return await _by_link(connection, context, record, look)
    if caller.person is None:
        return await _anybody_here(connection, context, record, look, caller)
    found = await look(partial(context.services.sessions.rules, [record.id]))
    role = role_in(caller, found[record.id]) if record.id in found else None
    if role is not None and not ALLOWS[role].isdisjoint(roles):
        return by_account(caller, role)
    try:  # what somebody may not by the account they may by a link: speak into a channel
        return await _by_link(connection, context, record, look)
    except _NotListed:
        if role is not None:
            return by_account(caller, role)
        raise _NotListed(AccessDenied(detail="Neither your roles nor a link open this session to you.")) from None


async def _by_link(connection: HTTPConnection, context: Context, record: SessionRecord, look: Look) -> Visitor:
    in_address = given_token(connection)
    given = bearer(connection.headers) or ""
    if caller_of(connection) is None and given.startswith(TOKEN_PREFIX):  # an account's, that doesn't hold any more
        raise _NotListed(SignInRequired())
    token = in_address if in_address is not None else _shown(connection)
    if not token and in_address is None and not is_foreign(connection):
        token = cookie(connection.headers, COOKIE + record.id)
    if not token:
        raise _NotListed(SignInRequired())
    grant = await look(partial(context.services.sessions.resolve, token))
    if grant is None:
        raise _NotListed(AccessDenied(detail=_OVER))
    if grant.session_id != record.id:
        raise _NotListed(AccessDenied(detail=_ELSEWHERE))
    if not granted(record, grant, grant.role):
        raise _NotListed(AccessDenied(detail=_OVER))
    return Visitor(grant.name, grant.role, grant.name or grant.role, grant, in_address)


def _shown(connection: HTTPConnection) -> str | None:
    """A link's token as a bearer token; an account's is none."""
    return bearer(connection.headers) if caller_of(connection) is None else None


async def _anybody_here(
    connection: HTTPConnection, context: Context, record: SessionRecord, look: Look, caller: Caller
) -> Visitor:
    """Where accounts are off, a link that was opened in this browser still says whose hand it is."""
    token = cookie(connection.headers, COOKIE + record.id)
    grant = await look(partial(context.services.sessions.resolve, token)) if token else None
    name = grant.name if grant is not None and grant.session_id == record.id else ""
    return Visitor(name, Role.OPERATOR, name or caller.name, caller=caller)


async def grant_of_link(context: Context, token: str | None) -> Grant:
    """The grant that a link stands for. Raises AccessDenied, InvalidRequest."""
    if not token:
        raise InvalidRequest(detail="This link is incomplete. Copy it whole.")
    grant = await context.threads.quick(partial(context.services.sessions.resolve, token))
    if grant is None:
        raise AccessDenied(detail=_OVER)
    return grant


def remember(response: Response, grant: Grant, token: str, *, secure: bool) -> None:
    """Leave the link's token in the browser, for this session."""
    seconds = COOKIE_SECONDS
    if grant.expires_at is not None:
        seconds = max(1, int((grant.expires_at - datetime.now(UTC)).total_seconds()))
    response.set_cookie(COOKIE + grant.session_id, token, seconds, httponly=True, samesite="lax", secure=secure)


__all__ = [
    "Entry",
    "InSession",
    "Visitor",
    "allowed",
    "by_account",
    "grant_of_link",
    "linked_sessions",
    "remember",
    "session_access",
]
