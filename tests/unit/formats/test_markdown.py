"""Markdown: what is text, and that all else stays where and as it was."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from langsupport.domain.units import CodedText, CodeKind
from langsupport.formats.base import Mark
from langsupport.formats.markdown import Markdown

FORMAT = Markdown()

PAGE = """---
title: Front matter stays
---

# Heading with `code` and *emphasis* ##

Setext title
============

A paragraph that is hard
wrapped over **several bold
lines** with a [link](http://x.org/a_b "Title"), a [ref][id], a [shortcut] and <http://auto.link>.
Hard break here  
next line with ![Alt text here](pic.png) and note[^1] and snake_case_word 5 * 3 \\* &amp; done.

- item one with ~~struck~~
  continued lazily
- [ ] task item
  1. nested

> quoted text
> second line

| Head A | Head \\| B |
|--------|-----------|
| cell one | `code` |

```python
code = "stays"
```

<div>html block stays</div>

Inline <b>html bold</b> and $x_1 + y$ costs $5 and $10.

[^1]: The note text.

[id]: http://example.org "Title"
[shortcut]: http://example.org/2
"""  # noqa: W291 - two spaces are a hard break


def units(text: str) -> dict[str, CodedText]:
    return {unit.id: unit.source for unit in FORMAT.read(text.encode(), "a.md").units}


def write(text: str, change, target: str = "fr", mark: Mark | None = None) -> str:
    targets = {identity: change(source) for identity, source in units(text).items()}
    return FORMAT.write(text.encode(), "a.md", targets, "en", target, mark).decode()


def upper(source: CodedText) -> CodedText:
    return CodedText(source.text.upper(), source.codes)


def test_texts():
    assert [source.text for source in units(PAGE).values()] == [
        "Heading with  and emphasis",
        "Setext title",
        "A paragraph that is hard wrapped over several bold lines with a link, a ref, a shortcut and . Hard break here"
        "next line with  and note and snake_case_word 5 * 3 * & done.",
        "Alt text here",
        "item one with struck continued lazily",
        " task item",
        "nested",
        "quoted text second line",
        "Head A",
        "Head | B",
        "cell one",
        "Inline html bold and  costs $5 and $10.",
        " The note text.",
    ]


def test_everything_else_stays():
    out = write(PAGE, upper)
    for kept in (
        "title: Front matter stays", "`code`", " ##\n", "============", '(http://x.org/a_b "Title")', "[REF][id]",
        "[SHORTCUT][shortcut]", "<http://auto.link>", "(pic.png)", "[^1]", "- [ ] TASK", "  1. NESTED", "> QUOTED",
        "| HEAD A |", "HEAD \\| B", 'code = "stays"', "<div>html block stays</div>", "<b>HTML BOLD</b>",
        "$x_1 + y$", "[^1]: THE NOTE",
        '[id]: http://example.org "Title"', "  \nNEXT LINE", "![ALT TEXT HERE]",
    ):  # fmt: skip
        assert kept in out


def test_same_structure():
    """The written file has the same blocks and inline marks as the source."""

    def shape(text: str) -> list[str]:
        reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        result = []
        for token in reader.parse(text):
            result.append(token.type)
            result += [child.type for child in token.children or () if child.type not in {"text", "softbreak"}]
        return result

    assert shape(write(PAGE, upper)) == shape(PAGE)


def test_identity_and_line_ends():
    for text in (PAGE, PAGE.replace("\n", "\r\n"), PAGE.rstrip("\n")):
        assert write(text, lambda source: source, "en") == text
    out = write(PAGE.replace("\n", "\r\n"), upper)
    assert "\n" not in out.replace("\r\n", "")


@pytest.mark.parametrize(
    "text",
    ["# no heading", "1. no list", "- no list", "> no quote", "a * b * c", "*a* _b_ `c`", "[a](b)", "[id]", "<b>x</b>",
     "&amp; &copy;", "a\\*b", "~~a~~", "+ plus", "snake_case __init__", "2024. Year", "=== x", "![x](y)", "a | b"],
)  # fmt: skip
def test_a_target_is_read_as_it_stands(text):
    page = "Some words\n\n| A | B |\n|---|---|\n| cell words | x |\n\n[id]: http://x\n"
    out = write(page, lambda source: CodedText(text) if "words" in source.text else source)
    found = list(units(out).values())
    assert found[0] == CodedText(text)
    assert CodedText(text) in found[1:]


def test_emphasis_that_leans_on_punctuation_becomes_html():
    """Between Chinese characters and signs ** would not be read as emphasis (CommonMark 6.2)."""

    def change(source: CodedText) -> CodedText:
        opening, closing = (code for _, code in source.codes)
        return CodedText("这是“重点”文字", ((2, opening), (6, closing)))

    out = write("This is **very** important\n", change, "zh")
    assert out == "这是<strong>“重点”</strong>文字\n"


def test_moved_codes():
    def change(source: CodedText) -> CodedText:
        codes = [code for _, code in source.codes]
        assert [code.kind for code in codes] == [CodeKind.OPEN, CodeKind.CLOSE, CodeKind.SINGLE]
        return CodedText("avec du gras", ((0, codes[2]), (8, codes[0]), (12, codes[1])))

    assert write("Has **bold** and `code`\n", change) == "`code`avec du **gras**\n"


def test_mark_stands_behind_the_front_matter():
    out = write(PAGE, upper, mark=Mark("Unofficial.", "machine"))
    assert out.startswith("---\ntitle: Front matter stays\n---\n> *Unofficial.*\n<!-- machine -->\n\n")
