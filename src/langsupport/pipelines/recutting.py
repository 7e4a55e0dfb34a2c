"""Other cuts than the rules make: people join segments of a unit and split them.

The cuts of a unit are the rising positions in its source at which its segments begin and end, by turns; the last
segment may have no end of its own. Applied to the same bytes they give the same segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from langsupport.domain.units import CodedText, Segment, TranslationUnit, join
from langsupport.errors import Conflict, InvalidRequest
from langsupport.pipelines.document import Prepared
from langsupport.pipelines.segmentation import cuts_of, gap_between, pieces

Cuts = tuple[int, ...]


def recut(prepared: Prepared, cuts: Mapping[str, Cuts]) -> Prepared:
    """The document with the cuts of some units, by their ids, instead of what the rules cut."""
    units = {unit.id: unit for unit in prepared.document.units}
    mine = {id: found for id, found in cuts.items() if id in units and _fit(units[id], found)}
    if not mine:
        return prepared
    by_unit: dict[str, list[Segment]] = {}
    for segment in prepared.segments:
        by_unit.setdefault(segment.unit_id, []).append(segment)
    for id, found in mine.items():
        language = by_unit[id][0].language if by_unit.get(id) else None
        texts = (part.text for part in pieces(units[id], prepared.source, found) if part.is_segment)
        by_unit[id] = [Segment(id, index, text, language) for index, text in enumerate(texts)]
    segments = tuple(segment for unit in prepared.document.units for segment in by_unit.get(unit.id, ()))
    return replace(prepared, segments=segments, cuts={**prepared.cuts, **mine})


def _fit(unit: TranslationUnit, cuts: Cuts) -> bool:
    return list(cuts) == sorted(cuts) and bool(cuts) and cuts[0] >= 0 and cuts[-1] <= len(unit.source.text)


def unit_of(prepared: Prepared, id: str) -> TranslationUnit:
    """Raises Conflict: the file is read otherwise than when the id was given, by another version of its reader."""
    found = next((unit for unit in prepared.document.units if unit.id == id), None)
    if found is None:
        raise Conflict(
            detail="This document is read otherwise than when it was sent to people. Its segments can't be cut anew."
        )
    return found


def unit_cuts(prepared: Prepared, unit: TranslationUnit) -> Cuts:
    """Where a unit's segments begin and end now."""
    own = prepared.foreign().get(unit.id, prepared.source)
    return prepared.cuts.get(unit.id) or tuple(cuts_of(unit, own))


def joined_cuts(cuts: Cuts, index: int) -> Cuts:
    """With the segment of this index and the one after it as one. Raises InvalidRequest: it is the unit's last one."""
    if 2 * index + 2 >= len(cuts):
        raise InvalidRequest(detail="This is the last segment of its paragraph; it can't be joined with the next one.")
    return cuts[: 2 * index + 1] + cuts[2 * index + 3 :]


def split_cuts(unit: TranslationUnit, cuts: Cuts, index: int, at: int) -> Cuts:
    """With the segment of this index as two, the second one from its character `at`; what is white between them belongs
    to neither. Raises InvalidRequest: one of them would be empty."""
    start = cuts[2 * index]
    end = cuts[2 * index + 1] if 2 * index + 1 < len(cuts) else len(unit.source.text)
    text = unit.source.text[start:end]
    left, right = text[:at], text[at:]
    if not 0 < at < len(text) or not left.strip() or not right.strip():
        raise InvalidRequest(detail="A segment is split between two of its words. Choose a place inside it.")
    ends, begins = start + len(left.rstrip()), start + at + len(right) - len(right.lstrip())
    return (*cuts[: 2 * index + 1], ends, begins, *cuts[2 * index + 1 :])


def joined_targets(
    unit: TranslationUnit, cuts: Cuts, index: int, targets: tuple[CodedText, CodedText], languages: tuple[str, str]
) -> CodedText:
    """The targets of two segments that become one, with what stands between them. All with the unit's ids."""
    gap = CodedText() if not all(one.text for one in targets) else gap_between(_gap(unit, cuts, index), *languages)
    return join((targets[0], gap, targets[1]))


def _gap(unit: TranslationUnit, cuts: Cuts, index: int) -> CodedText:
    return unit.source.split(cuts)[2 * index + 2]


def split_target(target: CodedText, sources: tuple[CodedText, CodedText], ends: Iterable[int]) -> list[CodedText]:
    """A target in two, for the two parts of its source: cut at the one of `ends` (where its sentences end) that is
    nearest to where the source was cut. Where there is none the first part has it all.

    A code goes with the part whose source has it. All with the unit's ids.
    """
    share = len(sources[0].text) / max(1, len(sources[0].text) + len(sources[1].text))
    inside = [end for end in ends if target.text[:end].strip() and target.text[end:].strip()]
    at = min(inside, key=lambda end: abs(end - share * len(target.text)), default=len(target.text))
    cut = len(target.text[:at].rstrip())
    begin = at + len(target.text[at:]) - len(target.text[at:].lstrip())
    left, _, right = target.split((cut, begin))
    return [_with_codes(left, right, sources[0], at_end=True), _with_codes(right, left, sources[1], at_end=False)]


def _with_codes(own: CodedText, other: CodedText, source: CodedText, *, at_end: bool) -> CodedText:
    """`own` with the codes that its source has, those that stood in the other part at its end or beginning."""
    if not own.text:
        return own
    wanted = {code for _, code in source.codes}
    place = len(own.text) if at_end else 0
    kept = [(position, code) for position, code in own.codes if code in wanted]
    came = [(place, code) for _, code in other.codes if code in wanted]
    return CodedText(own.text, tuple(kept + came if at_end else came + kept))


def renumbered_alike(targets: Sequence[CodedText], sources: Sequence[CodedText]) -> list[CodedText]:
    """Targets with their sources' canonical ids instead of the unit's."""
    return [target.renumbered(source.canonical_ids()) for target, source in zip(targets, sources, strict=True)]


__all__ = [
    "Cuts",
    "joined_cuts",
    "joined_targets",
    "recut",
    "renumbered_alike",
    "split_cuts",
    "split_target",
    "unit_cuts",
    "unit_of",
]
