"""Queries on reviews, their segments, drafts and history, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from langsupport.domain.quality import ErrorCategory, ErrorSeverity
from langsupport.domain.reviews import REVIEW_MOVES, Act, ReviewState
from langsupport.domain.units import CodedText, Origin, State, TranslationUnit, UnitKind, segment_key
from langsupport.errors import NotFound
from langsupport.services.account_records import Caller
from langsupport.services.codecs import error_from_json, finding_from_json, text_from_json, text_to_json
from langsupport.services.database import insert_into, now_ms
from langsupport.services.document_rows import moment, move
from langsupport.services.review_records import (
    Dismissal,
    DraftRecord,
    MarkRecord,
    ReviewRecord,
    SegmentRecord,
    VersionRecord,
)
from langsupport.services.schema import (
    documents,
    review_cuts,
    review_segments,
    reviews,
    segment_drafts,
    segment_marks,
    segment_versions,
)
from langsupport.services.task_rows import of_review
from langsupport.services.visibility import Sight, seen

LIVE = review_segments.c.joined_into.is_(None)
"""Of segments: not joined into another one."""
IN_ORDER = (review_segments.c.place, review_segments.c.part)
HISTORY = 200
"""Entries of a segment's history that are handed out, the newest."""
_PART = 500
"""Rows in one INSERT."""


def holder(caller: Caller) -> str:
    """By what tasks and drafts know a person; "" where accounts are off."""
    return caller.person_id or ""


def review_row(connection: sa.Connection, id: str, of: Sight = None, *, lock: bool = False) -> sa.RowMapping:
    """With the name and the meeting of its document. Raises NotFound."""
    query = (
        sa.select(reviews, documents.c.name, documents.c.meeting_id)
        .join(documents, documents.c.id == reviews.c.document_id)
        .where(reviews.c.id == id, seen(documents.c.meeting_id, of))
    )
    if lock:
        query = query.with_for_update(of=reviews)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(what="review", id=id)
    return row


def find_review(connection: sa.Connection, document_id: str, language: str) -> str | None:
    """The id of a document's review in one language."""
    mine = sa.and_(reviews.c.document_id == document_id, reviews.c.language == language)
    found: str | None = connection.scalar(sa.select(reviews.c.id).where(mine))
    return found


def review(connection: sa.Connection, id: str, of: Sight = None) -> ReviewRecord:
    """Raises NotFound."""
    return _record(connection, review_row(connection, id, of))


def reviews_of(connection: sa.Connection, document_id: str) -> list[ReviewRecord]:
    ids = connection.scalars(sa.select(reviews.c.id).where(reviews.c.document_id == document_id).order_by(reviews.c.id))
    return [review(connection, id) for id in ids.all()]


def _record(connection: sa.Connection, row: sa.RowMapping) -> ReviewRecord:
    table = review_segments.c
    counted = sa.select(table.state, sa.func.count(), sa.func.sum(table.words), sa.func.sum(table.weighted))
    found = connection.execute(counted.where(table.review_id == row["id"], LIVE).group_by(table.state)).all()
    return ReviewRecord(
        id=row["id"],
        document_id=row["document_id"],
        document=row["name"],
        meeting_id=row["meeting_id"],
        source=row["source"],
        language=row["language"],
        state=ReviewState(row["state"]),
        second_person=row["second_person"],
        seq=row["seq"],
        created_by=row["created_by"],
        created_at=moment(row["created_ms"]),
        counts={State(state): count for state, count, _, _ in found},
        words=sum(words for _, _, words, _ in found),
        weighted=sum(weighted for _, _, _, weighted in found),
        rule=row["rule"],
        error=error_from_json(row["error"]),
        approved_by=row["approved_by"],
        approved_at=moment(row["approved_ms"]) if row["approved_ms"] else None,
        tasks=tuple(of_review(connection, row["id"])),
    )


def change_review(connection: sa.Connection, id: str, **values: Any) -> int:
    """Update a review and count its changes up; gives that count. Raises Conflict: the state does not allow it."""
    values["seq"] = reviews.c.seq + 1
    query = sa.update(reviews).where(reviews.c.id == id).values(values).returning(reviews.c.seq)
    return int(move(connection, query, reviews.c.state, REVIEW_MOVES, values.get("state")))


def store_segments(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), _PART):
        connection.execute(sa.insert(review_segments), [dict(row) for row in rows[start : start + _PART]])


def segment_row(connection: sa.Connection, id: str, number: int) -> sa.RowMapping:
    """Raises NotFound."""
    mine = sa.and_(review_segments.c.review_id == id, review_segments.c.number == number)
    row = connection.execute(sa.select(review_segments).where(mine)).mappings().first()
    if row is None:
        raise NotFound(what="segment", id=str(number))
    return row


def joined(connection: sa.Connection, id: str) -> dict[int, int]:
    """Numbers of the segments that were joined into another one, to the number of the one that has their text now."""
    table = review_segments.c
    query = sa.select(table.number, table.joined_into).where(table.review_id == id, ~LIVE)
    into = {row.number: row.joined_into for row in connection.execute(query)}

    def last(number: int) -> int:
        return last(into[number]) if number in into else number

    return {number: last(number) for number in into}


def after(row_place: int, row_part: int) -> sa.ColumnElement[bool]:
    """Segments that stand after one."""
    table = review_segments.c
    return sa.or_(table.place > row_place, sa.and_(table.place == row_place, table.part > row_part))


def _before(row_place: int, row_part: int) -> sa.ColumnElement[bool]:
    table = review_segments.c
    return sa.or_(table.place < row_place, sa.and_(table.place == row_place, table.part < row_part))


def beside(connection: sa.Connection, row: sa.RowMapping) -> tuple[sa.RowMapping | None, sa.RowMapping | None]:
    """The segments before and after one, as they are cut now."""
    mine = sa.select(review_segments).where(review_segments.c.review_id == row["review_id"], LIVE)
    place, part = row["place"], row["part"]
    before = mine.where(_before(place, part)).order_by(*(one.desc() for one in IN_ORDER)).limit(1)
    following = mine.where(after(place, part)).order_by(*IN_ORDER).limit(1)
    return connection.execute(before).mappings().first(), connection.execute(following).mappings().first()


def cuts(connection: sa.Connection, id: str) -> dict[str, tuple[int, ...]]:
    """Where people cut units of a review otherwise than the rules do, by their ids."""
    found = connection.execute(sa.select(review_cuts).where(review_cuts.c.review_id == id)).mappings()
    return {row["unit_id"]: tuple(row["cuts"]) for row in found}


def store_cuts(connection: sa.Connection, id: str, unit: TranslationUnit, found: Sequence[int]) -> None:
    """Write down where a unit is cut otherwise than by the rules, instead of what was written."""
    key = {"review_id": id, "unit_id": unit.id}
    values = {"unit_key": segment_key(unit.source), "cuts": list(found)}
    insert = insert_into(review_cuts, connection.dialect.name).values({**key, **values})
    connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))


def live_segments(connection: sa.Connection, id: str) -> Sequence[sa.RowMapping]:
    """All segments of a review as they are cut now, in reading order."""
    query = sa.select(review_segments).where(review_segments.c.review_id == id, LIVE).order_by(*IN_ORDER)
    return connection.execute(query).mappings().all()


def segment(connection: sa.Connection, id: str, number: int, person: str) -> SegmentRecord:
    """With the draft of `person`. Raises NotFound."""
    found = segments(connection, [review_segments.c.review_id == id, review_segments.c.number == number], person)
    if not found:
        raise NotFound(what="segment", id=str(number))
    return found[0]


def segments(
    connection: sa.Connection, where: Iterable[sa.ColumnElement[bool]], person: str | None = None, limit: int = -1
) -> list[SegmentRecord]:
    """In reading order, with the drafts of `person`."""
    query = sa.select(review_segments).where(*where).order_by(*IN_ORDER, review_segments.c.number)
    rows = connection.execute(query.limit(limit) if limit >= 0 else query).mappings().all()
    if not rows:
        return []
    id = rows[0]["review_id"]
    own = {} if person is None else drafts_of(connection, id, person)
    marks = _marks(connection, id, [row["number"] for row in rows], person)
    return [segment_record(row, own.get(row["number"]), marks.get(row["number"], ())) for row in rows]


def _marks(
    connection: sa.Connection, id: str, numbers: Sequence[int], person: str | None
) -> dict[int, tuple[MarkRecord, ...]]:
    """By number of segment, the oldest first."""
    mine = sa.and_(segment_marks.c.review_id == id, segment_marks.c.number.between(min(numbers), max(numbers)))
    found: dict[int, tuple[MarkRecord, ...]] = {}
    for row in connection.execute(sa.select(segment_marks).where(mine).order_by(segment_marks.c.id)).mappings():
        own = person is not None and (row["person_id"] or "") == person
        category, severity = ErrorCategory(row["category"]), ErrorSeverity(row["severity"])
        made = MarkRecord(row["id"], category, severity, row["text"], row["by"], moment(row["at_ms"]), own)
        found[row["number"]] = (*found.get(row["number"], ()), made)
    return found


def segment_record(
    row: sa.RowMapping, draft: DraftRecord | None = None, marks: tuple[MarkRecord, ...] = ()
) -> SegmentRecord:
    dismissed = {
        code: Dismissal(value["reason"], value["by"], moment(value["at_ms"]))
        for code, value in row["dismissed"].items()
    }
    return SegmentRecord(
        number=row["number"],
        place=row["place"],
        part=row["part"],
        joined_into=row["joined_into"],
        unit_id=row["unit_id"],
        unit_kind=UnitKind(row["unit_kind"]),
        key=row["key"],
        language=row["language"],
        source=text_from_json(row["source"]),
        proposal=text_from_json(row["proposal"]),
        proposed_origin=Origin(row["proposed_origin"]),
        model=row["model"],
        score=row["score"],
        confidence=row["confidence"],
        match=row["match"],
        target=text_from_json(row["target"]),
        origin=Origin(row["origin"]),
        state=State(row["state"]),
        version=row["version"],
        seq=row["seq"],
        findings=tuple(finding_from_json(value) for value in row["findings"]),
        dismissed=dismissed,
        words=row["words"],
        weighted=row["weighted"],
        seconds=row["seconds"],
        comments=row["comments"],
        translator_id=row["translator_id"],
        translated_by=row["translated_by"],
        translated_at=moment(row["translated_ms"]) if row["translated_ms"] else None,
        translation=text_from_json(row["translation"]) if row["translation"] else None,
        revised_by=row["revised_by"],
        revised_at=moment(row["revised_ms"]) if row["revised_ms"] else None,
        carried_from=row["carried_from"],
        draft=draft,
        marks=marks,
    )


def change_segment(connection: sa.Connection, id: str, number: int, seq: int, **values: Any) -> None:
    """Update a segment and count its version up."""
    touch_segment(connection, id, number, seq, version=review_segments.c.version + 1, **values)


def touch_segment(connection: sa.Connection, id: str, number: int, seq: int, **values: Any) -> None:
    """Update of a segment what is beside its text; whoever looks at it is told, its version stays."""
    mine = sa.and_(review_segments.c.review_id == id, review_segments.c.number == number)
    connection.execute(sa.update(review_segments).where(mine).values(seq=seq, **values))


def drafts_of(connection: sa.Connection, id: str, person: str) -> dict[int, DraftRecord]:
    mine = sa.and_(segment_drafts.c.review_id == id, segment_drafts.c.person_id == person)
    return {row["number"]: _draft(row) for row in connection.execute(sa.select(segment_drafts).where(mine)).mappings()}


def _draft(row: sa.RowMapping) -> DraftRecord:
    target = text_from_json(row["target"])
    return DraftRecord(target, row["base_version"], row["version"], row["by"], moment(row["saved_ms"]))


def keep_draft(
    connection: sa.Connection, id: str, number: int, caller: Caller, target: CodedText, base_version: int
) -> DraftRecord:
    key = {"review_id": id, "number": number, "person_id": holder(caller)}
    values = {"by": caller.name, "target": text_to_json(target), "base_version": base_version, "saved_ms": now_ms()}
    insert = insert_into(segment_drafts, connection.dialect.name).values({**key, **values})
    again = {**values, "version": segment_drafts.c.version + 1}
    kept = insert.on_conflict_do_update(index_elements=list(key), set_=again).returning(segment_drafts)
    return _draft(connection.execute(kept).mappings().one())


def drop_draft(connection: sa.Connection, id: str, number: int, person: str) -> bool:
    mine = sa.and_(
        segment_drafts.c.review_id == id, segment_drafts.c.number == number, segment_drafts.c.person_id == person
    )
    return bool(connection.execute(sa.delete(segment_drafts).where(mine)).rowcount)


def writers(connection: sa.Connection, id: str, since_ms: int, but: str) -> dict[int, str]:
    """Number of a segment to the name of somebody else who writes in it."""
    table = segment_drafts.c
    query = sa.select(table.number, table.by).where(
        table.review_id == id, table.saved_ms >= since_ms, table.person_id != but
    )
    return {row.number: row.by for row in connection.execute(query)}


def record_version(
    connection: sa.Connection,
    row: sa.RowMapping,
    act: Act,
    caller: Caller,
    *,
    target: CodedText | None = None,
    state: State | None = None,
    text: str = "",
    counts: bool = True,
) -> None:
    """Write into the history what became of a segment. `row` is as it was before; `counts`: it has a new version."""
    counts = counts and act not in (Act.COMMENT, Act.DISMISS)
    values = {
        "review_id": row["review_id"],
        "number": row["number"],
        "version": row["version"] + counts,
        "act": act,
        "state": state or row["state"],
        "target": text_to_json(target) if target is not None else row["target"],
        "text": text,
        "person_id": caller.person_id,
        "by": caller.name,
        "at_ms": now_ms(),
    }
    connection.execute(sa.insert(segment_versions).values(values))


def record_draft(connection: sa.Connection, draft: sa.RowMapping, row: sa.RowMapping, act: Act) -> None:
    """Write a draft into the history of a segment, as what its author had there before `act`."""
    values = {
        "review_id": row["review_id"],
        "number": row["number"],
        "version": row["version"],
        "act": act,
        "state": row["state"],
        "target": draft["target"],
        "text": "",
        "person_id": draft["person_id"] or None,
        "by": draft["by"],
        "at_ms": draft["saved_ms"],
    }
    connection.execute(sa.insert(segment_versions).values(values))


def history(connection: sa.Connection, id: str, number: int) -> list[VersionRecord]:
    """Oldest first, with that of the segments that were joined into it."""
    numbers = [number, *(one for one, into in joined(connection, id).items() if into == number)]
    mine = sa.and_(segment_versions.c.review_id == id, segment_versions.c.number.in_(numbers))
    query = sa.select(segment_versions).where(mine).order_by(segment_versions.c.id.desc()).limit(HISTORY)
    found = [
        VersionRecord(
            row["id"],
            row["number"],
            row["version"],
            Act(row["act"]),
            State(row["state"]),
            text_from_json(row["target"]),
            row["text"],
            row["by"],
            moment(row["at_ms"]),
        )
        for row in connection.execute(query).mappings()
    ]
    return found[::-1]


__all__ = [
    "IN_ORDER",
    "LIVE",
    "after",
    "beside",
    "change_review",
    "change_segment",
    "cuts",
    "drafts_of",
    "drop_draft",
    "find_review",
    "history",
    "holder",
    "joined",
    "keep_draft",
    "live_segments",
    "record_draft",
    "record_version",
    "review",
    "review_row",
    "reviews_of",
    "segment",
    "segment_record",
    "segment_row",
    "segments",
    "store_cuts",
    "store_segments",
    "touch_segment",
    "writers",
]
