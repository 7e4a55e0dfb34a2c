"""Reviews for other programs: out as XLIFF packages, tables and documents, and packages back in.

A package says of which count of the review's changes it was made. What somebody changed in the review after that is a
conflict: it stays, and what the package holds becomes the caller's draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import sqlalchemy as sa

from langsupport.checks import USUAL, Levels
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.interchange import Package, PackagedSegment, PackageNote
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.reviews import Act, ReviewState
from langsupport.domain.units import CodedText, SegmentTranslation, State
from langsupport.errors import Conflict, InvalidRequest, LangsupportError
from langsupport.formats.interchange.comparison import Returned, compare
from langsupport.formats.interchange.xliff import Version, read_package, write_package
from langsupport.formats.sheets import write_rows
from langsupport.pipelines.document import Place, Prepared, prepare, render
from langsupport.pipelines.names import rendition_name
from langsupport.pipelines.packages import fingerprint, package_languages, package_of
from langsupport.pipelines.recutting import recut
from langsupport.services import document_rows, review_rows
from langsupport.services.account_records import Caller
from langsupport.services.database import Database
from langsupport.services.files import FileStore
from langsupport.services.review_records import SegmentRecord
from langsupport.services.reviews import ReviewService
from langsupport.services.schema import segment_versions

COLUMNS = ("number", "kind", "source", "target", "state", "translated_by", "revised_by", "findings")
OTHER_SOURCE = (
    "The source text in the package is another: the segment was joined or split after the package was made, or its "
    "source was changed there. Its text was not taken; copy it by hand."
)
_DRAFT = frozenset({State.INITIAL, None})


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made of a review."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A segment that was changed in the review and in the package: `theirs` holds, `mine` is the caller's draft."""

    number: int
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A segment that was not taken: the text is the caller's draft, unless its source was another."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a package. Numbers of segments; `findings` are about the package as a whole."""

    confirmed: tuple[int, ...]
    drafts: tuple[int, ...]
    conflicts: tuple[Disagreement, ...]
    refused: tuple[Refusal, ...]
    unchanged: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A review with its document, as it is now."""

    id: str
    name: str
    data: bytes
    prepared: Prepared
    language: str
    state: ReviewState
    seq: int
    segments: Mapping[Place, SegmentRecord]  # in reading order


class ReviewPackages:
    """All methods may be called from any thread. Raises our errors only; the caller has looked who may."""

    def __init__(self, database: Database, files: FileStore, reviews: ReviewService, levels: Levels = USUAL) -> None:
        self._database = database
        self._files = files
        self._reviews = reviews
        self._levels = levels

    def package(self, id: str, version: Version) -> Made:
        """An XLIFF package with what holds now, its states and comments. Raises NotFound."""
        opened = self._open(id)
        name = f"{PurePath(opened.name).name}.{LANGUAGES[opened.language].code}.xlf"
        return Made(name, write_package(self._sent(opened), version))

    def table(self, id: str, extension: str) -> Made:
        """Source and target side by side: csv or xlsx. Raises NotFound, UnsupportedFormat."""
        opened = self._open(id)
        rows = (
            (
                one.label,
                one.unit_kind.value,
                one.source.text,
                one.target.text,
                one.state.value,
                one.translated_by,
                one.revised_by,
                " ".join(finding.message for finding in one.findings if finding.code not in one.dismissed),
            )
            for one in opened.segments.values()
        )
        name = f"{PurePath(opened.name).stem}.{opened.language}.{extension.lower()}"
        return Made(name, write_rows(extension, COLUMNS, rows))

    def document(self, id: str, caller: Caller, *, drafts: bool = False) -> Made:
        """The document as it would be now; with the caller's drafts in it. It is marked until it is approved.

        Raises NotFound.
        """
        opened = self._open(id)
        own = {place: _translation(one) for place, one in opened.segments.items()}
        if drafts:
            with self._database.read() as connection:
                mine = review_rows.drafts_of(connection, id, review_rows.holder(caller))
            places = {one.number: place for place, one in opened.segments.items()}
            for number, draft in mine.items():
                if number in places:
                    own[places[number]] = replace(own[places[number]], target=draft.target)
        approved = opened.state is ReviewState.APPROVED
        rendered = render(
            opened.data,
            opened.name,
            opened.prepared,
            opened.language,
            {},
            mark=not approved,
            levels=self._levels,
            own=own,
        )
        name = PurePath(rendition_name(opened.name, opened.prepared.source, opened.language))
        return Made(name.name if approved else f"{name.stem}.draft{name.suffix}", rendered.data)

    def take_back(self, id: str, data: bytes, name: str, caller: Caller) -> Imported:
        """Take the texts of a package into the caller's tasks: confirm what it calls translated, keep the rest as
        drafts.

        Raises: NotFound; Conflict (the review isn't open); InvalidRequest (a package of another document or review);
        UnsupportedLanguage; UnsupportedFormat, DamagedFile, EmptyInput, HostileFile, InputTooLarge as read_package.
        """
        opened = self._open(id)
        if opened.state is not ReviewState.OPEN:
            raise Conflict(detail="This document was approved or called off. A coordinator can open it again.")
        package = read_package(data, name)
        self._check_languages(opened, package, name)
        seq = _seq_of(package, opened)
        returned = compare(self._sent(opened), package)
        places = self._places(opened)
        outcome = _Outcome()
        came = {(unit.id, one.id): one.source.plain for unit in package.units for one in unit.segments}
        for key in returned.changed:
            record = places.get(key)
            if record is not None and came[key] != record.source.text:
                outcome.refused.append(Refusal(record.number, str(InvalidRequest(detail=OTHER_SOURCE))))
            elif record is not None:
                self._take(opened.id, record, returned.segments[key], seq, caller, outcome)
        unchanged = len(returned.segments) - outcome.told
        return Imported(
            tuple(outcome.confirmed),
            tuple(outcome.drafts),
            tuple(outcome.conflicts),
            tuple(outcome.refused),
            unchanged,
            _numbered(returned, places),
        )

    def _take(
        self, id: str, record: SegmentRecord, back: PackagedSegment, seq: int | None, caller: Caller, outcome: _Outcome
    ) -> None:
        if back.target is None:
            return
        target = back.target.coded.renumbered(_canonical(back.source.coded))
        number = record.number
        if target == record.target and (back.state in _DRAFT or record.state is not State.INITIAL):
            return  # another state alone: approving is done here
        if target != record.target and seq is not None and record.seq > seq:
            self._draft(id, record, target, caller)
            outcome.conflicts.append(Disagreement(number, record.target.text, target.text))
            return
        if back.state in _DRAFT:
            self._draft(id, record, target, caller)
            outcome.drafts.append(number)
            return
        try:
            saved = self._reviews.confirm(id, number, caller, target, record.version, propagate=False)
        except LangsupportError as error:
            outcome.refused.append(Refusal(number, str(error)))
            return
        if saved.refused:
            outcome.refused.append(Refusal(number, " ".join(finding.message for finding in saved.refused)))
        else:
            outcome.confirmed.append(number)

    def _draft(self, id: str, record: SegmentRecord, target: CodedText, caller: Caller) -> None:
        self._reviews.save_draft(id, record.number, caller, target, record.version)

    def _open(self, id: str) -> _Opened:
        with self._database.read() as connection:
            row = review_rows.review_row(connection, id)
            document = document_rows.document_row(connection, row["document_id"])
            found, cuts = review_rows.live_segments(connection, id), review_rows.cuts(connection, id)
        data = self._files.path(document["file"]).read_bytes()
        prepared = recut(prepare(data, document["name"], document["source"]), cuts)
        segments = {(one["unit_id"], one["segment_index"]): review_rows.segment_record(one) for one in found}
        state = ReviewState(row["state"])
        return _Opened(id, document["name"], data, prepared, row["language"], state, row["seq"], segments)

    def _sent(self, opened: _Opened) -> Package:
        own = {place: _translation(one) for place, one in opened.segments.items()}
        notes = self._comments(opened)
        made = package_of(opened.data, opened.name, opened.prepared, opened.language, {}, own=own, notes=notes)
        return replace(made, fingerprint=f"{fingerprint(opened.data)}.{opened.id}.{opened.seq}")

    def _comments(self, opened: _Opened) -> dict[Place, tuple[PackageNote, ...]]:
        mine = sa.and_(segment_versions.c.review_id == opened.id, segment_versions.c.act == Act.COMMENT)
        query = sa.select(segment_versions.c.number, segment_versions.c.by, segment_versions.c.text).where(mine)
        with self._database.read() as connection:
            found = connection.execute(query.order_by(segment_versions.c.id)).all()
            joined = review_rows.joined(connection, opened.id)
        places = {one.number: place for place, one in opened.segments.items()}
        notes: dict[Place, tuple[PackageNote, ...]] = {}
        for number, by, text in found:
            place = places[joined.get(number, number)]
            notes[place] = (*notes.get(place, ()), PackageNote(text, by, "comment"))
        return notes

    def _places(self, opened: _Opened) -> dict[tuple[str, str], SegmentRecord]:
        """The package's ids of the review's segments."""
        units = {unit.id: f"u{number}" for number, unit in enumerate(opened.prepared.document.units, 1)}
        return {(units[unit], f"s{index + 1}"): one for (unit, index), one in opened.segments.items()}

    def _check_languages(self, opened: _Opened, package: Package, name: str) -> None:
        if package_languages(package, name) != (opened.prepared.source, opened.language):
            raise InvalidRequest(detail="This package is for other languages. Choose the one of this page.")


class _Outcome:
    """Gathers what became of each segment."""

    def __init__(self) -> None:
        self.confirmed: list[int] = []
        self.drafts: list[int] = []
        self.conflicts: list[Disagreement] = []
        self.refused: list[Refusal] = []

    @property
    def told(self) -> int:
        return len(self.confirmed) + len(self.drafts) + len(self.conflicts) + len(self.refused)


def _seq_of(package: Package, opened: _Opened) -> int | None:
    """Of which count of changes a package was made; None where it doesn't say.

    Raises InvalidRequest: it is another review's, or another document's.
    """
    said, _, more = package.fingerprint.partition(".")
    if said and said != fingerprint(opened.data):
        original = package.original
        raise InvalidRequest(detail=f"This package was made of another document ({original}). Choose this one's.")
    review, _, seq = more.partition(".")
    if review and review != opened.id:
        raise InvalidRequest(detail="This package was made of another language's work. Choose the one of this page.")
    return int(seq) if seq.isascii() and seq.isdecimal() and len(seq) < 19 else None


def _translation(record: SegmentRecord) -> SegmentTranslation:
    open_findings = tuple(finding for finding in record.findings if finding.code not in record.dismissed)
    return SegmentTranslation(
        record.key, record.target, record.origin, record.state, record.model, record.score, findings=open_findings
    )


def _canonical(source: CodedText) -> dict[int, int]:
    return source.canonical_ids()


def _numbered(returned: Returned, places: Mapping[tuple[str, str], SegmentRecord]) -> tuple[Finding, ...]:
    """What is to be said of the package, errors first; files may come back in parts, so none is missed."""
    kept = [one for one in returned.findings if one.code != "package-missing"]
    order: Sequence[Severity] = list(Severity)
    return tuple(sorted(kept, key=lambda finding: order.index(finding.severity)))


__all__ = ["COLUMNS", "Disagreement", "Imported", "Made", "Refusal", "ReviewPackages"]
