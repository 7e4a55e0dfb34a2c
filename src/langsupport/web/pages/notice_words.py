"""What notices say, in pages and e-mail."""

from __future__ import annotations

from collections.abc import Sequence

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.notices import Mail, NoticeKind
from langsupport.services.notice_mail import Compose, Letter
from langsupport.services.notices import NoticeRecord
from langsupport.web.pages.rendering import Interface
from langsupport.web.pages.strings import N_
from langsupport.web.pages.translations import Catalogue, catalogue

SENTENCES = {
    NoticeKind.ASSIGNED: N_("{by} gave you this task."),
    NoticeKind.FREE: N_("You can take this task."),
    NoticeKind.TAKEN_OVER: N_("{by} has your task now. What you wrote is kept."),
    NoticeKind.SENT_BACK: N_("{by} asks you to do segment {number} again: {text}"),
    NoticeKind.COMMENT: N_("{by} wrote on segment {number}: {text}"),
    NoticeKind.EXPIRING: N_("You have not saved anything for a while. Others may take this task over soon."),
    NoticeKind.DUE: N_("The deadline of your task is near."),
    NoticeKind.LATE: N_("The deadline of your task has passed."),
    NoticeKind.APPROVED: N_("Approved. The final document is there."),
    NoticeKind.FAILED: N_("The approved document could not be made. Look at it and try again."),
}
WITHOUT_TEXT = {
    NoticeKind.SENT_BACK: N_("{by} asks you to do segment {number} again."),
    NoticeKind.COMMENT: N_("{by} wrote a comment on segment {number}."),
}
HELLO = N_("Hello {name},")
HOW = N_("How you get these messages: {address}")
CONFIDENTIAL = N_("A document of a confidential meeting")
SEVERAL = N_("New notices")
MAILS = {
    Mail.EACH: N_("As they come, at most one message in ten minutes"),
    Mail.DAILY: N_("Once a day"),
    Mail.OFF: N_("No e-mail"),
}


def sentence(strings: Catalogue, notice: NoticeRecord) -> str:
    template = SENTENCES[notice.kind]
    if notice.kind in WITHOUT_TEXT and not notice.text:
        template = WITHOUT_TEXT[notice.kind]
    fields = {"by": notice.by, "number": notice.segment, "text": notice.text}
    return strings.gettext.gettext(template).format_map(fields)


def link(notice: NoticeRecord) -> str:
    """Where it is about, in this service."""
    return f"/reviews/{notice.review_id}" + (f"#s{notice.number}" if notice.number else "")


def letters(public_url: str) -> Compose:
    """How notices are written to people."""

    def compose(language: str, name: str, notices: Sequence[NoticeRecord]) -> Letter:
        strings = catalogue(language if language in LANGUAGES else "en")
        say, ui = strings.gettext.gettext, Interface(strings)
        pieces = [say(HELLO).format(name=name)]
        for notice in notices:
            document = notice.document or say(CONFIDENTIAL)
            pair = f"{ui.name(notice.source)} {ui.arrow} {ui.name(notice.target)}"
            pieces.append(f"{document} ({pair})\n{sentence(strings, notice)}\n{public_url}{link(notice)}")
        pieces.append(say(HOW).format(address=f"{public_url}/notices"))
        return Letter(_subject(strings, notices), "\n\n".join(pieces) + "\n")

    return compose


def _subject(strings: Catalogue, notices: Sequence[NoticeRecord]) -> str:
    first = notices[0]
    if len(notices) == 1 and first.document:
        return f"{first.document}: {sentence(strings, first)}"[:150].replace("\n", " ")
    return f"langsupport: {strings.gettext.gettext(SEVERAL)}"


__all__ = ["MAILS", "SENTENCES", "WITHOUT_TEXT", "letters", "link", "sentence"]
