"""Whom an OpenID provider named, as a person here: found, linked to an account that waits for them, or made."""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa

from langsupport.domain.accounts import PersonRole
from langsupport.errors import AccessDenied, Conflict
from langsupport.services import people_rows as rows
from langsupport.services.account_records import Person
from langsupport.services.audit import note
from langsupport.services.database import Database
from langsupport.services.oidc import Identity
from langsupport.services.people import PeopleService, Profile, pairs_text
from langsupport.services.people_rows import login_key
from langsupport.services.schema_accounts import people
from langsupport.services.settings import OidcSettings

_REFUSED = "Your account at the provider has no role here. Ask the administrator."
_TAKEN = "There is an account of this name that signs in otherwise. Ask the administrator."


class Arrivals:
    """All methods may be called from any thread."""

    def __init__(self, database: Database, people: PeopleService, settings: OidcSettings) -> None:
        self._database = database
        self._people = people
        self._settings = settings

    def person(self, identity: Identity, address: str) -> Person:
        """Raises AccessDenied: no role here, disabled, or the name is somebody else's."""
        roles = self._roles(identity)
        login = str(identity.claims.get(self._settings.login_claim) or "")
        found = self._known(identity) or self._linked(identity, login)
        if found is None:
            if not self._settings.create or not login or not roles:
                self._refused(login or identity.subject, address)
            return self._made(identity, login, roles)
        if not found.active:
            self._refused(found.login, address)
        if self._settings.roles:  # the provider says who may what: at every sign-in anew
            if not roles:
                self._refused(found.login, address)
            if set(roles) != set(found.roles):
                profile = Profile(found.name, roles, found.email or "", pairs_text(found.pairs), found.languages)
                found = self._people.change(found.id, profile, by=self._settings.issuer)
        return found

    def _roles(self, identity: Identity) -> tuple[PersonRole, ...]:
        said = identity.claims.get(self._settings.roles_claim)
        groups = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        named = {role for group in groups for role in self._settings.roles.get(str(group), ())}
        wanted = named or set(self._settings.default_roles)
        return tuple(role for role in PersonRole if role in wanted)

    def _known(self, identity: Identity) -> Person | None:
        with self._database.read() as connection:
            return rows.find_by(connection, people.c.issuer == identity.issuer, people.c.subject == identity.subject)

    def _linked(self, identity: Identity, login: str) -> Person | None:
        """An account that an administrator made beforehand: nobody has signed in by it, and the address is verified."""
        verified = self._settings.login_claim == "email" and identity.claims.get("email_verified") is True
        if not verified or not login:
            return None
        waiting = sa.and_(
            people.c.login == login_key(login), people.c.password_hash.is_(None), people.c.issuer.is_(None)
        )
        values = {"issuer": identity.issuer, "subject": identity.subject, "invitation_sha256": None}
        with self._database.write() as connection:
            found = rows.find_by(connection, waiting)
            if found is not None and found.active:
                connection.execute(sa.update(people).where(people.c.id == found.id).values(values))
                note(connection, "person-changed", identity.issuer, found.login, linked=identity.subject)
                return rows.person(connection, found.id)
        return None

    def _made(self, identity: Identity, login: str, roles: tuple[PersonRole, ...]) -> Person:
        claims = identity.claims
        email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
        profile = Profile(str(claims.get("name") or ""), roles, email)
        try:
            return self._people.create(login, profile, by=identity.issuer, identity=(identity.issuer, identity.subject))
        except Conflict:
            raise AccessDenied(detail=_TAKEN) from None

    def _refused(self, login: str, address: str) -> NoReturn:
        with self._database.write() as connection:
            note(connection, "sign-in-failed", login, login, address=address, provider=self._settings.issuer)
        raise AccessDenied(detail=_REFUSED)


__all__ = ["Arrivals"]
