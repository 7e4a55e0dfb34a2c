"""HTML: units are the inline content of blocks; tags stay byte for byte."""

from __future__ import annotations

import pytest

from langsupport.domain.units import CodedText, CodeKind
from langsupport.formats.base import Mark
from langsupport.formats.html import Html

FORMAT = Html()


def units(text: str) -> list[CodedText]:
    return [unit.source for unit in FORMAT.read(text.encode(), "a.html").units]


def shown(source: CodedText) -> str:
    out, place = "", 0
    for position, code in source.codes:
        out += source.text[place:position]
        place = position
        out += {CodeKind.OPEN: "«", CodeKind.CLOSE: "»", CodeKind.SINGLE: f"{{{code.role}}}"}[code.kind]
    return out + source.text[place:]


def write(text: str, target: str = "fr", mark: Mark | None = None, change=None) -> str:
    change = change or (lambda source: CodedText(source.text.upper(), source.codes))
    read = FORMAT.read(text.encode(), "a.html").units
    return FORMAT.write(text.encode(), "a.html", {u.id: change(u.source) for u in read}, "en", target, mark).decode()


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        ("plain &amp; simple", ["plain & simple"], "PLAIN &amp; SIMPLE"),
        ("<p>Hello <b>big</b> world</p>", ["Hello «big» world"], "<p>HELLO <b>BIG</b> WORLD</p>"),
        ("<p>One<p>Two", ["One", "Two"], "<p>ONE<p>TWO"),
        ("<p><a href='?a=1&b'>All link</a></p>", ["All link"], "<p><a href='?a=1&b'>ALL LINK</a></p>"),
        ("<p translate=no>No</p><p>yes</p>", ["yes"], "<p translate=no>No</p><p>YES</p>"),
        ("by <i translate='no'>Acme</i> inc", ["by {code} inc"], "BY <i translate='no'>Acme</i> INC"),
        ("use <code>x &lt; 1</code> here", ["use {code} here"], "USE <code>x &lt; 1</code> HERE"),
        ("<script>var a='<p>x</p>'</script>text", ["text"], "<script>var a='<p>x</p>'</script>TEXT"),
        ("<pre>code</pre><style>p{}</style>ok", ["ok"], "<pre>code</pre><style>p{}</style>OK"),
        ("<p>\n  two\n  lines <br>  here\n</p>", ["two lines {break}here"], "<p>\n  TWO LINES <br>HERE\n</p>"),
        ("one<br><br>two", ["one", "two"], "ONE<br><br>TWO"),
        ("a <b>stray", ["a {format}stray"], "A <b>STRAY"),
        ("<b>cross <i>ed</b> tags</i> x", None, None),
        ("x <!-- note --> y", ["x {other}y"], "X <!-- note -->Y"),
        ('<img alt="A &quot;view&quot;" src="x.png">', ['A "view"'], '<img alt="A &quot;VIEW&quot;" src="x.png">'),
        (
            "<input placeholder=Name title='Your name'>",
            ["Your name", "Name"],
            '<input placeholder="NAME" title="YOUR NAME">',
        ),
        (
            "<b aria-label='Close it'>Close</b> now",
            ["«Close» now", "Close it"],
            '<b aria-label="CLOSE IT">CLOSE</b> NOW',
        ),
        ("<ul><li>5</li><li>six</li></ul>", ["six"], "<ul><li>5</li><li>SIX</li></ul>"),
    ],
)
def test_fragments(text, expected, written):
    assert write(text, "en", change=lambda source: source) == text
    if expected is not None:
        assert [shown(source) for source in units(text)] == expected
        assert write(text) == written


def test_target_text_is_escaped():
    assert write("<p>Hello</p>", change=lambda source: CodedText("a < b & c")) == "<p>a &lt; b &amp; c</p>"


PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>The title</title></head>\n'
    "<body><h1>Head</h1><p>Body text</p></body>\n</html>\n"
)


def test_page_declares_language_and_direction():
    out = write(PAGE, "ar", Mark("A <note>", "machine"))
    assert '<html lang="ar" dir="rtl">' in out
    assert '<meta name="translation-state" content="machine">' in out
    assert '<body>\n<p lang="ar" dir="rtl"><small>A &lt;note&gt;</small></p><h1>HEAD</h1>' in out
    assert 'dir="ltr"' in write(out, "fr")
    assert FORMAT.read(PAGE.encode(), "a.html").language == "en"


def test_declared_legacy_encoding_becomes_utf_8():
    data = PAGE.replace("utf-8", "windows-1251").replace("Body text", "Тело").encode("cp1251")
    assert FORMAT.read(data, "a.html").units[2].source.text == "Тело"
    out = FORMAT.write(data, "a.html", {}, "ru", "fr", None)
    assert 'charset="utf-8"' in out.decode("utf-8")
    assert "Тело" in out.decode("utf-8")
