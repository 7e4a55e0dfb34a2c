"""The inside of a paragraph as a flat list of atoms: text, single things, and the two ends of paired things.

Fields (ECMA-376 part 1, 17.16) are resolved here: the machinery of a field is never text, its result is text only
where the rules say so, fields may nest and run over several paragraphs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from langsupport.formats.base import clean
from langsupport.formats.docx.ooxml import XML_SPACE, Element, child, get, tag

TRANSLATED_FIELDS = frozenset({"HYPERLINK", "TOC", "TOA", "INDEX", "FORMTEXT", "BIBLIOGRAPHY"})
"""Fields whose result is text of the document. PAGE, REF, SEQ and all others keep theirs."""

_WRAPPERS = {"w:hyperlink": "link", "w:sdt": "other", "w:customXml": "other", "w:dir": "other", "w:bdo": "other"}
_TRANSPARENT = frozenset({"w:smartTag", "w:ins", "w:moveTo"})
_NOISE = frozenset(
    {
        "",
        "w:pPr",
        "w:rPr",
        "w:proofErr",
        "w:lastRenderedPageBreak",
        "w:softHyphen",
        "w:smartTagPr",
        "w:customXmlPr",
        "w:sdtPr",
        "w:sdtEndPr",
    }
)  # soft hyphens fit the words of the source language only
_ROLES = {
    "w:tab": "tab", "w:ptab": "tab", "w:br": "break", "w:cr": "break",
    "w:footnoteReference": "note", "w:endnoteReference": "note", "w:footnoteRef": "note", "w:endnoteRef": "note",
    "w:drawing": "image", "w:pict": "image", "w:object": "image", "mc:AlternateContent": "image",
}  # fmt: skip
_SYMBOL_FONTS = ("symbol", "wingdings", "webdings", "mt extra", "zapf dingbats")
NO_BREAK_HYPHEN = "\u2011"


@dataclass(frozen=True, slots=True)
class Bit:
    """An element kept as it is: a child of a run with that run's properties, or (`in_run` false) of the paragraph."""

    element: Element
    props: Element | None = None
    in_run: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """Characters of one w:t (or a hyphen's) `element`."""

    text: str
    props: Element | None
    element: Element

    @property
    def bit(self) -> Bit:
        return Bit(self.element, self.props)


@dataclass(frozen=True, slots=True)
class Single:
    bits: tuple[Bit, ...]
    role: str


@dataclass(frozen=True, slots=True)
class Open:
    """`wrapper` is the element to clone round the content; None where `bits` (a field's begin) stand before it."""

    pair: int
    role: str
    wrapper: Element | None = None
    bits: tuple[Bit, ...] = ()


@dataclass(frozen=True, slots=True)
class Close:
    pair: int
    bits: tuple[Bit, ...] = ()


@dataclass(frozen=True, slots=True)
class _FieldMark:
    """A w:fldChar (begin, separate, end) or a piece of instruction (`instr`)."""

    kind: str
    bit: Bit
    text: str = ""


Atom = Text | Single | Open | Close
_Event = Atom | _FieldMark


@dataclass(slots=True)
class OpenField:
    """A field that goes on in the next paragraph."""

    in_result: bool
    translated: bool

    @property
    def opaque(self) -> bool:
        return not (self.in_result and self.translated)


@dataclass(slots=True)
class Story:
    """What is known while going through one run of text (the body, a note, a text box)."""

    is_hidden: Callable[[Element | None], bool]
    fields: list[OpenField] = field(default_factory=list)
    kept_results: int = 0  # words in field results that were left
    hidden: int = 0  # runs of hidden text


def atoms_of(paragraph: Element, story: Story) -> list[Atom]:
    """The atoms of a paragraph, in order. Moves the state of open fields on."""
    walker = _Walker(story)
    walker.walk(paragraph)
    return _Resolver(walker.events, story, walker.pairs).run()


class _Walker:
    """Stage one: elements to events, field marks still open."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.events: list[_Event] = []
        self.pairs = 0

    def walk(self, container: Element) -> None:
        for element in container:
            name = tag(element)
            if name == "w:r":
                self._run(element)
            elif name in _WRAPPERS:
                self._wrapper(element, _WRAPPERS[name])
            elif name == "w:fldSimple":
                self._simple_field(element)
            elif name in _TRANSPARENT:
                self.walk(element)
            elif name not in _NOISE:
                self.events.append(Single((Bit(element, None, in_run=False),), "other"))

    def _wrapper(self, element: Element, role: str) -> None:
        content = child(element, "w:sdtContent") if tag(element) == "w:sdt" else element
        if content is None:
            self.events.append(Single((Bit(element, None, in_run=False),), "other"))
            return
        pair = self.pairs
        self.pairs += 1
        self.events.append(Open(pair, role, element))
        self.walk(content)
        self.events.append(Close(pair))

    def _simple_field(self, element: Element) -> None:
        if field_type(get(element, "instr") or "") in TRANSLATED_FIELDS:
            self._wrapper(element, "link")
            return
        self.story.kept_results += _has_words("".join(map(str, element.itertext())))
        self.events.append(Single((Bit(element, None, in_run=False),), "field"))

    def _run(self, run: Element) -> None:
        props = child(run, "w:rPr")
        opaque = self.story.is_hidden(props) or _symbol_font(props)
        for element in run:
            name = tag(element)
            bit = Bit(element, props)
            if name == "w:t" and not opaque:
                self.events.append(Text(_text(element), props, element))
            elif name == "w:noBreakHyphen" and not opaque:
                self.events.append(Text(NO_BREAK_HYPHEN, props, element))
            elif name == "w:fldChar":
                self.events.append(_FieldMark(get(element, "fldCharType") or "", bit))
            elif name in {"w:instrText", "w:delInstrText"}:
                self.events.append(_FieldMark("instr", bit, element.text or ""))
            elif name not in _NOISE:
                if name == "w:t":
                    self.story.hidden += self.story.is_hidden(props)
                self.events.append(Single((bit,), _ROLES.get(name, "other")))


class _Resolver:
    """Stage two: field marks to singles and pairs."""

    def __init__(self, events: list[_Event], story: Story, pairs: int) -> None:
        self.events = events
        self.story = story
        self.pairs = pairs
        self.atoms: list[Atom] = []

    def run(self) -> list[Atom]:
        index = 0
        while index < len(self.events):
            event = self.events[index]
            if any(one.opaque for one in self.story.fields):
                self._opaque(event)
                index += 1
            elif isinstance(event, _FieldMark):
                index = self._field(index)
            else:
                self.atoms.append(event)
                index += 1
        return self.atoms

    def _opaque(self, event: _Event) -> None:
        """One event inside a field that is not text and that may run on beyond the paragraph."""
        if isinstance(event, _FieldMark):
            self._advance(event)
            self.atoms.append(Single((event.bit,), "field"))
        elif isinstance(event, Text):
            self.atoms.append(Single((event.bit,), "field"))
        else:
            self.atoms.append(event)

    def _advance(self, mark: _FieldMark) -> None:
        fields = self.story.fields
        if mark.kind == "begin":
            fields.append(OpenField(in_result=False, translated=False))
        elif mark.kind == "separate" and fields:
            fields[-1].in_result = True
        elif mark.kind == "end" and fields:
            fields.pop()

    def _field(self, index: int) -> int:
        """Resolve the mark at `index`; returns where to go on."""
        mark = self.events[index]
        assert isinstance(mark, _FieldMark)
        if mark.kind != "begin":  # the end of a field that began in an earlier paragraph, or a stray mark
            self._advance(mark)
            self.atoms.append(Single((mark.bit,), "field"))
            return index + 1
        separate, end, instruction = self._extent(index)
        translated = field_type(instruction) in TRANSLATED_FIELDS
        if end is None:
            return self._runs_on(index, separate, translated)
        if translated and separate is not None:
            return self._translated(index, separate, end)
        bits = self._bits(index, end + 1)
        if separate is not None:
            words = (one.text for one in self.events[separate:end] if isinstance(one, Text))
            self.story.kept_results += _has_words("".join(words))
        if bits is None:
            for event in self.events[index : end + 1]:
                self._opaque_local(event)
        else:
            self.atoms.append(Single(bits, "field"))
        return end + 1

    def _opaque_local(self, event: _Event) -> None:
        if isinstance(event, _FieldMark):
            self.atoms.append(Single((event.bit,), "field"))
        else:
            self.atoms.append(Single((event.bit,), "field") if isinstance(event, Text) else event)

    def _runs_on(self, begin: int, separate: int | None, translated: bool) -> int:
        """A field that ends in a later paragraph: its machinery here, then text if its result is text."""
        stop = len(self.events) if separate is None else separate + 1
        for event in self.events[begin:stop]:
            self._opaque_local(event)
        if separate is None:
            for event in self.events[begin:stop]:
                if isinstance(event, _FieldMark):
                    self._advance(event)
        else:
            self.story.fields.append(OpenField(in_result=True, translated=translated))
        return stop

    def _translated(self, begin: int, separate: int, end: int) -> int:
        """Keep the machinery as the two ends of a pair and put the result back into play."""
        opening = self._bits(begin, separate + 1)
        last = self.events[end]
        assert isinstance(last, _FieldMark)
        if opening is None or not self._balanced(separate + 1, end):
            for event in self.events[begin : separate + 1]:
                self._opaque_local(event)
            inner = _Resolver(self.events[separate + 1 : end], self.story, self.pairs)
            self.atoms += inner.run()
            self.atoms.append(Single((last.bit,), "field"))
        else:
            pair = self.pairs
            inner = _Resolver(self.events[separate + 1 : end], self.story, self.pairs + 1)
            self.atoms.append(Open(pair, "link", None, opening))
            self.atoms += inner.run()
            self.atoms.append(Close(pair, (last.bit,)))
        self.pairs = inner.pairs
        return end + 1

    def _extent(self, begin: int) -> tuple[int | None, int | None, str]:
        """Where the field's separator and end are in this paragraph, and its instruction."""
        depth = 0
        separate: int | None = None
        instruction: list[str] = []
        for index in range(begin, len(self.events)):
            mark = self.events[index]
            if not isinstance(mark, _FieldMark):
                continue
            if mark.kind == "begin":
                depth += 1
            elif mark.kind == "separate" and depth == 1:
                separate = index if separate is None else separate
            elif mark.kind == "instr" and depth == 1 and separate is None:
                instruction.append(mark.text)
            elif mark.kind == "end":
                depth -= 1
                if depth == 0:
                    return separate, index, "".join(instruction)
        return separate, None, "".join(instruction)

    def _balanced(self, start: int, stop: int) -> bool:
        open_pairs: list[int] = []
        for event in self.events[start:stop]:
            if isinstance(event, Open):
                open_pairs.append(event.pair)
            elif isinstance(event, Close) and (not open_pairs or open_pairs.pop() != event.pair):
                return False
        return not open_pairs

    def _bits(self, start: int, stop: int) -> tuple[Bit, ...] | None:
        """Everything in a span as kept elements; None where the ends of wrappers stand in between."""
        bits: list[Bit] = []
        skipping: int | None = None
        for event in self.events[start:stop]:
            if skipping is not None:
                skipping = None if isinstance(event, Close) and event.pair == skipping else skipping
            elif isinstance(event, Open) and event.wrapper is not None and self._closes(event.pair, start, stop):
                skipping = event.pair
                bits.append(Bit(event.wrapper, None, in_run=False))
            elif isinstance(event, Open | Close):
                return None
            elif isinstance(event, Single):
                bits += event.bits
            else:
                bits.append(event.bit)
        return tuple(bits)

    def _closes(self, pair: int, start: int, stop: int) -> bool:
        return any(isinstance(event, Close) and event.pair == pair for event in self.events[start:stop])


def field_type(instruction: str) -> str:
    """`HYPERLINK` for ` HYPERLINK "http://…" \\h `."""
    words = instruction.split(None, 1)
    return words[0].upper().lstrip("\\") if words else ""


def _text(element: Element) -> str:
    text = clean(element.text or "")
    return text if element.get(XML_SPACE) == "preserve" else text.strip(" ")


def _symbol_font(props: Element | None) -> bool:
    """Letters in such a font are signs."""
    fonts = child(props, "w:rFonts")
    if fonts is None:
        return False
    return (get(fonts, "ascii") or get(fonts, "hAnsi") or "").lower().startswith(_SYMBOL_FONTS)


def _has_words(text: str) -> int:
    return int(sum(map(str.isalpha, text)) > 1)
