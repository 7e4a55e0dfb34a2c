"""What the services of people and meetings hand out: plain frozen records. Moments are UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from langsupport.domain.accounts import Permission, PersonRole, permissions_of


class PersonState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class SignInMethod(StrEnum):
    PASSWORD = "password"  # noqa: S105  # a word, not one of them
    OIDC = "oidc"
    INVITATION = "invitation"


class Confidentiality(StrEnum):
    """Who sees a meeting and what belongs to it."""

    OPEN = "open"  # everybody who is signed in
    LIST = "list"  # those on its list, and administrators


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    login: str
    name: str
    state: PersonState
    roles: tuple[PersonRole, ...]
    created_at: datetime
    email: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()  # (source, target) of a translator or reviser
    languages: tuple[str, ...] = ()  # of a captioner
    has_password: bool = False
    issuer: str | None = None  # the OpenID provider by which the person signs in
    invited_until: datetime | None = None
    version: int = 1
    created_by: str = ""

    @property
    def active(self) -> bool:
        return self.state is PersonState.ACTIVE

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(self.roles) if self.active else frozenset()


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser in which somebody is signed in."""

    id: str
    person_id: str
    method: SignInMethod
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """`beginning` is what may be shown of it."""

    id: str
    person_id: str
    name: str
    beginning: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def valid(self, now: datetime | None = None) -> bool:
        now = now or datetime.now(UTC)
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what they may do with what they showed. `person` is None only where accounts are off.

    `key` names the sign-in or the token by which they came: long connections ask by it whether it still holds.
    """

    name: str
    permissions: frozenset[Permission]
    person: Person | None = None
    key: str = ""
    by_token: bool = False
    address: str = ""

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def person_id(self) -> str | None:
        return self.person.id if self.person is not None else None


OPEN = Caller("administrator", frozenset(Permission))
"""Everybody, where accounts are off: the service answers this machine alone then."""


@dataclass(frozen=True, slots=True)
class MeetingRecord:
    """`titles` by language; at least one."""

    id: str
    code: str
    titles: Mapping[str, str]
    confidentiality: Confidentiality
    created_at: datetime
    version: int = 1
    place: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    languages: tuple[str, ...] = ()
    created_by: str = ""

    @property
    def confidential(self) -> bool:
        return self.confidentiality is Confidentiality.LIST

    def title(self, language: str) -> str:
        """In a language, else in English, else in whichever there is."""
        return self.titles.get(language) or self.titles.get("en") or next(iter(self.titles.values()))


@dataclass(frozen=True, slots=True)
class TrailRecord:
    """Who did what to what, when and from where."""

    id: int
    at: datetime
    by: str
    action: str
    subject: str = ""
    person_id: str | None = None
    address: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
