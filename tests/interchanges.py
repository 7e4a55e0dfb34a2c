"""What may stand in interchange files, as hypothesis strategies, and the test files that are not shipped."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import strategies as st

from langsupport.domain.interchange import (
    ALL_LANGUAGES,
    ConceptLanguage,
    ConceptTerm,
    DataCategory,
    InterchangeText,
    MemoryHeader,
    MemoryUnit,
    MemoryVariant,
    Package,
    PackagedGap,
    PackagedMatch,
    PackagedSegment,
    PackagedTerm,
    PackagedUnit,
    PackageNote,
    Provenance,
    Remark,
    TermBase,
    TermConcept,
)
from langsupport.domain.terms import TermStatus
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin, State
from langsupport.formats.interchange.tbx import category, status_category

DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA") or Path(__file__).resolve().parents[1].parent / "shared" / "data")
FORMATS = DATA / "text" / "formats"
MISSING = f"needs the interchange files in {FORMATS} (set LANGSUPPORT_TEST_DATA)"

# What XML can hold; controls and lone surrogates have no place in it.
letters = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cc", "Cn")),
        st.sampled_from("<>&\"' \t\n\r\xa0\u200f\u2067ءة会议ё”«"),
    ).filter(lambda character: character not in "\ufffe\uffff"),
    max_size=30,
)
words = letters.filter(lambda text: bool(text.strip()))
names = st.text("abcdefghijklmnop-", min_size=1, max_size=8)
languages = st.sampled_from(("ar", "zh-CN", "en", "en-GB", "fr-CA", "ru", "es-419", "de", "x-klingon"))
dates = st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)).map(lambda d: d.replace(microsecond=0, tzinfo=UTC))
roles = st.sampled_from(("format", "link", "note", "field", "break", "tab", "image", "code", "other"))


@st.composite
def coded(draw: st.DrawFn, text: st.SearchStrategy[str] = letters, *, broken: bool = True) -> CodedText:
    """A text with codes, pairs nested or crossing, ends that stand alone where `broken`."""
    plain = draw(text)
    ids = draw(st.lists(st.integers(0, 99), max_size=5, unique=True))
    codes: list[tuple[int, InlineCode]] = []
    for id in ids:
        role = draw(roles)
        kind = draw(st.sampled_from(("pair", "single", "open", "close") if broken else ("pair", "single")))
        places = sorted(draw(st.lists(st.integers(0, len(plain)), min_size=2, max_size=2)))
        if kind == "single":
            codes.append((places[0], InlineCode(id, CodeKind.SINGLE, role)))
        if kind in {"pair", "open"}:
            codes.append((places[0], InlineCode(id, CodeKind.OPEN, role)))
        if kind == "pair":
            codes.append((places[1], InlineCode(id, CodeKind.CLOSE, role)))
        if kind == "close":  # nothing says what it closes: it is formatting
            codes.append((places[0], InlineCode(id, CodeKind.CLOSE, "format")))
    codes.sort(key=lambda item: item[0])
    return CodedText(plain, tuple(codes))


texts = coded().map(InterchangeText)


@st.composite
def provenances(draw: st.DrawFn) -> Provenance:
    maybe = st.none() | dates
    used = draw(st.none() | st.integers(0, 10**6))
    return Provenance(draw(maybe), draw(letters), draw(maybe), draw(letters), draw(maybe), used, draw(letters), "1.0")


remarks = st.builds(Remark, letters, st.just(""), st.just((("o-encoding", "x"),)) | st.just(()))
properties = st.builds(Remark, letters, names)
variants = st.builds(
    MemoryVariant,
    languages,
    texts,
    provenances(),
    st.lists(remarks, max_size=2).map(tuple),
    st.lists(properties, max_size=2).map(tuple),
    st.just(()) | st.just((("datatype", "html"), ("o-encoding", "iso-8859-1"))),
)
memory_units = st.builds(
    MemoryUnit,
    st.lists(variants, min_size=1, max_size=3).map(tuple),
    letters,
    st.sampled_from(("", ALL_LANGUAGES, "en-US")),
    provenances(),
    st.lists(remarks, max_size=2).map(tuple),
    st.lists(properties, max_size=2).map(tuple),
)
memory_headers = st.builds(
    MemoryHeader,
    st.sampled_from((ALL_LANGUAGES, "fr")),
    languages,
    provenance=provenances(),
    notes=st.lists(remarks, max_size=2).map(tuple),
    properties=st.lists(properties, max_size=2).map(tuple),
)

categories: st.SearchStrategy[DataCategory] = st.builds(
    category,
    st.sampled_from(("definition", "context", "subjectField", "note", "source", "crossReference", "homemade")),
    letters,
    letters,
)
terms = st.builds(
    lambda text, status, data: ConceptTerm(text, (*((status_category(status),) if status else ()), *data)),
    words,
    st.none() | st.sampled_from(TermStatus),
    st.lists(categories, max_size=3),
)
concept_languages = st.builds(
    ConceptLanguage,
    languages,
    st.lists(terms, min_size=1, max_size=3).map(tuple),
    st.lists(categories, max_size=2).map(tuple),
)
concepts = st.builds(
    TermConcept, words, st.lists(concept_languages, max_size=3).map(tuple), st.lists(categories, max_size=2).map(tuple)
)
term_bases = st.lists(concepts, max_size=3).map(lambda found: TermBase(tuple(found), header="<fileDesc/>"))

notes = st.builds(PackageNote, words, names, st.sampled_from(("", "finding", "instruction")))
matches = st.builds(
    PackagedMatch,
    texts,
    texts,
    st.none() | st.integers(0, 100).map(float) | st.just(87.5),
    names,
    st.none() | st.sampled_from(Origin),
)


@st.composite
def packages(draw: st.DrawFn, *, gaps: bool) -> Package:
    """With gaps and glossary (XLIFF 2.1) or without (1.2)."""
    units = []
    for number in range(draw(st.integers(0, 3))):
        parts: list[PackagedSegment | PackagedGap] = []
        for index in range(draw(st.integers(1, 3))):
            if gaps and draw(st.booleans()):
                parts.append(PackagedGap(InterchangeText(draw(coded(broken=False)))))
            parts.append(_segment(draw, index))
        glossary = draw(st.lists(packaged_terms, max_size=2)) if gaps else []
        kind = draw(st.sampled_from(("", "paragraph", "cell")))
        flag = draw(st.booleans())
        units.append(PackagedUnit(f"u{number}", tuple(parts), draw(words), kind, tuple(glossary), "a.docx", flag))
    return Package("a.docx", "en", "zh-CN", tuple(units), draw(st.sampled_from(("", "0a1b"))))


def _segment(draw: st.DrawFn, index: int) -> PackagedSegment:
    source = draw(coded(broken=False))
    target = draw(st.none() | _target_of(source))
    state, origin = State.INITIAL, None
    if target is not None:
        state = draw(st.sampled_from(State))
        origin = draw(st.none() | st.sampled_from(Origin))
    return PackagedSegment(
        f"s{index}",
        InterchangeText(source),
        None if target is None else InterchangeText(target),
        state,
        origin,
        draw(st.lists(notes, max_size=2).map(tuple)),
        draw(st.lists(matches, max_size=2).map(tuple)),
    )


@st.composite
def _target_of(draw: st.DrawFn, source: CodedText) -> CodedText:
    """Another text with some of the source's codes, in their order."""
    text = draw(words)
    kept = [code for _, code in source.codes if draw(st.booleans())]
    places = sorted(draw(st.lists(st.integers(0, len(text)), min_size=len(kept), max_size=len(kept))))
    return CodedText(text, tuple(zip(places, kept, strict=True)))


packaged_terms = st.builds(PackagedTerm, words, st.lists(words, max_size=2).map(tuple), letters, letters)
