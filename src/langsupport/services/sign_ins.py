"""Signing in, and who is signed in: by password, by a link, by an OpenID provider; in browsers and by API tokens.

A browser holds a random secret of which the database keeps the hash. It ends after some time without use, at a fixed
time in any case, and when the password changes or the person is disabled.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import replace

import sqlalchemy as sa

from langsupport.domain.accounts import normal_password, scoped
from langsupport.errors import AccessDenied, NotFound
from langsupport.services import people_rows as rows
from langsupport.services.account_records import Caller, Person, PersonState, SignIn, SignInMethod
from langsupport.services.audit import note
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import moment, new_id
from langsupport.services.people_rows import login_key
from langsupport.services.schema_accounts import api_tokens, oidc_requests, people, sign_ins
from langsupport.services.secrets_at_rest import (
    hash_password,
    looked_up,
    new_token,
    outdated,
    sha256,
    verify_password,
)
from langsupport.services.session_input import plain_text
from langsupport.services.try_limits import ACCOUNT, ADDRESS, TryLimits

TOKEN_PREFIX = "lsp_"  # noqa: S105  # what all tokens begin with, so that scanners of source code find leaked ones
SEEN_EVERY_MS = 60_000
"""How often it is written down that somebody is still there."""
MOST_SIGN_INS = 50
"""Of one person; the oldest ends when there are more."""
_AGENT_CHARS = 200
_ASKED_AT_ONCE = 500

_UNKNOWN = "unknown"
WRONG = "The sign-in name or the password is wrong."


class SignInService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database, limits: TryLimits, idle_minutes: int, absolute_hours: int) -> None:
        self._database = database
        self._limits = limits
        self._idle_ms = idle_minutes * 60_000
        self._absolute_ms = absolute_hours * 3_600_000

    def by_password(self, login: str, password: str, address: str) -> Person:
        """Who has this name and password. Takes as long for a name that there isn't.

        Raises:
            TooManyTries: for this name or this address, for now.
            AccessDenied: no such person, a wrong password, or disabled; which of them is not told.
        """
        login = login_key(login)[:_AGENT_CHARS]
        account, place = (ACCOUNT, login), (ADDRESS, network(address))
        self._limits.begin((account, place))
        with self._database.read() as connection:
            row = connection.execute(sa.select(people).where(people.c.login == login)).mappings().first()
        kept = row["password_hash"] if row is not None else None
        right = verify_password(kept, normal_password(password))
        if not right or row is None or row["state"] != PersonState.ACTIVE:
            with self._database.write() as connection:  # a name that isn't ours may be a password in the wrong field
                known = login if row is not None else _UNKNOWN
                note(connection, "sign-in-failed", known, known, address=address)
            raise AccessDenied(detail=WRONG)
        with self._database.read() as connection:
            person = rows.person(connection, row["id"])
        self._limits.succeeded(account, place)
        if kept is not None and outdated(kept):
            hashed = hash_password(normal_password(password))
            with self._database.write() as connection:
                connection.execute(sa.update(people).where(people.c.id == person.id).values(password_hash=hashed))
        return person

    def begin(self, person: Person, method: SignInMethod, address: str, agent: str, *, before: str = "") -> str:
        """The secret for a browser's cookie. `before`: the one that it had, which ends. Raises AccessDenied."""
        token, now = new_token(), now_ms()
        row = {
            "id": new_id(),
            "person_id": person.id,
            "token_sha256": sha256(token),
            "method": method,
            "address": address[:64],
            "agent": plain_text(agent)[:_AGENT_CHARS],
            "created_ms": now,
            "seen_ms": now,
            "expires_ms": now + self._absolute_ms,
        }
        with self._database.write() as connection:
            if not rows.person(connection, person.id).active:
                raise AccessDenied(detail=WRONG)
            old = looked_up(before)
            if old:
                connection.execute(sa.delete(sign_ins).where(sign_ins.c.token_sha256 == old))
            connection.execute(sa.insert(sign_ins).values(row))
            _drop_oldest(connection, person.id)
            note(connection, "sign-in", Caller(person.name, frozenset(), person, address=address), person.login)
        return token

    def caller_by_cookie(self, token: str, address: str) -> Caller | None:
        """Who holds this secret; None: nobody (any more)."""
        key = looked_up(token)
        if key is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(sa.select(sign_ins).where(sign_ins.c.token_sha256 == key)).mappings().first()
            if row is None or not self._holds(row):
                return None
            person = rows.person(connection, row["person_id"])
        if not person.active:
            return None
        if now_ms() - row["seen_ms"] >= SEEN_EVERY_MS:
            self._seen(row["id"], address)
        return Caller(person.name, person.permissions, person, f"s{row['id']}", address=address)

    def _holds(self, row: sa.RowMapping) -> bool:
        now = now_ms()
        return bool(row["expires_ms"] > now and row["seen_ms"] + self._idle_ms > now)

    def _seen(self, id: str, address: str) -> None:
        with self._database.write() as connection:
            values = {"seen_ms": now_ms(), "address": address[:64]}
            connection.execute(sa.update(sign_ins).where(sign_ins.c.id == id).values(values))

    def caller_by_token(self, token: str, address: str) -> Caller | None:
        """Who holds this API token, with what its scopes leave; None: nobody (any more)."""
        key = looked_up(token) if token.startswith(TOKEN_PREFIX) else None
        if key is None:
            return None
        now = now_ms()
        with self._database.read() as connection:
            row = connection.execute(sa.select(api_tokens).where(api_tokens.c.token_sha256 == key)).mappings().first()
            if row is None or not _token_holds(row, now):
                return None
            person = rows.person(connection, row["person_id"])
        if not person.active:
            return None
        if row["used_ms"] is None or now - row["used_ms"] >= SEEN_EVERY_MS:
            with self._database.write() as connection:
                connection.execute(sa.update(api_tokens).where(api_tokens.c.id == row["id"]).values(used_ms=now))
        may = scoped(person.permissions, row["scopes"])
        return Caller(person.name, may, person, f"t{row['id']}", by_token=True, address=address)

    def still(self, callers: Collection[Caller]) -> dict[str, Caller]:
        """Of these callers those whose sign-in or token still holds, by key, as they are now. For long connections."""
        found: dict[str, Caller] = {}
        asked = [caller for caller in callers if caller.person is not None]
        for start in range(0, len(asked), _ASKED_AT_ONCE):
            found |= self._still(asked[start : start + _ASKED_AT_ONCE])
        return found

    def _still(self, callers: list[Caller]) -> dict[str, Caller]:
        now, ids = now_ms(), [caller.key[1:] for caller in callers]
        with self._database.read() as connection:
            of_browsers = sa.select(sign_ins).where(sign_ins.c.id.in_(ids))
            scopes: dict[str, list[str] | None] = {
                f"s{row['id']}": None for row in connection.execute(of_browsers).mappings() if row["expires_ms"] > now
            }
            for row in connection.execute(sa.select(api_tokens).where(api_tokens.c.id.in_(ids))).mappings():
                if _token_holds(row, now):
                    scopes[f"t{row['id']}"] = row["scopes"]
            of_people = sa.select(people).where(people.c.id.in_({caller.person_id for caller in callers}))
            persons = {one.id: one for one in rows.persons(connection, connection.execute(of_people).mappings().all())}
        found = {}
        for caller in callers:
            person = persons.get(caller.person_id or "")
            if person is not None and person.active and caller.key in scopes:
                limits = scopes[caller.key]
                may = person.permissions if limits is None else scoped(person.permissions, limits)
                found[caller.key] = replace(caller, person=person, permissions=may)
        return found

    def list(self, person_id: str) -> list[SignIn]:
        """Those that hold, the one used last first."""
        query = sa.select(sign_ins).where(sign_ins.c.person_id == person_id).order_by(sign_ins.c.seen_ms.desc())
        with self._database.read() as connection:
            return [_sign_in(row) for row in connection.execute(query).mappings() if self._holds(row)]

    def end(self, person_id: str, id: str, by: Caller) -> None:
        """Raises NotFound."""
        mine = sa.and_(sign_ins.c.person_id == person_id, sign_ins.c.id == id)
        with self._database.write() as connection:
            if not connection.execute(sa.delete(sign_ins).where(mine)).rowcount:
                raise NotFound(what="sign-in", id=id)
            note(connection, "sign-out", by, rows.person_row(connection, person_id)["login"])

    def end_all(self, person_id: str, by: Caller, *, but: str = "") -> None:
        """`but`: the id of one that stays. Raises NotFound."""
        others = sa.and_(sign_ins.c.person_id == person_id, sign_ins.c.id != but)
        with self._database.write() as connection:
            login = rows.person_row(connection, person_id)["login"]
            connection.execute(sa.delete(sign_ins).where(others))
            note(connection, "sign-ins-ended", by, login)

    def clean(self) -> None:
        """Take away what is over."""
        now = now_ms()
        over = sa.or_(sign_ins.c.expires_ms <= now, sign_ins.c.seen_ms <= now - self._idle_ms)
        with self._database.write() as connection:
            connection.execute(sa.delete(sign_ins).where(over))
            connection.execute(sa.delete(oidc_requests).where(oidc_requests.c.created_ms < now - 3_600_000))
        self._limits.forget()


def _drop_oldest(connection: sa.Connection, person_id: str) -> None:
    query = sa.select(sign_ins.c.id).where(sign_ins.c.person_id == person_id).order_by(sign_ins.c.id.desc())
    old = connection.scalars(query.offset(MOST_SIGN_INS)).all()
    if old:
        connection.execute(sa.delete(sign_ins).where(sign_ins.c.id.in_(old)))


def _token_holds(row: sa.RowMapping, now: int) -> bool:
    return row["revoked_ms"] is None and (row["expires_ms"] is None or row["expires_ms"] > now)


def _sign_in(row: sa.RowMapping) -> SignIn:
    return SignIn(
        id=row["id"],
        person_id=row["person_id"],
        method=SignInMethod(row["method"]),
        address=row["address"],
        agent=row["agent"],
        created_at=moment(row["created_ms"]),
        seen_at=moment(row["seen_ms"]),
        expires_at=moment(row["expires_ms"]),
    )


def network(address: str) -> str:
    """What is counted as one address: with IPv6 a site's /64, of which one person may have all."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


__all__ = ["TOKEN_PREFIX", "WRONG", "SignInService", "network"]
