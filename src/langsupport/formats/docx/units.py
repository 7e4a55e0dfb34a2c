"""Where the text of a Word document is: which parts, which paragraphs, which attributes, under which unit ids.

An id is the part's name and a running number (`word/document.xml#p12`), counted over the final view of the part,
so that the same bytes always give the same ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from langsupport.domain.units import CodedText, CodeKind, InlineCode, UnitKind
from langsupport.formats.base import fitted, has_letters
from langsupport.formats.docx.content import Content, content_of, rebuild
from langsupport.formats.docx.inline import Story, atoms_of
from langsupport.formats.docx.ooxml import Element, ancestor, child, descendants, get, tag
from langsupport.formats.docx.package import Package
from langsupport.formats.docx.styles import Styles, get_value

TEXT_PARTS = ("header", "footer", "footnotes", "endnotes")
"""Relationship kinds of the parts with paragraphs, besides the main one."""
_PART_KINDS = {
    "w:hdr": UnitKind.HEADER,
    "w:ftr": UnitKind.FOOTER,
    "w:footnotes": UnitKind.NOTE,
    "w:endnotes": UnitKind.NOTE,
}
_ATTRIBUTES = {
    "wp:docPr": ("descr", "title"),
    "pic:cNvPr": ("descr",),
    "v:shape": ("alt",),
    "v:rect": ("alt",),
    "v:textpath": ("string",),
}
_OWN_ATTRIBUTES = {"w:tblCaption": "val", "w:tblDescription": "val", "w:listItem": "displayText"}
_NOT_PROSE = re.compile(r"\S*(?:[\\/_]|\.\w{2,4}$)\S*|.*[a-z]+://\S*|[A-Za-z]:\\.*")
_LEVEL = re.compile(r"%\d")


@dataclass(slots=True)
class ParagraphUnit:
    """A paragraph with text; `mirrors` are the same paragraph written again for programs without newer drawings."""

    id: str
    kind: UnitKind
    element: Element
    content: Content
    mirrors: list[tuple[Element, Content]] = field(default_factory=list)

    @property
    def source(self) -> CodedText:
        return self.content.source

    def put(self, target: CodedText) -> None:
        fit = fitted(self.source, target)
        if fit == self.source:
            return
        for element, content in ((self.element, self.content), *self.mirrors):
            rebuild(element, content, fit)
            _unbind(element)


@dataclass(slots=True)
class ValueUnit:
    """A text in an attribute (alternative text, a list label) or an element of its own (the title)."""

    id: str
    kind: UnitKind
    source: CodedText
    store: Callable[[CodedText], None]

    def put(self, target: CodedText) -> None:
        fit = fitted(self.source, target)
        if fit != self.source:
            self.store(fit)


Unit = ParagraphUnit | ValueUnit


@dataclass(slots=True)
class Inventory:
    """All units in reading order, and what was seen on the way."""

    units: list[Unit] = field(default_factory=list)
    kept_fields: int = 0
    hidden: int = 0


def text_parts(package: Package) -> list[str]:
    """Parts with paragraphs, the main one first."""
    return [package.main, *package.related(package.main, *TEXT_PARTS)]


def take_inventory(package: Package, styles: Styles) -> Inventory:
    """Find every unit of a package whose parts are already in their final view."""
    inventory = Inventory()
    for part in text_parts(package):
        _paragraphs(package.root(part), part, styles, inventory)
        inventory.units += _attribute_units(package.root(part), part)
    for part in package.related(package.main, "numbering"):
        inventory.units += _label_units(package.root(part), part)
    inventory.units += _title_units(package)
    return inventory


def _paragraphs(root: Element, part: str, styles: Styles, inventory: Inventory) -> None:
    stories: dict[Element, Story] = {}
    choices: dict[Element, list[ParagraphUnit]] = {}
    for number, paragraph in enumerate(descendants(root, "w:p")):
        home = ancestor(paragraph, "w:txbxContent", "w:footnote", "w:endnote")
        if home is not None and get(home, "type") in {"separator", "continuationSeparator", "continuationNotice"}:
            continue
        story = stories.setdefault(root if home is None else home, Story(styles.is_hidden))
        content = content_of(atoms_of(paragraph, story))
        if content is None:
            continue
        fallback = ancestor(paragraph, "mc:Fallback", "mc:Choice")
        if fallback is not None and tag(fallback) == "mc:Fallback" and _mirrored(paragraph, content, choices, fallback):
            continue
        unit = ParagraphUnit(f"{part}#p{number}", _kind(paragraph, root, styles), paragraph, content)
        inventory.units.append(unit)
        if fallback is not None and tag(fallback) == "mc:Choice":
            alternate = fallback.getparent()
            assert alternate is not None
            choices.setdefault(alternate, []).append(unit)
    inventory.kept_fields += sum(story.kept_results for story in stories.values())
    inventory.hidden += sum(story.hidden for story in stories.values())


def _mirrored(
    paragraph: Element, content: Content, choices: dict[Element, list[ParagraphUnit]], fallback: Element
) -> bool:
    """Whether a Fallback paragraph is the copy of a Choice one; each is taken once."""
    alternate = fallback.getparent()
    assert alternate is not None
    for unit in choices.get(alternate, []):
        if unit.source == content.source:
            taken = sum(ancestor(element, "mc:Fallback") is fallback for element, _ in unit.mirrors)
            if not taken:
                unit.mirrors.append((paragraph, content))
                return True
    return False


def _kind(paragraph: Element, root: Element, styles: Styles) -> UnitKind:
    if tag(root) in _PART_KINDS:
        return _PART_KINDS[tag(root)]
    kind = styles.kind(paragraph)
    if kind is UnitKind.PARAGRAPH and ancestor(paragraph, "w:tc") is not None:
        return UnitKind.CELL
    return kind


def _attribute_units(root: Element, part: str) -> Iterator[ValueUnit]:
    number = 0
    for element in descendants(root, *_ATTRIBUTES, *_OWN_ATTRIBUTES):
        name = tag(element)
        if name in _OWN_ATTRIBUTES:
            names = [str(key) for key in element.attrib if str(key).endswith(f"}}{_OWN_ATTRIBUTES[name]}")]
        else:
            names = [key for key in _ATTRIBUTES[name] if key in element.attrib]
        for key in names:
            text = element.get(key, "").strip()
            if sum(map(str.isalpha, text)) > 1 and not _NOT_PROSE.fullmatch(text):
                yield ValueUnit(
                    f"{part}#a{number}", UnitKind.ALT_TEXT, CodedText(text), _attribute_setter(element, key)
                )
            number += 1


def _attribute_setter(element: Element, key: str) -> Callable[[CodedText], None]:
    return lambda target: element.set(key, target.text)


def _label_units(root: Element, part: str) -> Iterator[ValueUnit]:
    """Words in list labels, such as “Article %1”; %1 is a code."""
    for number, element in enumerate(descendants(root, "w:lvlText")):
        text = get(element, "val") or ""
        level = element.getparent()
        words = re.findall(r"[^\W\d_]+", _LEVEL.sub(" ", text))
        worth = any(len(word) > 2 or ord(word[0]) > 0x5FF for word in words)
        if not worth or get_value(level, "w:numFmt") == "bullet":
            continue
        key = next(str(name) for name in element.attrib if str(name).endswith("}val"))
        yield ValueUnit(f"{part}#l{number}", UnitKind.PARAGRAPH, _label_source(text), _label_setter(element, key, text))


def _label_source(text: str) -> CodedText:
    pieces = _LEVEL.split(text)
    codes: list[tuple[int, InlineCode]] = []
    for number in range(1, len(pieces)):
        codes.append((sum(map(len, pieces[:number])), InlineCode(number, CodeKind.SINGLE, "other")))
    return CodedText("".join(pieces), tuple(codes))


def _label_setter(element: Element, key: str, text: str) -> Callable[[CodedText], None]:
    levels = _LEVEL.findall(text)

    def store(target: CodedText) -> None:
        parts: list[str] = []
        place = 0
        for position, code in target.codes:
            parts += [target.text[place:position], levels[code.id - 1]]
            place = position
        element.set(key, "".join([*parts, target.text[place:]]))

    return store


def _title_units(package: Package) -> Iterator[ValueUnit]:
    for part in package.related("", "core-properties", "coreProperties"):
        title = child(package.root(part), "dc:title")
        if title is not None and has_letters(title.text or "") and not _NOT_PROSE.fullmatch((title.text or "").strip()):
            yield ValueUnit(f"{part}#title", UnitKind.TITLE, CodedText((title.text or "").strip()), _text_setter(title))


def _text_setter(element: Element) -> Callable[[CodedText], None]:
    def store(target: CodedText) -> None:
        element.text = target.text

    return store


def _unbind(paragraph: Element) -> None:
    """Cut a content control off from the data that Word would fill it with again, in the source language."""
    controls = [one for one in paragraph.iterancestors() if tag(one) == "w:sdt"]
    controls += descendants(paragraph, "w:sdt")
    for control in controls:
        properties = child(control, "w:sdtPr")
        for binding in list(properties) if properties is not None else []:
            if tag(binding).endswith(":dataBinding"):
                properties.remove(binding)  # type: ignore[union-attr]
