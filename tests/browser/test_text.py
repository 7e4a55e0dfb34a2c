"""The text page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)
SENTENCE = "The meeting was opened by the Chair."


def test_translates_while_one_writes(visitor: Visitor) -> None:
    page = visitor.page()
    page.goto("/text")
    page.get_by_label("Into").select_option("ar")
    page.get_by_label("Text to translate").fill(SENTENCE)
    result = page.get_by_label("Translation", exact=True)
    expect(result).to_contain_text("[ar]")
    expect(result).to_have_attribute("dir", "rtl")
    expect(result).to_have_attribute("lang", "ar")
    expect(page.locator("#detected")).to_have_text("Detected: English")
    expect(page.locator("#served")).to_contain_text("Translated by \u2068echo\u2069")
    expect(page.locator("#count")).to_have_text(re.compile(f"^{len(SENTENCE)} / "))


def test_the_languages_change_places(visitor: Visitor) -> None:
    page = visitor.page()
    page.goto("/text?source=en&target=ru")
    page.get_by_label("Text to translate").fill("Good morning.")
    page.get_by_label("Text to translate").press("Control+Enter")
    expect(page.locator("#result")).to_contain_text("[ru]")
    page.get_by_role("button", name="Exchange the two languages").click()
    expect(page.get_by_label("From")).to_have_value("ru")
    expect(page.get_by_label("Into")).to_have_value("en")
    expect(page.get_by_label("Text to translate")).to_have_value(re.compile(r"\[ru\]"))
    expect(page.locator("#result")).to_contain_text("[en]")


def test_the_translation_can_be_copied(visitor: Visitor) -> None:
    page = visitor.page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/text?source=en&target=es")
    page.get_by_label("Text to translate").fill("Good morning.")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#result").inner_text()


def test_a_language_outside_the_six_is_told(visitor: Visitor) -> None:
    page = visitor.page("fr")
    page.goto("/text")
    page.locator("#text").fill("Die Sitzung wurde vom Vorsitzenden eröffnet, und alle Teilnehmer wurden begrüßt.")
    expect(page.locator("#told .message")).to_contain_text("allemand")
    visitor.complaints.clear()  # the browser's own line for the refused request


def test_without_a_script(visitor: Visitor) -> None:
    page = visitor.page("zh", java_script_enabled=False)
    page.goto("/text")
    page.locator("#target").select_option("fr")
    page.locator("#text").fill(SENTENCE)
    page.get_by_role("button", name="翻译").click()
    expect(page.locator("#result")).to_contain_text("[fr]")
    expect(page.locator("#detected")).to_contain_text("英语")
    expect(page.locator("#text")).to_have_value(SENTENCE)
