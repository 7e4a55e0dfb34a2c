"""A paragraph as text with inline codes, and back into runs.

What stands at a paragraph's edges and is no text (bookmarks, list labels with their tab, page numbers of a table of
contents) is its frame: it stays in place and doesn't trouble the translation. The commonest look is the base and
needs no codes; in a link or content control the commonest look in there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace

from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.formats.base import has_letters, has_words
from langsupport.formats.docx.inline import NO_BREAK_HYPHEN, Atom, Bit, Close, Open, Single, Text
from langsupport.formats.docx.look import Look, look_of
from langsupport.formats.docx.ooxml import XML_SPACE, Element, child, sibling_name, tag

_LABEL = re.compile(r"\s*[(\[]?(?:[^\W\d_]|[ivxlcdmIVXLCDM]{1,6}|[^\W\d_]\.?\d{1,3}|)[\d.\-–]*[.)\]]?\s*")
"""A list label such as (a), iv), 3.1 or A.2 before a tab: it stays as it is."""

Context = tuple[int, ...]  # the pairs that are open round an atom


@dataclass(frozen=True, slots=True)
class _Format:
    props: Element | None


@dataclass(slots=True)
class Content:
    """`source` is what is translated; `codes` says what each code id stands for; `bases` the base look by wrapper."""

    source: CodedText
    prefix: list[Atom]
    suffix: list[Atom]
    codes: dict[int, _Format | Single | tuple[Open, Close]] = field(default_factory=dict)
    bases: dict[int | None, Element | None] = field(default_factory=dict)


def content_of(atoms: Sequence[Atom]) -> Content | None:
    """The content of a paragraph; None when it holds nothing to translate."""
    merged = _whole_words(_split_space(atoms))
    start, stop = _core(merged)
    if not has_words("".join(atom.text for atom in merged[start:stop] if isinstance(atom, Text))):
        return None
    return _Coder(merged[:start], merged[start:stop], merged[stop:]).content()


def _split_space(atoms: Sequence[Atom]) -> list[Atom]:
    """White space at the ends of a text as atoms of its own, so that it can go into the frame."""
    result: list[Atom] = []
    for atom in atoms:
        if not isinstance(atom, Text) or not atom.text or atom.text == atom.text.strip():
            result += [] if isinstance(atom, Text) and not atom.text else [atom]
            continue
        body = atom.text.strip()
        if not body:
            result.append(atom)
            continue
        head = atom.text[: atom.text.index(body)]
        tail = atom.text[len(head) + len(body) :]
        result += [replace(atom, text=part) for part in (head, body, tail) if part]
    return result


def _whole_words(atoms: list[Atom]) -> list[Atom]:
    """Bookmarks that stand inside a word go behind it."""
    result: list[Atom] = []
    waiting: list[Atom] = []
    for atom in atoms:
        if isinstance(atom, Single) and tag(atom.bits[0].element) in {"w:bookmarkStart", "w:bookmarkEnd"}:
            waiting.append(atom)
            continue
        before = result[-1] if result else None
        if waiting and isinstance(atom, Text) and isinstance(before, Text) and before.text[-1:].isalnum():
            end = next((n for n, character in enumerate(atom.text) if not character.isalnum()), len(atom.text))
            parts = [replace(atom, text=part) for part in (atom.text[:end], atom.text[end:])]
            result += [*(part for part in parts[:1] if part.text), *waiting, *(part for part in parts[1:] if part.text)]
        else:
            result += [*waiting, atom]
        waiting = []
    return [*result, *waiting]


def _core(atoms: list[Atom]) -> tuple[int, int]:
    """The span of atoms that is translated; pairs are wholly in it or have both ends outside."""
    start, stop = _skip(atoms, label=True), len(atoms) - _skip(atoms[::-1], label=False)
    if start >= stop:
        return len(atoms), len(atoms)
    ends: dict[int, list[int]] = {}
    for index, atom in enumerate(atoms):
        if isinstance(atom, Open | Close):
            ends.setdefault(atom.pair, []).append(index)
    changed = True
    while changed:
        changed = False
        for first, last in (pair for pair in ends.values() if len(pair) == 2):
            if first < start <= last < stop:
                start, changed = first, True
            elif start <= first < stop <= last:
                stop, changed = last + 1, True
    return start, stop


def _skip(atoms: list[Atom], *, label: bool) -> int:
    """How many atoms at the beginning are frame. With `label`, letters of a list label count as frame too."""
    committed = 0
    pending = ""
    for index, atom in enumerate(atoms):
        if isinstance(atom, Text):
            if not atom.text.strip() and not pending:
                committed = index + 1
                continue
            pending = pending + atom.text if label else atom.text + pending
            if has_letters(pending) and not (label and _LABEL.fullmatch(pending)):
                break
        elif isinstance(atom, Single) and atom.role == "tab":
            pending = ""
            committed = index + 1
        elif not pending:
            committed = index + 1
    return committed


def _is_bland(text: str) -> bool:
    """Only spaces and punctuation."""
    return all(unicodedata.category(character)[0] in "PZ" for character in text)


class _Coder:
    """Core atoms to coded text."""

    def __init__(self, prefix: list[Atom], core: list[Atom], suffix: list[Atom]) -> None:
        self.prefix, self.core, self.suffix = prefix, core, suffix
        self.looks, self.contexts = self._seen()
        self.base_looks: dict[int | None, Look] = {}
        self.result = Content(CodedText(), prefix, suffix)

    def content(self) -> Content:
        self._find_bases()
        spans = self._format_spans()
        codes: list[tuple[int, InlineCode]] = []
        text: list[str] = []
        position = 0
        ids: dict[int, int] = {}
        for index, atom in enumerate(self.core):
            codes += [(position, code) for code in spans.get((index, True), ())]
            if isinstance(atom, Text):
                text.append(atom.text)
                position += len(atom.text)
            elif isinstance(atom, Single):
                codes.append((position, InlineCode(self._new(atom), CodeKind.SINGLE, atom.role)))
            elif isinstance(atom, Open):
                ids[atom.pair] = self._new((atom, self._closing(atom.pair)))
                codes.append((position, InlineCode(ids[atom.pair], CodeKind.OPEN, atom.role)))
            else:
                opening = next(one for one in self.core if isinstance(one, Open) and one.pair == atom.pair)
                codes.append((position, InlineCode(ids[atom.pair], CodeKind.CLOSE, opening.role)))
            codes += [(position, code) for code in spans.get((index, False), ())]
        self.result.source = CodedText("".join(text), tuple(codes))
        return self._renumbered()

    def _new(self, body: _Format | Single | tuple[Open, Close]) -> int:
        number = len(self.result.codes)
        self.result.codes[number] = body
        return number

    def _closing(self, pair: int) -> Close:
        return next(atom for atom in self.core if isinstance(atom, Close) and atom.pair == pair)

    def _seen(self) -> tuple[dict[int, Look], dict[int, int | None]]:
        """Look and wrapper of each text atom with a visible look; spaces and punctuation go with their neighbours."""
        looks: dict[int, Look] = {}
        contexts: dict[int, int | None] = {}
        wrappers: list[int | None] = [None]
        for index, atom in enumerate(self.core):
            if isinstance(atom, Open):
                wrappers.append(atom.pair)
            elif isinstance(atom, Close):
                wrappers.pop()
            elif isinstance(atom, Text):
                look = look_of(atom.props)
                if look.seen_on_spaces() or not _is_bland(atom.text):
                    looks[index], contexts[index] = look, wrappers[-1]
        return looks, contexts

    def _find_bases(self) -> None:
        for context in [None, *(atom.pair for atom in self.core if isinstance(atom, Open))]:
            weights: Counter[Look] = Counter()
            props: dict[Look, Element | None] = {}
            for index, look in self.looks.items():
                atom = self.core[index]
                if self.contexts[index] == context and isinstance(atom, Text):
                    weights[look] += len(atom.text.strip())
                    props.setdefault(look, atom.props)
            if weights:
                look = max(weights, key=lambda one: weights[one])
                self.base_looks[context] = look
                self.result.bases[context] = props[look]

    def _format_spans(self) -> dict[tuple[int, bool], list[InlineCode]]:
        """Codes to put before (True) and after (False) atoms, for texts that don't have their wrapper's base look."""
        spans: dict[tuple[int, bool], list[InlineCode]] = {}
        group: list[int] = []

        def flush() -> None:
            if group:
                atom = self.core[group[0]]
                assert isinstance(atom, Text)
                number = self._new(_Format(atom.props))
                spans.setdefault((group[0], True), []).append(InlineCode(number, CodeKind.OPEN))
                spans.setdefault((group[-1], False), []).append(InlineCode(number, CodeKind.CLOSE))
                group.clear()

        for index, atom in enumerate(self.core):
            if isinstance(atom, Open | Close):
                flush()
            look = self.looks.get(index)
            if look is None:
                continue
            if look.same(self.base_looks[self.contexts[index]]):
                flush()
            elif group and look.same(self.looks[group[-1]]):
                group.append(index)
            else:
                flush()
                group.append(index)
        flush()
        return spans

    def _renumbered(self) -> Content:
        """Ids in order of appearance, from 1."""
        order = {old: new + 1 for old, new in self.result.source.canonical_ids().items()}
        self.result.source = self.result.source.renumbered(order)
        self.result.codes = {order[old]: body for old, body in self.result.codes.items()}
        return self.result


def rebuild(paragraph: Element, content: Content, target: CodedText) -> None:
    """Put a target into a paragraph in place of its content; `target` holds exactly the source's codes, nested."""
    builder = _Builder(paragraph)
    for atom in content.prefix:
        builder.atom(atom)
    outer = content.bases.get(None)
    wrappers: list[tuple[int, Element | None]] = []
    formats: list[tuple[int, Element | None]] = []
    place = 0

    def props() -> Element | None:
        inner = [*wrappers, *formats]
        return max(inner, key=lambda one: order[one[0]])[1] if inner else outer

    order: dict[int, int] = {}
    for position, code in target.codes:
        builder.text(target.text[place:position], props())
        place = position
        body = content.codes[code.id]
        order.setdefault(code.id, len(order))
        if isinstance(body, Single):
            builder.atom(body)
        elif isinstance(body, _Format):
            formats = (
                [*formats, (code.id, body.props)]
                if code.kind is CodeKind.OPEN
                else [f for f in formats if f[0] != code.id]
            )
        elif code.kind is CodeKind.OPEN:
            builder.atom(body[0])
            wrappers.append((code.id, content.bases.get(body[0].pair, outer)))
        else:
            builder.atom(body[1])
            wrappers = [one for one in wrappers if one[0] != code.id]
    builder.text(target.text[place:], props())
    for atom in _without_trailing_space(content.suffix):
        builder.atom(atom)
    builder.finish()


def _without_trailing_space(suffix: list[Atom]) -> list[Atom]:
    """Space at the end of a paragraph shows nowhere, but would push centred right-to-left text aside."""
    end = len(suffix)
    while end:
        last = suffix[end - 1]
        if not isinstance(last, Text) or last.text.strip(" ") or look_of(last.props).seen_on_spaces():
            break
        end -= 1
    return suffix[:end]


class _Builder:
    """Collects new children of a paragraph, merging what can be in one run."""

    def __init__(self, paragraph: Element) -> None:
        self.paragraph = paragraph
        self.containers: list[Element] = [paragraph.makeelement(sibling_name(paragraph, "p"))]
        self.wrapped: list[bool] = []
        self.run: Element | None = None
        self.run_props: Element | None = None

    def atom(self, atom: Atom) -> None:
        if isinstance(atom, Text):
            self.text(atom.text, atom.props)
        elif isinstance(atom, Single):
            self._bits(atom.bits)
        elif isinstance(atom, Open):
            self._open(atom)
        else:
            self._bits(atom.bits)
            if self.wrapped.pop():
                self.containers.pop()
            self.run = None

    def text(self, text: str, props: Element | None) -> None:
        for part in re.split(f"({NO_BREAK_HYPHEN})", text):
            if not part:
                continue
            run = self._run_with(props)
            if part == NO_BREAK_HYPHEN:
                run.append(run.makeelement(sibling_name(run, "noBreakHyphen")))
            elif len(run) and tag(run[-1]) == "w:t":
                run[-1].text = (run[-1].text or "") + part
            else:
                element = run.makeelement(sibling_name(run, "t"))
                element.text = part
                element.set(XML_SPACE, "preserve")
                run.append(element)

    def finish(self) -> None:
        """Exchange the paragraph's children; its properties stay first."""
        properties = child(self.paragraph, "w:pPr")
        for one in list(self.paragraph):
            if one is not properties:
                self.paragraph.remove(one)
        self.paragraph.extend(list(self.containers[0]))

    def _bits(self, bits: Sequence[Bit]) -> None:
        for bit in bits:
            element = bit.element
            if bit.in_run:
                self._run_with(bit.props).append(element)
            else:
                self.containers[-1].append(element)
                self.run = None

    def _open(self, atom: Open) -> None:
        self._bits(atom.bits)
        self.run = None
        self.wrapped.append(atom.wrapper is not None)
        if atom.wrapper is None:
            return
        source = atom.wrapper
        clone = copy(source)
        for one in list(clone):
            clone.remove(one)
        self.containers[-1].append(clone)
        if tag(source) == "w:sdt":
            for one in list(source):
                if tag(one) in {"w:sdtPr", "w:sdtEndPr"}:
                    clone.append(one)
            content = clone.makeelement(sibling_name(clone, "sdtContent"))
            clone.append(content)
            clone = content
        elif (own := child(source, f"{tag(source)}Pr")) is not None:
            clone.append(own)
        self.containers.append(clone)

    def _run_with(self, props: Element | None) -> Element:
        if self.run is not None and self.run_props is props:
            return self.run
        parent = self.containers[-1]
        self.run = parent.makeelement(sibling_name(self.paragraph, "r"))
        self.run_props = props
        if props is not None:
            self.run.append(deepcopy(props))
        parent.append(self.run)
        return self.run
