"""Reviews: people read, write and confirm segments, with their history, comments and findings.

What somebody writes is a draft first, which is kept whatever happens. Confirming is an act: it needs the task that the
segment is in, and the version that the text was written over. Methods take what the caller sees (`of`).
"""

from __future__ import annotations

import builtins
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from langsupport.domain.findings import Finding
from langsupport.domain.matches import Match
from langsupport.domain.notices import NoticeKind
from langsupport.domain.reviews import Act, ReviewState, blocking, may_dismiss, segment_label
from langsupport.domain.tasks import TaskKind, TaskState
from langsupport.domain.terms import TermHit
from langsupport.domain.units import CodedText, Origin, State
from langsupport.errors import Conflict, InvalidRequest, StaleSave, TaskLost
from langsupport.pipelines.leverage import Asked
from langsupport.services import review_rows as rows
from langsupport.services import task_rows
from langsupport.services.account_records import Caller
from langsupport.services.changes import Changes
from langsupport.services.codecs import finding_to_json, text_from_json, text_to_json
from langsupport.services.database import Database, now_ms
from langsupport.services.memory import MemoryService
from langsupport.services.notices import concerned, tell
from langsupport.services.review_checks import ReviewChecks
from langsupport.services.review_records import (
    DraftRecord,
    ReviewRecord,
    Saved,
    SegmentRecord,
    VersionRecord,
)
from langsupport.services.schema import review_segments, reviews, segment_drafts
from langsupport.services.session_input import line
from langsupport.services.task_rows import Hold
from langsupport.services.terms import TermService
from langsupport.services.visibility import Sight

TEXT_CHARS = 50_000
COMMENT_CHARS = 4_000
JOINED = "This segment was joined with the one before it. Its text is there now."
_SECONDS_MOST = 3_600
"""Longer than this nobody works on one segment without a pause."""
WRITING_MS = 30_000
"""A draft that is younger says that somebody is writing."""
_RENEW_MS = 3_600_000
"""A claim is renewed once it lost so much of its time: not with every save."""


class ReviewService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(
        self,
        database: Database,
        memory: MemoryService,
        terms: TermService,
        checks: ReviewChecks,
        changes: Changes,
        claim_ms: int,
    ) -> None:
        self._database = database
        self._memory = memory
        self._terms = terms
        self._checks = checks
        self._changes = changes
        self._claim_ms = claim_ms

    def get(self, id: str, of: Sight = None) -> ReviewRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.review(connection, id, of)

    def of_document(self, document_id: str) -> builtins.list[ReviewRecord]:
        """The caller has looked whether the document may be seen."""
        with self._database.read() as connection:
            return rows.reviews_of(connection, document_id)

    def segments(
        self,
        id: str,
        caller: Caller,
        after: int = 0,
        limit: int = 200,
        since: int | None = None,
        states: Sequence[State] = (),
    ) -> builtins.list[SegmentRecord]:
        """In reading order, with the caller's drafts; in one of these states; those that changed after `since`, with
        those that were joined into another one. `after`: the number of the one before the first.

        Raises NotFound: there is no segment `after`.
        """
        table = review_segments.c
        where = [table.review_id == id, rows.LIVE if since is None else table.seq > since]
        if states:
            where.append(table.state.in_(states))
        with self._database.read() as connection:
            if after:
                last = rows.segment_row(connection, id, after)
                where.append(rows.after(last["place"], last["part"]))
            return rows.segments(connection, where, rows.holder(caller), limit)

    def segment(self, id: str, number: int, caller: Caller) -> SegmentRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.segment(connection, id, number, rows.holder(caller))

    def wait_for_change(self, id: str, seq: int, timeout: float) -> int:
        """The count of changes as soon as it is not `seq`, or as it is after `timeout` seconds."""
        return self._changes.wait(id, lambda: self._seq(id), lambda found: found != seq, timeout)

    def _seq(self, id: str) -> int:
        with self._database.read() as connection:
            return connection.scalar(sa.select(reviews.c.seq).where(reviews.c.id == id)) or 0

    def writers(self, id: str, caller: Caller) -> dict[int, str]:
        """Numbers of segments to the name of somebody else who writes there now."""
        with self._database.read() as connection:
            return rows.writers(connection, id, now_ms() - WRITING_MS, rows.holder(caller))

    def save_draft(self, id: str, number: int, caller: Caller, target: CodedText, base_version: int) -> DraftRecord:
        """Keep what somebody wrote, whoever has the task now.

        Raises NotFound, InvalidRequest, Conflict (the segment was joined; the text is in the history of the other one).
        """
        with self._database.read() as connection:  # apart: whoever writes keeps all others waiting (SQLite)
            row = rows.segment_row(connection, id, number)
            cleaned = _cleaned(row, target)
            held = task_rows.held(connection, id, rows.holder(caller), row["place"])
        if row["joined_into"] is not None:
            self._keep_joined(row, caller, cleaned)
            raise Conflict(detail="This segment was joined with the one before it. What you wrote is in its history.")
        with self._database.write() as connection:
            draft = rows.keep_draft(connection, id, number, caller, cleaned, base_version)
            self._renew(connection, held)
        return draft

    def _keep_joined(self, row: sa.RowMapping, caller: Caller, target: CodedText) -> None:
        """What somebody wrote in a segment that has no text of its own any more, for they didn't know."""
        with self._database.write() as connection:
            number = rows.joined(connection, row["review_id"])[row["number"]]
            now = rows.segment_row(connection, row["review_id"], number)
            rows.record_version(connection, now, Act.JOIN, caller, target=target, counts=False)
            rows.change_review(connection, row["review_id"])
        self._changes.notify(row["review_id"])

    def drop_draft(self, id: str, number: int, caller: Caller) -> bool:
        """Whether there was one."""
        with self._database.write() as connection:
            return rows.drop_draft(connection, id, number, rows.holder(caller))

    def check(
        self, id: str, number: int, caller: Caller, target: CodedText, match: int | None = None
    ) -> builtins.list[Finding]:
        """What the checks say of a text before it is confirmed. Raises NotFound, InvalidRequest."""
        with self._database.read() as connection:
            review, row = rows.review_row(connection, id), rows.segment_row(connection, id, number)
        return self._found(review, row, _cleaned(row, target), match)

    def across(self, id: str, caller: Caller) -> builtins.list[tuple[SegmentRecord, Finding]]:
        """What the checks say of the segments beside each other, with the caller's drafts. Raises NotFound."""
        language = self.get(id).language
        found = [
            one if one.draft is None else replace(one, target=one.draft.target)
            for one in self.segments(id, caller, limit=-1)
        ]
        return self._checks.across(found, language)

    def _found(
        self, review: sa.RowMapping, row: sa.RowMapping, target: CodedText, match: int | None
    ) -> builtins.list[Finding]:
        unit = self._memory.unit(match, review["meeting_id"]) if match is not None else None
        languages = (row["language"], review["language"])
        return self._checks.run(text_from_json(row["source"]), target, languages, unit.target if unit else None)

    def confirm(
        self,
        id: str,
        number: int,
        caller: Caller,
        target: CodedText,
        version: int,
        *,
        seconds: int = 0,
        propagate: bool = True,
        match: int | None = None,
    ) -> Saved:
        """Translate or revise a segment, by the task that the caller has.

        `version` is the one that `target` was written over; `match` the unit of the memory that it came from;
        `propagate` gives the text to repetitions too. What keeps it from being confirmed is in the answer's `refused`;
        the text is a draft then, as it is after an error.
        Raises: NotFound, InvalidRequest, StaleSave, TaskLost, Conflict.
        """
        with self._database.read() as connection:
            review, row = rows.review_row(connection, id), rows.segment_row(connection, id, number)
        target = _cleaned(row, target)
        found = self._found(review, row, target, match)
        try:
            with self._database.write() as connection:
                saved = self._confirm(connection, id, number, caller, target, version, found, seconds, propagate)
        except Conflict:
            self.save_draft(id, number, caller, target, version)
            raise
        if saved.refused:
            self.save_draft(id, number, caller, target, version)
        else:
            self._changes.notify(id)
        return replace(saved, segment=self.segment(id, number, caller))

    def _confirm(
        self,
        connection: sa.Connection,
        id: str,
        number: int,
        caller: Caller,
        target: CodedText,
        version: int,
        found: builtins.list[Finding],
        seconds: int,
        propagate: bool,
    ) -> Saved:
        """The segment in what it gives is as it was before."""
        review = rows.review_row(connection, id, lock=True)
        row = rows.segment_row(connection, id, number)
        if row["version"] != version:
            if _is_repeated(row, caller, target, version):
                return Saved(rows.segment_record(row))
            raise stale(row)
        task = task_for(connection, review, row, caller)
        refused = blocking(found, row["dismissed"])
        if refused:
            return Saved(rows.segment_record(row), tuple(refused))
        seq = rows.change_review(connection, id)
        repeated = self._repetitions(connection, row, task, target, caller) if propagate else []
        for one in [row, *repeated]:
            act = Act.PROPAGATE if one is not row else Act.REVISE if task.kind is TaskKind.REVISE else Act.CONFIRM
            values = _confirmed(one, task.kind, target, caller, found)
            if one is row:
                values["seconds"] = row["seconds"] + max(0, min(seconds, _SECONDS_MOST))
            rows.change_segment(connection, id, one["number"], seq, **values)
            rows.record_version(connection, one, act, caller, target=target, state=values["state"])
        rows.drop_draft(connection, id, number, rows.holder(caller))
        self._renew(connection, [task])
        return Saved(rows.segment_record(row), propagated=tuple(one["number"] for one in repeated))

    def _repetitions(
        self,
        connection: sa.Connection,
        row: sa.RowMapping,
        task: Hold,
        target: CodedText,
        caller: Caller,
    ) -> Sequence[sa.RowMapping]:
        """Segments with the same source that take the same text: those that nobody has confirmed, in what the caller
        has; after a reviser's change, those that said what the segment said."""
        table = review_segments.c
        within = sa.and_(
            table.review_id == row["review_id"],
            table.key == row["key"],
            table.number != row["number"],
            table.place.between(task.first, task.last),
            rows.LIVE,
        )
        written = sa.exists().where(
            segment_drafts.c.review_id == table.review_id,
            segment_drafts.c.number == table.number,
            segment_drafts.c.person_id == rows.holder(caller),
        )
        state = State.INITIAL if task.kind is TaskKind.POST_EDIT else State.TRANSLATED
        query = sa.select(review_segments).where(within, table.state == state, ~written).order_by(*rows.IN_ORDER)
        found = connection.execute(query).mappings().all()
        if task.kind is TaskKind.POST_EDIT:
            return found
        former = text_from_json(row["target"])
        return [one for one in found if former != target and text_from_json(one["target"]) == former]

    def reopen(self, id: str, number: int, caller: Caller, version: int) -> SegmentRecord:
        """Take back a confirmation. Raises NotFound, StaleSave, TaskLost, Conflict."""
        with self._database.write() as connection:
            review, row = rows.review_row(connection, id, lock=True), rows.segment_row(connection, id, number)
            check_version(row, version)
            task = task_for(connection, review, row, caller)
            state = State.INITIAL if task.kind is TaskKind.POST_EDIT else State.TRANSLATED
            self._set_state(connection, row, state, Act.REOPEN, caller)
            changed = rows.segment(connection, id, number, rows.holder(caller))
        self._changes.notify(id)
        return changed

    def send_back(self, id: str, number: int, caller: Caller, version: int, reason: str) -> SegmentRecord:
        """A reviser asks the translator to do a segment again; the translator's task is open again.

        Raises NotFound, StaleSave, TaskLost, Conflict, InvalidRequest (no reason).
        """
        said = line(reason, "reason", COMMENT_CHARS, required=True)
        with self._database.write() as connection:
            review, row = rows.review_row(connection, id, lock=True), rows.segment_row(connection, id, number)
            check_version(row, version)
            if task_for(connection, review, row, caller).kind is not TaskKind.REVISE:
                raise Conflict(detail="Only a reviser sends a segment back.")
            self._set_state(connection, row, State.INITIAL, Act.SEND_BACK, caller, said)
            self._give_back(connection, id, row["place"])
            to = [row["translator_id"] or ""]
            tell(connection, NoticeKind.SENT_BACK, to, id, by=caller, number=number, text=said)
            changed = rows.segment(connection, id, number, rows.holder(caller))
        self._changes.notify(id)
        return changed

    def _set_state(
        self, connection: sa.Connection, row: sa.RowMapping, state: State, act: Act, caller: Caller, text: str = ""
    ) -> None:
        seq = rows.change_review(connection, row["review_id"])
        counted = {"comments": row["comments"] + 1} if text else {}
        rows.change_segment(connection, row["review_id"], row["number"], seq, state=state, **counted)
        rows.record_version(connection, row, act, caller, state=state, text=text)

    def _give_back(self, connection: sa.Connection, id: str, place: int) -> None:
        """Open the post-edit task again that a segment is in, for whoever did it."""
        for task in task_rows.of_review(connection, id):
            if task.kind is TaskKind.POST_EDIT and task.first <= place <= task.last and task.state is TaskState.DONE:
                values = {"state": TaskState.TAKEN, "done_ms": None, "expires_ms": now_ms() + self._claim_ms}
                task_rows.change_task(connection, task.id, **values)

    def comment(self, id: str, number: int, caller: Caller, text: str) -> VersionRecord:
        """Raises NotFound, InvalidRequest."""
        said = line(text, "comment", COMMENT_CHARS, required=True)
        with self._database.write() as connection:
            row = rows.segment_row(connection, id, number)
            seq = rows.change_review(connection, id)
            rows.touch_segment(connection, id, number, seq, comments=review_segments.c.comments + 1)
            rows.record_version(connection, row, Act.COMMENT, caller, text=said)
            to = concerned(connection, row)
            tell(connection, NoticeKind.COMMENT, to, id, by=caller, number=number, text=said)
            made = rows.history(connection, id, number)[-1]
        self._changes.notify(id)
        return made

    def dismiss(self, id: str, number: int, caller: Caller, code: str, reason: str) -> SegmentRecord:
        """Let a finding of a segment pass, with a reason. Raises NotFound, TaskLost, Conflict, InvalidRequest."""
        if not may_dismiss(code):
            raise InvalidRequest(detail="This finding can't be dismissed: a part of the document would be lost.")
        said = line(reason, "reason", COMMENT_CHARS, required=True)
        with self._database.write() as connection:
            review, row = rows.review_row(connection, id, lock=True), rows.segment_row(connection, id, number)
            task_for(connection, review, row, caller)
            seq = rows.change_review(connection, id)
            kept = {**row["dismissed"], line(code, "finding", 64): _dismissal(said, caller)}
            rows.touch_segment(connection, id, number, seq, dismissed=kept)
            rows.record_version(connection, row, Act.DISMISS, caller, text=f"{code}: {said}")
            changed = rows.segment(connection, id, number, rows.holder(caller))
        self._changes.notify(id)
        return changed

    def history(self, id: str, number: int) -> builtins.list[VersionRecord]:
        """Everything that became of a segment, comments among it, oldest first. Raises NotFound."""
        with self._database.read() as connection:
            rows.segment_row(connection, id, number)
            return rows.history(connection, id, number)

    def matches(self, id: str, number: int) -> builtins.list[Match]:
        """What the memory has for a segment. Raises NotFound."""
        with self._database.read() as connection:
            review, row = rows.review_row(connection, id), rows.segment_row(connection, id, number)
            before, after = (one["source"]["t"] if one is not None else "" for one in rows.beside(connection, row))
        source = text_from_json(row["source"])
        if not source.text.strip() or row["language"] == review["language"]:
            return []
        asked = Asked(source, row["language"], review["language"], before, after)
        return self._memory.search(asked, review["meeting_id"])

    def terms(self, id: str, number: int) -> builtins.list[TermHit]:
        """The organization's terms in a segment's source. Raises NotFound."""
        with self._database.read() as connection:
            row = rows.segment_row(connection, id, number)
        return self._terms.lookup(text_from_json(row["source"]).text, row["language"])

    def _renew(self, connection: sa.Connection, held: Sequence[Hold]) -> None:
        """Who works keeps the task."""
        now = now_ms()
        for task in held:
            if (task.expires_ms or 0) - now < self._claim_ms - _RENEW_MS:
                task_rows.change_task(connection, task.id, expires_ms=now + self._claim_ms)


def check_version(row: sa.RowMapping, version: int) -> None:
    """Raises StaleSave."""
    if row["version"] != version:
        raise stale(row)


def stale(row: sa.RowMapping) -> StaleSave:
    by = row["revised_by"] or row["translated_by"] or "Somebody"
    return StaleSave(by=by, number=segment_label(row["place"], row["part"]))


def task_for(connection: sa.Connection, review: sa.RowMapping, row: sa.RowMapping, caller: Caller) -> Hold:
    """By which task the caller may change a segment. Raises TaskLost, Conflict."""
    if review["state"] != ReviewState.OPEN:
        raise Conflict(detail="This document was approved or called off. A coordinator can open it again.")
    mine = task_rows.held(connection, review["id"], rows.holder(caller), row["place"])
    if not mine:
        raise TaskLost(detail="You don't have the task that this segment is in. Take it first.")
    task = mine[0]
    state = State(row["state"])
    if row["joined_into"] is not None:
        raise Conflict(detail=JOINED)
    if task.kind is TaskKind.REVISE and state is State.INITIAL:
        raise Conflict(detail="This segment is with its translator again. It can be revised after that.")
    if task.kind is TaskKind.POST_EDIT and state in (State.REVIEWED, State.FINAL):
        raise Conflict(detail="This segment was revised. Ask the reviser to send it back if it must change.")
    return task


def _is_repeated(row: sa.RowMapping, caller: Caller, target: CodedText, version: int) -> bool:
    """Whether a confirmation comes a second time: its answer was lost on the way."""
    last = row["reviser_id"] if row["revised_ms"] and row["state"] != State.TRANSLATED else row["translator_id"]
    same = row["version"] == version + 1 and text_from_json(row["target"]) == target
    return same and last == caller.person_id and row["state"] in (State.TRANSLATED, State.REVIEWED)


def _confirmed(
    row: sa.RowMapping, kind: TaskKind, target: CodedText, caller: Caller, found: Sequence[Finding]
) -> dict[str, Any]:
    """What a confirmation writes."""
    same = text_from_json(row["proposal"]) == target
    values: dict[str, Any] = {
        "target": text_to_json(target),
        "origin": Origin(row["proposed_origin"]) if same else Origin.HUMAN,
        "findings": [finding_to_json(finding) for finding in found],
    }
    if kind is TaskKind.POST_EDIT:
        made = {"translator_id": caller.person_id, "translated_by": caller.name, "translated_ms": now_ms()}
        return {**values, **made, "state": State.TRANSLATED, "translation": None}
    former = row["translation"]
    if former is None and text_from_json(row["target"]) != target:
        former = row["target"]
    made = {"reviser_id": caller.person_id, "revised_by": caller.name, "revised_ms": now_ms()}
    return {**values, **made, "state": State.REVIEWED, "translation": former}


def _dismissal(reason: str, caller: Caller) -> dict[str, Any]:
    return {"reason": reason, "by": caller.name, "at_ms": now_ms()}


_KEPT_CONTROLS = frozenset("\t\n")


def _cleaned(row: sa.RowMapping, target: CodedText) -> CodedText:
    """Without characters that no file can hold. Raises InvalidRequest: too long, or a code of no source's."""
    if len(target.text) > TEXT_CHARS:
        raise InvalidRequest(detail=f"The text is too long. The limit is {TEXT_CHARS:,} characters.")
    known = {code for _, code in text_from_json(row["source"]).codes}
    if any(code not in known for _, code in target.codes) or len(target.codes) > 4 * len(known) + 4:
        raise InvalidRequest(detail="The text has formatting or links that its source doesn't have.")
    kept = [c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cs") for c in target.text]
    if all(kept):
        return target
    text = "".join(c for c, keep in zip(target.text, kept, strict=True) if keep)
    codes = tuple((sum(kept[:position]), code) for position, code in target.codes)
    return CodedText(text, codes)


__all__ = ["JOINED", "TEXT_CHARS", "ReviewService", "check_version", "task_for"]
