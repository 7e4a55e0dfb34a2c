"""What forms offer to choose from."""

from __future__ import annotations

from functools import partial

from langsupport.domain.accounts import Permission
from langsupport.services.account_records import Caller, MeetingRecord
from langsupport.services.visibility import sight
from langsupport.web.context import Context

MOST = 200
"""Meetings in a list to choose from: the newest."""


async def meeting_choices(context: Context, caller: Caller) -> list[MeetingRecord]:
    """The meetings that what is given may belong to."""
    if not caller.may(Permission.MEETINGS_READ):
        return []
    return await context.threads.quick(partial(context.services.meetings.list, MOST, None, sight(caller)))
