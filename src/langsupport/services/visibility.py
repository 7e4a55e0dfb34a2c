"""Who sees what belongs to a meeting, in one place: as a condition for lists and as a check for one thing.

`Sight` is what a caller brings: None sees everything; else the person's id, "" for nobody.
"""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.accounts import Permission
from langsupport.services.account_records import Caller, Confidentiality, Person
from langsupport.services.schema_accounts import meeting_members, meetings

Sight = str | None


def sight(caller: Caller) -> Sight:
    if caller.person is None or caller.may(Permission.MEETINGS_ALL):
        return None
    return caller.person.id


def sight_of(person: Person) -> Sight:
    """Of somebody who isn't asking now, with all that their roles allow."""
    return None if Permission.MEETINGS_ALL in person.permissions else person.id


def seen_meetings(of: str) -> sa.ColumnElement[bool]:
    """A condition on `meetings`: it is open, or the person is on its list."""
    mine = sa.exists().where(meeting_members.c.meeting_id == meetings.c.id, meeting_members.c.person_id == of)
    return sa.or_(meetings.c.confidentiality == Confidentiality.OPEN, mine)


def seen(column: sa.ColumnElement[str], of: Sight) -> sa.ColumnElement[bool]:
    """A condition on a table's `meeting_id`: it belongs to no meeting, or to one that is seen."""
    if of is None:
        return sa.true()
    return sa.or_(column.is_(None), sa.exists().where(meetings.c.id == column, seen_meetings(of)))


def is_confidential(column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """A condition on a table's `meeting_id`: the meeting it belongs to is."""
    return sa.exists().where(meetings.c.id == column, meetings.c.confidentiality == Confidentiality.LIST)


__all__ = ["Sight", "is_confidential", "seen", "seen_meetings", "sight", "sight_of"]
