"""A transcript as a Word document: who said what, when, under which item of the agenda.

Each paragraph begins with its time, small, in the margin that a hanging indent leaves. Direction, language and fonts
are set for every paragraph and run, for the floor's transcript holds several languages.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import cast

from babel import Locale
from babel.dates import format_date
from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Mm, Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from langsupport.captioning.minutes import Block, BlockKind, blocks, machine_note
from langsupport.captioning.wording import COLONS, CORRECTED_SIGN, DATE, LANGUAGE, SPOKEN, TRANSCRIPT
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Transcript

_GREY = RGBColor(0x59, 0x59, 0x59)
_ROMAN = "Times New Roman"
_TIME_COLUMN = Cm(2.0)
_TEXT, _TIME, _SPEAKER, _SMALL, _REMARK = (
    "Transcript Text",
    "Transcript Time",
    "Transcript Speaker",
    "Transcript Details",
    "Transcript Remark",
)
_SIGN = "✓"
_DATE_LOCALES = {"en": "en_GB"}
"""Day, month, year: as the organizations write it."""
_NOT_XML = re.compile("[^\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_docx(transcript: Transcript) -> bytes:
    """The whole file."""
    word = Document()
    _page(word)
    _styles(word, transcript.language)
    _properties(word, transcript)
    _head(word, transcript)
    _header_and_footer(word, transcript)
    for block in blocks(transcript):
        _block(word, block)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _page(word: WordDocument) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.2)


def _styles(word: WordDocument, language: str) -> None:
    """Our styles and the template's in one look; fonts are named, not taken from the template's theme."""
    for name, size in (("Normal", 11), ("Title", 20), ("Heading 1", 14), ("Header", 9), ("Footer", 9)):
        style = _paragraph_style(word, name)
        style.font.color.rgb = _GREY if name in ("Header", "Footer") else RGBColor(0, 0, 0)
        _fonts(style.element.get_or_add_rPr(), language)
        _size(style, size)
    title = _paragraph_style(word, "Title")
    title.paragraph_format.space_after = Pt(6)
    for border in title.element.xpath(".//w:pBdr"):
        border.getparent().remove(border)
    heading = _paragraph_style(word, "Heading 1").paragraph_format
    heading.space_before, heading.space_after, heading.keep_with_next = Pt(16), Pt(6), True
    text = _new_style(word, _TEXT).paragraph_format
    text.left_indent, text.first_line_indent, text.space_after = _TIME_COLUMN, -_TIME_COLUMN, Pt(6)
    text.tab_stops.add_tab_stop(_TIME_COLUMN)
    text.line_spacing = 1.15
    small = _new_style(word, _SMALL)
    small.paragraph_format.space_after = Pt(0)
    small.font.color.rgb = _GREY
    _size(small, 9.5)
    remark = _new_style(word, _REMARK)
    remark.paragraph_format.left_indent, remark.paragraph_format.space_after = _TIME_COLUMN, Pt(6)
    remark.font.italic, remark.font.color.rgb = True, _GREY
    time = word.styles.add_style(_TIME, WD_STYLE_TYPE.CHARACTER)
    assert isinstance(time, CharacterStyle)
    time.font.color.rgb = _GREY
    _size(time, 8)
    speaker = word.styles.add_style(_SPEAKER, WD_STYLE_TYPE.CHARACTER)
    assert isinstance(speaker, CharacterStyle)
    speaker.font.bold = True


def _size(style: CharacterStyle, points: float) -> None:
    """Of all scripts."""
    style.font.size = Pt(points)
    _put(style.element.get_or_add_rPr(), _element("w:szCs", val=str(round(points * 2))))


def _paragraph_style(word: WordDocument, name: str) -> ParagraphStyle:
    style = word.styles[name]
    assert isinstance(style, ParagraphStyle)
    return style


def _new_style(word: WordDocument, name: str) -> ParagraphStyle:
    style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = word.styles["Normal"]
    return style


def _properties(word: WordDocument, transcript: Transcript) -> None:
    core, meeting = word.core_properties, transcript.meeting
    core.title = _clean(meeting.title) if meeting else TRANSCRIPT[transcript.language]
    core.subject = _clean(meeting.code) if meeting else ""
    core.author, core.last_modified_by, core.comments = "langsupport", "langsupport", ""
    core.language = LANGUAGES[transcript.language].bcp47
    core.keywords = machine_note(transcript)
    core.created = core.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _head(word: WordDocument, transcript: Transcript) -> None:
    """What it is a transcript of, and how far it can be relied on."""
    language, meeting = transcript.language, transcript.meeting
    label = TRANSCRIPT[language]
    if meeting is not None:
        kicker = f"{meeting.code} · {label}" if meeting.code else label
        _line(word, kicker, language, _SMALL)
    _line(word, meeting.title if meeting else label, language, "Title")
    names = Locale.parse(LANGUAGES[language].bcp47.replace("-", "_")).languages
    details = [(LANGUAGE[language], _name(names[language]))]
    if meeting is not None and meeting.held_on is not None:
        details.insert(
            0, (DATE[language], format_date(meeting.held_on, "long", locale=_DATE_LOCALES.get(language, language)))
        )
    if meeting is not None and meeting.languages:
        listed = ("، " if language == "ar" else "、" if language == "zh" else ", ").join(
            _name(names[code]) for code in meeting.languages
        )
        details.append((SPOKEN[language], listed))
    for label, value in details:
        _line(word, label + COLONS[language] + value, language, _SMALL)
    note = machine_note(transcript)
    if any(block.corrected for block in blocks(transcript)):
        note = f"{note} ({_SIGN} {CORRECTED_SIGN[language]})"
    if note:
        paragraph = _line(word, note, language, _SMALL)
        paragraph.runs[0].italic = True
    word.paragraphs[-1].paragraph_format.space_after = Pt(14)


def _name(name: str) -> str:
    return name[:1].upper() + name[1:]


def _header_and_footer(word: WordDocument, transcript: Transcript) -> None:
    section, meeting = word.sections[0], transcript.meeting
    section.different_first_page_header_footer = True
    title = TRANSCRIPT[transcript.language]
    if meeting is not None:
        title = " · ".join(filter(None, (meeting.code, meeting.title)))
    _fill(section.header.paragraphs[0], title, transcript.language)
    for footer in (section.footer, section.first_page_footer):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for part in ("PAGE", " / ", "NUMPAGES"):
            run = paragraph.add_run("" if part.isalpha() else part)
            if part.isalpha():
                _field(run, part)


def _field(run: Run, code: str) -> None:
    instruction = _element("w:instrText")
    instruction.text = code
    number = OxmlElement("w:t")
    number.text = "1"
    for element in (
        _element("w:fldChar", fldCharType="begin"),
        instruction,
        _element("w:fldChar", fldCharType="separate"),
        number,
        _element("w:fldChar", fldCharType="end"),
    ):
        run._r.append(element)


def _block(word: WordDocument, block: Block) -> None:
    if block.kind is BlockKind.HEADING:
        _line(word, block.text, block.language, "Heading 1")
    elif block.kind is BlockKind.SPEECH:
        paragraph = word.add_paragraph(style=_TEXT)
        _direct(paragraph, block.language)
        sign = f" {_SIGN}" if block.corrected else ""
        _run(paragraph, _time(block.start_ms) + sign, block.language, _TIME)
        paragraph.add_run().add_tab()
        if block.speaker:
            _run(paragraph, block.speaker + COLONS[block.language], block.language, _SPEAKER)
        _run(paragraph, block.text, block.language)
    else:
        text = block.text if block.kind is BlockKind.GAP else f"({block.text})"
        _line(word, text, block.language, _REMARK)


def _line(word: WordDocument, text: str, language: str, style: str) -> Paragraph:
    paragraph = word.add_paragraph(style=style)
    _fill(paragraph, text, language)
    return paragraph


def _fill(paragraph: Paragraph, text: str, language: str) -> None:
    _direct(paragraph, language)
    _run(paragraph, text, language)


def _direct(paragraph: Paragraph, language: str) -> None:
    if LANGUAGES[language].direction == "rtl":
        properties = paragraph._p.get_or_add_pPr()
        properties.insert_element_before(_element("w:bidi"), *_AFTER_BIDI)


_AFTER_BIDI = (
    "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents",
    "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl",
    "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip
"""What may follow w:bidi in the order that the schema wants."""


def _run(paragraph: Paragraph, text: str, language: str, style: str | None = None) -> Run:
    run = paragraph.add_run(_clean(text), style)
    record = LANGUAGES[language]
    properties = run._r.get_or_add_rPr()
    _fonts(properties, language)
    if style == _SPEAKER:
        _put(properties, _element("w:bCs"))
    if record.direction == "rtl":
        _put(properties, _element("w:rtl"))
    attribute = {"ar": "bidi", "zh": "eastAsia"}.get(language, "val")
    _put(properties, _element("w:lang", **{attribute: record.bcp47}))
    return run


def _fonts(properties: BaseOxmlElement, language: str) -> None:
    """Latin letters in the Latin font, the language's own letters in its own."""
    own = LANGUAGES[language].document_font
    latin = own if language != "zh" else _ROMAN
    _put(properties, _element("w:rFonts", ascii=latin, hAnsi=latin, eastAsia=LANGUAGES["zh"].document_font, cs=own))


_RUN_ORDER = (
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss",
    "imprint", "noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz",
    "szCs", "highlight", "u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang",
)  # fmt: skip


def _put(properties: BaseOxmlElement, element: BaseOxmlElement) -> None:
    """Instead of the one that is there, at the place that the schema wants."""
    for old in properties.findall(element.tag):
        properties.remove(old)
    place = _RUN_ORDER.index(element.tag.rpartition("}")[2])
    properties.insert_element_before(element, *(f"w:{name}" for name in _RUN_ORDER[place + 1 :]))


def _element(name: str, **attributes: str) -> BaseOxmlElement:
    element = cast(BaseOxmlElement, OxmlElement(name))
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _time(at_ms: int) -> str:
    minutes, seconds = divmod(at_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _clean(text: str) -> str:
    """On one line, without what XML can't hold."""
    return " ".join(_NOT_XML.sub(" ", text).split(" "))
