"""Short messages at the top of a page: what was just done, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from langsupport.errors import LangsupportError
from langsupport.web.pages.rendering import strings
from langsupport.web.pages.strings import N_

NOTICES = {
    "deleted": N_("Deleted."),
    "retried": N_("It was started again."),
    "received": N_("Received. It is being worked on."),
    "revoked": N_("The link was taken back. Whoever uses it is let go now."),
    "saved": N_("Saved."),
    "password": N_("The password was changed. All other browsers were signed out."),
    "token-revoked": N_("The token was revoked. It opens nothing any more."),
    "signed-out": N_("Signed out there."),
    "sent": N_("Sent. People whose languages these are find it in the queue."),
    "captioners": N_("Sent. Captioners find it in their list."),
    "called-off": N_("Called off. What was written stays."),
    "handed-back": N_("Handed back. What you wrote stays; others can take the task now."),
    "task-done": N_("Done. Thank you."),
    "welcome": N_("Welcome. Your password is set, and you are signed in."),
}
"""What a page may be told by the one before, as `?told=deleted`."""


@dataclass(frozen=True, slots=True)
class Told:
    kind: Literal["good", "info", "warning", "error"]
    text: str


def told_by(request: Request) -> list[Told]:
    """The message that the page before left in the address, if it is one of ours."""
    notice = NOTICES.get(request.query_params.get("told", ""))
    return [Told("good", strings(request).gettext.gettext(notice))] if notice else []


def told_error(request: Request, error: LangsupportError) -> Told:
    return Told("error", strings(request).explain(error.template, error.fields))
