"""Those who read a meeting: on a phone, on a bad line, inside another site's page, on a room's screen, afterwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from browser.meeting import BY, Meeting, Wire, cue, scanned, served, visible_texts
from langsupport.domain.live import MarkKind, Role
from langsupport.services.assembly import Services

expect.set_options(timeout=20_000)
PHONE = {"width": 390, "height": 700}
PATIENCE_MS = 20_000
OFFLINE_WORDS = "The connection is lost. It is being tried again; nothing will be missing."
AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DRESS = """look => {
    document.documentElement.dataset.look = look;
    document.documentElement.dataset.theme = look === 'contrast' ? 'dark' : look;
}"""
NETWORK_COMPLAINTS = ("net::ERR_", "WebSocket connection to")
"""What a browser writes by itself when there is no network."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, str]]:
    with served(tmp_path_factory.mktemp("watching")) as made:
        yield made


@pytest.fixture
def meeting(service: tuple[Services, str]) -> Meeting:
    """A session that is live; with twelve captions in four tracks."""
    services, url = service
    record = services.sessions.create("Plenary meeting", code="SG20", by=BY)
    services.sessions.start(record.id, by=BY)
    made = Meeting(services, url, record)
    made.says(
        1,
        12,
        floor="Sentence # is spoken here.",
        fr="Phrase # en français.",
        ar="جملة # بالعربية.",
        en="Sentence # is spoken here.",
    )
    return made


class Reader:
    """Pages in contexts of their own, and what their consoles complain about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.network_may_fail = False

    def page(self, url: str, language: str = "en", **options: Any) -> Page:
        context = self._browser.new_context(**{"base_url": url, "viewport": PHONE, "locale": language, **options})
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not (
            self.network_may_fail and any(words in message.text for words in NETWORK_COMPLAINTS)
        ):
            self.complaints.append(message.text)

    def leave(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Reader]:
    made = Reader(chromium)
    yield made
    made.leave()
    assert made.complaints == []


def caption(page: Page, text: str) -> Any:
    return page.locator(".said", has_text=text)


def seen_where(page: Page) -> tuple[str, int]:
    """A caption in the middle of the window, and how far from its top, as soon as nothing moves any more."""
    script = """() => {
        const row = document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest('.cue-row')
            ?? [...document.querySelectorAll('.cue-row')].find((found) => found.getBoundingClientRect().top > 200);
        return [row.innerText, Math.round(row.getBoundingClientRect().top)];
    }"""
    before = None
    while (found := page.evaluate(script)) != before:
        before = found
        page.wait_for_timeout(100)
    return str(found[0]), int(found[1])


def test_a_reader_follows_and_changes_the_language_in_one_tap(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(caption(page, "Phrase 12 en français.")).to_be_in_viewport()
    meeting.writes(13, "fr", "Phrase 13", tail=" qui continue")
    expect(caption(page, "Phrase 13 qui continue")).to_be_in_viewport()
    meeting.says(14, 6, fr="Phrase # en français.")
    expect(caption(page, "Phrase 19 en français.")).to_be_in_viewport()
    page.get_by_role("button", name="English").click()
    expect(caption(page, "Sentence 12 is spoken here.")).to_be_in_viewport()
    expect(caption(page, "Phrase")).to_have_count(0)
    assert page.url.endswith("?track=en")
    page.reload()
    expect(page.get_by_role("button", name="English")).to_have_attribute("aria-pressed", "true")


def test_two_languages_stand_side_by_side_and_one_over_the_other_on_phones(reader: Reader, meeting: Meeting) -> None:
    for width, beside in ((1200, True), (390, False)):
        page = reader.page(meeting.url, viewport={"width": width, "height": 700})
        page.goto(f"/live/{meeting.id}?track=fr&second=en")
        expect(page.locator(".cue-row").last.locator(".second")).to_contain_text("Sentence 12 is spoken here.")
        first, second = page.evaluate(
            """[...[...document.querySelectorAll('.cue-row')].at(-1).children].map((found) => {
                const { left, right, top, bottom } = found.getBoundingClientRect();
                return { left, right, top, bottom };
            })"""
        )
        assert (second["left"] >= first["right"]) == beside
        assert (second["top"] >= first["bottom"]) == (not beside)


def test_reading_back_keeps_its_place_and_the_way_to_the_live_edge(reader: Reader, meeting: Meeting) -> None:
    meeting.says(13, 400, fr="Phrase # en français, un peu plus longue que les autres.")
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(caption(page, "Phrase 412 ")).to_be_in_viewport()
    page.mouse.move(200, 400)
    page.mouse.wheel(0, -1200)
    expect(page.get_by_role("button", name="Back to live")).to_be_visible()
    seen = seen_where(page)
    meeting.says(413, 3, fr="Phrase # en français.")
    expect(page.get_by_role("button", name="Back to live")).to_contain_text("3")
    assert seen_where(page) == seen
    for _ in range(400):
        page.mouse.wheel(0, -3000)
        page.wait_for_timeout(30)
        if visible_texts(page)[0].startswith("Phrase 1 "):
            break
    numbers = [int(text.split()[1]) for text in visible_texts(page)]
    assert numbers == list(range(1, 416))
    page.get_by_role("button", name="Back to live").click()
    expect(caption(page, "Phrase 415 ")).to_be_in_viewport()
    meeting.says(416, 1, fr="Phrase # en français.")
    expect(caption(page, "Phrase 416 ")).to_be_in_viewport()


def back_to_the_beginning(page: Page) -> None:
    """With the wheel, again and again: a page that is still arriving goes on to its end by itself."""
    page.mouse.move(200, 400)
    for _ in range(100):
        page.mouse.wheel(0, -20_000)
        page.wait_for_timeout(100)
        if page.evaluate("scrollY") == 0:
            return
    raise AssertionError("the page can't be scrolled back")


def test_earlier_captions_come_in_without_moving_what_is_read(reader: Reader, meeting: Meeting) -> None:
    meeting.says(13, 300, fr="Phrase # en français, un peu plus longue que les autres.")
    page = reader.page(meeting.url)
    held: list[Route] = []
    page.route("**/captions/fr?*", lambda route: held.append(route))
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(caption(page, "Phrase 312 ")).to_be_in_viewport()
    back_to_the_beginning(page)
    expect(page.get_by_text("Loading earlier captions")).to_be_visible()
    seen = seen_where(page)
    rows = page.locator(".cue-row").count()
    held[0].continue_()
    expect(page.get_by_text("Loading earlier captions")).to_have_count(0)
    assert page.locator(".cue-row").count() > rows
    text, top = seen_where(page)
    assert (text, abs(top - seen[1]) <= 2) == (seen[0], True)


def test_a_lost_connection_comes_back_with_nothing_missing_or_doubled(reader: Reader, meeting: Meeting) -> None:
    reader.network_may_fail = True
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(caption(page, "Phrase 12 ")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text(OFFLINE_WORDS)).to_be_visible()
    meeting.says(13, 5, fr="Phrase # en français.")
    meeting.services.sessions.retract(meeting.id, "fr", "c3", by=BY)
    meeting.services.sessions.correct(meeting.id, "fr", "c4", 1, "Phrase 4 corrigée.", by=BY)
    page.context.set_offline(False)
    expect(caption(page, "Phrase 17 ")).to_be_visible()
    expect(page.get_by_text(OFFLINE_WORDS)).to_have_count(0)
    assert [int(text.split()[1]) for text in visible_texts(page)] == [1, 2, *range(4, 18)]
    expect(caption(page, "Phrase 4 corrigée.")).to_have_count(1)


def test_a_line_that_breaks_again_and_again(reader: Reader, meeting: Meeting) -> None:
    reader.network_may_fail = True
    wire = Wire(meeting.url)
    page = reader.page(wire.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    for turn in range(3):
        expect(caption(page, f"Phrase {12 + 2 * turn} ")).to_be_visible()
        wire.cut()
        meeting.says(13 + 2 * turn, 2, fr="Phrase # en français.")
        wire.mend()
    expect(caption(page, "Phrase 18 ")).to_be_visible()
    assert [int(text.split()[1]) for text in visible_texts(page)] == list(range(1, 19))
    wire.close()


def test_where_sockets_do_not_get_through_events_do(reader: Reader, meeting: Meeting) -> None:
    reader.network_may_fail = True
    page = reader.page(meeting.url)
    page.add_init_script("WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 5); } close() {} };")
    page.goto(f"/live/{meeting.id}?track=fr")
    meeting.says(13, 1, fr="Phrase # en français.")
    expect(caption(page, "Phrase 13 ")).to_be_visible()
    meeting.says(14, 1, fr="Phrase # en français.")
    expect(caption(page, "Phrase 14 ")).to_be_visible()


def test_corrections_are_marked_quietly_and_what_is_retracted_goes(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(caption(page, "Phrase 11 ")).to_be_visible()
    meeting.services.sessions.correct(meeting.id, "fr", "c11", 1, "Phrase onze, corrigée.", by=BY)
    corrected = caption(page, "Phrase onze, corrigée.")
    expect(corrected.locator(".corrected")).to_be_visible()
    expect(corrected).to_contain_text("Corrected by a person")
    meeting.services.sessions.retract(meeting.id, "fr", "c12", by=BY)
    expect(caption(page, "Phrase 12 ")).to_have_count(0)


def test_speakers_and_agenda_items_stand_between_the_captions(reader: Reader, meeting: Meeting) -> None:
    meeting.services.sessions.mark(meeting.id, MarkKind.ITEM, 36_000, "4 Draft Recommendation", by=BY)
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(page.get_by_role("heading", name="4 Draft Recommendation")).to_be_visible()
    meeting.services.sessions.mark(meeting.id, MarkKind.SPEAKER, 40_000, "Kenya", by=BY)
    expect(page.get_by_role("heading", name="Kenya")).to_be_visible()
    rows = page.locator(".row").all_inner_texts()
    assert [row.split()[0] for row in rows[-5:]] == ["4", "Phrase", "Kenya", "Phrase", "Phrase"]


@pytest.mark.parametrize(
    ("interface", "track", "direction"), [("en", "ar", "rtl"), ("ar", "fr", "ltr"), ("ar", "ar", "rtl")]
)
def test_a_caption_has_its_own_direction(
    reader: Reader, meeting: Meeting, interface: str, track: str, direction: str
) -> None:
    page = reader.page(meeting.url, interface)
    page.goto(f"/live/{meeting.id}?track={track}")
    expect(page.locator("button.track").first).to_be_visible()
    text = page.locator(".said").last
    expect(text).to_have_attribute("lang", track)
    assert text.evaluate("element => getComputedStyle(element).direction") == direction
    assert page.evaluate("document.documentElement.dir") == ("rtl" if interface == "ar" else "ltr")


def test_how_one_likes_to_read_is_remembered(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    before = page.locator(".said").last.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    page.get_by_role("button", name="Display").click()
    page.get_by_role("button", name="Larger").click()
    page.get_by_role("button", name="Larger").click()
    page.get_by_text("Yellow on black").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Larger")).to_have_count(0)
    page.reload()
    style = page.locator(".said").last.evaluate(
        "element => { const found = getComputedStyle(element); return [parseFloat(found.fontSize), found.color]; }"
    )
    assert style[0] > before * 1.3
    assert style[1] == "rgb(255, 255, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"


def test_screen_readers_are_told_whole_captions_only(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(caption(page, "Phrase 12 ")).to_be_visible()
    expect(page.locator("button.track").first).to_be_visible()
    aloud = page.locator("#aloud")
    expect(aloud).to_have_attribute("aria-live", "polite")
    meeting.writes(13, "fr", "Phrase 13", tail=" qui")
    expect(caption(page, "Phrase 13 qui")).to_be_visible()
    expect(aloud.locator("p")).to_have_count(0)
    meeting.services.sessions.append(meeting.id, [_second_state(13, "Phrase 13 entière.")])
    expect(aloud.locator("p")).to_have_text(["Phrase 13 entière."])
    page.get_by_role("button", name="Display").click()
    page.get_by_text("Have screen readers read out new captions").click()
    meeting.says(14, 1, fr="Phrase # en français.")
    expect(caption(page, "Phrase 14 ")).to_be_visible()
    expect(aloud.locator("p")).to_have_count(1)


def _second_state(number: int, text: str) -> Any:
    return replace(cue(number, "fr", text), revision=2)


def test_off_the_record_takes_from_the_screen_what_was_said(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url)
    page.goto(f"/live/{meeting.id}?track=fr")
    expect(caption(page, "Phrase 12 ")).to_be_visible()
    meeting.services.sessions.off_record(meeting.id, by=BY, since_ms=0)
    expect(page.get_by_text("The meeting is off the record: nothing is captioned or kept.")).to_be_visible()
    expect(page.locator(".said")).to_have_count(0)


def test_without_a_script_the_latest_captions_and_a_link_for_more(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url, java_script_enabled=False)
    page.goto(f"/live/{meeting.id}?track=fr")
    assert visible_texts(page)[-1] == "Phrase 12 en français."
    meeting.says(13, 1, fr="Phrase # en français.")
    page.get_by_role("link", name="Show what is new").click()
    expect(page.locator(".said").last).to_have_text("Phrase 13 en français.")
    page.get_by_role("link", name="العربية").click()
    expect(page.locator(".said").last).to_have_text("جملة 12 بالعربية.")


@pytest.fixture
def foreign() -> Iterator[Callable[[str], str]]:
    """Another site: gives the address of a page with this content, on another port."""
    pages: dict[str, bytes] = {}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in pages else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def page(content: str) -> str:
        pages["/page"] = f"<!doctype html><html lang=en><title>Elsewhere</title>{content}</html>".encode()
        return f"http://127.0.0.1:{server.server_port}/page"

    yield page
    server.shutdown()
    server.server_close()


def test_one_script_tag_brings_captions_into_another_sites_page(
    reader: Reader, meeting: Meeting, foreign: Callable[[str], str]
) -> None:
    _, token = meeting.services.sessions.grant(meeting.id, Role.VIEWER, "a site", by=BY)
    data = f'data-session="{meeting.id}" data-access="{token}" data-track="fr" data-look="contrast"'
    script = f'<script src="{meeting.url}/live/widget.js" {data} async>'
    page = reader.page(meeting.url)
    page.goto(foreign(f"<h1>A site</h1>{script}</script>"))
    frame = page.frame_locator("iframe")
    expect(frame.locator(".said", has_text="Phrase 12 ")).to_be_visible()
    meeting.says(13, 1, fr="Phrase # en français.")
    expect(frame.locator(".said", has_text="Phrase 13 ")).to_be_visible()
    frame.get_by_role("button", name="العربية").click()
    expect(frame.locator(".said", has_text="جملة 12")).to_be_visible()
    expect(page.locator("iframe")).to_have_attribute("title", "Live captions")
    assert frame.locator("body").evaluate("body => getComputedStyle(body).color") == "rgb(255, 255, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('.langsupport-captions')).resize") == "both"


def test_a_widget_with_a_link_that_was_taken_back_says_so(
    reader: Reader, meeting: Meeting, foreign: Callable[[str], str]
) -> None:
    grant, token = meeting.services.sessions.grant(meeting.id, Role.VIEWER, "a site", by=BY)
    data = f'data-session="{meeting.id}" data-access="{token}" data-track="fr"'
    page = reader.page(meeting.url)
    page.goto(foreign(f'<script src="{meeting.url}/live/widget.js" {data}></script>'))
    frame = page.frame_locator("iframe")
    expect(frame.locator(".said", has_text="Phrase 12 ")).to_be_visible()
    meeting.services.sessions.revoke(meeting.id, grant.id, by=BY)
    expect(frame.get_by_text("This link was taken back.")).to_be_visible()
    reader.network_may_fail = True
    page.reload()
    expect(frame.get_by_text("was taken back")).to_be_visible()
    reader.complaints = [said for said in reader.complaints if "403" not in said]


def test_only_the_embedded_view_may_be_shown_in_other_pages(
    reader: Reader, meeting: Meeting, foreign: Callable[[str], str]
) -> None:
    page = reader.page(meeting.url)
    page.goto(foreign(f'<iframe src="{meeting.url}/live/{meeting.id}"></iframe>'))
    page.wait_for_load_state("load")
    assert all(not frame.query_selector(".watch") for frame in page.frames)
    reader.complaints = [
        said for said in reader.complaints if "frame-ancestors" not in said and "ERR_BLOCKED" not in said
    ]


def test_an_overlay_is_text_on_a_transparent_ground(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url, viewport={"width": 640, "height": 360})
    page.goto(f"/live/{meeting.id}/overlay?track=fr&color=00ff00&size=30&lines=2&clear=0")
    expect(caption(page, "Phrase 12 ")).to_be_visible()
    assert (
        page.evaluate("[document.documentElement, document.body].map(e => getComputedStyle(e).backgroundColor)")
        == ["rgba(0, 0, 0, 0)"] * 2
    )
    transparent, green = _pixels(page, page.screenshot(omit_background=True))
    assert transparent > 0.8 * 640 * 360
    assert green > 100
    expect(page.get_by_role("button")).to_have_count(0)


def _pixels(page: Page, picture: bytes) -> list[int]:
    """(transparent, pure green) pixels of a picture, counted by the browser."""
    count = """async (data) => {
        const picture = await createImageBitmap(new Blob([new Uint8Array(data)]));
        const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
        canvas.drawImage(picture, 0, 0);
        const all = canvas.getImageData(0, 0, picture.width, picture.height).data;
        let transparent = 0, green = 0;
        for (let at = 0; at < all.length; at += 4) {
            if (all[at + 3] === 0) transparent += 1;
            else if (all[at] === 0 && all[at + 1] === 255 && all[at + 2] === 0) green += 1;
        }
        return [transparent, green];
    }"""
    found: list[int] = page.evaluate(count, list(picture))
    return found


def test_a_projector_listens_to_keys(reader: Reader, meeting: Meeting) -> None:
    page = reader.page(meeting.url, viewport={"width": 1280, "height": 720})
    page.goto(f"/live/{meeting.id}/projector?track=fr&lines=2")
    expect(caption(page, "Phrase 12 ")).to_be_in_viewport()
    size = "parseFloat(getComputedStyle(document.querySelector('.band')).fontSize)"
    before = page.evaluate(size)
    page.keyboard.press("+")
    page.keyboard.press("Shift+Digit2")
    expect(caption(page, "جملة 12")).to_be_in_viewport()
    page.keyboard.press("ArrowUp")
    assert page.evaluate(size) > before
    assert "second=ar" in page.url and "position=middle" in page.url
    page.mouse.move(300, 300)
    expect(page.get_by_role("toolbar")).to_have_css("opacity", "1")
    expect(page.locator("main")).to_have_css("cursor", "none")


def test_a_room_scans_the_public_link_off_the_projector(reader: Reader, meeting: Meeting) -> None:
    sessions = meeting.services.sessions
    _, public = sessions.grant(meeting.id, "viewer", "", BY, public=True)
    _, own = sessions.grant(meeting.id, "viewer", "Ana", BY)
    page = reader.page(meeting.url, viewport={"width": 1280, "height": 720})
    page.goto(f"/live/{meeting.id}/projector?access={public}&track=fr")
    expect(caption(page, "Phrase 12 ")).to_be_in_viewport()
    expect(page.get_by_role("img", name="QR code of the link to these captions")).to_be_visible()
    assert scanned(page.screenshot()) == f"{meeting.url}/live/join/{public}"
    phone = reader.page(meeting.url, "fr")
    phone.goto(scanned(page.screenshot()))
    expect(caption(phone, "Phrase 12 ")).to_be_in_viewport()
    page.keyboard.press("q")
    expect(page.locator("#code")).to_be_hidden()
    assert scanned(page.screenshot()) == "" and "code=0" in page.url
    page.goto(f"/live/{meeting.id}/projector?access={own}&track=fr")  # her own: not for the room
    expect(caption(page, "Phrase 12 ")).to_be_in_viewport()
    expect(page.locator("#code")).to_have_count(0)


@pytest.fixture
def heard_meeting(meeting: Meeting) -> Meeting:
    """A meeting of 48 seconds whose sound was kept."""
    sound = meeting.services.settings.data_dir / "live" / meeting.id / "floor.s16le"
    sound.parent.mkdir(parents=True, exist_ok=True)
    sound.write_bytes(bytes(2 * 16_000 * 48))
    meeting.services.sessions.note_channel(meeting.id, "floor", position=48 * 16_000)
    return meeting


def played_to(page: Page, least_s: float) -> float:
    """Where the player is, paused, as soon as it has come so far."""
    media = page.locator("#media")
    for _ in range(PATIENCE_MS // 50):
        if media.evaluate("media => media.currentTime") >= least_s:
            break
        page.wait_for_timeout(50)
    found: float = media.evaluate("media => (media.pause(), media.currentTime)")
    return found


def test_a_click_on_a_word_plays_it(reader: Reader, heard_meeting: Meeting) -> None:
    page = reader.page(heard_meeting.url, viewport={"width": 1280, "height": 900})
    page.goto(f"/live/{heard_meeting.id}/replay?track=floor")
    text = caption(page, "Sentence 5 is spoken here.")
    expect(page.get_by_role("button", name="Play from 00:16")).to_be_visible()
    word = text.evaluate(
        """(element) => {
            const range = document.createRange();
            const node = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
            const at = node.data.indexOf("spoken");
            range.setStart(node, at);
            range.setEnd(node, at + 6);
            const { x, y, width, height } = range.getBoundingClientRect();
            return [x + width / 2, y + height / 2];
        }"""
    )
    page.mouse.click(*word)
    assert 18.4 <= played_to(page, 18.4) < 19.9  # the fourth of five words of a caption that begins at 16 s
    expect(page.locator(".replay-row.current")).to_contain_text("Sentence 5 is spoken here.")
    expect(page.locator(".word.now")).to_have_count(1)


def test_read_again_by_chapter_by_search_and_in_another_language(reader: Reader, heard_meeting: Meeting) -> None:
    heard_meeting.services.sessions.mark(heard_meeting.id, MarkKind.SPEAKER, 28_000, "Kenya", by=BY)
    page = reader.page(heard_meeting.url, viewport={"width": 1280, "height": 900})
    page.goto(f"/live/{heard_meeting.id}/replay?track=floor")
    expect(page.get_by_role("button", name="Play from 00:00")).to_be_visible()
    page.get_by_role("link", name="Kenya").click()
    assert played_to(page, 28) < 32
    page.get_by_placeholder("Search in the text").fill("sentence 1")
    expect(page.get_by_text("1 of 4")).to_be_visible()
    page.get_by_role("button", name="The next one").click()
    expect(page.locator(".replay-row.hit")).to_contain_text("Sentence 10")
    page.get_by_placeholder("Search in the text").fill("")
    page.get_by_role("button", name="Français").click()
    expect(caption(page, "Phrase 12 en français.")).to_be_visible()
    word = page.get_by_role("link", name="Word", exact=True)
    assert f"/api/v1/sessions/{heard_meeting.id}/transcripts/fr.docx" in str(word.get_attribute("href"))


def test_who_may_operate_sends_the_transcript_to_translation(reader: Reader, heard_meeting: Meeting) -> None:
    page = reader.page(heard_meeting.url, viewport={"width": 1280, "height": 900})
    page.goto(f"/live/{heard_meeting.id}/replay?track=fr")
    page.get_by_role("button", name="Floor", exact=True).click()
    page.get_by_role("button", name="Send to translation").click()
    page.wait_for_url("**/documents/*")
    page.goto(f"/live/{heard_meeting.id}/replay")
    expect(page.get_by_role("heading", name="Documents made of it")).to_be_visible()
    assert [made.track for made in heard_meeting.services.session_exports.documents(heard_meeting.id)] == ["floor"]


def test_readers_have_the_text_and_nothing_to_operate(reader: Reader, heard_meeting: Meeting) -> None:
    _, token = heard_meeting.services.sessions.grant(heard_meeting.id, Role.VIEWER, "a delegate", by=BY)
    page = reader.page(heard_meeting.url, viewport={"width": 1280, "height": 900})
    page.goto(f"/live/{heard_meeting.id}/replay?track=fr&access={token}")
    expect(caption(page, "Phrase 12 en français.")).to_be_visible()
    expect(page.get_by_role("button", name="Send to translation")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="SRT").click()
    assert "Phrase 12 en français." in download.value.path().read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_no_barrier_and_no_overflow_on_the_pages_for_readers(
    reader: Reader, heard_meeting: Meeting, language: str
) -> None:
    heard_meeting.services.sessions.mark(heard_meeting.id, MarkKind.ITEM, 0, "4 Draft Recommendation", by=BY)
    heard_meeting.services.sessions.mark(heard_meeting.id, MarkKind.SPEAKER, 28_000, "Kenya", by=BY)
    heard_meeting.services.sessions.correct(heard_meeting.id, "fr", "c12", 1, "Phrase 12, corrigée.", by=BY)
    page = reader.page(heard_meeting.url, language, bypass_csp=True)  # only so that axe itself may be put in
    for path in ("?track=fr&second=ar", "/replay?track=fr", "/projector?track=fr"):
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto(f"/live/{heard_meeting.id}{path}")
        expect(caption(page, "Phrase 12, corrigée.")).to_be_visible()
        if "projector" not in path:
            page.locator("#settings-button").click()
            expect(page.locator("#settings")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.add_script_tag(path=AXE)
        for look in ("light", "dark", "contrast"):
            page.evaluate(DRESS, look)
            found = page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_TAGS)}}})")["violations"]
            told = [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]
            assert told == [], (path, look)
