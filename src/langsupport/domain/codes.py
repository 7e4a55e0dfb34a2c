"""When inline codes are in order: the same multiset as the source's, and nested as pairs must be."""

from __future__ import annotations

from collections import Counter

from langsupport.domain.units import CodedText, CodeKind, InlineCode


def well_nested(text: CodedText) -> bool:
    """Whether pairs nest. An OPEN without its CLOSE lasts beyond the text; a CLOSE without its OPEN began before it.

    A pair that began before the text can only close when nothing opened inside it is still open.
    """
    opened_here = {code.id for _, code in text.codes if code.kind is CodeKind.OPEN}
    stack: list[int] = []
    for _, code in text.codes:
        if code.kind is CodeKind.OPEN:
            stack.append(code.id)
        elif code.kind is CodeKind.CLOSE:
            expected = stack.pop() if stack else None
            if (code.id in opened_here) != (expected is not None) or (expected is not None and expected != code.id):
                return False
    return True


def dangling(text: CodedText) -> tuple[tuple[InlineCode, ...], tuple[InlineCode, ...]]:
    """The CLOSEs whose pair began before the text, and the OPENs whose pair ends after it, in order."""
    opens = Counter(code.id for _, code in text.codes if code.kind is CodeKind.OPEN)
    closes = Counter(code.id for _, code in text.codes if code.kind is CodeKind.CLOSE)
    before = tuple(code for _, code in text.codes if code.kind is CodeKind.CLOSE and not opens[code.id])
    after = tuple(code for _, code in text.codes if code.kind is CodeKind.OPEN and not closes[code.id])
    return before, after


def same_codes(source: CodedText, target: CodedText) -> bool:
    """Whether the target holds exactly the source's codes."""
    return source.code_counts() == target.code_counts()


def nesting_kept(source: CodedText, target: CodedText) -> bool:
    """Whether a well-nested source gave a well-nested target, its pairs across segments in the same order."""
    if not well_nested(source):
        return True
    return well_nested(target) and dangling(source) == dangling(target)
