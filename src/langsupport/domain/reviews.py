"""Reviews: what people do to segments, and which findings keep them from going on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from langsupport.domain.findings import Finding, Severity


class ReviewState(StrEnum):
    OPEN = "open"
    APPROVING = "approving"  # all is done; the final document is being made
    APPROVED = "approved"
    CANCELLED = "cancelled"


REVIEW_MOVES: Mapping[ReviewState, frozenset[ReviewState]] = {
    ReviewState.OPEN: frozenset({ReviewState.APPROVING, ReviewState.CANCELLED}),
    ReviewState.APPROVING: frozenset({ReviewState.APPROVED, ReviewState.OPEN}),
    ReviewState.APPROVED: frozenset({ReviewState.OPEN}),
    ReviewState.CANCELLED: frozenset({ReviewState.OPEN}),
}
"""Allowed moves; an approved one is opened again only by a coordinator, one that was called off by sending it again."""


class Act(StrEnum):
    """What changed a segment, as its history says it."""

    CONFIRM = "confirm"
    PROPAGATE = "propagate"
    REVISE = "revise"
    SEND_BACK = "send-back"
    REOPEN = "reopen"
    DISMISS = "dismiss"
    COMMENT = "comment"
    SPLIT = "split"
    JOIN = "join"


def segment_label(place: int, part: int) -> str:
    """What people call a segment: 12, and 12.2 for the second part of what was cut as 12."""
    return f"{place}.{part + 1}" if part else str(place)


NEVER_DISMISSED = ("codes-", "reference-", "empty")
"""Beginnings of findings that nobody may dismiss: a part of the document would be lost (checks.FIXED)."""


def may_dismiss(code: str) -> bool:
    return not code.startswith(NEVER_DISMISSED)


def blocking(findings: Iterable[Finding], dismissed: Collection[str] = ()) -> list[Finding]:
    """Those that keep a segment from being confirmed. `dismissed`: codes that somebody gave a reason for."""
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and not (finding.code in dismissed and may_dismiss(finding.code))
    ]


def is_copied(origin: str, source: str, target: str) -> bool:
    """Whether a proposal only repeats a source in which there is nothing to translate."""
    return origin == "source" and source == target


__all__ = [
    "NEVER_DISMISSED",
    "REVIEW_MOVES",
    "Act",
    "ReviewState",
    "blocking",
    "is_copied",
    "may_dismiss",
    "segment_label",
]
