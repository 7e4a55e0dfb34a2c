"""How a translated document comes to people: by a rule when its translation is ready, or because somebody sends it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

import sqlalchemy as sa

from langsupport.domain.findings import Severity
from langsupport.domain.hooks import HookEvent
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.matches import Match
from langsupport.domain.reviews import ReviewState, is_copied
from langsupport.domain.tasks import Orders, RenditionFacts, TaskKind, TaskState, count_words, shares, word_weight
from langsupport.domain.units import CodedText, Origin, SegmentTranslation, State
from langsupport.errors import Conflict
from langsupport.pipelines.document import Prepared, prepare
from langsupport.pipelines.recutting import recut
from langsupport.services import document_rows, review_rows
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.changes import Changes
from langsupport.services.codecs import finding_to_json, text_to_json
from langsupport.services.database import Database, now_ms
from langsupport.services.files import FileStore
from langsupport.services.memory import MemoryService
from langsupport.services.notices import tell_free
from langsupport.services.queue_rules import QueueRules
from langsupport.services.records import RenditionState
from langsupport.services.review_carrying import carried, carried_cuts, earlier_review
from langsupport.services.review_records import ReviewRecord
from langsupport.services.schema import review_segments, reviews, tasks
from langsupport.services.task_rows import of_review
from langsupport.services.webhooks import tell_hooks

log = logging.getLogger(__name__)


class ReviewOpening:
    """All methods may be called from any thread. `with_people`: whether there are accounts, so that a second person
    can be asked for."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        memory: MemoryService,
        rules: QueueRules,
        changes: Changes,
        *,
        with_people: bool,
    ) -> None:
        self._database = database
        self._files = files
        self._memory = memory
        self._rules = rules
        self._changes = changes
        self._with_people = with_people

    def by_rule(self, document_id: str, language: str) -> None:
        """Send a rendition that is ready to people, if a rule says so, or if it revises what people worked on.

        Does nothing where it was sent already.
        """
        with self._database.read() as connection:
            if review_rows.find_review(connection, document_id, language) is not None:
                return
            document = document_rows.find_document(connection, document_id)
            if document is None:
                return
            found = document_rows.read_findings(connection, document_id, language)
            earlier = earlier_review(connection, document, language)
        severities = Counter(finding.severity for finding in found)
        facts = RenditionFacts(
            source=document["source"],
            target=language,
            format=PurePosixPath(document["name"]).suffix.removeprefix(".").lower(),
            words=document["words"],
            meeting_id=document["meeting_id"],
            errors=severities[Severity.ERROR],
            warnings=severities[Severity.WARNING],
        )
        rule = self._rules.rule_for(facts)
        if rule is not None:
            log.info("the rule “%s” sends document %s in %s to people", rule.name, document_id, language)
            self.send(document_id, language, rule.orders, "langsupport", rule.name)
        elif earlier is not None and earlier["state"] != ReviewState.CANCELLED:
            log.info("people worked on what document %s revises in %s: it goes to people too", document_id, language)
            self.send(document_id, language, Orders(second_person=earlier["second_person"]), "langsupport")

    def send(self, document_id: str, language: str, orders: Orders, by: Caller | str, rule: str = "") -> ReviewRecord:
        """Let people work on a document's rendition in one language.

        One that was called off is opened again, with everything that was done in it.
        Raises: NotFound, Conflict (no rendition is ready; it is with people already; nothing in it to translate).
        """
        with self._database.read() as connection:
            document = document_rows.document_row(connection, document_id)
            rendition = document_rows.rendition_row(connection, document_id, language)
            if rendition is None or rendition["state"] != RenditionState.DONE:
                raise Conflict(detail="The translation into this language is not ready. Send it when it is.")
            done = document_rows.translations(connection, rendition["id"])
            before = review_rows.find_review(connection, document_id, language)
        if before is None:
            prepared = prepare(self._files.path(document["file"]).read_bytes(), document["name"], document["source"])
            prepared, taken = self._taken_over(document, language, prepared)
            made = self._segments(prepared, done, language, document["meeting_id"])
            made = [{**one, **taken.get(index, {})} for index, one in enumerate(made)]
            if not made:
                raise Conflict(detail="There is nothing to translate in this document.")
        name = by.name if isinstance(by, Caller) else by
        with self._database.write() as connection:
            document_rows.document_row(connection, document_id)
            id = review_rows.find_review(connection, document_id, language)
            if id is not None:
                made = self._open_again(connection, id)
            else:
                id = document_rows.new_id()
                row = {
                    "id": id,
                    "document_id": document_id,
                    "language": language,
                    "source": document["source"],
                    "state": ReviewState.OPEN,
                    "second_person": orders.second_person and self._with_people,
                    "rule": rule,
                    "created_by": name,
                    "created_by_id": by.person_id if isinstance(by, Caller) else None,
                    "created_ms": now_ms(),
                }
                connection.execute(sa.insert(reviews).values(row))
                review_rows.store_segments(connection, [{"review_id": id, **one} for one in made])
                for unit in prepared.document.units:
                    if unit.id in prepared.cuts:
                        review_rows.store_cuts(connection, id, unit, prepared.cuts[unit.id])
            second = review_rows.review_row(connection, id)["second_person"]
            connection.execute(sa.insert(tasks), _tasks(id, made, orders, second=second))
            document_rows.change(connection, document_id)
            note(connection, "sent-to-people", by, f"document {document_id}", language=language, rule=rule)
            _tell_free(connection, id, by)
            tell_hooks(connection, HookEvent.REVIEW_SENT, document_id, review_id=id, language=language)
        self._changes.notify(document_id)
        with self._database.read() as connection:
            return review_rows.review(connection, id)

    def reopen(self, id: str, orders: Orders, by: Caller) -> ReviewRecord:
        """Let people change what was approved. The approved document stays until the next one takes its place.

        Raises: NotFound, Conflict (it isn't approved).
        """
        with self._database.write() as connection:
            row = review_rows.review_row(connection, id, lock=True)
            if row["state"] != ReviewState.APPROVED:
                raise Conflict(detail="Only what was approved can be opened again.")
            seq = review_rows.change_review(connection, id, state=ReviewState.OPEN)
            again = {"state": State.TRANSLATED, "seq": seq, "version": review_segments.c.version + 1}
            connection.execute(sa.update(review_segments).where(review_segments.c.review_id == id).values(again))
            made = _sizes(connection, id)
            connection.execute(sa.insert(tasks), _tasks(id, made, orders, second=row["second_person"]))
            document_rows.change(connection, row["document_id"])
            note(connection, "review-reopened", by, f"document {row['document_id']}", language=row["language"])
            _tell_free(connection, id, by)
        self._changes.notify(id)
        self._changes.notify(row["document_id"])
        with self._database.read() as connection:
            return review_rows.review(connection, id)

    def _taken_over(
        self, document: sa.RowMapping, language: str, prepared: Prepared
    ) -> tuple[Prepared, Mapping[int, Mapping[str, Any]]]:
        """What a revision takes over from the document before: its cuts, and segments by their index in the new one."""
        with self._database.read() as connection:
            earlier = earlier_review(connection, document, language)
            if earlier is None:
                return prepared, {}
            prepared = recut(prepared, carried_cuts(connection, earlier, prepared))
            return prepared, carried(connection, earlier, [segment.key for segment in prepared.segments])

    def _open_again(self, connection: sa.Connection, id: str) -> list[Mapping[str, Any]]:
        row = review_rows.review_row(connection, id, lock=True)
        if row["state"] != ReviewState.CANCELLED:
            raise Conflict(detail="This document is with people already in this language.")
        review_rows.change_review(connection, id, state=ReviewState.OPEN, error=None)
        return _sizes(connection, id)

    def _segments(
        self,
        prepared: Prepared,
        done: Mapping[str, SegmentTranslation],
        target: str,
        meeting_id: str | None,
    ) -> list[Mapping[str, Any]]:
        close = self._close(prepared, done, target, meeting_id)
        kinds = {unit.id: unit.kind for unit in prepared.document.units}
        seen: set[str] = set()
        rows: list[Mapping[str, Any]] = []
        for number, segment in enumerate(prepared.segments, 1):
            source = segment.source.renumbered(segment.source.canonical_ids())
            found = done.get(segment.key) or SegmentTranslation(segment.key, CodedText())
            match = _match(found, close.get(segment.key, ()))
            copied = is_copied(found.origin, source.text, found.target.text) and not found.findings
            language = segment.language or prepared.source
            words = count_words(source.text, language)
            weight = word_weight(match, repeated=segment.key in seen, copied=copied)
            seen.add(segment.key)
            rows.append(
                {
                    "number": number,
                    "place": number,
                    "unit_id": segment.unit_id,
                    "unit_kind": kinds[segment.unit_id],
                    "segment_index": segment.index,
                    "key": segment.key,
                    "language": language,
                    "source": text_to_json(source),
                    "proposal": text_to_json(found.target),
                    "proposed_origin": found.origin,
                    "model": found.model,
                    "score": found.score,
                    "confidence": found.confidence,
                    "match": match,
                    "target": text_to_json(found.target),
                    "origin": found.origin,
                    "state": State.TRANSLATED if copied else State.INITIAL,
                    "findings": [finding_to_json(finding) for finding in found.findings],
                    "dismissed": {},
                    "words": words,
                    "weighted": round(words * weight, 2),
                    "translator_id": None,
                    "translated_by": "",
                    "translated_ms": None,
                    "translation": None,
                    "reviser_id": None,
                    "revised_by": "",
                    "revised_ms": None,
                    "carried_from": None,
                }
            )
        return rows

    def _close(
        self, prepared: Prepared, done: Mapping[str, SegmentTranslation], target: str, meeting_id: str | None
    ) -> dict[str, list[Match]]:
        """Close matches of what the machine translated, to count words by."""
        keys = {
            segment.key
            for segment in prepared.segments
            if (segment.language or prepared.source) in set(LANGUAGES) - {target}
            and (segment.key not in done or done[segment.key].origin is Origin.MACHINE)
        }
        return self._memory.close(prepared.segments, keys, prepared.source, target, meeting_id)


def _tell_free(connection: sa.Connection, id: str, by: Caller | str) -> None:
    for task in of_review(connection, id):
        if task.state is TaskState.FREE:
            tell_free(connection, task, by if isinstance(by, Caller) else None)


def _sizes(connection: sa.Connection, id: str) -> list[Mapping[str, Any]]:
    """What stands at each place of a review."""
    table = review_segments.c
    sums = (sa.func.sum(table.words).label("words"), sa.func.sum(table.weighted).label("weighted"))
    query = sa.select(table.place, *sums).where(table.review_id == id, review_rows.LIVE).group_by(table.place)
    return [dict(row) for row in connection.execute(query.order_by(table.place)).mappings()]


def _match(found: SegmentTranslation, close: Iterable[Match]) -> int | None:
    if found.origin in (Origin.EXACT, Origin.CONTEXT):
        return 100
    return max((match.score for match in close), default=None)


def _tasks(id: str, segments: list[Mapping[str, Any]], orders: Orders, *, second: bool) -> list[dict[str, Any]]:
    """Rows: post-editing in as many parts as were asked for, and revising, which waits for them."""
    whole = (0, len(segments) - 1)
    runs = [(TaskKind.POST_EDIT, run) for run in shares([one["weighted"] for one in segments], orders.parts)]
    now = now_ms()
    rows = []
    for kind, (first, last) in [*runs, *([(TaskKind.REVISE, whole)] if second else [])]:
        mine = segments[first : last + 1]
        row = {
            "id": document_rows.new_id(),
            "review_id": id,
            "kind": kind,
            "state": TaskState.FREE if kind is TaskKind.POST_EDIT else TaskState.WAITING,
            "first": mine[0]["place"],
            "last": mine[-1]["place"],
            "words": sum(one["words"] for one in mine),
            "weighted": round(sum(one["weighted"] for one in mine), 2),
            "priority": orders.priority,
            "deadline_ms": orders.deadline_ms(now),
            "instructions": orders.instructions,
            "person_name": "",
            "created_ms": now,
        }
        rows.append(row)
    return rows


__all__ = ["ReviewOpening"]
