"""People cut a document under review otherwise than the rules do: they join segments of a unit and split them.

A segment that is joined into the one before it stays, with its history, and points at that one. What is split off gets
the next free number and stands behind what it was split from. Nothing that somebody wrote is lost: a caller's draft is
the text that is joined or split, other people's drafts go into the history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from langsupport.domain.reviews import Act
from langsupport.domain.tasks import TaskKind, count_words
from langsupport.domain.units import CodedText, Origin, State, TranslationUnit, segment_key
from langsupport.errors import Conflict
from langsupport.pipelines.document import Prepared, prepare
from langsupport.pipelines.recutting import (
    joined_cuts,
    joined_targets,
    recut,
    renumbered_alike,
    split_cuts,
    split_target,
    unit_cuts,
    unit_of,
)
from langsupport.services import document_rows
from langsupport.services import review_rows as rows
from langsupport.services.account_records import Caller
from langsupport.services.changes import Changes
from langsupport.services.codecs import finding_to_json, text_from_json, text_to_json
from langsupport.services.database import Database
from langsupport.services.files import FileStore
from langsupport.services.review_checks import ReviewChecks
from langsupport.services.review_records import SegmentRecord
from langsupport.services.reviews import JOINED, check_version, task_for
from langsupport.services.schema import review_segments, segment_drafts, segment_marks
from langsupport.text.sentences import split_sentences

CUT_MEANWHILE = "Somebody else just cut this paragraph anew. Look at it and try again."
_CLAUSE = re.compile(r"[;:；：؛]")
_WHOLE = frozenset({Origin.EXACT, Origin.CONTEXT})


@dataclass(frozen=True, slots=True)
class _Opened:
    """A review's document as it is cut now, and the unit that is cut anew."""

    review: sa.RowMapping
    prepared: Prepared
    unit: TranslationUnit
    cuts: tuple[int, ...]

    @property
    def sources(self) -> list[CodedText]:
        """Of the unit's segments, with the unit's ids."""
        return [one.source for one in self.prepared.segments if one.unit_id == self.unit.id]

    def recut(self, cuts: tuple[int, ...]) -> _Opened:
        return _Opened(self.review, recut(self.prepared, {self.unit.id: cuts}), self.unit, cuts)


class ReviewCutting:
    """All methods may be called from any thread. Raises our errors only; the caller has looked who may."""

    def __init__(self, database: Database, files: FileStore, checks: ReviewChecks, changes: Changes) -> None:
        self._database = database
        self._files = files
        self._checks = checks
        self._changes = changes

    def join(self, id: str, number: int, caller: Caller, version: int) -> list[SegmentRecord]:
        """Make one segment of this one and the next of its unit; it is to be confirmed again.

        Gives both, as they are now. Raises NotFound, StaleSave, TaskLost, Conflict, InvalidRequest (no next one).
        """
        opened, index = self._open(id, number)
        now = opened.recut(joined_cuts(opened.cuts, index))
        source = now.sources[index]
        with self._database.write() as connection:
            review, row = self._locked(connection, id, number, caller, version, opened, index)
            _, following = rows.beside(connection, row)
            if following is None or following["unit_id"] != row["unit_id"]:
                raise Conflict(detail=CUT_MEANWHILE)
            _check_may(connection, review, following, caller)
            both = (row, following)
            languages = (row["language"], opened.review["language"])
            texts = [self._own_text(connection, one, caller) for one in both]

            def together(pair: Sequence[CodedText]) -> CodedText:
                own = [_with_unit_ids(text, opened.sources[index + place]) for place, text in enumerate(pair)]
                made = joined_targets(opened.unit, opened.cuts, index, (own[0], own[1]), languages)
                return made.renumbered(source.canonical_ids())

            target = together(texts)
            proposal = together([text_from_json(one["proposal"]) for one in both])
            seq = rows.change_review(connection, id)
            values = {
                **self._texts(source, target, proposal, row, opened),
                "weighted": round(row["weighted"] + following["weighted"], 2),
                "seconds": row["seconds"] + following["seconds"],
                "comments": row["comments"] + following["comments"],
                "model": row["model"] if row["model"] == following["model"] else "",
            }
            self._settle_drafts(connection, both, row, Act.JOIN, caller)
            rows.record_version(connection, row, Act.JOIN, caller, target=target, state=State.INITIAL)
            rows.change_segment(connection, id, number, seq, **values)
            rows.change_segment(connection, id, following["number"], seq, joined_into=number)
            marked = sa.and_(segment_marks.c.review_id == id, segment_marks.c.number == following["number"])
            connection.execute(sa.update(segment_marks).where(marked).values(number=number))
            self._store(connection, now, seq)
        return self._told(id, caller, [number, following["number"]])

    def split(self, id: str, number: int, caller: Caller, version: int, at: int) -> list[SegmentRecord]:
        """Make two segments of one, the second from character `at` of its source; both are to be confirmed again.

        Gives both. Raises NotFound, StaleSave, TaskLost, Conflict, InvalidRequest (not a place inside it).
        """
        opened, index = self._open(id, number)
        now = opened.recut(split_cuts(opened.unit, opened.cuts, index, at))
        sources, language = (now.sources[index], now.sources[index + 1]), opened.review["language"]
        with self._database.write() as connection:
            _, row = self._locked(connection, id, number, caller, version, opened, index)

            def apart(text: CodedText) -> list[CodedText]:
                whole = _with_unit_ids(text, opened.sources[index])
                return renumbered_alike(split_target(whole, sources, _ends(text.text, language)), sources)

            targets, proposals = apart(self._own_text(connection, row, caller)), apart(text_from_json(row["proposal"]))
            seq = rows.change_review(connection, id)
            parts = [self._texts(*texts, row, opened) for texts in zip(sources, targets, proposals, strict=True)]
            words = sum(one["words"] for one in parts) or 1
            for one in parts:
                one["weighted"] = round(row["weighted"] * one["words"] / words, 2)
            self._settle_drafts(connection, [row], row, Act.SPLIT, caller)
            rows.record_version(connection, row, Act.SPLIT, caller, target=targets[0], state=State.INITIAL)
            rows.change_segment(connection, id, number, seq, **parts[0])
            made = self._split_off(connection, row, {**parts[1], "seq": seq})
            rows.record_version(connection, made, Act.SPLIT, caller, target=targets[1], state=State.INITIAL)
            self._store(connection, now, seq)
        return self._told(id, caller, [number, made["number"]])

    def _open(self, id: str, number: int) -> tuple[_Opened, int]:
        """With the index of the segment in its unit; reading the document takes its time, so nobody waits for it."""
        with self._database.read() as connection:
            review, row = rows.review_row(connection, id), rows.segment_row(connection, id, number)
            document = document_rows.document_row(connection, review["document_id"])
            cuts = rows.cuts(connection, id)
        if row["joined_into"] is not None:
            raise Conflict(detail=JOINED)
        data = self._files.path(document["file"]).read_bytes()
        prepared = recut(prepare(data, document["name"], document["source"]), cuts)
        unit = unit_of(prepared, row["unit_id"])
        opened = _Opened(review, prepared, unit, unit_cuts(prepared, unit))
        if row["segment_index"] >= len(opened.sources):
            raise Conflict(detail=CUT_MEANWHILE)
        return opened, row["segment_index"]

    def _locked(
        self,
        connection: sa.Connection,
        id: str,
        number: int,
        caller: Caller,
        version: int,
        opened: _Opened,
        index: int,
    ) -> tuple[sa.RowMapping, sa.RowMapping]:
        """The review and the segment, as they are now."""
        review, row = rows.review_row(connection, id, lock=True), rows.segment_row(connection, id, number)
        check_version(row, version)
        cuts = rows.cuts(connection, id).get(opened.unit.id)
        if row["segment_index"] != index or (cuts is not None and cuts != opened.cuts):
            raise Conflict(detail=CUT_MEANWHILE)
        _check_may(connection, review, row, caller)
        return review, row

    def _own_text(self, connection: sa.Connection, row: sa.RowMapping, caller: Caller) -> CodedText:
        """What the caller sees in a segment."""
        draft = rows.drafts_of(connection, row["review_id"], rows.holder(caller)).get(row["number"])
        return draft.target if draft is not None else text_from_json(row["target"])

    def _texts(
        self, source: CodedText, target: CodedText, proposal: CodedText, row: sa.RowMapping, opened: _Opened
    ) -> dict[str, Any]:
        """What a segment that was cut anew has of its own; nobody has confirmed it. `source` with the unit's ids."""
        canonical = source.renumbered(source.canonical_ids())
        languages = (row["language"], opened.review["language"])
        found = self._checks.run(canonical, target, languages)
        origins = {name: Origin.FUZZY if row[name] in _WHOLE else row[name] for name in ("origin", "proposed_origin")}
        return {
            "key": segment_key(source),
            "source": text_to_json(canonical),
            "target": text_to_json(target),
            "proposal": text_to_json(proposal),
            **origins,
            "state": State.INITIAL,
            "findings": [finding_to_json(finding) for finding in found],
            "dismissed": {},
            "words": count_words(source.text, row["language"]),
            "score": None,
            "confidence": None,
            "match": None,
            "translation": None,
            "carried_from": None,
        }

    def _split_off(self, connection: sa.Connection, row: sa.RowMapping, values: Mapping[str, Any]) -> sa.RowMapping:
        """A new segment right behind another one."""
        table = review_segments.c
        mine = table.review_id == row["review_id"]
        behind = sa.and_(mine, table.place == row["place"], table.part > row["part"])
        connection.execute(sa.update(review_segments).where(behind).values(part=table.part + 1, seq=values["seq"]))
        number = (connection.scalar(sa.select(sa.func.max(table.number)).where(mine)) or 0) + 1
        own = {"number": number, "part": row["part"] + 1, "version": 1, "seconds": 0, "comments": 0}
        connection.execute(sa.insert(review_segments).values({**row, **values, **own}))
        return rows.segment_row(connection, row["review_id"], number)

    def _settle_drafts(
        self, connection: sa.Connection, cut: Sequence[sa.RowMapping], kept: sa.RowMapping, act: Act, caller: Caller
    ) -> None:
        """What others wrote goes into the history; it was written over another segment."""
        for row in cut:
            mine = sa.and_(segment_drafts.c.review_id == row["review_id"], segment_drafts.c.number == row["number"])
            for draft in connection.execute(sa.select(segment_drafts).where(mine)).mappings().all():
                if draft["person_id"] != rows.holder(caller):
                    rows.record_draft(connection, draft, kept, act)
            connection.execute(sa.delete(segment_drafts).where(mine))

    def _store(self, connection: sa.Connection, opened: _Opened, seq: int) -> None:
        """The new cuts, and the places of the unit's segments in it."""
        id, unit = opened.review["id"], opened.unit.id
        rows.store_cuts(connection, id, opened.unit, opened.cuts)
        live = sa.and_(review_segments.c.review_id == id, review_segments.c.unit_id == unit, rows.LIVE)
        numbers = connection.scalars(sa.select(review_segments.c.number).where(live).order_by(*rows.IN_ORDER)).all()
        for index, number in enumerate(numbers):
            rows.touch_segment(connection, id, number, seq, segment_index=index)

    def _told(self, id: str, caller: Caller, numbers: Sequence[int]) -> list[SegmentRecord]:
        self._changes.notify(id)
        with self._database.read() as connection:
            where = [review_segments.c.review_id == id, review_segments.c.number.in_(numbers)]
            return rows.segments(connection, where, rows.holder(caller))


def _check_may(connection: sa.Connection, review: sa.RowMapping, row: sa.RowMapping, caller: Caller) -> None:
    """Raises TaskLost, Conflict."""
    if task_for(connection, review, row, caller).kind is not TaskKind.POST_EDIT:
        raise Conflict(detail="The translator joins and splits segments. Send this one back.")


def _ends(text: str, language: str) -> list[int]:
    """Where its sentences end, and the clauses that could be ones."""
    return [end for _, end in split_sentences(text, language)] + [found.end() for found in _CLAUSE.finditer(text)]


def _with_unit_ids(text: CodedText, source: CodedText) -> CodedText:
    """A text with its source's ids instead of canonical ones."""
    return text.renumbered({canonical: own for own, canonical in source.canonical_ids().items()})


__all__ = ["ReviewCutting"]
