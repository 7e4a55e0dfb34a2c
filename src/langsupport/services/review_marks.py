"""Errors that revisers mark in what translators wrote, by MQM's dimensions."""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.quality import ErrorCategory, ErrorSeverity
from langsupport.domain.reviews import ReviewState
from langsupport.domain.tasks import TaskKind
from langsupport.errors import AccessDenied, Conflict, InvalidRequest, NotFound
from langsupport.services import review_rows as rows
from langsupport.services.account_records import Caller
from langsupport.services.changes import Changes
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import new_id
from langsupport.services.review_records import SegmentRecord
from langsupport.services.reviews import task_for
from langsupport.services.schema import segment_marks
from langsupport.services.session_input import line

NOTE_CHARS = 1_000
MOST_MARKS = 50
"""In one segment."""


class ReviewMarks:
    """All methods may be called from any thread. Raises our errors only; the caller has looked who may."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def mark(
        self,
        id: str,
        number: int,
        caller: Caller,
        category: ErrorCategory,
        severity: ErrorSeverity,
        text: str = "",
    ) -> SegmentRecord:
        """Mark an error in a segment that the caller revises. `text`: what is wrong, or "".

        Raises NotFound, TaskLost, Conflict, InvalidRequest.
        """
        said = line(text, "note", NOTE_CHARS)
        with self._database.write() as connection:
            review, row = rows.review_row(connection, id, lock=True), rows.segment_row(connection, id, number)
            if task_for(connection, review, row, caller).kind is not TaskKind.REVISE:
                raise Conflict(detail="Errors are marked by who revises a translation.")
            mine = sa.and_(segment_marks.c.review_id == id, segment_marks.c.number == number)
            count = connection.scalar(sa.select(sa.func.count()).select_from(segment_marks).where(mine)) or 0
            if count >= MOST_MARKS:
                raise InvalidRequest(detail=f"A segment takes {MOST_MARKS} marks at most.")
            values = {
                "id": new_id(),
                "review_id": id,
                "number": number,
                "category": category,
                "severity": severity,
                "text": said,
                "translator_id": row["translator_id"],
                "person_id": caller.person_id,
                "by": caller.name,
                "at_ms": now_ms(),
            }
            connection.execute(sa.insert(segment_marks).values(values))
            rows.touch_segment(connection, id, number, rows.change_review(connection, id))
        return self._told(id, number, caller)

    def unmark(self, id: str, number: int, mark: str, caller: Caller) -> SegmentRecord:
        """Take a mark of one's own away, while the review is open. Raises NotFound, AccessDenied, Conflict."""
        with self._database.write() as connection:
            review = rows.review_row(connection, id, lock=True)
            mine = sa.and_(
                segment_marks.c.review_id == id, segment_marks.c.number == number, segment_marks.c.id == mark
            )
            found = connection.execute(sa.select(segment_marks.c.person_id).where(mine)).first()
            if found is None:
                raise NotFound(what="mark", id=mark)
            if found.person_id != caller.person_id:
                raise AccessDenied(detail="Only who made this mark takes it away.")
            if review["state"] != ReviewState.OPEN:
                raise Conflict(detail="This document was approved or called off. A coordinator can open it again.")
            connection.execute(sa.delete(segment_marks).where(mine))
            rows.touch_segment(connection, id, number, rows.change_review(connection, id))
        return self._told(id, number, caller)

    def _told(self, id: str, number: int, caller: Caller) -> SegmentRecord:
        self._changes.notify(id)
        with self._database.read() as connection:
            return rows.segment(connection, id, number, rows.holder(caller))


__all__ = ["MOST_MARKS", "NOTE_CHARS", "ReviewMarks"]
