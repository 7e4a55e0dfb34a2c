"""People: who there is, what they are, how they come in for the first time, their passwords."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from langsupport.domain.accounts import PersonRole, check_password, checked_roles
from langsupport.domain.languages import language
from langsupport.errors import AccessDenied, Conflict, InvalidRequest, LangsupportError, NotFound, Outdated
from langsupport.services import people_rows as rows
from langsupport.services.account_records import Caller, Person, PersonState
from langsupport.services.audit import note
from langsupport.services.database import Database, is_duplicate, now_ms
from langsupport.services.document_rows import new_id
from langsupport.services.people_rows import login_key
from langsupport.services.schema_accounts import api_tokens, people, sign_ins
from langsupport.services.secrets_at_rest import hash_password, looked_up, new_token, sha256, verify_password
from langsupport.services.session_input import line

INVITATION_MS = 72 * 3600 * 1000
"""How long the link holds by which somebody sets a first password."""
FIRST_LOGIN = "administrator"
_LOGIN_CHARS = 200
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LOGIN = re.compile(r"[^\s/\\<>\"]+")

_WRONG_LINK = "This link does not hold: it was used, has expired or is mistyped. Ask the administrator for a new one."


@dataclass(frozen=True, slots=True)
class Profile:
    """What an administrator says of a person. `pairs` as en-fr."""

    name: str
    roles: Sequence[str]
    email: str = ""
    pairs: Sequence[str] = ()
    languages: Sequence[str] = ()


class PeopleService:
    """All methods may be called from any thread. Raises our errors only. `by` says who acts, for the audit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, login: str, profile: Profile, by: Caller | str, *, identity: tuple[str, str] | None = None
    ) -> Person:
        """`identity`: (issuer, subject) of the OpenID provider by which the person came.

        Raises: InvalidRequest, UnsupportedLanguage, Conflict (the name is taken).
        """
        login = login_key(line(login, "sign-in name", _LOGIN_CHARS, required=True))
        if not _LOGIN.fullmatch(login):
            raise InvalidRequest(detail="A sign-in name is an e-mail address or a word without spaces.")
        kept = _checked(profile)
        id = new_id()
        issuer, subject = identity or (None, None)
        row = {
            "id": id,
            "login": login,
            "name": kept.name or login,
            "email": kept.email,
            "state": PersonState.ACTIVE,
            "issuer": issuer,
            "subject": subject,
            "created_by": by.name if isinstance(by, Caller) else by,
            "created_ms": now_ms(),
        }
        try:
            with self._database.write() as connection:
                connection.execute(sa.insert(people).values(row))
                _put(connection, id, kept)
                note(connection, "person", by, login, roles=list(kept.roles))
                return rows.person(connection, id)
        except LangsupportError as error:
            if is_duplicate(error):
                raise Conflict(detail=f"There is somebody with the sign-in name {login} already.") from error
            raise

    def change(self, id: str, profile: Profile, by: Caller | str, version: int | None = None) -> Person:
        """`version`: the one that was edited; None: whichever there is.

        Raises: NotFound, InvalidRequest, UnsupportedLanguage, Conflict (changed meanwhile; the last administrator).
        """
        kept = _checked(profile)
        with self._database.write() as connection:
            row = rows.person_row(connection, id, lock=True)
            if version is not None and version != row["version"]:
                raise Outdated(detail="Somebody else changed this person meanwhile. Look at it again.")
            before = rows.person(connection, id)
            if PersonRole.ADMINISTRATOR not in kept.roles:
                _keep_an_administrator(connection, before)
            values = {"name": kept.name or row["login"], "email": kept.email, "version": people.c.version + 1}
            connection.execute(sa.update(people).where(people.c.id == id).values(values))
            _put(connection, id, kept)
            after = rows.person(connection, id)
            note(connection, "person-changed", by, row["login"], before=list(before.roles), after=list(after.roles))
            return after

    def disable(self, id: str, by: Caller | str) -> Person:
        """Ends everything by which the person is in. Raises NotFound, Conflict (the last administrator). Idempotent."""
        with self._database.write() as connection:
            row = rows.person_row(connection, id, lock=True)
            person = rows.person(connection, id)
            if person.active:
                _keep_an_administrator(connection, person)
                self._set_state(connection, id, PersonState.DISABLED)
                _end_all(connection, id)
                note(connection, "person-disabled", by, row["login"])
            return rows.person(connection, id)

    def enable(self, id: str, by: Caller | str) -> Person:
        """Raises NotFound. Idempotent."""
        with self._database.write() as connection:
            row = rows.person_row(connection, id, lock=True)
            if row["state"] != PersonState.ACTIVE:
                self._set_state(connection, id, PersonState.ACTIVE)
                note(connection, "person-enabled", by, row["login"])
            return rows.person(connection, id)

    def _set_state(self, connection: sa.Connection, id: str, state: PersonState) -> None:
        values = {"state": state, "version": people.c.version + 1}
        connection.execute(sa.update(people).where(people.c.id == id).values(values))

    def get(self, id: str) -> Person:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.person(connection, id)

    def by_login(self, login: str) -> Person:
        """Raises NotFound."""
        with self._database.read() as connection:
            found = rows.find_by(connection, people.c.login == login_key(login))
        if found is None:
            raise NotFound(what="person", id=login)
        return found

    def list(self, limit: int = 100, after: str | None = None) -> builtins.list[Person]:
        """By sign-in name; `after` is the name of the last one of the page before."""
        query = sa.select(people).order_by(people.c.login).limit(limit)
        if after is not None:
            query = query.where(people.c.login > login_key(after))
        with self._database.read() as connection:
            return rows.persons(connection, connection.execute(query).mappings().all())

    def invite(self, id: str, by: Caller | str) -> str:
        """The token of a link by which the person sets a password, once. A new one replaces the old one.

        Raises: NotFound, Conflict (disabled).
        """
        token = new_token()
        with self._database.write() as connection:
            row = rows.person_row(connection, id, lock=True)
            if row["state"] != PersonState.ACTIVE:
                raise Conflict(detail="This person is disabled. Enable the person first.")
            values = {"invitation_sha256": sha256(token), "invitation_expires_ms": now_ms() + INVITATION_MS}
            connection.execute(sa.update(people).where(people.c.id == id).values(values))
            note(connection, "invitation", by, row["login"])
        return token

    def invited(self, token: str) -> Person:
        """Whom a link is for; looking doesn't use it up. Raises AccessDenied."""
        with self._database.read() as connection:
            return self._invited(connection, token)

    def _invited(self, connection: sa.Connection, token: str) -> Person:
        key = looked_up(token)
        found = rows.find_by(connection, people.c.invitation_sha256 == key) if key else None
        over = found is None or found.invited_until is None or found.invited_until.timestamp() * 1000 <= now_ms()
        if found is None or over or not found.active:
            raise AccessDenied(detail=_WRONG_LINK)
        return found

    def accept(self, token: str, password: str, address: str = "") -> Person:
        """Set the password by a link, which is used up. Raises AccessDenied, InvalidRequest."""
        person = self.invited(token)
        kept = hash_password(check_password(password, person.login, person.name))
        with self._database.write() as connection:
            found = self._invited(connection, token)
            _put_password(connection, found.id, kept)
            note(connection, "password", found.login, found.login, address=address, by_link=True)
            return rows.person(connection, found.id)

    def set_password(self, id: str, password: str, by: Caller | str) -> None:
        """All sign-ins and links of the person end. Raises NotFound, InvalidRequest."""
        person = self.get(id)
        kept = hash_password(check_password(password, person.login, person.name))
        with self._database.write() as connection:
            _put_password(connection, id, kept)
            note(connection, "password", by, person.login)

    def right_password(self, id: str, password: str) -> bool:
        """Raises NotFound."""
        with self._database.read() as connection:
            kept = rows.person_row(connection, id)["password_hash"]
        return verify_password(kept, password)

    def first_administrator(self) -> tuple[Person, str] | None:
        """(person, token of a link) where no administrator can sign in yet; the person is made where there is none."""
        with self._database.read() as connection:
            administrators = rows.administrators(connection)
            taken = rows.find_by(connection, people.c.login == FIRST_LOGIN) is not None
        if any(one.has_password or one.issuer for one in administrators):
            return None
        if administrators:
            first = administrators[0]
        else:
            login = f"{FIRST_LOGIN}-{new_id()[-6:]}" if taken else FIRST_LOGIN
            first = self.create(login, Profile("", [PersonRole.ADMINISTRATOR]), by="langsupport")
        return first, self.invite(first.id, by="langsupport")


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str
    roles: tuple[PersonRole, ...]
    email: str | None
    pairs: builtins.list[tuple[str, str]]
    languages: builtins.list[str]


def _checked(profile: Profile) -> _Kept:
    email = line(profile.email, "e-mail address", 254)
    if email and not _EMAIL.fullmatch(email):
        raise InvalidRequest(detail="This is no e-mail address. Write it as name@organization.example.")
    return _Kept(
        name=line(profile.name, "name", _LOGIN_CHARS),
        roles=checked_roles(profile.roles),
        email=email or None,
        pairs=[_pair(pair) for pair in dict.fromkeys(profile.pairs)],
        languages=[language(code, name="languages").code for code in dict.fromkeys(profile.languages)],
    )


def _pair(given: str) -> tuple[str, str]:
    source, _, target = given.partition("-")
    pair = language(source, name="pairs").code, language(target, name="pairs").code
    if pair[0] == pair[1]:
        raise InvalidRequest(detail="A translator works from one language into another. Write it as en-fr.")
    return pair


def _put(connection: sa.Connection, id: str, kept: _Kept) -> None:
    rows.put_roles(connection, id, kept.roles)
    rows.put_pairs(connection, id, kept.pairs)
    rows.put_languages(connection, id, kept.languages)


def _put_password(connection: sa.Connection, id: str, kept: str) -> None:
    values = {"password_hash": kept, "invitation_sha256": None, "invitation_expires_ms": None}
    connection.execute(sa.update(people).where(people.c.id == id).values(values))
    connection.execute(sa.delete(sign_ins).where(sign_ins.c.person_id == id))


def _end_all(connection: sa.Connection, id: str) -> None:
    connection.execute(sa.delete(sign_ins).where(sign_ins.c.person_id == id))
    valid = sa.and_(api_tokens.c.person_id == id, api_tokens.c.revoked_ms.is_(None))
    connection.execute(sa.update(api_tokens).where(valid).values(revoked_ms=now_ms()))
    gone = {"invitation_sha256": None, "invitation_expires_ms": None}
    connection.execute(sa.update(people).where(people.c.id == id).values(gone))


def _keep_an_administrator(connection: sa.Connection, person: Person) -> None:
    last = person.active and PersonRole.ADMINISTRATOR in person.roles
    if last and not rows.other_administrators(connection, person.id):
        raise Conflict(detail="This is the last administrator. Make somebody else an administrator first.")


def pairs_text(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """As profiles have them: en-fr."""
    return tuple(f"{source}-{target}" for source, target in pairs)


__all__ = ["PeopleService", "Profile", "pairs_text"]
