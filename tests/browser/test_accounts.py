"""Accounts in a real browser: by keyboard alone, in six languages, in the Arabic direction, without barriers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from accounts import PASSWORD
from faces import PATIENCE_S, Place, Server, echo_model

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
STOPS = 60
"""Tabs within which everything on a page is reached."""


@dataclass
class House:
    server: Server
    api: httpx.Client
    person: str
    meeting: str

    def make(self, path: str, **asked: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.api.post(f"/api/v1{path}", json=asked).raise_for_status().json()
        return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with accounts: “chair” is its administrator."""
    place = Place(tmp_path_factory.mktemp("accounts"), {"LANGSUPPORT_ACCOUNTS_MODE": "on"})
    echo_model(place.models)
    token = place.person("chair", "administrator", password=PASSWORD)
    with place.serving() as server:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE_S) as api:
            made = House(server, api, "", "")
            name = "Konstantinopolitanskaya-Preobrazhenskaya Anastasia"
            person = made.make(
                "/people", login="ana@example.org", name=name, roles=["translator"], pairs=["en-es", "fr-es"]
            )
            titles = {"en": "Council", "ar": "المجلس"}
            meeting = made.make("/meetings", code="C26", titles=titles, place="Geneva", confidentiality="list")
            made.person, made.meeting = person["id"], meeting["id"]
            made.make(f"/meetings/{made.meeting}/members", login="ana@example.org")
            made.make("/sessions", title="Plenary", meeting_id=made.meeting)
            yield made


@pytest.fixture
def guest(chromium: Browser, house: House, visitors: Callable[[Browser, Server], Visitor]) -> Visitor:
    return visitors(chromium, house.server)


def sign_in(page: Page) -> Page:
    page.context.request.post("/sign-in", form={"login": "chair", "password": PASSWORD})
    return page


def tab_to(page: Page, what: str) -> None:
    """Press Tab until the element has the focus; each stop must be visible."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        shown = page.evaluate("document.activeElement.closest('label') !== null")
        assert outline != "none" or shown, page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"{what} is not reached by keyboard")


@pytest.mark.parametrize("scripts", [True, False])
def test_signing_in_by_keyboard_alone(guest: Visitor, scripts: bool) -> None:
    page = guest.page("es", java_script_enabled=scripts)
    page.goto("/languages")
    expect(page.get_by_role("heading", level=1)).to_have_text("Iniciar sesión")
    expect(page.get_by_label("Dirección de correo o nombre de usuario")).to_be_focused()
    page.keyboard.type("chair")
    page.keyboard.press("Tab")
    page.keyboard.type("a wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no son correctos")
    expect(page.get_by_label("Contraseña")).to_be_focused()  # the name is kept
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Idiomas")
    if not scripts:
        page.get_by_role("button", name="Cerrar sesión").click()
    else:
        tab_to(page, ".mine button")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Iniciar sesión")
    guest.complaints.clear()  # the browser's own line for the 401


def test_a_person_is_added_and_comes_by_the_link(guest: Visitor, chromium: Browser, house: House) -> None:
    page = sign_in(guest.page())
    page.goto("/people/new")
    page.keyboard.type("ben@example.org")
    tab_to(page, "#name")
    page.keyboard.type("Ben")
    tab_to(page, "input[value=reviser]")
    page.keyboard.press("Space")
    tab_to(page, "button.main")
    page.keyboard.press("Enter")
    link = page.get_by_label("The new link").input_value()
    other = guest.page("fr")
    other.goto(link)
    new = "trois petits mots ensemble"
    other.get_by_label("Mot de passe", exact=True).fill(new)
    other.get_by_label("Le même mot de passe, encore une fois").fill(new)
    other.keyboard.press("Enter")
    expect(other.get_by_role("status").first).to_contain_text("Bienvenue")
    expect(other.get_by_role("link", name=re.compile("Ben"))).to_be_visible()
    assert other.get_by_role("link", name="Personnes").count() == 0
    other.goto("/people")
    expect(other.get_by_role("heading", level=1)).to_have_text("Cette opération n’est pas autorisée")
    guest.complaints.clear()  # the browser's own line for the 403


def test_a_token_is_made_and_revoked(guest: Visitor, house: House) -> None:
    page = sign_in(guest.page())
    page.goto("/account")
    page.get_by_label("What it is for").fill("nightly")
    page.get_by_label("Read documents").check()
    page.get_by_role("button", name="Make the token").click()
    token = page.get_by_label("The new token").input_value()
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{house.server.url}/api/v1/documents", headers=headers).status_code == 200
    page.get_by_role("button", name="Revoke: nightly").click()
    expect(page.get_by_role("status").first).to_contain_text("revoked")
    assert httpx.get(f"{house.server.url}/api/v1/documents", headers=headers).status_code == 401


def test_a_meeting_is_made_confidential_and_gets_a_document(guest: Visitor, house: House) -> None:
    page = sign_in(guest.page("en"))
    page.goto("/meetings/new")
    page.get_by_label("Meeting code").fill("SG5")
    page.get_by_label("English", exact=True).first.fill("Study Group 5")
    page.get_by_label("Confidential: only for the people").check()
    page.get_by_role("button", name="Add the meeting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Study Group 5")
    page.get_by_label("Put somebody on the list").fill("nobody@example.org")
    page.get_by_role("button", name="Put on the list").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no person")
    guest.complaints.clear()  # the browser's own line for the 404
    page.get_by_label("Put somebody on the list").fill("ana@example.org")
    page.get_by_role("button", name="Put on the list").click()
    expect(page.locator(".members li")).to_have_count(2)
    page.goto("/")
    page.get_by_label("Meeting that it belongs to").select_option(label="SG5 – Study Group 5 (Confidential)")
    page.locator("#file").set_input_files({"name": "td1.txt", "mimeType": "text/plain", "buffer": b"Hello to all."})
    expect(page.locator("#live")).to_contain_text("td1.txt")
    page.goto("/meetings")
    page.get_by_role("link", name="Study Group 5").click()
    expect(page.get_by_role("link", name="td1.txt")).to_be_visible()


@pytest.fixture
def pages(house: House) -> list[str]:
    own = ["/account", "/people", "/people/new", f"/people/{house.person}", "/audit", "/", "/live", "/live/new"]
    return [*own, "/meetings", "/meetings/new", f"/meetings/{house.meeting}", f"/meetings/{house.meeting}/edit"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_overflows(guest: Visitor, pages: list[str], language: str) -> None:
    page = guest.page(language)
    page.goto("/sign-in")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sign_in(page)
    for path in pages:
        page.goto(path)
        page.evaluate("document.fonts.ready.then(() => true)")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        for width in (1280, 800, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_barrier_is_found(guest: Visitor, house: House, pages: list[str], language: str) -> None:
    page = guest.page(language, bypass_csp=True)  # only so that axe itself may be put in
    link = house.make(f"/people/{house.person}/invitation")["link"]
    for path in ("/sign-in", link, None, *pages):
        if path is None:
            sign_in(page)
            continue
        page.goto(path)
        page.add_script_tag(path=AXE)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_TAGS)}}})")["violations"]
            told = [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]
            assert told == [], (path, theme)
