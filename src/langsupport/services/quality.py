"""Figures of approved work: what people changed, how long it took, which errors were marked.

They are to help: everybody sees their own; whether coordinators see those of languages, or of people too, is a setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from langsupport.domain.quality import ErrorCategory, ErrorSeverity, Figures, Quality
from langsupport.domain.reviews import ReviewState
from langsupport.domain.units import Origin
from langsupport.services.database import Database, now_ms
from langsupport.services.review_rows import LIVE
from langsupport.services.schema import documents, review_segments, reviews, segment_marks
from langsupport.services.schema_accounts import people
from langsupport.services.visibility import Sight, seen

MOST_SEGMENTS = 50_000
"""Looked at for one report, those approved last."""
_DAY_MS = 86_400_000
_PART = 2_000

Pair = tuple[str, str]


@dataclass
class PersonQuality:
    """One translator's. `name` is as it is now, "" of somebody who is gone."""

    name: str
    by_pair: dict[Pair, Quality] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QualityReport:
    """By source and target language, and by translator where that is shown. `partial`: not all was looked at."""

    by_pair: Mapping[Pair, Quality]
    by_person: Mapping[str, PersonQuality]
    partial: bool


class QualityService:
    """All methods may be called from any thread."""

    def __init__(self, database: Database, shown: Figures) -> None:
        self._database = database
        self.shown = shown

    def report(self, days: int, of: Sight = None) -> QualityReport:
        """What was approved in the last `days`, as far as the setting allows."""
        if self.shown is Figures.OFF:
            return QualityReport({}, {}, partial=False)
        with self._database.read() as connection:
            by_pair, by_person, partial = _counted(connection, days, seen(documents.c.meeting_id, of))
            if self.shown is not Figures.PEOPLE:
                return QualityReport(by_pair, {}, partial)
            ids = [id for id in by_person if id]
            query = sa.select(people.c.id, people.c.name).where(people.c.id.in_(ids))
            names = {row.id: row.name for row in connection.execute(query)}
        named = {id: PersonQuality(names.get(id, ""), found) for id, found in by_person.items() if id}
        return QualityReport(by_pair, named, partial)

    def own(self, days: int, person_id: str) -> Mapping[Pair, Quality]:
        """Of what somebody translated themselves."""
        with self._database.read() as connection:
            found, _, _ = _counted(connection, days, review_segments.c.translator_id == person_id)
        return found


def _counted(
    connection: sa.Connection, days: int, where: sa.ColumnElement[bool]
) -> tuple[dict[Pair, Quality], dict[str, dict[Pair, Quality]], bool]:
    """By pair, and by translator and pair; whether there is more."""
    since = now_ms() - days * _DAY_MS
    by_pair: dict[Pair, Quality] = {}
    by_person: dict[str, dict[Pair, Quality]] = {}
    marks = _marks(connection, since)
    for count, row in enumerate(_segments(connection, since, where)):
        if count == MOST_SEGMENTS:
            return by_pair, by_person, True
        pair = (row["source_language"], row["target_language"])
        person = by_person.setdefault(row["translator_id"] or "", {})
        for quality in (by_pair.setdefault(pair, Quality()), person.setdefault(pair, Quality())):
            _count(quality, row, marks.get((row["review_id"], row["number"]), ()))
    return by_pair, by_person, False


def _segments(connection: sa.Connection, since: int, where: sa.ColumnElement[bool]) -> Iterator[sa.RowMapping]:
    """Segments that somebody translated for this very document, those approved last first."""
    table = review_segments.c
    columns = (
        table.review_id,
        table.number,
        table.language.label("source_language"),
        reviews.c.language.label("target_language"),
        table.proposal,
        table.proposed_origin,
        table.translation,
        table.target,
        table.words,
        table.seconds,
        table.translator_id,
    )
    query = (
        sa.select(*columns)
        .join(reviews, reviews.c.id == table.review_id)
        .join(documents, documents.c.id == reviews.c.document_id)
        .where(reviews.c.state == ReviewState.APPROVED, reviews.c.approved_ms >= since)
        .where(LIVE, table.translated_ms.is_not(None), table.carried_from.is_(None), where)
        .order_by(reviews.c.approved_ms.desc(), table.review_id, table.number)
        .limit(MOST_SEGMENTS + 1)
    )
    yield from connection.execution_options(yield_per=_PART).execute(query).mappings()


def _marks(connection: sa.Connection, since: int) -> dict[tuple[str, int], list[tuple[ErrorCategory, ErrorSeverity]]]:
    query = (
        sa.select(segment_marks)
        .join(reviews, reviews.c.id == segment_marks.c.review_id)
        .where(reviews.c.state == ReviewState.APPROVED, reviews.c.approved_ms >= since)
    )
    found: dict[tuple[str, int], list[tuple[ErrorCategory, ErrorSeverity]]] = {}
    for row in connection.execute(query).mappings():
        one = (ErrorCategory(row["category"]), ErrorSeverity(row["severity"]))
        found.setdefault((row["review_id"], row["number"]), []).append(one)
    return found


def _count(quality: Quality, row: sa.RowMapping, marks: list[tuple[ErrorCategory, ErrorSeverity]] | tuple[()]) -> None:
    language = row["target_language"]
    written, final = (row["translation"] or row["target"])["t"], row["target"]["t"]
    quality.segments += 1
    quality.words += row["words"]
    if row["seconds"]:
        quality.seconds += row["seconds"]
        quality.timed_words += row["words"]
    if row["proposed_origin"] == Origin.MACHINE:
        quality.machine.count(row["proposal"]["t"], written, language)
    quality.revised.count(written, final, language)
    quality.marks.update(marks)


__all__ = ["MOST_SEGMENTS", "PersonQuality", "QualityReport", "QualityService"]
