"""What documents, recordings and sessions have to do with meetings and with the audit trail."""

from __future__ import annotations

from functools import partial

from langsupport.errors import InvalidRequest
from langsupport.services.account_records import Caller
from langsupport.services.document_register import Following
from langsupport.services.visibility import sight
from langsupport.web.context import Context


async def check_meeting(context: Context, caller: Caller, meeting_id: str | None) -> str | None:
    """The meeting that something is to belong to; "" and None: none. Raises NotFound: not one that the caller sees."""
    if not meeting_id:
        return None
    await context.threads.quick(partial(context.services.meetings.get, meeting_id, sight(caller)))
    return meeting_id


async def check_following(context: Context, caller: Caller, following: Following, files: int) -> Following:
    """Raises NotFound (not a document that the caller sees), InvalidRequest (a symbol for several files)."""
    if following.symbol and files > 1:
        raise InvalidRequest(detail="A symbol is of one document. Give several files without one.")
    if following.previous_id is not None:
        check = context.services.meetings.check_seen
        await context.threads.quick(partial(check, "document", following.previous_id, sight(caller)))
    return following


async def note_deleted(context: Context, caller: Caller, kind: str, id: str, name: str) -> None:
    """In the audit trail."""
    note = partial(context.services.accounts.audit.note, "deleted", caller, f"{kind} {id}", name=name)
    await context.threads.quick(note)


__all__ = ["check_following", "check_meeting", "note_deleted"]
