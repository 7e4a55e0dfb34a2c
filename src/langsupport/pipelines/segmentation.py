"""From translation units to segments and back, without losing a character or a code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText, CodeKind, TranslationUnit, join
from langsupport.text.edges import label_length
from langsupport.text.identify import identify
from langsupport.text.sentences import split_sentences

_FOREIGN_LETTERS = 40
"""A unit shorter than this is taken to be in the document's language."""
_FOREIGN_CONFIDENCE = 0.9
_STOPS = frozenset(".!?:;…。！？：；؟؛")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or what stands between two sentences (white space, tabs, breaks, note references)."""

    text: CodedText
    is_segment: bool


def unit_language(unit: TranslationUnit, document_language: str) -> str:
    """The language of one unit; the document's unless the text clearly says otherwise (then maybe none of the six)."""
    text = unit.source.text
    if sum(map(str.isalpha, text)) < _FOREIGN_LETTERS:
        return document_language
    found = identify(text)
    other = found.language or found.reported
    return other if other and found.confidence >= _FOREIGN_CONFIDENCE else document_language


def pieces(unit: TranslationUnit, language: str, cuts: Sequence[int] | None = None) -> list[Piece]:
    """Cut a unit into alternating gaps and segments; joining the texts gives the unit's source. `cuts`: at these
    positions instead of where the rules cut."""
    parts = unit.source.split(cuts_of(unit, language) if cuts is None else cuts)
    return [Piece(part, index % 2 == 1) for index, part in enumerate(parts)]


def cuts_of(unit: TranslationUnit, language: str) -> list[int]:
    """Where the segments of a unit begin and end, by turns.

    A tab always separates segments, a line break where a new line of thought begins: sentences don't run through them,
    and they hold their place in every language. A list label (`1.2.1`, `(a)`) is part of the gap before its sentence.
    """
    rules = language if language in LANGUAGES else "en"
    cuts: list[int] = []
    for start, end in _stretches(unit.source):
        start += label_length(unit.source.text[start:end])
        for low, high in split_sentences(unit.source.text[start:end], rules):
            cuts += [start + low, start + high]
    if cuts and _ends_in_field(unit.source, cuts[-1]):
        cuts.pop()
    return cuts


def _ends_in_field(source: CodedText, end: int) -> bool:
    """Whether only a field stands between the last sentence and the end: “of [pages]”. It is part of the sentence."""
    rest = [code.role for position, code in source.codes if position >= end and code.kind is CodeKind.SINGLE]
    return not source.text[end:].strip() and rest == ["field"]


def _stretches(source: CodedText) -> Iterator[tuple[int, int]]:
    """Spans of text between separating codes."""
    start = 0
    for position, code in source.codes:
        if code.kind is CodeKind.SINGLE and _separates(source.text, position, code.role) and position > start:
            yield start, position
            start = position
    yield start, len(source.text)


def _separates(text: str, position: int, role: str) -> bool:
    if role == "tab":
        return True
    if role != "break":
        return False
    before, after = text[:position].rstrip(), text[position:].lstrip()
    return not before or not after or before[-1] in _STOPS or not after[0].islower()


def joined(
    parts: list[Piece], target_of: Callable[[int], CodedText], source_language: str, target_language: str
) -> CodedText:
    """Put translated segments and the gaps between them together again.

    `target_of` gives the target of the n-th segment. Spaces between sentences follow the target language.
    """
    result: list[CodedText] = []
    number = 0
    for index, part in enumerate(parts):
        if part.is_segment:
            result.append(target_of(number))
            number += 1
        elif 0 < index < len(parts) - 1:
            result.append(gap_between(part.text, source_language, target_language))
        else:
            result.append(part.text)
    return join(result)


def gap_between(gap: CodedText, source_language: str, target_language: str) -> CodedText:
    """What stands between two translated sentences for what stood between theirs."""
    if any(code.role in {"tab", "break"} for _, code in gap.codes):
        return gap
    wanted = LANGUAGES[target_language].sentence_space
    usual = LANGUAGES[source_language].sentence_space if source_language in LANGUAGES else " "
    if wanted == usual or gap.text not in {"", " "}:
        return gap
    if wanted == "":
        return CodedText("", tuple((0, code) for _, code in gap.codes))
    return gap if gap.text else CodedText(wanted, gap.codes)
