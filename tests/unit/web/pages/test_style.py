"""One sheet for both directions of writing: no physical side may be named in it."""

from __future__ import annotations

import re

import pytest

from langsupport.web.pages.assets import STATIC_DIR

SHEETS = ("tokens.css", "elements.css", "base.css", "components.css", "print.css", "live-watch.css")
PHYSICAL = re.compile(
    r"^\s*(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)|left|right|top|bottom"
    r"|width|height|(?:min|max)-(?:width|height)|float)\s*:|text-align:\s*(?:left|right)",
    re.MULTILINE,
)


@pytest.mark.parametrize("sheet", SHEETS)
def test_only_logical_properties(sheet: str) -> None:
    text = (STATIC_DIR / "css" / sheet).read_text(encoding="utf-8")
    assert PHYSICAL.findall(text) == []


OF_THEIR_OWN = ("tokens.css", "print.css", "live-watch.css")


@pytest.mark.parametrize("sheet", [name for name in SHEETS if name not in OF_THEIR_OWN])
def test_colours_come_from_the_tokens(sheet: str) -> None:
    text = (STATIC_DIR / "css" / sheet).read_text(encoding="utf-8")
    fixed = {
        "#000",
        "#fff",
        "#06182f",
        "#bcd6f2",
        "#e9f0f8",
        "#4fa9ee",
        "#8cc8ff",
    }  # on surfaces that are dark in both themes
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", text)) <= fixed
