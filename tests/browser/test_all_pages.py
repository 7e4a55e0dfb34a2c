"""What holds for every page: it fits, it is accessible, it speaks the reader's language, it keeps to the policy."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Page, expect

from faces import PATIENCE_S, Place, Server

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
PAGES = ("/", "/text", "/recordings", "/languages", "/about", "/meetings", "/meetings/new", "/nothing-here")


@pytest.fixture
def pages(document: str, request: pytest.FixtureRequest) -> list[str]:
    """Every page; the one of a recording where this machine can make one."""
    made = [*PAGES, f"/documents/{document}", f"/documents/{document}/report/ar"]
    with contextlib.suppress(pytest.skip.Exception):
        made.append(f"/recordings/{request.getfixturevalue('recording')}?captions=ar&beside=ru")
    return made


def visit(page: Page, visitor: Visitor, path: str) -> None:
    page.goto(path)
    page.evaluate("document.fonts.ready.then(() => true)")
    if path.startswith("/recordings/"):
        expect(page.locator("button.cue").first).to_be_visible()
    if path == "/nothing-here":
        visitor.complaints[:] = [found for found in visitor.complaints if "404" not in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_overflows(visitor: Visitor, pages: list[str], language: str) -> None:
    page = visitor.page(language)
    for path in pages:
        visit(page, visitor, path)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_barrier_is_found(visitor: Visitor, pages: list[str], language: str) -> None:
    page = visitor.page(language, bypass_csp=True)  # only so that axe itself may be put in
    for path in pages:
        visit(page, visitor, path)
        page.add_script_tag(path=AXE)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_TAGS)}}})")["violations"]
            told = [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]
            assert told == [], (path, theme)


def test_the_language_is_chosen_in_one_click_and_kept(visitor: Visitor) -> None:
    page = visitor.page("en")
    page.goto("/text?source=ru&target=es")
    page.get_by_role("link", name="العربية").click()
    assert page.locator("html").get_attribute("lang") == "ar"
    expect(page.locator("#source")).to_have_value("ru")  # the page stays what it was
    page.goto("/about")
    assert page.locator("html").get_attribute("dir") == "rtl"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_theme_is_switched_and_kept(visitor: Visitor, scripts: bool) -> None:
    page = visitor.page(java_script_enabled=scripts, color_scheme="light")
    page.goto("/about")
    before = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") if scripts else None
    page.get_by_role("button", name="Dark display").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/text")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    if scripts:
        assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") != before
    page.get_by_role("button", name="Light display").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_by_keyboard_alone(visitor: Visitor) -> None:
    """From the top of a page to a translation, each stop visible."""
    page = visitor.page()
    page.goto("/text?source=en&target=fr")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("document.activeElement.id") == "text":
            break
    page.keyboard.type("Good morning.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("[fr]")


def test_pages_load_nothing_from_elsewhere(visitor: Visitor, server: Server, pages: list[str]) -> None:
    page = visitor.page("zh")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in pages:
        visit(page, visitor, path)
    assert asked
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
    assert any("noto-sans-sc" in url for url in asked)


def test_pages_hold_no_inline_code(server: Server, pages: list[str]) -> None:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        for path in pages:
            answer = client.get(path, headers={"Accept": "text/html"})
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert " style=" not in answer.text, path
            assert "<style" not in answer.text, path
            assert " onclick=" not in answer.text, path


def test_the_first_start_says_what_to_do(visitor: Visitor, tmp_path: Path) -> None:
    place = Place(tmp_path)
    page = visitor.page("ru")
    with place.serving() as bare:
        for path in ("/", "/text", "/recordings", "/languages"):
            page.goto(bare.url + path)
            expect(page.locator(".command").first).to_contain_text("langsupport models install")
        page.goto(bare.url + "/text")
        page.locator("#target").select_option("fr")
        page.locator("#text").fill("Заседание открыл председатель и приветствовал всех участников.")
        expect(page.locator("#told .message")).to_contain_text("Установите её командой")
        visitor.complaints.clear()
