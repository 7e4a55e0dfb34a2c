"""The tables of people, of how they sign in, of meetings, and of what was done.

Of what lets somebody in (passwords, tokens, links, cookies) only hashes are kept.
"""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.accounts import PersonRole
from langsupport.domain.languages import LANGUAGES
from langsupport.services.account_records import Confidentiality, PersonState, SignInMethod
from langsupport.services.schema_base import Json, count_of, metadata, one_of, own_id, owner

people = sa.Table(
    "people",
    metadata,
    own_id(),
    sa.Column("login", sa.String(200), nullable=False, unique=True),  # case-folded
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("email", sa.String(254)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.String(255)),  # argon2id, with its parameters
    sa.Column("issuer", sa.String(255)),
    sa.Column("subject", sa.String(255)),  # as the OpenID provider `issuer` knows the person
    sa.Column("invitation_sha256", sa.String(64), unique=True),
    sa.Column("invitation_expires_ms", sa.BigInteger),
    sa.Column("mail", sa.String(16), nullable=False, server_default="each"),  # a Mail
    sa.Column("language", sa.String(8)),  # of the pages, when they were last looked at: e-mail is written in it
    count_of("version", 1),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("issuer", "subject"),
    one_of("state", PersonState),
)

person_roles = sa.Table(
    "person_roles",
    metadata,
    owner("person_id", "people", primary_key=True),
    sa.Column("role", sa.String(16), primary_key=True),
    one_of("role", PersonRole),
)

person_pairs = sa.Table(
    "person_pairs",
    metadata,
    owner("person_id", "people", primary_key=True),
    sa.Column("source", sa.String(8), primary_key=True),
    sa.Column("target", sa.String(8), primary_key=True),
    one_of("source", LANGUAGES),
    one_of("target", LANGUAGES),
)
"""What a translator or reviser works from and into."""

person_languages = sa.Table(
    "person_languages",
    metadata,
    owner("person_id", "people", primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    one_of("language", LANGUAGES),
)
"""What a captioner writes in."""

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    own_id(),
    owner("person_id", "people"),
    sa.Column("token_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("method", sa.String(16), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
    sa.Index("ix_sign_ins_person_id", "person_id"),
    one_of("method", SignInMethod),
)
"""Browsers in which somebody is signed in; the row goes when that ends."""

sign_in_tries = sa.Table(
    "sign_in_tries",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),  # a hash: of an account's name, or of an address
    count_of("failures"),
    sa.Column("last_ms", sa.BigInteger, nullable=False),
    sa.Column("blocked_until_ms", sa.BigInteger, nullable=False),
)

oidc_requests = sa.Table(
    "oidc_requests",
    metadata,
    sa.Column("state_sha256", sa.String(64), primary_key=True),
    sa.Column("nonce", sa.String(64), nullable=False),
    sa.Column("verifier", sa.String(128), nullable=False),
    sa.Column("next", sa.String(2000), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)
"""Sign-ins by OpenID Connect that are under way; each is answered once."""

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    own_id(),
    owner("person_id", "people"),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("token_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("beginning", sa.String(16), nullable=False),  # to tell tokens apart
    sa.Column("scopes", Json, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger),
    sa.Column("used_ms", sa.BigInteger),
    sa.Column("revoked_ms", sa.BigInteger),
    sa.Index("ix_api_tokens_person_id", "person_id"),
)

meetings = sa.Table(
    "meetings",
    metadata,
    own_id(),
    sa.Column("code", sa.String(64), nullable=False, unique=True),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("starts_on", sa.String(10)),  # ISO 8601
    sa.Column("ends_on", sa.String(10)),
    sa.Column("languages", Json, nullable=False),  # in which it works
    sa.Column("confidentiality", sa.String(16), nullable=False),
    count_of("version", 1),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    one_of("confidentiality", Confidentiality),
)

meeting_titles = sa.Table(
    "meeting_titles",
    metadata,
    owner("meeting_id", "meetings", primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    sa.Column("title", sa.String(500), nullable=False),
    one_of("language", LANGUAGES),
)

meeting_members = sa.Table(
    "meeting_members",
    metadata,
    owner("meeting_id", "meetings", primary_key=True),
    owner("person_id", "people", primary_key=True),
    sa.Index("ix_meeting_members_person_id", "person_id"),
)
"""The list: who sees a confidential meeting."""

audit_trail = sa.Table(
    "audit_trail",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("person_id", sa.String(32)),  # no foreign key: what was done stays when a person goes
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Index("ix_audit_trail_person_id", "person_id", "id"),
    sa.Index("ix_audit_trail_action", "action", "id"),
)
"""Only grows: triggers of the database refuse changes (migration 0004)."""


def meeting_of() -> sa.Column[str]:
    """The meeting that something belongs to. A meeting that has anything can't be deleted: it might be confidential."""
    return sa.Column("meeting_id", sa.String(32), sa.ForeignKey("meetings.id"), index=True)
