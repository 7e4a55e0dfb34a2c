"""Bodies of accounts, people, meetings and the audit trail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from langsupport.domain.accounts import Permission, PersonRole
from langsupport.domain.languages import LANGUAGES
from langsupport.services.account_records import (
    ApiToken,
    Caller,
    Confidentiality,
    MeetingRecord,
    Person,
    PersonState,
    SignIn,
    SignInMethod,
    TrailRecord,
)
from langsupport.services.meetings import MeetingAsked as Meeting
from langsupport.services.people import Profile, pairs_text


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonBody(BaseModel):
    id: str
    login: str
    name: str
    email: str | None
    state: PersonState
    roles: list[PersonRole]
    pairs: list[str] = Field(description="from and into: en-fr")
    languages: list[str]
    has_password: bool
    issuer: str | None = Field(description="the OpenID provider by which the person signs in")
    invited_until: datetime | None
    version: int
    created_at: datetime
    created_by: str


def person_body(person: Person) -> PersonBody:
    return PersonBody(
        id=person.id,
        login=person.login,
        name=person.name,
        email=person.email,
        state=person.state,
        roles=list(person.roles),
        pairs=list(pairs_text(person.pairs)),
        languages=list(person.languages),
        has_password=person.has_password,
        issuer=person.issuer,
        invited_until=person.invited_until,
        version=person.version,
        created_at=person.created_at,
        created_by=person.created_by,
    )


class AccountBody(BaseModel):
    """The caller: a person, and what they may do with what they showed."""

    person: PersonBody | None = Field(description="null where accounts are off")
    permissions: list[Permission]


def account_body(caller: Caller) -> AccountBody:
    person = person_body(caller.person) if caller.person is not None else None
    return AccountBody(person=person, permissions=[one for one in Permission if caller.may(one)])


class PersonPage(BaseModel):
    items: list[PersonBody]
    next: str | None = Field(description="pass it as `after` for the next page")


class PersonChange(_Asked):
    name: str = ""
    roles: list[str]
    email: str = ""
    pairs: list[str] = []
    languages: list[str] = []
    version: int | None = Field(default=None, description="the one that was edited; 409 if it is another by now")

    def profile(self) -> Profile:
        return Profile(self.name, self.roles, self.email, self.pairs, self.languages)


class PersonAsked(PersonChange):
    login: str = Field(description="an e-mail address or a word; capitals don't count")


class InvitationBody(BaseModel):
    link: str = Field(description="by which the person sets a password, once")


class PasswordAsked(_Asked):
    current: str
    new: str = Field(description="12 characters or more")


class SignInBody(BaseModel):
    id: str
    method: SignInMethod
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool = Field(description="the one by which this was asked")


def sign_in_body(sign_in: SignIn, caller: Caller) -> SignInBody:
    return SignInBody(
        id=sign_in.id,
        method=sign_in.method,
        address=sign_in.address,
        agent=sign_in.agent,
        created_at=sign_in.created_at,
        seen_at=sign_in.seen_at,
        expires_at=sign_in.expires_at,
        current=caller.key == f"s{sign_in.id}",
    )


class TokenBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    beginning: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


def token_body(token: ApiToken) -> TokenBody:
    return TokenBody.model_validate(token)


class TokenAsked(_Asked):
    name: str
    scopes: list[str] = Field(description="`documents:read`, `documents:*` or `*`")
    expires_at: datetime | None = None


class TokenMade(BaseModel):
    token: str = Field(description="shown this once")
    record: TokenBody


class MeetingBody(BaseModel):
    id: str
    code: str
    titles: dict[str, str]
    place: str
    starts_on: date | None
    ends_on: date | None
    languages: list[str]
    confidentiality: Confidentiality
    version: int
    created_at: datetime
    created_by: str


def meeting_body(meeting: MeetingRecord) -> MeetingBody:
    return MeetingBody(
        id=meeting.id,
        code=meeting.code,
        titles=dict(meeting.titles),
        place=meeting.place,
        starts_on=meeting.starts_on,
        ends_on=meeting.ends_on,
        languages=list(meeting.languages),
        confidentiality=meeting.confidentiality,
        version=meeting.version,
        created_at=meeting.created_at,
        created_by=meeting.created_by,
    )


class MeetingPage(BaseModel):
    items: list[MeetingBody]
    next: str | None = Field(description="pass it as `before` for the next page")


class MeetingAsked(_Asked):
    code: str
    titles: dict[str, str] = Field(description="by language; at least one")
    place: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    languages: list[str] = Field(default_factory=lambda: list(LANGUAGES))
    confidentiality: Confidentiality = Confidentiality.OPEN
    version: int | None = Field(default=None, description="when changing: the one that was edited")

    def meeting(self) -> Meeting:
        starts_on, ends_on = (day.isoformat() if day else "" for day in (self.starts_on, self.ends_on))
        return Meeting(self.code, self.titles, self.place, starts_on, ends_on, self.languages, self.confidentiality)


class MemberAsked(_Asked):
    login: str


class MemberBody(BaseModel):
    id: str
    login: str
    name: str


def member_body(person: Person) -> MemberBody:
    return MemberBody(id=person.id, login=person.login, name=person.name)


class BelongingAsked(_Asked):
    meeting_id: str | None = Field(description="null: to no meeting")


class TrailBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    by: str
    person_id: str | None
    address: str
    action: str
    subject: str
    detail: dict[str, Any]


def trail_body(entry: TrailRecord) -> TrailBody:
    return TrailBody.model_validate(entry)


class TrailPage(BaseModel):
    items: list[TrailBody]
    next: int | None = Field(description="pass it as `before` for the next page")
