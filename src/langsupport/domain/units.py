"""Documents, translation units, segments, and text with inline codes.

The words are those of XLIFF 2 (OASIS, 2014/2018): a unit holds segments; text carries inline codes;
a target goes through the states initial, translated, reviewed, final.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from langsupport.domain.findings import Finding


class CodeKind(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class InlineCode:
    """One piece of formatting, link, field or note reference inside a text.

    An OPEN and its CLOSE share their `id`; ids are unique within a unit. `role` says what it is
    (`format`, `link`, `note`, `field`, `break`, `tab`, `image`, `code`, `other`) for people and for projection;
    the format alone knows the bytes behind it.
    """

    id: int
    kind: CodeKind
    role: str = "format"


@dataclass(frozen=True, slots=True)
class CodedText:
    """Plain text and the inline codes in it.

    `codes` holds (position, code): the code stands before the character at `position`
    (0 … len(text)). Positions never fall; codes at one position keep their order.
    """

    text: str = ""
    codes: tuple[tuple[int, InlineCode], ...] = ()

    def __post_init__(self) -> None:
        positions = [position for position, _ in self.codes]
        if positions != sorted(positions) or any(not 0 <= p <= len(self.text) for p in positions):
            raise ValueError("code positions must rise and lie within the text")

    def __add__(self, other: CodedText) -> CodedText:
        shift = len(self.text)
        moved = tuple((position + shift, code) for position, code in other.codes)
        return CodedText(self.text + other.text, self.codes + moved)

    def split(self, cuts: Sequence[int]) -> list[CodedText]:
        """Cut at rising text positions into len(cuts) + 1 pieces; joining them gives the original.

        Of the codes that stand at a cut, closing ones stay on the left until the first
        that is not closing; that one and all after it go right.
        """
        pieces: list[CodedText] = []
        codes = list(self.codes)
        bounds = [0, *cuts, len(self.text)]
        for index, (start, end) in enumerate(pairwise(bounds)):
            last = index == len(bounds) - 2
            taken: list[tuple[int, InlineCode]] = []
            while codes:
                position, code = codes[0]
                inside = position < end or last or (position == end and code.kind is CodeKind.CLOSE)
                if not inside:
                    break
                taken.append((position - start, code))
                codes.pop(0)
            pieces.append(CodedText(self.text[start:end], tuple(taken)))
        return pieces

    def code_counts(self) -> Counter[InlineCode]:
        """The multiset of codes: what a translation must hold too."""
        return Counter(code for _, code in self.codes)

    def renumbered(self, ids: Mapping[int, int]) -> CodedText:
        """The same text with code ids replaced; ids that `ids` doesn't name stay."""
        return CodedText(self.text, tuple((p, replace(c, id=ids.get(c.id, c.id))) for p, c in self.codes))

    def canonical_ids(self) -> dict[int, int]:
        """Ids in order of first appearance: {own id: 0, next id: 1, …}. Equal shapes give equal canonical texts."""
        ids: dict[int, int] = {}
        for _, code in self.codes:
            ids.setdefault(code.id, len(ids))
        return ids

    def shape(self) -> tuple[tuple[int, str, str], ...]:
        """Codes without their ids, to tell whether two segments are the same for reuse."""
        ids = self.canonical_ids()
        return tuple((p, c.kind.value, f"{c.role}{ids[c.id]}") for p, c in self.codes)


def join(pieces: Iterable[CodedText]) -> CodedText:
    """Concatenate texts with codes."""
    result = CodedText()
    for piece in pieces:
        result = result + piece
    return result


class UnitKind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    CELL = "cell"
    HEADER = "header"
    FOOTER = "footer"
    NOTE = "note"
    TITLE = "title"
    ALT_TEXT = "alt-text"
    CUE = "cue"


@dataclass(frozen=True, slots=True)
class TranslationUnit:
    """What a format gives at a time. `id` is stable: reading the same bytes gives the same ids."""

    id: str
    source: CodedText
    kind: UnitKind = UnitKind.PARAGRAPH


@dataclass(frozen=True, slots=True)
class Document:
    """A source file as ordered translation units; its bytes stay the skeleton for writing back.

    `findings` say what reading left out or changed (tracked changes accepted, text in images …).
    `language` is what the file itself declares, if anything: a hint, not a fact.
    """

    format: str
    units: tuple[TranslationUnit, ...]
    language: str | None = None
    findings: tuple[Finding, ...] = ()

    def words(self) -> int:
        """White-space words in all units (Chinese counts characters elsewhere)."""
        return sum(len(unit.source.text.split()) for unit in self.units)


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence inside a unit: what memory, machine and people work on.

    `index` counts within the unit. `key` is the same for repetitions (same text, same code shape).
    `language` is set where it differs from the document's: a quotation, a bilingual table; it may
    be a language outside the six (`pt`), which is then left as it is.
    """

    unit_id: str
    index: int
    source: CodedText
    language: str | None = None

    @property
    def key(self) -> str:
        return segment_key(self.source)


def segment_key(source: CodedText) -> str:
    """Content hash (hex, 32 characters) of a segment's text and code shape."""
    return hashlib.sha256(repr((source.text, source.shape())).encode()).hexdigest()[:32]


class State(StrEnum):
    """XLIFF 2 states of a target."""

    INITIAL = "initial"
    TRANSLATED = "translated"
    REVIEWED = "reviewed"
    FINAL = "final"


MOVES: dict[State, frozenset[State]] = {
    State.INITIAL: frozenset({State.TRANSLATED}),
    State.TRANSLATED: frozenset({State.REVIEWED, State.INITIAL}),
    State.REVIEWED: frozenset({State.FINAL, State.TRANSLATED, State.INITIAL}),
    State.FINAL: frozenset({State.REVIEWED, State.TRANSLATED}),
}
"""Allowed moves; a rejection is a move back with a finding."""


class Origin(StrEnum):
    MACHINE = "mt"
    EXACT = "exact-match"
    CONTEXT = "context-match"
    FUZZY = "fuzzy-match"
    HUMAN = "human"
    SOURCE = "source"  # nothing in it to translate: copied


@dataclass(frozen=True, slots=True)
class SegmentTranslation:
    """The target of one segment key and how it arose. Codes in `target` have the source's canonical ids."""

    key: str
    target: CodedText
    origin: Origin = Origin.MACHINE
    state: State = State.TRANSLATED
    model: str = ""
    score: float | None = None  # mean token log-probability, where the engine knows it
    confidence: float | None = None  # chance (0 to 1) that it needs little editing, of a machine's translation
    findings: tuple[Finding, ...] = field(default_factory=tuple)


def with_unit(finding: Finding, unit_id: str, segment_index: int | None) -> Finding:
    """The same finding, placed."""
    return replace(finding, unit_id=unit_id, segment_index=segment_index)
