"""The codes of a well-nested text as a tree of spans, and back."""

from __future__ import annotations

from dataclasses import dataclass, field

from langsupport.domain.units import CodedText, CodeKind, InlineCode


@dataclass(slots=True)
class Node:
    """A pair, half a pair whose other half is in another segment, or a single code; source span [start, end]."""

    first: InlineCode
    last: InlineCode
    start: int
    end: int
    order: int
    source_open: bool = True
    source_close: bool = True
    target_start: int = 0
    target_end: int = 0
    children: list[Node] = field(default_factory=list)


def code_tree(text: CodedText) -> list[Node]:
    """Roots in source order. A CLOSE without its OPEN spans from the start, an OPEN without its CLOSE to the end."""
    closes = {code.id for _, code in text.codes if code.kind is CodeKind.CLOSE}
    top: list[Node] = []
    stack: list[Node] = []
    for order, (position, code) in enumerate(text.codes):
        if code.kind is CodeKind.SINGLE:
            (stack[-1].children if stack else top).append(Node(code, code, position, position, order))
        elif code.kind is CodeKind.OPEN:
            node = Node(code, code, position, len(text.text), order, source_close=code.id in closes)
            (stack[-1].children if stack else top).append(node)
            stack.append(node)
        elif stack:
            node = stack.pop()
            node.last, node.end = code, position
        else:  # everything before it at this level lies inside a pair that began earlier
            top = [Node(code, code, 0, position, order, source_open=False, children=top)]
    return top


def emit(nodes: list[Node]) -> list[tuple[int, InlineCode]]:
    """The codes of placed nodes in order of place; source order where places are equal."""
    codes: list[tuple[int, InlineCode]] = []
    for node in sorted(nodes, key=lambda node: (node.target_start, node.target_end, node.order)):
        if node.first.kind is CodeKind.SINGLE:
            codes.append((node.target_start, node.first))
            continue
        if node.source_open:
            codes.append((node.target_start, node.first))
        codes += emit(node.children)
        if node.source_close:
            codes.append((node.target_end, node.last))
    return codes
