"""Notices: what people are told of the work that concerns them."""

from __future__ import annotations

from enum import StrEnum


class NoticeKind(StrEnum):
    ASSIGNED = "assigned"  # a task was given to you
    FREE = "free"  # there is work in your languages
    TAKEN_OVER = "taken-over"  # somebody else has your task now
    SENT_BACK = "sent-back"  # a reviser asks you to do a segment again
    COMMENT = "comment"
    EXPIRING = "expiring"  # nothing was saved for long: others may take your task over soon
    DUE = "due"  # your task's deadline is near
    LATE = "late"  # it has passed
    APPROVED = "approved"
    FAILED = "failed"  # the approved document could not be made


class Mail(StrEnum):
    """How somebody wants notices by e-mail."""

    EACH = "each"
    DAILY = "daily"
    OFF = "off"


class MailState(StrEnum):
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    NONE = "none"  # not asked for, no address, or given up


__all__ = ["Mail", "MailState", "NoticeKind"]
