"""The queue and the editor in a real browser: from an upload to the approved document, by keyboard, through conflicts
and lost connections; in the Arabic direction; in six languages; without barriers."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from faces import Server
from review_house import LANGUAGES, House, barriers, field, open_house, signed_in
from waiting import until

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("review")) as made:
        yield made


@pytest.fixture
def guest(chromium: Browser, house: House, visitors: Callable[[Browser, Server], Visitor]) -> Visitor:
    return visitors(chromium, house.server)


def tab_to(page: Page, beginning: str) -> None:
    """Tab until something whose name begins so has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        name = "e => (e.getAttribute('aria-label') || e.textContent).trim()"
        if str(page.evaluate(f"({name})(document.activeElement)")).startswith(beginning):
            return
    raise AssertionError(f"nothing called “{beginning}” was reached")


def take(page: Page, review: dict[str, Any]) -> None:
    """The task of a review, in its editor."""
    page.goto(f"/reviews/{review['id']}")
    page.get_by_role("button", name="Take").click()
    expect(field(page, 1)).to_be_focused()


def write(page: Page, text: str) -> None:
    """Over what stands in the field; · puts in the next missing code."""
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    for index, part in enumerate(text.split("·")):
        if index:
            page.keyboard.press("Alt+.")
        page.keyboard.type(part)


def test_from_the_upload_to_the_approved_document(guest: Visitor, house: House, tmp_path: Path) -> None:
    carol = signed_in(guest, "carol")
    carol.goto("/queue/rules")
    carol.get_by_label("What it is called").fill("Plenary")
    carol.locator("[name=targets][value=fr]").check()
    carol.get_by_label("Instructions (optional)").fill("For Monday.")
    carol.get_by_role("button", name="Add the rule").click()
    expect(carol.get_by_text("Plenary")).to_be_visible()
    id = house.translated("report.docx", "fr", "es")

    tom = signed_in(guest, "tom")  # from here by keyboard alone
    with house.api("tom") as api:
        until(lambda: len(api.get("/api/v1/tasks", params={"view": "free"}).json()) == 1)
    carol.get_by_role("button", name="Delete: Plenary").click()
    expect(carol.get_by_text("There are no rules yet.")).to_be_visible()
    tom.goto("/queue?view=free")
    expect(tom.get_by_text("For Monday.")).to_be_visible()
    tab_to(tom, "Take: report.docx")
    tom.keyboard.press("Enter")
    expect(field(tom, 1)).to_be_focused()
    expect(tom.locator("#s1 mark")).to_have_text("Committee")
    write(tom, "Le ")
    tom.keyboard.press("Alt+Shift+1")  # the term
    tom.keyboard.type(" s’est réuni à Genève.")
    tom.keyboard.press("Control+Enter")
    expect(field(tom, 2)).to_be_focused()
    expect(tom.locator("#s3 .target")).to_have_text("Le Comité s’est réuni à Genève.")

    write(tom, "Le Comité a ·adopté· treize résolutions.")
    tom.keyboard.press("Control+Enter")
    expect(tom.locator("#s2 .found")).to_contain_text("12")
    expect(field(tom, 2)).to_be_focused()
    write(tom, "Le Comité a ·adopté· 12 résolutions.")
    tom.keyboard.press("Control+Enter")
    expect(field(tom, 4)).to_be_focused()

    other = tom.context.new_page()
    other.goto(tom.url)
    expect(field(other, 4)).to_be_focused()

    tom.context.set_offline(True)
    write(tom, "La réunion a été levée.")
    tom.keyboard.press("Control+Enter")
    expect(tom.get_by_text("No connection.")).to_be_visible()
    tom.context.set_offline(False)
    expect(tom.locator("#s4.translated")).to_be_visible()
    expect(tom.get_by_text("Everything is saved")).to_be_visible()
    guest.complaints[:] = [one for one in guest.complaints if "ERR_INTERNET_DISCONNECTED" not in one]

    expect(other.locator("#s4.translated")).to_be_visible()  # told by the server
    tom.keyboard.press("Alt+ArrowUp")
    expect(field(tom, 3)).to_be_focused()
    write(tom, "Le Comité a siégé à Genève.")
    expect(tom.get_by_text("Everything is saved")).to_be_visible()
    with house.api("tom") as api:  # another program of the same person
        address = f"/api/v1/reviews/{review_of(api, id)}/segments/3"
        now = api.get(address).json()
        text = {"target": {"text": "Le Comité était à Genève."}, "version": now["version"]}
        api.post(f"{address}/confirm", json=text).raise_for_status()
    tom.keyboard.type(" Ou pas.")
    conflict = tom.locator("#s3 .conflict")
    expect(conflict).to_contain_text("Le Comité a siégé à Genève. Ou pas.")
    expect(conflict).to_contain_text("Le Comité était à Genève.")
    tab_to(tom, "Keep it as it is now")
    tom.keyboard.press("Enter")
    expect(field(tom, 3)).to_have_text("Le Comité était à Genève.")
    tom.get_by_role("button", name="Finish").press("Enter")
    expect(tom.get_by_role("button", name="Finish")).to_have_count(0)

    rita = signed_in(guest, "rita")
    rita.goto("/queue?view=free")
    tab_to(rita, "Take: report.docx")
    rita.keyboard.press("Enter")
    for number in range(1, 5):
        expect(field(rita, number)).to_be_focused()
        if number == 4:
            write(rita, "La réunion a été close.")
        rita.keyboard.press("Control+Enter")
    expect(rita.locator("#s4.reviewed")).to_be_visible()
    rita.get_by_role("button", name="Finish").press("Enter")
    with house.api("rita") as api:
        review = review_of(api, id)
        until(lambda: api.get(f"/api/v1/reviews/{review}").json()["state"] == "approved")

    dora = signed_in(guest, "dora")
    dora.goto(f"/documents/{id}")
    expect(dora.locator("li.done", has_text="français")).to_contain_text("Approved")
    with dora.expect_download() as download:
        dora.get_by_role("link", name="Download: French").click()
    made = docx.Document(str(download.value.path()))
    assert [paragraph.text for paragraph in made.paragraphs] == [
        "Le Comité s’est réuni à Genève.",
        "Le Comité a adopté 12 résolutions.",
        "Le Comité était à Genève.",
        "La réunion a été close.",
    ]
    assert [run.text.strip() for run in made.paragraphs[1].runs if run.bold] == ["adopté"]


def review_of(api: httpx.Client, document_id: str) -> str:
    found: str = api.get(f"/api/v1/documents/{document_id}/reviews").json()[0]["id"]
    return found


def test_into_arabic(guest: Visitor, house: House) -> None:
    review = house.sent("arabic.docx", "ar", second_person=False)
    tom = signed_in(guest, "tom", "ar")
    tom.goto(f"/reviews/{review['id']}")
    tom.locator(".my-tasks button.main").click()
    first = tom.locator("#s1 .entry")
    expect(first).to_be_focused()
    expect(first).to_have_attribute("dir", "rtl")
    expect(tom.locator("#s1 .source")).to_have_attribute("dir", "ltr")
    for text in ("اجتمعت اللجنة في جنيف.", "·اعتمدت· اللجنة 12 قرارا.", "رُفعت الجلسة."):
        write(tom, text)
        tom.keyboard.press("Control+Enter")
        tom.wait_for_timeout(300)
    expect(tom.locator("#s4.translated")).to_be_visible()
    tom.locator(".my-tasks button.main").click()
    with house.api("tom") as api:
        until(lambda: api.get(f"/api/v1/reviews/{review['id']}").json()["state"] == "approved")
        answer = api.get(f"/api/v1/documents/{review['document_id']}/renditions/ar")
    made = docx.Document(io.BytesIO(answer.content))
    assert [paragraph.text for paragraph in made.paragraphs] == [
        "اجتمعت اللجنة في جنيف.",
        "اعتمدت اللجنة 12 قرارا.",
        "اجتمعت اللجنة في جنيف.",
        "رُفعت الجلسة.",
    ]


def test_what_was_written_survives_a_closed_browser(guest: Visitor, house: House) -> None:
    review = house.sent("closed.docx", "fr")
    tina = signed_in(guest, "tina")
    take(tina, review)
    write(tina, "À moitié écrit")
    expect(tina.get_by_text("Everything is saved")).to_be_visible()
    again = signed_in(guest, "tina")  # another computer
    again.goto(f"/reviews/{review['id']}")
    expect(field(again, 1)).to_have_text("À moitié écrit")


def test_undoing_covers_what_keys_put_in(guest: Visitor, house: House) -> None:
    review = house.sent("undo.docx", "fr")
    page = signed_in(guest, "tina")
    page.goto(f"/reviews/{review['id']}#s2")
    page.get_by_role("button", name="Take").click()
    expect(field(page, 1)).to_be_focused()
    page.locator("#s2").click()
    page.keyboard.press("Enter")
    expect(field(page, 2)).to_be_focused()
    before = field(page, 2).inner_text()
    page.keyboard.press("Alt+s")
    expect(field(page, 2)).to_contain_text("The Committee")
    page.keyboard.press("Control+z")
    assert field(page, 2).inner_text() == before
    page.keyboard.press("Control+Shift+z")
    expect(field(page, 2)).to_contain_text("The Committee")
    chips = page.locator("#s2 .entry .chip")
    expect(chips).to_have_count(2)
    assert chips.first.get_attribute("contenteditable") == "false"


def test_segments_are_compared_with_each_other(guest: Visitor, house: House) -> None:
    review = house.sent("alike.docx", "fr")
    page = signed_in(guest, "tina")
    take(page, review)
    page.get_by_role("button", name="Compare all segments").click()
    expect(page.get_by_text("Segments agree with each other.").first).to_be_visible()
    page.locator("#s3").click()
    page.keyboard.press("Enter")
    write(page, "Le Comité a siégé à Genève.")
    page.get_by_role("button", name="Compare all segments").click()
    expect(page.get_by_text("Segments that differ from others: 1.").first).to_be_visible()
    expect(page.locator("#s3 .found")).to_contain_text("translated otherwise elsewhere")
    expect(page.get_by_label("Show")).to_have_value("findings")


def sentences() -> bytes:
    made = docx.Document()
    made.add_paragraph("The Committee met. It adopted 12 resolutions; the Chair closed the meeting.")
    made.add_paragraph("The next session is in May.")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_segments_are_joined_and_split_by_keyboard(guest: Visitor, house: House) -> None:
    review = house.sent("cut.docx", "fr", data=sentences())
    page = signed_in(guest, "tina", bypass_csp=True)
    take(page, review)
    other = signed_in(guest, "tina")
    other.goto(f"/reviews/{review['id']}#s2")
    expect(field(other, 2)).to_be_visible()
    other.context.set_offline(True)
    field(other, 2).fill("Écrit hors ligne")

    write(page, "Le Comité s’est réuni.")
    page.keyboard.press("Alt+j")
    expect(field(page, 1)).to_have_text(
        "Le Comité s’est réuni. [fr] It adopted 12 resolutions; the Chair closed the meeting."
    )
    expect(page.locator("#s2")).to_have_count(0)
    expect(page.get_by_text("0 of 2 segments")).to_be_visible()
    expect(field(page, 1)).to_be_focused()

    other.context.set_offline(False)
    mine = other.locator("#s2")
    expect(mine.get_by_text("was joined with the one before it")).to_be_visible()
    expect(mine.get_by_text("Écrit hors ligne")).to_be_visible()
    mine.get_by_role("button", name="Throw mine away").click()
    expect(other.locator("#s2")).to_have_count(0)
    guest.complaints[:] = [one for one in guest.complaints if not re.search("DISCONNECTED|status of 409", one)]

    page.keyboard.press("Alt+Shift+J")
    where = page.get_by_role("slider", name="Where is it split?")
    expect(where).to_be_focused()
    expect(where).to_have_attribute("aria-valuetext", "before “the Chair closed the meeting.”")
    assert barriers(page) == []
    page.keyboard.press("ArrowRight")
    expect(where).to_have_attribute("aria-valuetext", "before “Chair closed the meeting.”")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".segment .number")).to_have_text(["1", "1.2", "3"])
    expect(field(page, 1)).to_be_focused()
    expect(page.locator(".segment .source").nth(1)).to_have_text("the Chair closed the meeting.")
    write(page, "Le Comité s’est réuni ; il a adopté 12 résolutions ;")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("textbox", name="Translation of segment 1.2")).to_be_focused()
    write(page, "la présidence a levé la séance.")
    page.keyboard.press("Control+Enter")
    expect(field(page, 3)).to_be_focused()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Finish").click()
    with house.api("carol") as api:
        until(lambda: api.get(f"/api/v1/reviews/{review['id']}").json()["tasks"][0]["state"] == "done")


def test_a_reviser_sends_back_with_a_reason(guest: Visitor, house: House) -> None:
    review = house.sent("back.docx", "fr")
    texts = {1: "Le Comité s’est réuni à Genève.", 4: "La réunion a été levée."}
    with house.api("tom") as api:
        task = review["tasks"][0]["id"]
        api.post(f"/api/v1/tasks/{task}/claim").raise_for_status()
        base = f"/api/v1/reviews/{review['id']}/segments"
        for number, text in texts.items():
            api.post(f"{base}/{number}/confirm", json={"target": {"text": text}, "version": 1}).raise_for_status()
        segment = api.get(f"{base}/2").json()
        at = [{**code, "at": place} for code, place in zip(segment["source"]["codes"], (12, 18), strict=True)]
        target = {"text": "Le Comité a adopté 12 résolutions.", "codes": at}
        api.post(f"{base}/2/confirm", json={"target": target, "version": 1}).raise_for_status()
        api.post(f"/api/v1/tasks/{task}/complete").raise_for_status()
    rita = signed_in(guest, "rita")
    take(rita, review)
    rita.keyboard.press("Alt+e")
    asked = rita.get_by_role("dialog", name="Mark an error")
    expect(asked.get_by_label("What kind of error")).to_be_focused()
    rita.keyboard.type("Term")
    asked.get_by_label("How bad it is").select_option("Major")
    asked.get_by_label("What is wrong").fill("a body sits")
    asked.get_by_label("What is wrong").press("Enter")
    marked = rita.get_by_role("list", name="Marked errors")
    expect(marked).to_contain_text("Terminology, Major")
    marked.get_by_role("button", name="Remove: Terminology, Major").click()
    expect(marked).to_have_count(0)
    rita.keyboard.press("Alt+e")
    asked.get_by_label("What is wrong").fill("a body sits")
    asked.get_by_role("button", name="Mark it").click()
    expect(marked).to_contain_text("Accuracy, Minor")
    rita.keyboard.press("Alt+b")
    rita.get_by_label("Why is it sent back?").last.fill("It sat, it did not meet.")
    rita.get_by_role("dialog").get_by_role("button", name="Send back").click()
    expect(rita.locator("#s1.initial")).to_be_visible()
    tom = signed_in(guest, "tom")
    tom.goto(f"/reviews/{review['id']}")
    expect(field(tom, 1)).to_be_focused()
    expect(tom.get_by_role("list", name="Marked errors")).to_contain_text("a body sits")
    expect(tom.get_by_role("button", name="Remove:")).to_have_count(0)
    tom.get_by_role("button", name="History").click()
    expect(tom.get_by_text("It sat, it did not meet.")).to_be_visible()


def test_of_a_long_document_only_a_part_stands_in_the_page(guest: Visitor, house: House) -> None:
    text = "\n\n".join(f"The Committee adopted paragraph {number} of the report." for number in range(1, 2_001))
    with house.api("carol") as api:
        data = {"source": "en", "targets": "fr"}
        made = api.post("/api/v1/documents", files={"file": ("long.txt", text.encode())}, data=data).json()
        id = made[0]["document"]["id"]
        until(lambda: api.get(f"/api/v1/documents/{id}").json()["state"] == "done")
        asked = {"languages": ["fr"]}
        review = api.post(f"/api/v1/documents/{id}/reviews", json=asked).raise_for_status().json()[0]
    page = signed_in(guest, "tina")
    page.goto(f"/reviews/{review['id']}#s1500")
    expect(page.locator("#s1500")).to_be_visible()
    assert page.locator(".segment").count() < 400
    expect(page.get_by_text("of 2,000 segments")).to_be_visible()


@pytest.fixture(scope="module")
def addresses(house: House) -> list[str]:
    review = house.sent("Доклад – تقرير – a rather long name.docx", "ru", priority=3, deadline_hours=1)
    with house.api("carol") as api:
        rule = {"name": "Everything into Russian", "conditions": {"targets": ["ru"], "least_words": 100_000}}
        api.post("/api/v1/queue-rules", json=rule).raise_for_status()
    return [
        "/queue?view=open",
        "/queue/rules",
        f"/queue/{review['tasks'][0]['id']}",
        f"/documents/{review['document_id']}/people",
        f"/reviews/{review['id']}#s2",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_overflows(guest: Visitor, addresses: list[str], language: str) -> None:
    page = signed_in(guest, "carol", language)
    for path in addresses:
        page.goto(path)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(100)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


@pytest.mark.parametrize(("who", "language"), [("carol", "en"), ("carol", "ar"), ("tina", "en")])
def test_no_barrier_is_found(guest: Visitor, addresses: list[str], who: str, language: str) -> None:
    page = signed_in(guest, who, language, bypass_csp=True)
    for path in addresses if who == "carol" else [addresses[0], addresses[-1]]:
        page.goto(path)
        if "/reviews/" in path:
            expect(page.locator("#s2.chosen")).to_be_visible()
            if who == "tina" and page.locator(".my-tasks button.main").count():
                page.locator(".my-tasks button.main").first.click()
                expect(page.locator(".entry")).to_be_visible()
        assert barriers(page) == [], path


def test_what_the_machine_doubts_is_shown_and_comes_first(guest: Visitor, house: House) -> None:
    text = b"Nobody has translated this yet.\n\nOf that the memory knows nothing.\n\nNor of the end.\n"
    usual, doubted = (house.sent(name, "fr", data=text) for name in ("usual.txt", "doubted.txt"))
    with sqlite3.connect(house.data / "langsupport.sqlite") as database:
        change = "UPDATE review_segments SET confidence = ? WHERE review_id = ? AND number >= ?"
        database.execute(change, (0.9, usual["id"], 1))
        database.execute(change, (0.9, doubted["id"], 1))
        database.execute(change, (0.12, doubted["id"], 2))
    page = signed_in(guest, "tom", bypass_csp=True)
    page.goto("/queue?view=free")
    page.get_by_role("link", name="Least sure first").click()
    expect(page.locator("tbody tr").first).to_contain_text("doubted.txt")
    expect(page.locator("tbody tr").first).to_contain_text("doubtful")
    expect(page.locator("tbody tr", has_text="usual.txt")).not_to_contain_text("doubtful")
    take(page, doubted)
    expect(page.locator("#state-1")).to_contain_text("The machine is sure: 90%")
    expect(page.locator("#s2 .sureness")).to_have_attribute("title", "The machine is in doubt: 12%")
    page.get_by_label("Show", exact=True).select_option("doubtful")
    expect(page.locator("li.segment")).to_have_count(3)  # the chosen one stays
    page.locator("#s2 .target").click()
    expect(field(page, 2)).to_be_focused()
    write(page, "De cela, la mémoire ne sait rien.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#s2 .sureness")).to_have_count(0)
    assert barriers(page) == []
