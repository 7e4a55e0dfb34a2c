"""Putting inline codes back into a translated segment.

Two ways: markers that travel through the machine (`with_markers`, `from_markers`), and projection after it
(`project`) by alignment spans or, failing these, by anchors. Whatever happens, the target's text is unchanged, every
code is there exactly once, and a well-nested source gives a well-nested target.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langsupport.domain.codes import nesting_kept, same_codes, well_nested
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.text.anchors import find_anchors
from langsupport.text.boundaries import Boundaries
from langsupport.text.codetree import Node, code_tree, emit

_BRACKETS = {"⟦": "[⟦〚［\\[【]", "⟧": "[⟧〛］\\]】]"}
_MARKER = re.compile(
    rf"{_BRACKETS['⟦']}{{1,2}}\s*(?P<close>[/／])?\s*(?P<number>[0-9٠-٩۰-۹０-９]+)\s*(?P<single>[/／])?\s*{_BRACKETS['⟧']}{{1,2}}"
)
_STRICT = re.compile(r"⟦/?\d+/?⟧")
Span = tuple[int, int, int, int]
"""Characters [0, 1) of the source correspond to [2, 3) of the target."""


@dataclass(frozen=True, slots=True)
class Projection:
    """`certain` is False where a place inside the sentence was estimated."""

    target: CodedText
    certain: bool


def _numbered(source: CodedText) -> list[tuple[int, InlineCode, str]]:
    """Codes with their markers, numbered from 1 in order of first appearance."""
    numbers: dict[tuple[int, bool], int] = {}
    result = []
    for position, code in source.codes:
        key = (code.id, code.kind is CodeKind.SINGLE)
        number = numbers.setdefault(key, len(numbers) + 1)
        form = {CodeKind.OPEN: f"⟦{number}⟧", CodeKind.CLOSE: f"⟦/{number}⟧", CodeKind.SINGLE: f"⟦{number}/⟧"}[
            code.kind
        ]
        result.append((position, code, form))
    return result


def with_markers(source: CodedText) -> str:
    """The text with a marker for each code: ⟦1⟧bold⟦/1⟧ for pairs, ⟦2/⟧ for single codes."""
    pieces, position = [], 0
    for place, _, form in _numbered(source):
        pieces += [source.text[position:place], form]
        position = place
    return "".join([*pieces, source.text[position:]])


def from_markers(source: CodedText, translated: str) -> CodedText | None:
    """The translated text with its markers read as codes; None if a code is lost, doubled, invented or wrongly nested.

    Changed brackets, digits and spaces inside a marker are tolerated, and so is a SINGLE written as an opening.
    """
    by_form = _by_form(source)
    pattern = _MARKER if _loose_is_safe(source.text) else _STRICT
    text, codes, position = "", [], 0
    for match in pattern.finditer(translated):
        code = by_form.get(_normal_form(match.group()))
        if code is None:
            number = _normal_form(match.group()).strip("⟦⟧/")
            code = by_form.get(f"⟦{number}/⟧")
        if code is None:
            return None
        text += translated[position : match.start()]
        codes.append((len(text), code))
        position = match.end()
    text += translated[position:]
    tight = {c for p, c in source.codes if c.kind is CodeKind.CLOSE and source.text[p - 1 : p].strip()}
    stripped, codes = _respaced(text, codes, tight)
    target = CodedText(stripped, tuple(codes))
    if not same_codes(source, target) or not nesting_kept(source, target):
        return None
    return target


def _by_form(source: CodedText) -> dict[str, InlineCode]:
    return {form: code for _, code, form in _numbered(source)}


def _loose_is_safe(text: str) -> bool:
    """Plain brackets may be read as markers only where the text has none of its own, such as [1]."""
    return _MARKER.search(text) is None


def _normal_form(marker: str) -> str:
    digits = str(int(re.sub(r"\D", "", marker)))
    match = _MARKER.fullmatch(marker)
    close, single = (match.group("close"), match.group("single")) if match else (None, None)
    return f"⟦/{digits}⟧" if close else f"⟦{digits}/⟧" if single else f"⟦{digits}⟧"


def _respaced(
    text: str, codes: list[tuple[int, InlineCode]], tight: set[InlineCode]
) -> tuple[str, list[tuple[int, InlineCode]]]:
    """Drop the double spaces and the edge spaces that machines put around markers; `tight` codes follow a word."""
    keep = [not (c == " " and (i == 0 or i == len(text) - 1 or text[i - 1] == " ")) for i, c in enumerate(text)]
    shift = [0]
    for kept in keep:
        shift.append(shift[-1] + kept)
    clean = "".join(c for c, kept in zip(text, keep, strict=True) if kept)
    moved: list[tuple[int, InlineCode]] = []
    for place, code in codes:
        position = shift[place]
        strayed = code in tight and clean[position - 1 : position] == " "
        if strayed and (not moved or moved[-1][0] < position):
            position -= 1
        moved.append((position, code))
    return clean, moved


def project(
    source: CodedText,
    target_text: str,
    alignment: Sequence[Span] | None,
    source_language: str,
    target_language: str,
) -> Projection:
    """Place the source's codes in a translated text.

    Codes at the edges go to the edges. Inner ones follow the alignment where it is given, else anchors (identical
    tokens, numbers, protected entities, cognates) with interpolation between them, snapped to the next word boundary
    (character, in Chinese); never into a protected entity or a combining sequence.
    """
    if not source.codes:
        return Projection(CodedText(target_text), True)
    if source.text == target_text:
        return Projection(source, True)
    mapper = _Mapper(source, target_text, alignment, source_language, target_language)
    if not well_nested(source):
        return _in_order(source, target_text, mapper)
    roots = code_tree(source)
    _place(roots, mapper, 0, len(target_text))
    codes = emit(roots)
    target = CodedText(target_text, tuple(codes))
    if same_codes(source, target) and nesting_kept(source, target):
        return Projection(target, mapper.certain)
    return _in_order(source, target_text, mapper)


def _place(nodes: list[Node], mapper: _Mapper, low: int, high: int) -> None:
    """Give each node its target span inside [low, high); siblings do not overlap."""
    taken: list[Node] = []
    for node in sorted(nodes, key=lambda node: node.start - node.end):  # the widest first
        start, end = mapper.span(node)
        start, end = max(low, min(start, high)), max(low, min(end, high))
        for other in taken:
            start, end = _clear(start, end, other)
        node.target_start, node.target_end = start, max(start, end)
        taken.append(node)
    for node in nodes:
        _place(node.children, mapper, node.target_start, node.target_end)


def _clear(start: int, end: int, other: Node) -> tuple[int, int]:
    """The part of [start, end) beside another node, on the larger side; a point keeps off its inside."""
    left, right = other.target_start, other.target_end
    if start >= right or end <= left or left == right:
        if left == right and start < left < end:  # don't swallow a point that is no child
            return (left, end) if end - left >= left - start else (start, left)
        return start, end
    before, after = (start, min(end, left)), (max(start, right), end)
    if start < left and (end <= right or left - start >= end - right):
        return before
    if end > right:
        return after
    return (left, left) if start - left <= right - end else (right, right)


def _in_order(source: CodedText, target_text: str, mapper: _Mapper) -> Projection:
    """All codes in the order of the source at rising places: nesting is exactly the source's."""
    position, codes = 0, []
    for place, code in source.codes:
        position = max(position, mapper.point(place, code))
        codes.append((position, code))
    return Projection(CodedText(target_text, tuple(codes)), False)


class _Mapper:
    """From places in the source to places in the target. `certain` turns False at the first estimate."""

    def __init__(
        self,
        source: CodedText,
        target: str,
        alignment: Sequence[Span] | None,
        source_language: str,
        target_language: str,
    ) -> None:
        self.source, self.target = source.text, target
        self.certain = True
        self._spans = [
            s for s in alignment or () if 0 <= s[0] < s[1] <= len(self.source) and 0 <= s[2] < s[3] <= len(target)
        ]
        self._anchors = find_anchors(self.source, target, source_language, target_language)
        self._boundaries = Boundaries(target, target_language)
        self._body = _body(self.source)
        self._target_body = _body(target)

    def span(self, node: Node) -> tuple[int, int]:
        if node.start == node.end:
            point = self.point(node.start, node.first)
            return point, point
        if not node.source_open:  # began before the segment
            return 0, self.point(node.end, node.last)
        if not node.source_close:  # ends after it
            return self.point(node.start, node.first), len(self.target)
        start_edge, end_edge = node.start <= self._body[0], node.end >= self._body[1]
        if start_edge and end_edge:
            return self._edge(node.start), self._edge(node.end)
        found = self._aligned(node.start, node.end) or self._anchored(node.start, node.end)
        if found is None:
            self.certain = False
            return self._boundaries.words(self._interpolated(node.start), self._interpolated(node.end))
        start = self._edge(node.start) if start_edge and found[0] <= self._target_body[0] + 1 else found[0]
        return start, found[1]

    def point(self, place: int, code: InlineCode) -> int:
        """Where a single place goes."""
        if place <= self._body[0] or place >= self._body[1]:
            return self._edge(place)
        exact = self._inside_anchor(place)
        if exact is not None:
            return exact
        follows = code.kind is not CodeKind.OPEN  # a note reference or an end stays behind its word
        near = self._aligned_point(place, follows)
        if near is None:
            near = self._beside_anchor(place, follows)
        if near is None:
            self.certain = False
            near = self._interpolated(place)
        if code.role == "note" and self._before_final_stop(place):
            return self._target_stop()
        return self._boundaries.snap(near)

    def _edge(self, place: int) -> int:
        """Places in the white space or at the edges of the source keep to the edges of the target."""
        if place <= self._body[0]:
            return min(place, self._target_body[0])
        return max(self._target_body[1], len(self.target) - (len(self.source) - place))

    def _aligned(self, start: int, end: int) -> tuple[int, int] | None:
        inside = [
            s
            for s in self._spans
            if s[0] < end and s[1] > start and 2 * (min(s[1], end) - max(s[0], start)) >= s[1] - s[0]
        ]
        if not inside:
            return None
        low, high = min(s[2] for s in inside), max(s[3] for s in inside)
        if 3 * sum(s[3] - s[2] for s in inside) < high - low:  # scattered: the alignment is not to be trusted
            self.certain = False
        return self._boundaries.snap(low), self._boundaries.snap(high)

    def _aligned_point(self, place: int, follows: bool) -> int | None:
        if follows:
            before = [s for s in self._spans if s[1] <= place and not self.source[s[1] : place].strip()]
            return max(before, key=lambda s: s[1])[3] if before else None
        after = [s for s in self._spans if s[0] >= place and not self.source[place : s[0]].strip()]
        return min(after, key=lambda s: s[0])[2] if after else None

    def _anchored(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the text inside a pair is itself made of anchors from edge to edge."""
        inside = [a for a in self._anchors if a.start >= start and a.end <= end and a.strong]
        around = next((a for a in self._anchors if a.exact and a.start <= start and end <= a.end), None)
        if around:
            return around.target_start + start - around.start, around.target_start + end - around.start
        if not inside or self.source[start : inside[0].start].strip() or self.source[inside[-1].end : end].strip():
            return None
        low, high = min(a.target_start for a in inside), max(a.target_end for a in inside)
        if high - low > 3 * (end - start) + 10:
            return None
        return low, high

    def _inside_anchor(self, place: int) -> int | None:
        inside = next((a for a in self._anchors if a.exact and a.start < place < a.end), None)
        return None if inside is None else inside.target_start + place - inside.start

    def _beside_anchor(self, place: int, follows: bool) -> int | None:
        for anchor in self._anchors:
            if anchor.strong and follows and anchor.end == place:
                return anchor.target_end
            if anchor.strong and not follows and anchor.start == place:
                return anchor.target_start
        return None

    def _interpolated(self, place: int) -> int:
        """By proportion between the nearest anchors that keep the order."""
        left = max((a for a in self._anchors if a.ordered and a.end <= place), key=lambda a: a.end, default=None)
        right = min((a for a in self._anchors if a.ordered and a.start >= place), key=lambda a: a.start, default=None)
        low = (left.end, left.target_end) if left else (self._body[0], self._target_body[0])
        high = (right.start, right.target_start) if right else (self._body[1], self._target_body[1])
        if high[0] <= low[0] or high[1] <= low[1]:
            return low[1]
        return low[1] + round((place - low[0]) * (high[1] - low[1]) / (high[0] - low[0]))

    def _before_final_stop(self, place: int) -> bool:
        return not any(c.isalnum() for c in self.source[place:])

    def _target_stop(self) -> int:
        """Before the closing punctuation of the target."""
        end = self._target_body[1]
        while end > 0 and not self.target[end - 1].isalnum() and self.target[end - 1] not in ")]）】»”’":
            end -= 1
        return self._boundaries.snap(end)


def _body(text: str) -> tuple[int, int]:
    """Where the text begins and ends without its white space."""
    stripped = text.strip()
    if not stripped:
        return 0, len(text)
    start = len(text) - len(text.lstrip())
    return start, start + len(stripped)
