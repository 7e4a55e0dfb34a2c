# ruff: noqa: E501 - XML is easier to read unbroken
"""What a written Word document holds: everything, in its place, in the new language."""

from __future__ import annotations

import re

import pytest

from langsupport.domain.units import CodedText, CodeKind
from langsupport.formats.base import Mark

NOTE = Mark("Unofficial translation.", "machine translation, not reviewed")
BOLD_WORD = (
    '<w:p><w:r><w:t xml:space="preserve">This is </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>very</w:t></w:r>'
    '<w:r><w:t xml:space="preserve"> important.</w:t></w:r></w:p>'
)
WITH_NOTE = (
    '<w:p><w:r><w:t>Text</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r>'
    "<w:r><w:t>and more</w:t></w:r></w:p>"
)


def upper(source: CodedText) -> CodedText:
    return CodedText(source.text.upper(), source.codes)


def arabic(source: CodedText) -> CodedText:
    return CodedText("وثيقة ITU-T هنا", tuple((0, code) for _, code in source.codes))


def runs(word, data) -> list[tuple[str, set[str]]]:
    """(text, names of the properties) of all runs."""
    found = []
    for run in word.find(data, ".//w:r"):
        props = run.find("w:rPr", {"w": word.W})
        text = "".join(one.text or "" for one in run.iterfind("w:t", {"w": word.W}))
        found.append((text, set() if props is None else {one.tag.rpartition("}")[2] for one in props}))
    return found


def test_identity_is_byte_for_byte(word):
    data = word.make(BOLD_WORD + WITH_NOTE)
    out = word.write(data, lambda source: source, "en", "en")
    assert word.xml(out) == word.xml(data)


def test_codes_carry_their_look_to_new_places(word):
    def change(source: CodedText) -> CodedText:
        (_, opening), (_, closing) = source.codes
        return CodedText("Très important, ceci.", ((0, opening), (4, closing)))

    assert runs(word, word.write(word.make(BOLD_WORD), change)) == [("Très", {"b"}), (" important, ceci.", set())]


def test_a_lost_code_comes_back_and_a_double_one_goes(word):
    data = word.make(WITH_NOTE)
    lost = word.write(data, lambda source: CodedText("Texte"))
    double = word.write(data, lambda source: CodedText("Texte", source.codes[:1] * 3))
    for out in (lost, double):
        assert len(word.find(out, ".//w:footnoteReference")) == 1


@pytest.mark.parametrize("order", ["close first", "crossed", "missing close", "nothing"])
def test_broken_nesting_never_breaks_the_file(word, order):
    link = '<w:hyperlink w:anchor="x"><w:r><w:t>the page</w:t></w:r></w:hyperlink>'
    data = word.make(BOLD_WORD.replace("</w:p>", f"{link}</w:p>"))

    def change(source: CodedText) -> CodedText:
        opens = [code for _, code in source.codes if code.kind is CodeKind.OPEN]
        closes = [code for _, code in source.codes if code.kind is CodeKind.CLOSE]
        codes = {
            "close first": [*closes, *opens],
            "crossed": [*opens, *closes],
            "missing close": opens,
            "nothing": [],
        }[order]
        return CodedText("abcdef", tuple((min(number, 6), code) for number, code in enumerate(codes)))

    out = word.write(data, change)
    assert "".join(text for text, _ in runs(word, out)) == "abcdef"
    assert len(word.find(out, ".//w:hyperlink")) == 1


def test_characters_that_no_file_can_hold_are_dropped(word):
    text = "a\x00b\x0bc\ud800d\nefghijklmn"
    out = word.write(word.make(BOLD_WORD), lambda source: CodedText(text, source.codes))
    assert "".join(text for text, _ in runs(word, out)) == "abcd efghijklmn"


def test_arabic_runs_from_right_to_left_and_back(word):
    styles = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="22"/><w:szCs w:val="30"/><w:lang w:val="en-US"/></w:rPr></w:rPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:styleId="H"><w:name w:val="x"/><w:rPr><w:b/><w:iCs/><w:sz w:val="28"/></w:rPr></w:style>'
    )
    body = (
        '<w:p><w:pPr><w:jc w:val="left"/></w:pPr><w:r><w:rPr><w:b/><w:i/><w:spacing w:val="100"/><w:sz w:val="24"/></w:rPr><w:t>Some text</w:t></w:r></w:p>'
        '<w:tbl><w:tblPr><w:tblW w:w="0"/></w:tblPr><w:tr><w:tc><w:p><w:r><w:t>Cell here</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'
        "<w:sectPr><w:cols/><w:docGrid/></w:sectPr>"
    )
    data = word.make(body, styles=styles, settings='<w:themeFontLang w:val="en-US"/>')
    out = word.write(data, arabic, "en", "ar", NOTE)
    xml = word.xml(out)
    assert all(paragraph.find("w:pPr/w:bidi", {"w": word.W}) is not None for paragraph in word.find(out, ".//w:p"))
    assert '<w:tblPr><w:bidiVisual></w:bidiVisual><w:tblW w:w="0">' in xml
    assert "<w:cols></w:cols><w:bidi></w:bidi><w:docGrid>" in xml
    assert '<w:bidi></w:bidi><w:jc w:val="left"></w:jc>' in xml
    _, (text, look), (entity, entity_look), *_ = runs(word, out)
    assert (text, entity) == ("وثيقة ", "ITU-T")
    assert {"rtl", "b", "bCs", "sz", "szCs"} <= look
    assert not {"i", "iCs", "spacing"} & look
    assert "i" not in look
    assert "rtl" not in entity_look
    assert '<w:sz w:val="22"></w:sz><w:szCs w:val="22">' in word.xml(out, "word/styles.xml")
    assert 'w:bidi="ar-SA"' in word.xml(out, "word/styles.xml")
    assert "<w:b></w:b><w:bCs></w:bCs><w:sz" in word.xml(out, "word/styles.xml")
    assert 'w:bidi="ar-SA"' in word.xml(out, "word/settings.xml")

    back = word.write(out, lambda source: CodedText("Some text", source.codes), "ar", "en")
    for name in ("word/document.xml", "word/styles.xml"):
        assert not re.search(r"<w:(rtl|bidi|bidiVisual|rtlGutter)\b", word.xml(back, name))


def test_isolated_entities_stay_whole_in_arabic(word):
    body = "<w:p><w:r><w:t>Some text</w:t></w:r></w:p>"
    out = word.write(
        word.make(body), lambda source: CodedText("وثيقة \u2066C25/17(Rev.1)-E\u2069 هنا", source.codes), "en", "ar"
    )
    looks = dict(runs(word, out))
    assert looks["\u2066C25/17(Rev.1)-E\u2069"] == set()
    back = word.write(out, lambda source: CodedText("Document C25/17(Rev.1)-E here", source.codes), "ar", "en")
    assert not re.search("[\u2066\u2069]", word.xml(back))


def test_chinese_has_its_font_and_no_slant(word):
    styles = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:asciiTheme="minorHAnsi" w:eastAsiaTheme="minorEastAsia"/>'
        "</w:rPr></w:rPrDefault></w:docDefaults>"
    )
    body = (
        '<w:p><w:r><w:rPr><w:rFonts w:ascii="Arial" w:eastAsia="Arial"/><w:i/></w:rPr><w:t>Some text</w:t></w:r></w:p>'
        "<w:p><m:oMath><m:r><w:rPr><w:i/></w:rPr><m:t>x</m:t></m:r></m:oMath></w:p>"
    )
    data = word.make(body, styles=styles)
    out = word.write(data, lambda source: CodedText("一些“文字”", source.codes), "en", "zh")
    first = word.find(out, ".//w:r/w:rPr")[0]
    assert [one.tag.rpartition("}")[2] for one in first] == ["rFonts"]
    assert first[0].get(f"{{{word.W}}}eastAsia") == "SimSun"
    assert first[0].get(f"{{{word.W}}}hint") == "eastAsia"
    assert "<w:i>" in word.xml(out)  # the formula's
    assert 'w:eastAsia="SimSun"' in word.xml(out, "word/styles.xml")
    assert "eastAsiaTheme" not in word.xml(out, "word/styles.xml")
    assert 'w:eastAsia="zh-CN"' in word.xml(out, "word/styles.xml")
    back = word.write(out, lambda source: CodedText("Немного текста", source.codes), "zh", "ru")
    assert "w:hint" not in word.xml(back)  # it would set Cyrillic in the Chinese font


def test_order_of_properties(word):
    """The schema wants bidi before spacing and jc, rtl after vertAlign and before lang."""
    body = (
        '<w:p><w:pPr><w:keepNext/><w:spacing w:after="0"/><w:jc w:val="both"/></w:pPr>'
        '<w:r><w:rPr><w:rStyle w:val="x"/><w:b/><w:color w:val="FF0000"/><w:sz w:val="20"/><w:vertAlign w:val="superscript"/>'
        '<w:lang w:val="en"/></w:rPr><w:t>Text here</w:t></w:r></w:p>'
    )
    out = word.write(word.make(body), lambda source: CodedText("نص", source.codes), "en", "ar")
    names = [one.tag.rpartition("}")[2] for one in word.find(out, ".//w:pPr")[0]]
    assert names == ["keepNext", "bidi", "spacing", "jc", "rPr"]
    names = [one.tag.rpartition("}")[2] for one in word.find(out, ".//w:r/w:rPr")[0]]
    assert names == ["rStyle", "b", "bCs", "color", "sz", "szCs", "vertAlign", "rtl", "lang"]


def test_the_mark_moves_no_line(word):
    """It is framed in the margin; before a table LibreOffice needs a paragraph, one point high, to hold the frame."""
    table = "<w:tbl><w:tblPr/><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    for body, hairlines in ((BOLD_WORD + table, 0), (table + BOLD_WORD, 1)):
        out = word.write(word.make(body), upper, "en", "fr", NOTE)
        assert len(word.find(out, ".//w:framePr")) == 1
        assert len(word.find(out, ".//w:spacing[@w:lineRule='exact']")) == hairlines
        assert word.texts(out)[0] == NOTE.text


@pytest.mark.parametrize("target", ["ar", "zh", "en", "fr", "ru", "es"])
def test_the_mark_is_seen_and_in_the_properties(word, target):
    out = word.write(word.make(BOLD_WORD), upper, "en", target, NOTE)
    assert "".join(word.part(out)[0][0].itertext()) == NOTE.text
    core = word.part(out, "docProps/core.xml")
    values = {one.tag.rpartition("}")[2]: one.text for one in core}
    assert values == {"contentStatus": NOTE.state, "keywords": NOTE.state}
    assert "/docProps/core.xml" in word.xml(out, "[Content_Types].xml")
    assert word.texts(out)[0] == NOTE.text  # it opens again


def test_list_labels_keep_their_numbers(word):
    numbering = (
        '<w:abstractNum><w:lvl><w:numFmt w:val="decimal"/><w:lvlText w:val="Article %1 (%2)"/></w:lvl></w:abstractNum>'
    )
    data = word.make(BOLD_WORD, numbering=numbering)

    def change(source: CodedText) -> CodedText:
        return (
            CodedText("第条（）", ((1, source.codes[0][1]), (3, source.codes[1][1])))
            if "Article" in source.text
            else source
        )

    out = word.write(data, change, "en", "zh")
    assert 'w:val="第%1条（%2）"' in word.xml(out, "word/numbering.xml")


def test_bound_content_controls_are_cut_off(word):
    sdt = (
        '<w:sdt><w:sdtPr><w:alias w:val="t"/><w:dataBinding w:xpath="/x"/></w:sdtPr><w:sdtContent>'
        "<w:p><w:r><w:t>Bound text</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert "dataBinding" not in word.xml(word.write(word.make(sdt), upper))
    assert "dataBinding" in word.xml(word.write(word.make(sdt), lambda source: source))


class TestRevisions:
    BODY = (
        '<w:p><w:r><w:t xml:space="preserve">The </w:t></w:r><w:del w:id="1"><w:r><w:delText>old</w:delText></w:r></w:del>'
        '<w:ins w:id="2"><w:r><w:rPr><w:ins w:id="8"/><w:rPrChange w:id="3"><w:rPr><w:b/></w:rPr></w:rPrChange></w:rPr><w:t>new</w:t></w:r></w:ins>'
        '<w:moveFrom w:id="4"><w:r><w:t xml:space="preserve"> gone</w:t></w:r></w:moveFrom><w:r><w:t xml:space="preserve"> text</w:t></w:r></w:p>'
        '<w:p><w:pPr><w:rPr><w:del w:id="5"/></w:rPr></w:pPr><w:r><w:t xml:space="preserve">First half </w:t></w:r></w:p>'
        "<w:p><w:r><w:t>second half</w:t></w:r></w:p>"
        '<w:tbl><w:tblPr/><w:tr><w:trPr><w:del w:id="6"/></w:trPr><w:tc><w:p><w:r><w:t>Deleted row</w:t></w:r></w:p></w:tc></w:tr>'
        '<w:tr><w:trPr><w:ins w:id="7"/></w:trPr><w:tc><w:p><w:r><w:t>New row</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'
    )

    def test_final_view_is_read_with_a_finding(self, word):
        data = word.make(self.BODY)
        assert word.texts(data) == ["The new text", "First half second half", "New row"]
        assert "revisions-accepted" in {finding.code for finding in word.read(data).findings}

    def test_nothing_of_them_is_written(self, word):
        xml = word.xml(word.write(word.make(self.BODY), upper))
        assert not re.search(r"<w:(ins|del|moveFrom|moveTo|delText|\w+Change)\b", xml)
        assert "OLD" not in xml.upper()

    def test_identity_keeps_them(self, word):
        data = word.make(self.BODY)
        assert word.xml(word.write(data, lambda source: source, "en", "en")) == word.xml(data)
