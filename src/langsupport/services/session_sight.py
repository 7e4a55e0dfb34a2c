"""Who is what in a live session by their account; links are another way in (session_access.py)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from langsupport.domain.accounts import session_role
from langsupport.domain.live import Role
from langsupport.services.account_records import Caller
from langsupport.services.schema import sessions
from langsupport.services.schema_accounts import meeting_members
from langsupport.services.session_rows import confidential_meetings
from langsupport.services.visibility import is_confidential, seen, sight


@dataclass(frozen=True, slots=True)
class Rule:
    """`listed`: the ids of those on the list of the session's meeting; None where that is not confidential.

    `confidential` says so of the session itself: it is then for those who run sessions, and for links.
    """

    confidential: bool
    listed: frozenset[str] | None = None


def role_in(caller: Caller, rule: Rule) -> Role | None:
    """What the caller is in a session; None: nothing, and where it is confidential it isn't there for them."""
    role = session_role(caller.permissions)
    if rule.listed is not None:
        return role if sees(caller, rule) else None
    return None if rule.confidential and role is not Role.OPERATOR else role


def sees(caller: Caller, rule: Rule) -> bool:
    """Whether the meeting, if the session's is confidential, is the caller's."""
    return rule.listed is None or sight(caller) is None or caller.person_id in rule.listed


def seen_by(caller: Caller) -> sa.ColumnElement[bool]:
    """`role_in` as a condition on sessions, for somebody who may watch at all."""
    of_meeting = seen(sessions.c.meeting_id, sight(caller))
    if session_role(caller.permissions) is Role.OPERATOR:
        return of_meeting
    for_all = sa.or_(sessions.c.confidential.is_(sa.false()), is_confidential(sessions.c.meeting_id))
    return sa.and_(of_meeting, for_all)


def rules(connection: sa.Connection, ids: Collection[str]) -> dict[str, Rule]:
    """By session; those that aren't there are left out."""
    query = sa.select(sessions.c.id, sessions.c.confidential, sessions.c.meeting_id).where(sessions.c.id.in_(ids))
    found = connection.execute(query).all()
    listed = confidential_meetings(connection, {meeting for _, _, meeting in found} - {None})
    members: dict[str, set[str]] = {meeting: set() for meeting in listed}
    if listed:
        on_lists = sa.select(meeting_members).where(meeting_members.c.meeting_id.in_(listed))
        for row in connection.execute(on_lists).mappings():
            members[row["meeting_id"]].add(row["person_id"])
    return {
        id: Rule(confidential, frozenset(members[meeting]) if meeting in listed else None)
        for id, confidential, meeting in found
    }


__all__ = ["Rule", "role_in", "rules", "seen_by", "sees"]
