"""What the style sheet says that reading needs: headings, titles, hidden text, the declared language."""

from __future__ import annotations

from langsupport.domain.units import UnitKind
from langsupport.formats.docx.ooxml import Element, child, children, get, is_on

_MAX_DEPTH = 20
"""Styles that build on each other; a circle ends here."""


class Styles:
    """The styles of a document. Knows nothing where there is no style sheet."""

    def __init__(self, root: Element | None) -> None:
        self._root = root
        found = [] if root is None else children(root, "w:style")
        self._styles = {get(style, "styleId") or "": style for style in found}

    def kind(self, paragraph: Element) -> UnitKind:
        """HEADING and TITLE by outline level or style; PARAGRAPH for all else."""
        properties = child(paragraph, "w:pPr")
        style = get_value(properties, "w:pStyle")
        if _outline(properties) or any(_outline(child(one, "w:pPr")) for one in self._chain(style)):
            return UnitKind.HEADING
        names = {(get_value(one, "w:name") or "").lower() for one in self._chain(style)}
        if "title" in names:
            return UnitKind.TITLE
        return UnitKind.HEADING if any(name.startswith("heading ") for name in names) else UnitKind.PARAGRAPH

    def is_hidden(self, props: Element | None) -> bool:
        """Whether run properties, or the character style that they name, hide the text."""
        own = child(props, "w:vanish")
        if own is not None:
            return is_on(own)
        style = get_value(props, "w:rStyle")
        return any(is_on(child(child(one, "w:rPr"), "w:vanish")) for one in self._chain(style))

    def language(self) -> str | None:
        """The language of the default text, as the file spells it."""
        defaults = None if self._root is None else child(child(self._root, "w:docDefaults"), "w:rPrDefault")
        lang = child(child(defaults, "w:rPr"), "w:lang")
        return None if lang is None else get(lang, "val")

    def _chain(self, style_id: str | None) -> list[Element]:
        chain: list[Element] = []
        while style_id and style_id in self._styles and len(chain) < _MAX_DEPTH:
            style = self._styles[style_id]
            chain.append(style)
            style_id = get_value(style, "w:basedOn")
        return chain


def get_value(parent: Element | None, name: str) -> str | None:
    """The w:val of a child."""
    found = child(parent, name)
    return None if found is None else get(found, "val")


def _outline(properties: Element | None) -> bool:
    level = get_value(properties, "w:outlineLvl")
    return level is not None and level.isdigit() and int(level) < 9
