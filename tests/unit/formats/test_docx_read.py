# ruff: noqa: E501 - XML is easier to read unbroken
"""What is text in a Word document, and what is a code."""

from __future__ import annotations

import pytest

from langsupport.domain.units import CodeKind, UnitKind


def p(*runs: str, props: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{props}</w:pPr>' if props else ''}{''.join(runs)}</w:p>"


def r(text: str, props: str = "") -> str:
    return f'<w:r>{f"<w:rPr>{props}</w:rPr>" if props else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def instruction(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve"> {text} </w:instrText></w:r>'


def shown(unit) -> str:
    """A unit as text with its codes visible: «bold» for pairs, {note} for singles."""
    out, place = "", 0
    for position, code in unit.source.codes:
        out += unit.source.text[place:position]
        place = position
        out += {CodeKind.OPEN: "«", CodeKind.CLOSE: "»", CodeKind.SINGLE: f"{{{code.role}}}"}[code.kind]
    return out + unit.source.text[place:]


LINK = "<w:rStyle w:val='Hyperlink'/>"

CASES = {
    "runs that look the same are one text": (
        p(
            r("The ", '<w:lang w:val="en-GB"/>'),
            "<w:proofErr w:type='spellStart'/>",
            r("Stu", "<w:noProof/>"),
            r("dy Group", '<w:kern w:val="2"/>'),
        ),
        ["The Study Group"],
    ),
    "the commonest look needs no code": (
        p(r("A long bold sentence with ", "<w:b/>"), r("one"), r(" plain word", "<w:b/>")),
        ["A long bold sentence with «one» plain word"],
    ),
    "a bold word": (p(r("This is "), r("very", "<w:b/>"), r(" important.")), ["This is «very» important."]),
    "a space of another look is no code": (p(r("One"), r(" ", "<w:b/>"), r("two")), ["One two"]),
    "an underlined space is seen": (p(r("Name: "), r("   ", '<w:u w:val="single"/>'), r(" end")), ["Name: «   » end"]),
    "a link": (
        p(r("See "), f'<w:hyperlink r:id="x">{r("the page", LINK)}</w:hyperlink>', r(" now.")),
        ["See «the page» now."],
    ),
    "a hyperlink field": (
        p(r("See "), char("begin"), instruction('HYPERLINK "http://x"'), char("separate"), r("the page"), char("end"), r(".")),
        ["See «the page»."],
    ),
    "a cross-reference keeps its result": (
        p(r("See clause "), char("begin"), instruction("REF _Ref1"), char("separate"), r("Annex A"), char("end"), r(" first.")),
        ["See clause {field} first."],
    ),
    "a field within a field": (
        p(
            r("Go "),
            char("begin"), instruction("HYPERLINK"), char("begin"), instruction("REF x"), char("separate"), r("no"), char("end"),
            char("separate"), r("home"), char("end"), r(" now"),
        ),
        ["Go «home» now"],
    ),
    "a simple field": (p(r("Page "), '<w:fldSimple w:instr=" PAGE ">' + r("7") + "</w:fldSimple>", r(" of it")), ["Page {field} of it"]),
    "text before a field in the same run": (
        p('<w:r><w:t xml:space="preserve">Total: </w:t><w:fldChar w:fldCharType="begin"/></w:r>', instruction("NUMPAGES"),
          char("separate"), r("9"), '<w:r><w:fldChar w:fldCharType="end"/><w:t xml:space="preserve"> pages</w:t></w:r>'),
        ["Total: {field} pages"],
    ),
    "a table of contents entry is its heading": (
        p(r("1.2"), "<w:r><w:tab/></w:r>", r("Scope"), "<w:r><w:tab/></w:r>", char("begin"), instruction("PAGEREF _Toc1"),
          char("separate"), r("4"), char("end")),
        ["Scope"],
    ),
    "a list label stays outside": (p(r("(a)"), "<w:r><w:tab/></w:r>", r("the first item;")), ["the first item;"]),
    "a tab inside": (p(r("Source"), "<w:r><w:tab/></w:r>", r("Secretariat")), ["Source{tab}Secretariat"]),
    "a line break": (p(r("One"), "<w:r><w:br/></w:r>", r("two")), ["One{break}two"]),
    "a non-breaking hyphen is a character": (
        p("<w:r><w:t>ITU</w:t><w:noBreakHyphen/><w:t>T</w:t></w:r>", r(" document")), ["ITU\u2011T document"],
    ),
    "a note": (p(r("Text"), '<w:r><w:footnoteReference w:id="2"/></w:r>', r(" goes on.")), ["Text{note} goes on."]),
    "bookmarks at the edges stay there": (
        p('<w:bookmarkStart w:id="1" w:name="_Toc1"/>', r("Heading"), '<w:bookmarkEnd w:id="1"/>'), ["Heading"],
    ),
    "a bookmark inside a word goes behind it": (
        p(r("All Definition"), '<w:bookmarkEnd w:id="1"/>', r("s here")), ["All Definitions{other} here"],
    ),
    "single letters and names of columns are no words": (p(r("A")) + p(r("S8 / m1")), []),
    "the place last edited is nothing": (
        p(r("One "), '<w:bookmarkStart w:id="1" w:name="_GoBack"/><w:bookmarkEnd w:id="1"/>', r("sentence")), ["One sentence"],
    ),
    "no letters, no unit": (p(r("2 – 3 (4)")), []),
    "hidden text": (p(r("secret", "<w:vanish/>"), r("open words")), ["open words"]),
    "signs in a symbol font are no letters": (p(r("abc", '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>')), []),
    "a formula": (p(r("If "), "<m:oMath><m:r><m:t>x=y</m:t></m:r></m:oMath>", r(" holds")), ["If {other} holds"]),
    "a content control": (
        p(r("Dear "), f"<w:sdt><w:sdtPr/><w:sdtContent>{r('colleague')}</w:sdtContent></w:sdt>", r(", welcome")),
        ["Dear «colleague», welcome"],
    ),
    "a smart tag is nothing": (p(r("In "), f"<w:smartTag w:element='City'>{r('Geneva')}</w:smartTag>", r(" today")), ["In Geneva today"]),
    "a table": (f"<w:tbl><w:tblPr/><w:tr><w:tc>{p(r('First cell'))}</w:tc><w:tc>{p(r('5'))}</w:tc></w:tr></w:tbl>", ["First cell"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_text_and_codes(word, case):
    body, expected = CASES[case]
    assert [shown(unit) for unit in word.read(word.make(body)).units] == expected


def test_table_of_contents_over_several_paragraphs(word):
    body = (
        p(
            char("begin"),
            instruction('TOC \\o "1-3"'),
            char("separate"),
            r("Introduction"),
            "<w:r><w:tab/></w:r>",
            r("1"),
        )
        + p(r("Scope"), "<w:r><w:tab/></w:r>", r("2"))
        + p(char("end"))
        + p(r("Body text"))
    )
    assert word.texts(word.make(body)) == ["Introduction", "Scope", "Body text"]


def test_untranslated_field_over_several_paragraphs(word):
    body = (
        p(r("Before"), char("begin"), instruction("INCLUDETEXT x"), char("separate"), r("kept one"))
        + p(r("kept two"))
        + p(r("kept three"), char("end"), r("after all"))
    )
    assert word.texts(word.make(body)) == ["Before", "after all"]


def test_every_part_and_its_kind(word):
    data = word.make(
        p(r("Chapter"), props='<w:outlineLvl w:val="0"/>')
        + f"<w:tbl><w:tblPr/><w:tr><w:tc>{p(r('In a cell'))}</w:tc></w:tr></w:tbl>",
        header=p(r("On every page")),
        footer=p(r("Below every page")),
        footnotes=f'<w:footnote w:type="separator" w:id="0">{p(r("not me"))}</w:footnote><w:footnote w:id="1">{p(r("A note"))}</w:footnote>',
        endnotes=f'<w:endnote w:id="1">{p(r("An endnote"))}</w:endnote>',
        numbering='<w:abstractNum><w:lvl><w:numFmt w:val="decimal"/><w:lvlText w:val="Article %1."/></w:lvl>'
        '<w:lvl><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>',
    )
    found = {unit.source.text: unit.kind for unit in word.read(data).units}
    assert found == {
        "Chapter": UnitKind.HEADING,
        "In a cell": UnitKind.CELL,
        "On every page": UnitKind.HEADER,
        "Below every page": UnitKind.FOOTER,
        "A note": UnitKind.NOTE,
        "An endnote": UnitKind.NOTE,
        "Article .": UnitKind.PARAGRAPH,
    }


def test_headings_by_inherited_style(word):
    styles = (
        '<w:style w:type="paragraph" w:styleId="H"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Clause"/><w:basedOn w:val="H"/></w:style>'
    )
    data = word.make(p(r("Clause title"), props='<w:pStyle w:val="Own"/>'), styles=styles)
    assert word.read(data).units[0].kind is UnitKind.HEADING


def test_text_box_is_read_once_and_written_twice(word):
    def box(inner: str) -> str:
        return f"<w:txbxContent>{inner}</w:txbxContent>"

    drawing = (
        "<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:inline><wp:docPr id='1' name='Box 1' descr='A red box'/>"
        f"<a:graphic><wps:txbx>{box(p(r('In the box')))}</wps:txbx></a:graphic></wp:inline></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box(p(r('In the '), r('box', '<w:lang/>')))}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    )
    data = word.make(p(r("Before "), f"<w:r>{drawing}</w:r>", r("after")))
    units = word.read(data).units
    assert [shown(unit) for unit in units] == ["Before {image}after", "In the box", "A red box"]

    def change(source):
        return type(source)(source.text.upper(), source.codes)

    texts = [element.text for element in word.find(word.write(data, change), ".//w:t")]
    assert texts == ["BEFORE ", "IN THE BOX", "IN THE BOX", "AFTER"]
    assert "A RED BOX" in word.xml(word.write(data, change))
    assert "Box 1" in word.xml(word.write(data, change))  # names are for machines


def test_alternative_text_that_is_a_file_name_is_no_text(word):
    drawing = "<w:drawing><wp:inline><wp:docPr id='1' name='x' descr='image001.png' title='C:\\My pictures\\one'/></wp:inline></w:drawing>"
    assert word.texts(word.make(p(r("Text"), f"<w:r>{drawing}</w:r>"))) == ["Text"]


def test_strict_documents(word):
    files = word.entries(p(r("Strict "), r("text", "<w:b/>")))
    files["word/document.xml"] = files["word/document.xml"].replace(word.W.encode(), word.STRICT_W.encode())
    data = word.pack(files)
    assert [shown(unit) for unit in word.read(data).units] == ["Strict «text»"]
    out = word.write(data, lambda source: type(source)(source.text.upper(), source.codes))
    assert [one.text for one in word.part(out).iter(f"{{{word.STRICT_W}}}t")] == ["STRICT ", "TEXT"]


def test_ids_do_not_change(word):
    data = word.make(p(r("One")) + p(r("Two")) + p(r("Three")))
    assert word.read(data) == word.read(data)
    assert len({unit.id for unit in word.read(data).units}) == 3
