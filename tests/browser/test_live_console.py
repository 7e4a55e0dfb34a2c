"""Those who run a meeting, in real browsers: a fake microphone speaks, captions appear, a captioner corrects them."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from accounts import PASSWORD
from browser.meeting import scanned
from faces import PATIENCE_S, TEST_DATA, Place, Server, echo_model, installed_recognizers
from langsupport.captioning.audio import decode

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)

SPEECH = TEST_DATA / "speech" / "en" / "jfk.flac"  # public domain, 11 s: "… ask not what your country can do for you …"
AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SPEAKING_MS = 45_000
"""How long the first captions may take: a model is loaded, and the machine may have other things to do."""


@dataclass
class Meeting:
    """A running server with accounts, and the API with an administrator's token."""

    server: Server
    api: httpx.Client

    def session(self, title: str = "Meeting", **more: Any) -> str:
        asked = {"title": title, "channels": [{"key": "floor", "language": "en"}], **more}
        made = self.api.post("/api/v1/sessions", json=asked).raise_for_status().json()
        return str(made["id"])

    def do(self, session: str, what: str) -> None:
        self.api.post(f"/api/v1/sessions/{session}/{what}").raise_for_status()

    def cues(self, session: str, track: str = "floor") -> list[dict[str, Any]]:
        page = self.api.get(f"/api/v1/sessions/{session}/captions/{track}").raise_for_status().json()
        return list(page["items"])

    def correct(self, session: str, cue: dict[str, Any], text: str) -> dict[str, Any]:
        address = f"/api/v1/sessions/{session}/captions/{cue['track']}/{cue['id']}"
        answer = self.api.put(address, json={"text": text, "revision": cue["rev"]}).raise_for_status()
        return {**cue, **answer.json()}

    def link(self, session: str, role: str, name: str) -> str:
        made = self.api.post(f"/api/v1/sessions/{session}/grants", json={"role": role, "name": name})
        return self.server.url + str(made.raise_for_status().json()["link"])

    def sign_in(self, page: Page) -> Page:
        page.context.request.post(f"{self.server.url}/sign-in", form={"login": "chair", "password": PASSWORD})
        return page


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    tiny = [path for path in installed_recognizers() if path.name == "whisper-tiny-en"]
    if not tiny:
        pytest.skip("needs an installed recognizer: langsupport models install whisper-tiny-en")
    place = Place(tmp_path_factory.mktemp("live"), {"LANGSUPPORT_ACCOUNTS_MODE": "on"})
    echo_model(place.models)
    (place.models / tiny[0].name).symlink_to(tiny[0])
    token = place.person("chair", "administrator", password=PASSWORD)
    with place.serving() as server:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE_S) as api:
            yield Meeting(server, api)


@pytest.fixture(scope="module")
def microphone(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose microphone is a recording that is played again and again."""
    if not SPEECH.is_file():
        pytest.skip(f"needs the test recording {SPEECH.name} in LANGSUPPORT_TEST_DATA")
    path = tmp_path_factory.mktemp("sound") / "speech.wav"
    samples = np.concatenate([decode(SPEECH, SPEECH.name).samples, np.zeros(32_000, np.float32)])
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    fakes = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    arguments = ["--no-sandbox", "--disable-gpu", *fakes, f"--use-file-for-fake-audio-capture={path}"]
    browser = chromium.browser_type.launch(executable_path=program, args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def people(chromium: Browser, meeting: Meeting, visitors: Callable[[Browser, Server], Visitor]) -> Visitor:
    return visitors(chromium, meeting.server)


@pytest.fixture
def speakers(microphone: Browser, meeting: Meeting, visitors: Callable[[Browser, Server], Visitor]) -> Visitor:
    return visitors(microphone, meeting.server)


@pytest.fixture(scope="module")
def spoken(microphone: Browser, meeting: Meeting) -> str:
    """A session in which somebody spoke into a microphone for a while: the interpreter's page is all they had."""
    session = meeting.session("Spoken", agenda=["1 Opening", "2 Budget"])
    meeting.do(session, "start")
    context = microphone.new_context(base_url=meeting.server.url, permissions=["microphone"])
    page = context.new_page()
    page.goto(meeting.link(session, "source", "Booth"))
    page.get_by_role("button", name="Send sound").click()
    expect(page.locator(".how-it-goes")).to_have_text("Sound is being sent.")
    deadline = time.monotonic() + SPEAKING_MS / 1000
    while sum(cue["state"] == "final" for cue in meeting.cues(session)) < 3 and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    page.get_by_role("button", name="Stop sending").click()
    expect(page.get_by_role("button", name="Send sound")).to_be_visible()
    context.close()
    while any(cue["state"] == "open" for cue in meeting.cues(session)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(meeting.cues(session)) >= 3
    return session


@pytest.fixture
def editor(people: Visitor, meeting: Meeting, spoken: str) -> Page:
    """A captioner's editor; the first three captions say what the tests know."""
    for cue, text in zip(
        meeting.cues(spoken), ("Mister Lee spoke.", "Leeds is far.", "Then mister Lee left."), strict=False
    ):
        meeting.correct(spoken, cue, text)
    page = people.page()
    page.goto(meeting.link(spoken, "captioner", "Ana"))
    expect(page.locator(".line-text").first).to_have_text("Mister Lee spoke.")
    return page


def row(page: Page, number: int) -> Any:
    return page.locator(".line[data-cue]").nth(number)


def write(page: Page, number: int, text: str) -> None:
    row(page, number).locator(".line-text").click()
    row(page, number).locator("textarea").fill(text)


def saved(page: Page, number: int) -> None:
    """The server has it: nothing of this caption is on its way any more."""
    for words in ("Waiting to be sent", "Saving"):
        expect(row(page, number).get_by_text(words)).to_have_count(0)


def test_from_the_form_to_the_captions(speakers: Visitor, meeting: Meeting) -> None:
    """An operator makes a session, starts it, speaks, marks, goes off the record and ends it."""
    page = meeting.sign_in(speakers.page(permissions=["microphone"]))
    page.goto("/live")
    page.get_by_role("link", name="New session").click()
    page.get_by_label("Title of the meeting").fill("Plenary")
    page.get_by_label("Language of the floor").select_option("en")
    page.get_by_label("Agenda, one item a line").fill("1 Opening\n2 Budget")
    page.get_by_role("button", name="Create the session").click()
    expect(page.get_by_label("Who speaks now")).to_be_disabled()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Floor: nobody sends sound.")).to_be_visible()
    page.get_by_role("button", name="Send sound").click()
    floor = page.get_by_role("region", name="Captions: Floor")
    expect(floor).to_contain_text(re.compile("fellow Americans|country", re.IGNORECASE), timeout=SPEAKING_MS)
    expect(page.get_by_text("Sound comes in")).to_be_visible()
    expect(page.get_by_role("meter", name="Level of the sound being sent")).not_to_have_attribute("aria-valuenow", "0")
    page.get_by_label("Second track").select_option("fr")
    expect(page.get_by_role("region", name="Captions: French")).to_contain_text("[fr]", timeout=SPEAKING_MS)
    mark_by_keys(page)
    go_off_the_record(page)
    page.get_by_role("button", name="End…").click()
    page.get_by_role("button", name="End for good").click()
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_have_count(0)


def mark_by_keys(page: Page) -> None:
    page.locator("h1").click()
    page.keyboard.press("s")
    page.keyboard.type("Chair")
    page.keyboard.press("Enter")
    keyed = page.get_by_role("list", name="Speakers so far")
    expect(keyed.get_by_role("button")).to_have_text(["1Chair"])
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator(".agenda .current")).to_have_text("1 Opening")
    expect(page.locator("#next-item")).to_contain_text("2 Budget")


def go_off_the_record(page: Page) -> None:
    """What was said in the last minutes goes from the screen too."""
    floor = page.get_by_role("region", name="Captions: Floor")
    page.keyboard.press("o")
    page.get_by_role("button", name="Also delete the last 10 minutes").click()
    expect(page.get_by_text("Off the record: nothing is captioned, kept or shown.")).to_be_visible()
    expect(floor).to_have_text("Captions appear here as soon as somebody speaks.")
    page.get_by_role("button", name="On the record again").click()
    expect(page.get_by_text("Off the record: nothing is captioned, kept or shown.")).to_have_count(0)


def test_what_was_spoken_is_corrected_and_read(people: Visitor, meeting: Meeting, spoken: str) -> None:
    """One corrects, by a link of theirs; another reads French, by a public link: the correction appears there."""
    captioner = people.page()
    captioner.goto(meeting.link(spoken, "captioner", "Ana"))
    reader = people.page()
    reader.goto(meeting.link(spoken, "viewer", "Ben") + "?")
    reader.goto(f"/live/{spoken}?track=fr")
    write(captioner, 0, "The Secretary-General spoke.")
    captioner.keyboard.press("Enter")
    expect(row(captioner, 0)).to_contain_text("Corrected by a person")
    expect(row(captioner, 0).locator(".line-text")).to_be_focused()
    expect(reader.get_by_text("[fr] The Secretary-General spoke.")).to_be_visible()
    cue = meeting.cues(spoken)[0]
    address = f"/api/v1/sessions/{spoken}/captions/floor/{cue['id']}/history"
    assert meeting.api.get(address).json()[-1]["by"] == "Ana"


def test_by_keyboard(editor: Page) -> None:
    editor.keyboard.press("End")
    last = editor.locator(".line[data-cue]").last.locator(".line-text")
    expect(last).to_be_focused()
    editor.keyboard.press("k")
    expect(last).not_to_be_focused()
    editor.keyboard.press("ArrowDown")
    expect(last).to_be_focused()
    editor.keyboard.press("Enter")
    expect(editor.locator("textarea")).to_be_focused()
    editor.keyboard.press("Escape")
    expect(last).to_be_focused()
    expect(editor.get_by_text("Not saved")).to_have_count(0)


def test_a_conflict_shows_both_texts(editor: Page, meeting: Meeting, spoken: str) -> None:
    write(editor, 1, "Mine.")
    meeting.correct(spoken, meeting.cues(spoken)[1], "Theirs.")
    expect(row(editor, 1).get_by_text("Changed by somebody else meanwhile:")).to_be_visible()
    editor.keyboard.press("Enter")
    conflict = row(editor, 1).get_by_role("alert")
    expect(conflict.locator("dd")).to_have_text(["Mine.", "Theirs."])
    assert meeting.cues(spoken)[1]["stable"] == "Theirs."
    conflict.get_by_role("button", name="Mine", exact=True).click()
    expect(conflict).to_have_count(0)
    expect(row(editor, 1).locator(".line-text")).to_have_text("Mine.")
    saved(editor, 1)
    assert meeting.cues(spoken)[1]["stable"] == "Mine."


def test_what_is_being_written_survives_a_reload(editor: Page, meeting: Meeting, spoken: str) -> None:
    write(editor, 0, "Half a sent")
    editor.reload()
    expect(row(editor, 0).get_by_text("Not saved")).to_be_visible()
    row(editor, 0).locator(".line-text").click()
    expect(row(editor, 0).locator("textarea")).to_have_value("Half a sent")
    editor.keyboard.press("Escape")
    row(editor, 0).get_by_role("button", name="Throw it away").click()
    expect(row(editor, 0).locator(".line-text")).to_have_text("Mister Lee spoke.")
    assert meeting.cues(spoken)[0]["stable"] == "Mister Lee spoke."


def test_without_a_connection_corrections_wait(editor: Page, people: Visitor, meeting: Meeting, spoken: str) -> None:
    editor.context.set_offline(True)
    write(editor, 2, "Written in a tunnel.")
    editor.keyboard.press("Enter")
    expect(row(editor, 2).get_by_text("Waiting to be sent")).to_be_visible()
    editor.context.set_offline(False)
    saved(editor, 2)
    assert meeting.cues(spoken)[2]["stable"] == "Written in a tunnel."
    people.complaints.clear()  # the browser's own lines for what could not be reached


def test_undo_is_a_correction_too(editor: Page, meeting: Meeting, spoken: str) -> None:
    write(editor, 0, "A slip.")
    editor.keyboard.press("Enter")
    expect(row(editor, 0).locator(".line-text")).to_have_text("A slip.")
    saved(editor, 0)
    editor.keyboard.press("Control+z")
    expect(row(editor, 0).locator(".line-text")).to_have_text("Mister Lee spoke.")
    saved(editor, 0)
    assert meeting.cues(spoken)[0]["stable"] == "Mister Lee spoke."


def test_a_name_is_replaced_wherever_it_was_said(editor: Page, meeting: Meeting, spoken: str) -> None:
    editor.get_by_role("button", name="Find and replace").click()
    editor.get_by_label("Find", exact=True).fill("lee")
    editor.get_by_label("Replace by").fill("Li")
    expect(editor.get_by_text("Found in captions: 2")).to_be_visible()
    expect(editor.locator(".hits del")).to_have_text(["Lee", "Lee"])
    editor.get_by_role("button", name="Replace: 2").click()
    expect(row(editor, 0).locator(".line-text")).to_have_text("Mister Li spoke.")
    expect(row(editor, 2).locator(".line-text")).to_have_text("Then mister Li left.")
    expect(row(editor, 1).locator(".line-text")).to_have_text("Leeds is far.")
    expect(editor.get_by_text("Saving")).to_have_count(0)
    assert "Li" in meeting.api.get(f"/api/v1/sessions/{spoken}").json()["glossary"]


def test_a_speaker_is_marked_from_a_caption_on(editor: Page, meeting: Meeting, spoken: str) -> None:
    row(editor, 1).locator(".line-text").focus()
    editor.keyboard.press("F2")
    editor.get_by_role("combobox", name="Who speaks from here on").fill("Japan")
    editor.keyboard.press("Enter")
    expect(editor.locator(".line.mark")).to_have_text(re.compile("Japan"))
    marks = meeting.api.get(f"/api/v1/sessions/{spoken}/marks").json()
    assert [(mark["text"], mark["at_ms"]) for mark in marks] == [("Japan", meeting.cues(spoken)[1]["t0_ms"])]


def test_a_caption_is_taken_back(editor: Page, meeting: Meeting, spoken: str) -> None:
    before = [cue["id"] for cue in meeting.cues(spoken)]
    editor.keyboard.press("End")
    editor.keyboard.press("Control+Delete")
    expect(editor.get_by_role("dialog")).to_contain_text("in all languages")
    editor.keyboard.press("Enter")
    expect(editor.locator(".line[data-cue]")).to_have_count(len(before) - 1)
    assert [cue["id"] for cue in meeting.cues(spoken)] == before[:-1]


def test_a_caption_is_heard_again(editor: Page) -> None:
    row(editor, 0).locator(".line-text").focus()
    editor.keyboard.press("p")
    expect(row(editor, 0).get_by_role("button", name="Stop the sound")).to_be_visible()
    expect(row(editor, 0).get_by_role("button", name="Play the sound")).to_be_visible()  # at its end
    expect(editor.get_by_text("can't be played")).to_have_count(0)


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ar", "dark"), ("ru", "light")])
def test_every_page_fits_and_has_no_barrier(
    people: Visitor, meeting: Meeting, spoken: str, language: str, theme: str
) -> None:
    page = meeting.sign_in(people.page(language, bypass_csp=True))  # only so that axe itself may be put in
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for path, sign in pages_of(spoken).items():
        page.goto(path)
        expect(page.locator(sign).first).to_be_visible()
        page.evaluate("document.fonts.ready.then(() => true)")
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        if language == "ru":  # the longest words; the rest is as in English
            continue
        page.add_script_tag(path=AXE)
        found = page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_TAGS)}}})")["violations"]
        told = [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]
        assert told == [], path


def pages_of(session: str) -> dict[str, str]:
    """Each page, and what is on it when it is complete."""
    return {
        "/live": ".sessions",
        "/live/new": "form.creation",
        f"/live/{session}/links": "#role",
        f"/live/{session}/speak": "#send-start",
        f"/live/{session}/console": ".tracks",
        f"/live/{session}/captioner": ".line[data-cue]",
    }


def test_links_are_shown_once_and_taken_back(people: Visitor, meeting: Meeting) -> None:
    session = meeting.session("With links")
    page = meeting.sign_in(people.page())
    page.goto(f"/live/{session}/links")
    page.get_by_label("Its holder may").select_option("captioner")
    page.get_by_label("For whom").fill("Ana")
    page.get_by_role("button", name="Make the link").click()
    address = page.get_by_label("The new link").input_value()
    page.goto(f"/live/{session}/links")
    expect(page.get_by_label("The new link")).to_have_count(0)
    guest = people.page()
    guest.goto(address)
    expect(guest.get_by_role("heading", level=1)).to_have_text("With links")
    assert guest.url.endswith("/captioner")
    guest.goto(f"/live/{session}/console")
    expect(guest.get_by_role("heading", level=1)).to_have_text("This is not allowed")
    page.get_by_role("button", name="Take back the link of Ana").click()
    expect(page.get_by_text("Taken back", exact=True)).to_be_visible()
    guest.goto(f"/live/{session}/captioner")
    expect(guest.get_by_role("heading", level=1)).not_to_have_text("With links")
    people.complaints.clear()  # the browser's own lines for what was refused


def test_an_interpreter_who_was_not_planned_gets_a_channel(people: Visitor, meeting: Meeting) -> None:
    session = meeting.session("Interpreted")
    page = meeting.sign_in(people.page())
    page.goto(f"/live/{session}/console")
    channels = page.get_by_role("region", name="Channels").get_by_role("listitem")
    expect(channels).to_have_count(1)
    page.get_by_label("Another interpreter").select_option("fr")
    page.get_by_role("button", name="Add the channel").click()
    expect(channels).to_have_count(2)
    expect(channels.nth(1)).to_be_focused()
    expect(page.get_by_label("Source of French")).to_have_value("channel")
    meeting.do(session, "start")
    expect(page.get_by_text("Its captions come from the machine until you choose")).to_be_visible()
    page.get_by_label("Another interpreter").select_option("ar")
    page.get_by_role("button", name="Add the channel").click()
    expect(page.get_by_label("Source of Arabic")).to_have_value("machine")
    guest = people.page()
    guest.goto(meeting.link(session, "source", "Booth"))
    expect(guest.get_by_label("Channel").locator("option")).to_have_text(["Floor", "Arabic", "French"])


def test_a_viewers_link_is_scanned_off_the_page(people: Visitor, meeting: Meeting) -> None:
    session = meeting.session("Scanned")
    page = meeting.sign_in(people.page(color_scheme="dark"))
    page.goto(f"/live/{session}/links")
    page.get_by_role("button", name="Make a public link").click()
    address = page.get_by_label("The new link").input_value()
    code = page.get_by_role("img", name="QR code of the link")
    assert scanned(code.screenshot()) == address
    page.get_by_role("link", name="Projector with this code").click()
    expect(page.get_by_role("img", name="QR code of the link to these captions")).to_be_visible()
    page.goto(f"/live/{session}/links")
    page.get_by_label("For whom").fill("Ana")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_label("The new link")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(0)  # a captioner's link is nothing for a camera


def test_who_is_connected_by_a_link_learns_that_it_was_taken_back(people: Visitor, meeting: Meeting) -> None:
    session = meeting.session("Taken back")
    guest = people.page()
    guest.goto(meeting.link(session, "captioner", "Ana"))
    expect(guest.get_by_text("Captions appear here as soon as somebody speaks.")).to_be_visible()
    grant = meeting.api.get(f"/api/v1/sessions/{session}/grants").json()[0]["id"]
    meeting.api.delete(f"/api/v1/sessions/{session}/grants/{grant}").raise_for_status()
    expect(guest.get_by_role("alert")).to_contain_text("taken back")
    people.complaints.clear()


def test_without_a_script(people: Visitor, meeting: Meeting) -> None:
    """Plan, start, hand out a link, end: forms alone."""
    page = meeting.sign_in(people.page(java_script_enabled=False))
    page.goto("/live/new")
    page.get_by_label("Starts at").fill("2030-01-02T09:30")
    page.get_by_label("Title of the meeting").fill("   ")
    page.get_by_role("button", name="Create the session").click()
    expect(page.get_by_role("alert")).to_contain_text("title")
    expect(page.get_by_label("Starts at")).to_have_value("2030-01-02T09:30")  # what was written stays
    page.get_by_label("Title of the meeting").fill("On paper")
    page.get_by_label("Language of the floor").select_option("en")
    page.get_by_role("button", name="Create the session").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Live", exact=True).last).to_be_visible()
    page.get_by_role("link", name="Links").click()
    page.get_by_role("button", name="Make a public link").click()
    assert "/live/join/" in page.get_by_label("The new link").input_value()
    page.goto("/live?q=paper")
    page.get_by_role("link", name="On paper").click()
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted")
    people.complaints.clear()  # the browser's own line for the form that was refused
