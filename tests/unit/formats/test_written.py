"""A written file beside its source: what was lost is found, what was only translated is not."""

from __future__ import annotations

import re

import pytest

from langsupport.domain.findings import Severity
from langsupport.formats import FORMATS, Mark
from langsupport.formats.written import export_findings

BODY = (
    '<w:p><w:pPr><w:keepNext/><w:jc w:val="left"/></w:pPr><w:r><w:t>Text</w:t></w:r>'
    '<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    '<w:p><w:r><w:drawing/></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>'
)
PARTS = {"footnotes": '<w:footnote w:id="2"><w:p><w:r><w:t>Note</w:t></w:r></w:p></w:footnote>'}


def told(source: bytes, written: bytes, name: str) -> list[str]:
    findings = export_findings(source, written, name)
    assert all(finding.severity is Severity.ERROR for finding in findings)
    return [finding.message for finding in findings]


LOST = {
    "tables": ("<w:tbl>.*</w:tbl>", ["table cells: 1", "table rows: 1", "tables: 1"]),
    "images": ("<w:drawing/>", ["images: 1"]),
    "note references": ('<w:footnoteReference w:id="2"/>', ["note references: 1"]),
    "fields": ('<w:fldChar w:fldCharType="begin"/>', ["fields: 1"]),
}


@pytest.mark.parametrize("thing", LOST)
def test_what_a_word_document_lost_is_told(word, thing: str) -> None:
    pattern, expected = LOST[thing]
    lost = re.sub(pattern, "", BODY)
    assert lost != BODY
    messages = told(word.make(BODY, **PARTS), word.make(lost, **PARTS), "a.docx")
    assert [message.split(" in the source file")[0] for message in messages] == expected


def test_a_part_that_is_gone_a_broken_part_and_a_wrong_order_are_told(word) -> None:
    whole = word.make(BODY, **PARTS)
    assert any(message.startswith("parts: ") for message in told(whole, word.make(BODY), "a.docx"))
    broken = word.make(BODY.replace("</w:tbl>", ""), **PARTS)
    (message,) = told(whole, broken, "a.docx")
    assert message.startswith("The file that was written can’t be opened")
    swapped = BODY.replace('<w:keepNext/><w:jc w:val="left"/>', '<w:jc w:val="left"/><w:keepNext/>')
    assert [message.split(":")[0] for message in told(whole, word.make(swapped, **PARTS), "a.docx")] == [
        "misplaced elements"
    ]


def test_the_mark_and_another_language_change_no_count(word) -> None:
    source = word.make(BODY, **PARTS)
    for language in ("ar", "zh", "fr"):
        written = FORMATS["docx"].write(source, "a.docx", {}, "en", language, Mark("Not reviewed.", "machine"))
        assert told(source, written, "a.docx") == []


def test_tracked_changes_are_counted_in_the_final_view(word) -> None:
    deleted = "<w:p><w:del><w:r><w:drawing/></w:r></w:del><w:r><w:t>Text here</w:t></w:r></w:p>"
    source = word.make(deleted)
    written = FORMATS["docx"].write(source, "a.docx", {}, "en", "fr", None)
    assert told(source, written, "a.docx") == []


TEXTS = {
    "a.html": ("<h1>A</h1><table><tr><td>b</td></tr></table><img src=x><a href=y>c</a>", "<img src=x>", "images: 1"),
    "a.md": ("# A\n\n![alt](x.png) and `code`, [link](y)\n\n- item\n", "![alt](x.png)", "images: 1"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_pages_and_markdown_are_counted_too(name: str) -> None:
    whole, piece, expected = TEXTS[name]
    row = FORMATS[name.partition(".")[2]]
    source = whole.encode()
    assert told(source, row.write(source, name, {}, "en", "fr", Mark("Not reviewed.", "machine")), name) == []
    messages = told(source, whole.replace(piece, "").encode(), name)
    assert any(message.startswith(expected) for message in messages), messages


def test_plain_text_has_nothing_to_lose() -> None:
    assert told(b"One line.\nAnother.", b"Une ligne.", "a.txt") == []
