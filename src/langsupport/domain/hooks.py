"""What other systems are told of, and how far a message to them got."""

from __future__ import annotations

from enum import StrEnum


class HookEvent(StrEnum):
    DOCUMENT_READY = "document.ready"  # every language is translated
    DOCUMENT_FAILED = "document.failed"
    REVIEW_SENT = "review.sent"  # to people, in one language
    TASK_CLAIMED = "task.claimed"  # or given to somebody
    TASK_DONE = "task.done"
    REVIEW_APPROVED = "review.approved"  # the final document is there
    TEST = "webhook.test"  # asked for by an administrator


CHOSEN: tuple[HookEvent, ...] = tuple(event for event in HookEvent if event is not HookEvent.TEST)
"""Those that an endpoint can be registered for."""


class DeliveryState(StrEnum):
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"  # given up


__all__ = ["CHOSEN", "DeliveryState", "HookEvent"]
