"""A document's move from one language to another: direction, fonts, languages declared, emphasis.

Rules: Arabic paragraphs, tables and sections run from right to left and their runs use the complex-script
properties (bCs, szCs, cs fonts); `jc` and indents need no change, since left means the leading edge in a
right-to-left paragraph (ECMA-376 part 4, 17.3.1.13; part 1 calls it start). Han text has its East Asian font and
no slanted letters. Going back from Arabic or Chinese takes all of that away.
"""

from __future__ import annotations

import re
from copy import deepcopy

from langsupport.domain.languages import LANGUAGES, Script, script_of
from langsupport.formats.docx.ooxml import (
    XML_SPACE,
    Element,
    ancestor,
    child,
    descendants,
    drop,
    ensure,
    ensure_first,
    get,
    is_on,
    put,
    remove,
    tag,
)
from langsupport.formats.docx.package import Package

LOCALES = {"ar": "ar-SA", "zh": "zh-CN", "en": "en-GB", "fr": "fr-FR", "ru": "ru-RU", "es": "es-ES"}
"""What Word calls the languages for its proofing tools."""

_CJK_FONTS = re.compile(
    r"[\u2e80-\u9fff]|simsun|simhei|kaiti|fangsong|yahei|mingliu|gothic|mincho|dengxian|song|^ms ", re.IGNORECASE
)
_LTR_CHUNK = re.compile(
    "\u2066[^\u2069]*\u2069"  # an isolated entity, with its marks
    r"|[A-Za-z\u00c0-\u024f\u0400-\u052f\u2e80-\u9fff]"
    r"(?:[^\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u2066\u2069\n]*[A-Za-z0-9\u00c0-\u024f\u0400-\u052f\u2e80-\u9fff%+/])?"
)
"""Stretches of an Arabic text that run from left to right: Latin words with the digits and signs between them."""
_RTL_LETTERS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LTR_LETTERS = re.compile("[A-Za-z\u00c0-\u024f\u0400-\u052f\u2e80-\u9fff]")


def retarget(package: Package, parts: list[str], source: str, target: str) -> None:
    """Adapt the parts with text and the style sheet, the numbering and the settings."""
    sheets = package.related(package.main, "styles", "numbering")
    from_rtl, to_rtl = LANGUAGES[source].direction == "rtl", LANGUAGES[target].direction == "rtl"
    for part in [*parts, *sheets]:
        root = package.root(part)
        if from_rtl and not to_rtl:
            _leave_arabic(root)
        if to_rtl and part not in sheets:
            _enter_arabic(root)
        elif to_rtl:
            _arabic_sheet(root)
        if LANGUAGES[target].script is Script.HAN:
            _enter_chinese(root)
        elif LANGUAGES[source].script is Script.HAN:
            _leave_chinese(root, LANGUAGES[target].document_font)
        _declare(root, target)
    for part in package.related(package.main, "styles"):
        _defaults(package.root(part), target)
    for part in package.related(package.main, "settings"):
        for element in descendants(package.root(part), "w:themeFontLang"):
            put(element, _lang_slot(target), LOCALES[target])


def _lang_slot(target: str) -> str:
    """Which attribute of w:lang holds the language: by script."""
    return {Script.ARABIC: "bidi", Script.HAN: "eastAsia"}.get(LANGUAGES[target].script, "val")


def _declare(root: Element, target: str) -> None:
    for element in descendants(root, "w:lang"):
        put(element, _lang_slot(target), LOCALES[target])


def _defaults(styles: Element, target: str) -> None:
    """The document defaults name the language and, for Chinese and Arabic, its font."""
    defaults = child(styles, "w:docDefaults")
    if defaults is None:
        defaults = ensure_first(styles, "docDefaults")
    props = ensure_first(ensure_first(defaults, "rPrDefault"), "rPr")
    put(ensure(props, "lang"), _lang_slot(target), LOCALES[target])
    record = LANGUAGES[target]
    if record.script is Script.HAN:
        _set_font(props, "eastAsia", record.document_font)
    elif record.script is Script.ARABIC:
        _set_font(props, "cs", record.document_font)


def _set_font(props: Element, slot: str, font: str) -> None:
    fonts = ensure(props, "rFonts")
    put(fonts, slot, font)
    drop(fonts, f"{slot}Theme" if slot != "cs" else "cstheme")


# Arabic


def _enter_arabic(root: Element) -> None:
    for paragraph in descendants(root, "w:p"):
        properties = ensure_first(paragraph, "pPr")
        _switch_on(properties, "bidi")
        _switch_on(ensure(properties, "rPr"), "rtl")
    for table in descendants(root, "w:tbl"):
        _switch_on(ensure_first(table, "tblPr"), "bidiVisual")
    for section in descendants(root, "w:sectPr"):
        _switch_on(section, "bidi")
    for run in descendants(root, "w:r"):
        pieces = _cut_by_direction(run)
        for piece in pieces:
            if len(pieces) > 1:  # a slanted or spaced word among plain ones would say something
                remove_all(ensure_first(piece, "rPr"), "w:i", "w:iCs", "w:spacing")
            if not _LTR_LETTERS.search(_run_text(piece)):
                _make_complex(ensure_first(piece, "rPr"))
    for props in descendants(root, "w:rPr"):
        if tag(props.getparent()) == "w:pPr":  # the look of the list label
            _make_complex(props)


def _arabic_sheet(root: Element) -> None:
    """Styles and list levels: what is bold, or has a size, is so in Arabic too."""
    for props in descendants(root, "w:rPr"):
        _complex_twins(props)
        remove_all(props, "w:iCs", "w:spacing")  # spaced letters would come apart in a joined script
        fonts = child(props, "w:rFonts")
        if fonts is not None and (get(fonts, "cs") or get(fonts, "cstheme")):
            _set_font(props, "cs", LANGUAGES["ar"].document_font)


def _switch_on(properties: Element, local: str) -> None:
    element = ensure(properties, local)
    drop(element, "val")


def _make_complex(props: Element) -> None:
    _switch_on(props, "rtl")
    _complex_twins(props)
    remove_all(props, "w:i", "w:iCs", "w:spacing")
    fonts = child(props, "w:rFonts")
    if fonts is not None and tag(props.getparent()) == "w:r":
        _set_font(props, "cs", LANGUAGES["ar"].document_font)
        drop(fonts, "hint")


def _complex_twins(props: Element) -> None:
    """Copy what holds for simple scripts to complex ones."""
    for simple, twin in (("b", "bCs"), ("sz", "szCs")):
        element = child(props, f"w:{simple}")
        if element is None:
            continue
        value = get(element, "val")
        copy = ensure(props, twin)
        if value is None:
            drop(copy, "val")
        else:
            put(copy, "val", value)


def remove_all(parent: Element, *names: str) -> None:
    for element in [one for one in parent if tag(one) in names]:
        remove(element)


def _run_text(run: Element) -> str:
    return "".join(one.text or "" for one in run if tag(one) == "w:t")


def _cut_by_direction(run: Element) -> list[Element]:
    """Split a run of one w:t into runs of one direction each; other runs stay whole."""
    texts = [one for one in run if tag(one) == "w:t"]
    text = _run_text(run)
    if len(texts) != 1 or not _RTL_LETTERS.search(text) or not _LTR_LETTERS.search(text):
        return _cut_long_run(run) if len(texts) > 1 else [run]
    index = run.index(texts[0])
    pieces = [part for part in _directions(text) if part]
    runs = [run]
    rest = list(run)[index + 1 :]
    texts[0].text = pieces[0]
    texts[0].set(XML_SPACE, "preserve")
    props = child(run, "w:rPr")
    for piece in pieces[1:]:
        new = run.makeelement(run.tag)
        if props is not None:
            new.append(deepcopy(props))
        element = run.makeelement(texts[0].tag)
        element.text = piece
        element.set(XML_SPACE, "preserve")
        new.append(element)
        runs[-1].addnext(new)
        runs.append(new)
    runs[-1].extend(rest)
    return runs


def _cut_long_run(run: Element) -> list[Element]:
    """A run of several texts (with hyphens or tabs between): one run for each, then by direction."""
    props = child(run, "w:rPr")
    runs = [run]
    for element in [one for one in run if tag(one) != "w:rPr"][1:]:
        new = run.makeelement(run.tag)
        if props is not None:
            new.append(deepcopy(props))
        runs[-1].addnext(new)
        new.append(element)
        runs.append(new)
    return [piece for one in runs for piece in _cut_by_direction(one)]


def _directions(text: str) -> list[str]:
    pieces: list[str] = []
    place = 0
    for match in _LTR_CHUNK.finditer(text):
        pieces += [text[place : match.start()], match.group()]
        place = match.end()
    return [*pieces, text[place:]]


def _leave_arabic(root: Element) -> None:
    for props in descendants(root, "w:rPr"):
        complex_run = is_on(child(props, "w:rtl")) or tag(props.getparent()) in {"w:style", "w:rPrDefault", "w:lvl"}
        remove_all(props, "w:rtl", "w:cs")
        if complex_run:
            _simple_twins(props)
    for element in descendants(root, "w:bidi", "w:bidiVisual", "w:rtlGutter"):
        remove(element)
    for element in descendants(root, "w:t"):
        if element.text and ancestor(element, "w:p") is not None:
            element.text = re.sub("[\u200e\u200f\u2066-\u2069]", "", element.text)


def _simple_twins(props: Element) -> None:
    """What an Arabic run showed by its complex-script properties, for simple scripts."""
    for twin, simple in (("bCs", "b"), ("iCs", "i"), ("szCs", "sz")):
        element = child(props, f"w:{twin}")
        if element is None:
            continue
        value = get(element, "val")
        copy = ensure(props, simple)
        if value is None:
            drop(copy, "val")
        else:
            put(copy, "val", value)


# Chinese


def _enter_chinese(root: Element) -> None:
    font = LANGUAGES["zh"].document_font
    for props in descendants(root, "w:rPr"):
        parent = props.getparent()
        if parent is None or not tag(parent).startswith("w:"):  # formulas keep their slanted letters
            continue
        in_run = tag(parent) == "w:r"
        if in_run and not any(script_of(letter) is Script.HAN for letter in _run_text(parent)):
            continue
        remove_all(props, "w:i", "w:iCs")
        fonts = child(props, "w:rFonts")
        named = None if fonts is None else get(fonts, "eastAsia")
        themed = fonts is not None and get(fonts, "eastAsiaTheme") is not None
        if themed or (named and not _CJK_FONTS.search(named)):
            _set_font(props, "eastAsia", font)
        if in_run:
            put(ensure(props, "rFonts"), "hint", "eastAsia")  # full-width quotation marks


def _leave_chinese(root: Element, font: str) -> None:
    for fonts in descendants(root, "w:rFonts"):
        drop(fonts, "hint")
        for slot in ("ascii", "hAnsi", "cs"):
            if _CJK_FONTS.search(get(fonts, slot) or ""):
                put(fonts, slot, font)
            theme = f"{slot}Theme" if slot != "cs" else "cstheme"
            if (get(fonts, theme) or "").endswith("EastAsia"):
                put(fonts, theme, get(fonts, theme).replace("EastAsia", "HAnsi"))  # type: ignore[union-attr]
