"""Around the editor, in a real browser: revisions, status, notices, files, the page, budgets, webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, expect

from faces import Server
from langsupport.formats.office import find_office
from review_house import LANGUAGES, House, barriers, document, field, open_house, signed_in
from waiting import until

if TYPE_CHECKING:
    from conftest import Visitor

FRENCH = {
    1: "Le Comité s’est réuni à Genève.",
    3: "Le Comité s’est réuni à Genève.",
    4: "La réunion a été levée.",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("coordinating")) as made:
        yield made


@pytest.fixture
def guest(chromium: Browser, house: House, visitors: Callable[[Browser, Server], Visitor]) -> Visitor:
    return visitors(chromium, house.server)


def task_of(review: dict[str, Any]) -> str:
    id: str = next(task["id"] for task in review["tasks"] if task["kind"] == "post-edit")
    return id


def test_a_revision_is_given_and_shows_what_people_did_before(guest: Visitor, house: House) -> None:
    review = house.sent("first.docx", "fr")
    with house.api("tom") as api:
        api.post(f"/api/v1/tasks/{task_of(review)}/claim").raise_for_status()
        for number, text in FRENCH.items():
            version = api.get(f"/api/v1/reviews/{review['id']}/segments/{number}").json()["version"]
            asked = {"target": {"text": text}, "version": version, "propagate": False}
            address = f"/api/v1/reviews/{review['id']}/segments/{number}/confirm"
            api.post(address, json=asked).raise_for_status()
    carol = signed_in(guest, "carol")
    carol.goto(f"/documents/{review['document_id']}")
    carol.get_by_text("Symbol and titles", exact=True).click()
    carol.get_by_label("Symbol, by which the organization knows it").fill("A/1")
    carol.get_by_label("Title: French").fill("Rapport du Comité")
    carol.get_by_role("button", name="Save").click()
    expect(carol.get_by_text("Saved.")).to_be_visible()
    other = house.sent("other.docx", "fr")
    carol.goto(f"/documents/{other['document_id']}")
    carol.get_by_text("Symbol and titles", exact=True).click()
    carol.get_by_label("Symbol, by which the organization knows it").fill("A/1")
    carol.get_by_label("Title: Arabic").fill("تقرير")
    carol.get_by_role("button", name="Save").click()
    expect(carol.get_by_role("alert")).to_contain_text("first.docx")
    expect(carol.get_by_label("Title: Arabic")).to_have_value("تقرير")  # nothing is lost
    guest.complaints[:] = [one for one in guest.complaints if "409" not in one]
    carol.goto(f"/documents/{review['document_id']}")
    carol.get_by_text("Give a revision, addendum or corrigendum").click()
    new = {"name": "second.docx", "mimeType": "application/octet-stream", "buffer": document()}
    carol.get_by_label("The file").set_input_files(new)
    carol.locator("form[action$=following] button").click()
    expect(carol.get_by_text("A/1/Rev.1", exact=True)).to_be_visible()
    expect(carol.get_by_role("link", name="A/1 – first.docx")).to_be_visible()
    expect(carol.get_by_role("link", name="Open in the editor")).to_be_visible()
    carol.get_by_role("link", name="Open in the editor").click()
    expect(carol.locator("#s1.translated")).to_contain_text(FRENCH[1])
    carol.locator("#s1").click()
    expect(carol.get_by_text("Unchanged since the last revision")).to_be_visible()
    carol.goto("/status?lang=fr")
    expect(carol.get_by_role("link", name="A/1", exact=True)).to_be_visible()
    expect(carol.get_by_text("Rapport du Comité").first).to_be_visible()


def test_a_notice_counts_leads_to_its_place_and_is_read(guest: Visitor, house: House) -> None:
    review = house.sent("notices.docx", "fr")
    with house.api("tom") as api:
        api.post(f"/api/v1/tasks/{task_of(review)}/claim").raise_for_status()
    with house.api("carol") as api:
        said = {"text": "Is this right?"}
        api.post(f"/api/v1/reviews/{review['id']}/segments/4/comments", json=said).raise_for_status()
    tom = signed_in(guest, "tom")
    expect(tom.locator("#unread")).to_be_visible()
    tom.locator("a[href='/notices']").click()
    one = tom.locator(".notices > li").first
    expect(one).to_contain_text("wrote on segment 4: Is this right?")
    one.get_by_role("link").click()
    expect(field(tom, 4)).to_be_focused()
    tom.goto("/notices")
    tom.get_by_role("button", name="Mark all as read").click()
    expect(tom.locator(".notices .new")).to_have_count(0)
    expect(tom.locator("#unread")).to_be_hidden()


def test_a_package_goes_out_and_comes_back(guest: Visitor, house: House) -> None:
    review = house.sent("package.docx", "fr")
    with house.api("tom") as api:
        api.post(f"/api/v1/tasks/{task_of(review)}/claim").raise_for_status()
    tom = signed_in(guest, "tom")
    tom.goto(f"/reviews/{review['id']}")
    tom.get_by_role("link", name="Files").click()
    with tom.expect_download() as coming:
        tom.get_by_role("link", name="XLIFF 2.1").click()
    package = coming.value.path().read_text("utf-8")
    edited = package.replace("[fr] The meeting was closed.", FRENCH[4])
    assert edited != package
    last = edited.index(FRENCH[4])
    start = edited.rindex("<segment", 0, last)
    edited = edited[:start] + edited[start:].replace('state="initial"', 'state="translated"', 1)
    file = {"name": "package.xlf", "mimeType": "application/xliff+xml", "buffer": edited.encode()}
    tom.get_by_label("The package (.xlf)").set_input_files(file)
    tom.get_by_role("button", name="Take it in").click()
    expect(tom.get_by_role("heading", name="What became of the package")).to_be_visible()
    tom.get_by_role("status").get_by_role("link", name="4").click()
    expect(tom.locator("#s4.translated")).to_contain_text(FRENCH[4])


@pytest.mark.office
@pytest.mark.skipif(find_office() is None, reason="LibreOffice is not installed")
def test_the_real_page_stands_beside_the_editor(guest: Visitor, house: House) -> None:
    review = house.sent("page.docx", "ar")
    with house.api("tom") as api:
        api.post(f"/api/v1/tasks/{task_of(review)}/claim").raise_for_status()
    tom = signed_in(guest, "tom")
    tom.goto(f"/reviews/{review['id']}#s4")
    expect(field(tom, 4)).to_be_focused()
    tom.get_by_role("button", name="Page", exact=True).click()
    picture = tom.locator(".paper img")
    expect(picture).to_be_visible(timeout=90_000)
    until(lambda: bool(picture.evaluate("image => image.naturalWidth")))
    assert picture.evaluate("image => image.naturalWidth") > 600
    expect(tom.get_by_text("Page 1 of 1")).to_be_visible()


def test_a_budget_is_set_and_held_against_the_work(guest: Visitor, house: House) -> None:
    house.sent("costs.docx", "ru")
    carol = signed_in(guest, "carol")
    carol.goto("/queue")
    carol.get_by_role("link", name="Budget", exact=True).click()
    carol.get_by_label("Language", exact=True).select_option("ru")
    carol.get_by_label("Translation, USD a word").fill("0,5")
    carol.get_by_label("May be spent, USD").fill("1")
    carol.get_by_role("button", name="Save").click()
    expect(carol.get_by_text("Saved.")).to_be_visible()
    expect(carol.locator("tr", has_text="Russian").first).to_contain_text("$")
    carol.get_by_label("May be spent, USD").fill("much")
    carol.get_by_role("button", name="Save").click()
    expect(carol.get_by_role("alert")).to_contain_text("plain numbers")
    guest.complaints[:] = [one for one in guest.complaints if "400" not in one]  # the browser tells of the refusal


def test_captions_go_to_a_captioner_and_come_back_done(guest: Visitor, house: House) -> None:
    with house.api("carol") as api:
        channels = [{"key": "floor", "language": "en"}]
        asked = {"title": "Second plenary", "channels": channels}
        session = api.post("/api/v1/sessions", json=asked).raise_for_status().json()["id"]
    carol = signed_in(guest, "carol")
    carol.goto(f"/live/{session}/replay")
    sending = carol.get_by_role("group", name="Let captioners correct the captions in")
    sending.get_by_label("English").uncheck()  # the track that she reads
    sending.get_by_label("Floor").check()
    carol.get_by_label("Hours until the deadline").fill("4")
    carol.get_by_label("Instructions").fill("Names first.")
    carol.get_by_role("button", name="Send to captioners").click()
    expect(carol.get_by_text("Captioners find it in their list.")).to_be_visible()
    expect(carol.get_by_text("Floor: Free")).to_be_visible()

    cleo = signed_in(guest, "cleo", bypass_csp=True)
    cleo.goto("/live")
    cleo.get_by_role("link", name="Captions to correct").click()
    expect(cleo.get_by_text("Names first.")).to_be_visible()
    assert barriers(cleo) == []
    cleo.get_by_role("button", name="Take: Second plenary, Floor").click()
    cleo.wait_for_url(f"**/live/{session}/captioner?track=floor")
    cleo.goto("/live/corrections?view=mine")
    cleo.get_by_role("button", name="Finish: Second plenary, Floor").click()
    expect(cleo.get_by_text("Done. Thank you.")).to_be_visible()
    carol.reload()
    expect(carol.get_by_text("Floor: Done, cleo")).to_be_visible()


def test_an_administrator_adds_a_webhook_and_sees_its_secret_once(guest: Visitor, house: House) -> None:
    root = signed_in(guest, "root")
    root.goto("/people")
    root.get_by_role("link", name="Webhooks").click()
    root.get_by_label("Its address").fill("https://example.org/hook")
    root.get_by_role("button", name="Add").click()
    expect(root.locator("#made-secret")).to_have_value(re.compile("^whsec_"))
    root.goto("/webhooks")
    expect(root.locator("#made-secret")).to_have_count(0)
    root.get_by_role("button", name="Switch off: https://example.org/hook").click()
    expect(root.get_by_text("Switched off")).to_be_visible()
    root.get_by_role("button", name="Delete: https://example.org/hook").click()
    expect(root.get_by_role("heading", name="https://example.org/hook")).to_have_count(0)


@pytest.fixture
def addresses(house: House) -> list[str]:
    review = house.sent("all.docx", "fr")
    with house.api("tom") as api:
        api.post(f"/api/v1/tasks/{task_of(review)}/claim").raise_for_status()
    files = f"/reviews/{review['id']}/files"
    return ["/status", "/budget", "/quality", "/notices", "/webhooks", files, f"/documents/{review['document_id']}"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_overflows(guest: Visitor, addresses: list[str], language: str) -> None:
    page = signed_in(guest, "root", language)
    for path in addresses:
        page.goto(path)
        page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_barrier_is_found(guest: Visitor, addresses: list[str], language: str) -> None:
    page = signed_in(guest, "root", language, bypass_csp=True)
    for path in addresses:
        page.goto(path)
        page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        assert barriers(page) == [], path
