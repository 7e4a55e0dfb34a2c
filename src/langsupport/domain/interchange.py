"""What translation memories, term bases and translation packages hold when they travel between programs.

The words are those of TMX 1.4b (LISA OSCAR, 2005), TBX (ISO 30042:2019) and XLIFF 1.2 and 2.1 (OASIS). Plain data:
nothing here knows XML. Languages are the tags of the file (`fr-CA`); `six_language` says which of the six it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from langsupport.domain.findings import Finding
from langsupport.domain.languages import language
from langsupport.domain.terms import TermStatus
from langsupport.domain.units import CodedText, InlineCode, Origin, State
from langsupport.errors import UnsupportedLanguage

Attributes = tuple[tuple[str, str], ...]
"""(name, value) pairs of an XML element, in the order of the file; a foreign name as `{namespace}name`."""


def six_language(tag: str) -> str | None:
    """The code of the six that a tag such as `FR-ca` means, or None."""
    try:
        return language(tag).code
    except UnsupportedLanguage:
        return None


@dataclass(frozen=True, slots=True)
class SubFlow:
    """A text inside a code: a footnote's, an index entry's (TMX `sub`)."""

    text: InterchangeText
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True)
class NativeCode:
    """What a file says of one inline code: the element that it is written as, its attributes and what stands in it."""

    element: str
    attributes: Attributes = ()
    content: tuple[str | SubFlow, ...] = ()


@dataclass(frozen=True, slots=True)
class InterchangeText:
    """A text with codes and, where a file was read, what the file says of each code.

    `natives` is empty or as long as `coded.codes`, in the same order; None is a code of which nothing is known.
    """

    coded: CodedText = field(default_factory=CodedText)
    natives: tuple[NativeCode | None, ...] = ()

    def __post_init__(self) -> None:
        if self.natives and len(self.natives) != len(self.coded.codes):
            raise ValueError("natives must match the codes one by one")

    @property
    def plain(self) -> str:
        return self.coded.text

    def pairs(self) -> Iterator[tuple[int, InlineCode, NativeCode | None]]:
        """(position, code, native) of every code."""
        natives = self.natives or (None,) * len(self.coded.codes)
        for (position, code), native in zip(self.coded.codes, natives, strict=True):
            yield position, code, native

    def dressed(self, coded: CodedText) -> InterchangeText:
        """Another text (an edited translation) whose codes get the natives that the same codes have here."""
        known = {code: native for _, code, native in self.pairs() if native is not None}
        return InterchangeText(coded, tuple(known.get(code) for _, code in coded.codes) if known else ())


@dataclass(frozen=True, slots=True)
class Remark:
    """A note (TMX `note`) or a property (`prop`, with a `name`); `attributes` as the file has them."""

    text: str
    name: str = ""
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made and changed a memory's text, when (UTC), and with what."""

    created: datetime | None = None
    created_by: str = ""
    changed: datetime | None = None
    changed_by: str = ""
    last_used: datetime | None = None
    used: int | None = None
    tool: str = ""
    tool_version: str = ""


@dataclass(frozen=True, slots=True)
class MemoryVariant:
    """One language's text of a memory unit. `attributes` are those that are not in `provenance`."""

    language: str
    text: InterchangeText
    provenance: Provenance = Provenance()
    notes: tuple[Remark, ...] = ()
    properties: tuple[Remark, ...] = ()
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True)
class MemoryUnit:
    """Texts that translate one another. `source_language` empty: the header's; `*all*`: any of them may be the source.

    `findings` say what was wrong with it in the file; they are not part of what it is.
    """

    variants: tuple[MemoryVariant, ...]
    id: str = ""
    source_language: str = ""
    provenance: Provenance = Provenance()
    notes: tuple[Remark, ...] = ()
    properties: tuple[Remark, ...] = ()
    attributes: Attributes = ()
    findings: tuple[Finding, ...] = field(default=(), compare=False)

    def variant(self, code: str) -> MemoryVariant | None:
        """The first variant in one of the six languages."""
        return next((one for one in self.variants if six_language(one.language) == code), None)


ALL_LANGUAGES = "*all*"


@dataclass(frozen=True, slots=True)
class CharacterMap:
    """A user-defined encoding (TMX `ude`): kept, not used. `maps` are the attributes of its `map` elements."""

    attributes: Attributes
    maps: tuple[Attributes, ...]


@dataclass(frozen=True, slots=True)
class MemoryHeader:
    """A memory file's header. `segmentation`: block, paragraph, sentence or phrase."""

    source_language: str = ALL_LANGUAGES
    admin_language: str = "en"
    segmentation: str = "sentence"
    data_type: str = "unknown"
    memory_format: str = "langsupport"
    provenance: Provenance = Provenance(tool="langsupport", tool_version="unknown")
    notes: tuple[Remark, ...] = ()
    properties: tuple[Remark, ...] = ()
    encodings: tuple[CharacterMap, ...] = ()
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True)
class DataCategory:
    """One thing that is said of a concept, a language or a term: (`descrip`, `definition`, “A group of stars …”).

    `element` is TBX's class of it: admin, descrip, termNote, transac, transacNote, ref, xref, note, date.
    `group` holds what is said of the category itself, such as its source. `markup` is the value as XML where it
    holds elements; `value` is always plain.
    """

    element: str
    name: str
    value: str
    attributes: Attributes = ()
    group: tuple[DataCategory, ...] = ()
    markup: str = ""


def category_values(data: tuple[DataCategory, ...], name: str) -> tuple[str, ...]:
    """The values of all categories of one name, white space made single."""
    return tuple(" ".join(one.value.split()) for one in data if (one.name or one.element) == name)


@dataclass(frozen=True, slots=True)
class ConceptTerm:
    """A term and what is said of it."""

    text: str
    data: tuple[DataCategory, ...] = ()
    attributes: Attributes = ()
    markup: str = ""

    @property
    def status(self) -> TermStatus | None:
        """By `administrativeStatus`, else `normativeAuthorization`; None where nothing is said.

        Deprecated, superseded and obsolete terms are FORBIDDEN: not to be used.
        """
        for name in ("administrativeStatus", "normativeAuthorization"):
            for value in category_values(self.data, name):
                if value in _STATUSES:
                    return _STATUSES[value]
        return None

    @property
    def part_of_speech(self) -> str:
        return next(iter(category_values(self.data, "partOfSpeech")), "")


_STATUSES = {
    f"{word}{suffix}": status
    for word, status in (
        ("preferredTerm", TermStatus.PREFERRED),
        ("standardizedTerm", TermStatus.PREFERRED),
        ("admittedTerm", TermStatus.ADMITTED),
        ("legalTerm", TermStatus.ADMITTED),
        ("regulatedTerm", TermStatus.ADMITTED),
        ("deprecatedTerm", TermStatus.FORBIDDEN),
        ("supersededTerm", TermStatus.FORBIDDEN),
        ("obsoleteTerm", TermStatus.FORBIDDEN),
    )
    for suffix in ("", "-admn-sts")
} | {"preferred": TermStatus.PREFERRED, "admitted": TermStatus.ADMITTED, "notRecommended": TermStatus.FORBIDDEN}

STATUS_VALUES = {
    TermStatus.PREFERRED: "preferredTerm-admn-sts",
    TermStatus.ADMITTED: "admittedTerm-admn-sts",
    TermStatus.FORBIDDEN: "deprecatedTerm-admn-sts",
}
"""What TBX calls the statuses."""


@dataclass(frozen=True, slots=True)
class ConceptLanguage:
    """All that is said of a concept in one language."""

    language: str
    terms: tuple[ConceptTerm, ...]
    data: tuple[DataCategory, ...] = ()


@dataclass(frozen=True, slots=True)
class TermConcept:
    """One concept: its terms by language."""

    id: str
    languages: tuple[ConceptLanguage, ...]
    data: tuple[DataCategory, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        return category_values(self.data, "subjectField")

    def definitions(self, code: str | None = None) -> tuple[str, ...]:
        """Those of the concept as a whole, or of one of the six languages."""
        if code is None:
            return category_values(self.data, "definition")
        sections = [one for one in self.languages if six_language(one.language) == code]
        return tuple(text for one in sections for text in category_values(one.data, "definition"))

    def terms(self, code: str) -> tuple[ConceptTerm, ...]:
        """The terms in one of the six languages, region variants included."""
        return tuple(term for one in self.languages if six_language(one.language) == code for term in one.terms)


@dataclass(frozen=True, slots=True)
class TermBase:
    """A term base. `header` and `back` are the file's own XML (elements without namespaces), kept as they are."""

    concepts: tuple[TermConcept, ...]
    language: str = "en"
    dialect: str = "TBX-Basic"
    header: str = ""
    back: str = ""
    findings: tuple[Finding, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class PackageNote:
    """A remark to or from the translator. `category` is free (`finding`, `instruction`)."""

    text: str
    author: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class PackagedMatch:
    """A candidate from a memory or an engine; `similarity` 0 … 100 where it is known, `provider` says whence."""

    source: InterchangeText
    target: InterchangeText
    similarity: float | None = None
    provider: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class PackagedTerm:
    """A term of the glossary that stands in a unit, with its translations."""

    term: str
    translations: tuple[str, ...]
    definition: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class PackagedSegment:
    """A segment in a package; `target` None: not translated yet. Code ids are the unit's own, in both texts."""

    id: str
    source: InterchangeText
    target: InterchangeText | None = None
    state: State = State.INITIAL
    origin: Origin | None = None
    notes: tuple[PackageNote, ...] = ()
    matches: tuple[PackagedMatch, ...] = ()
    line: int = field(default=0, compare=False)  # in the file that was read


@dataclass(frozen=True, slots=True)
class PackagedGap:
    """What stands between two segments: white space, tabs, breaks."""

    source: InterchangeText


@dataclass(frozen=True, slots=True)
class PackagedUnit:
    """A translation unit in a package. `name` is its id in the document; `id` the one that XML allows."""

    id: str
    parts: tuple[PackagedSegment | PackagedGap, ...]
    name: str = ""
    kind: str = ""
    terms: tuple[PackagedTerm, ...] = ()
    file: str = ""
    translatable: bool = True

    @property
    def segments(self) -> tuple[PackagedSegment, ...]:
        return tuple(part for part in self.parts if isinstance(part, PackagedSegment))


@dataclass(frozen=True, slots=True)
class Package:
    """A document on its way to translators and back. `fingerprint` (hex) tells whether the source is still the same.

    After a full stop it may say more: of which state of a review the package was made.
    """

    original: str
    source_language: str
    target_language: str
    units: tuple[PackagedUnit, ...]
    fingerprint: str = ""
    findings: tuple[Finding, ...] = field(default=(), compare=False)

    def by_segment(self) -> dict[tuple[str, str], PackagedSegment]:
        """Segments by (unit id, segment id); of double ones the last."""
        return {(unit.id, segment.id): segment for unit in self.units for segment in unit.segments}
