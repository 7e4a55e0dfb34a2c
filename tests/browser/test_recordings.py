"""Captions beside the player."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from faces import TEST_DATA

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)
RECORDING = TEST_DATA / "speech" / "en" / "jfk.flac"


def test_from_the_button_to_the_captions(visitor: Visitor, recording: str) -> None:
    """Given with its language, its page opened at once: captions come up as languages get ready."""
    page = visitor.page()
    page.goto("/recordings")
    page.get_by_label("Spoken language").select_option("en")
    for name in ("العربية", "中文", "Français", "Русский"):
        page.get_by_label(name).uncheck()
    page.locator("#file").set_input_files(
        {"name": "speech.flac", "mimeType": "audio/flac", "buffer": RECORDING.read_bytes()}
    )
    page.get_by_role("link", name="speech.flac").first.click()
    expect(page.get_by_text("Spoken in English")).to_be_visible()
    expect(page.locator("button.cue").first).to_be_visible()
    expect(page.locator(".tabs button")).to_have_text(["English", "Español"])
    expect(page.locator("#live")).to_have_attribute("data-busy", "no")


def test_a_click_on_a_caption_goes_there(visitor: Visitor, recording: str) -> None:
    page = visitor.page()
    page.goto(f"/recordings/{recording}?captions=en")
    cues = page.locator("button.cue")
    expect(cues.nth(1)).to_be_visible()
    cues.last.click()
    expect(cues.last).to_have_class("cue current")
    assert page.locator("#media").evaluate("media => media.currentTime") > 1
    expect(page.locator("#now p").first).to_have_text(cues.last.locator("span").inner_text())


def test_the_current_caption_follows_the_player(visitor: Visitor, recording: str) -> None:
    page = visitor.page()
    page.goto(f"/recordings/{recording}?captions=en")
    cues = page.locator("button.cue")
    expect(cues.first).to_be_visible()
    page.locator("#media").evaluate("media => { media.muted = true; media.currentTime = 0; }")
    expect(cues.first).to_have_attribute("aria-current", "true")
    page.locator("#media").evaluate("media => { media.currentTime = media.duration - 0.7; }")
    expect(cues.last).to_have_attribute("aria-current", "true")
    expect(cues.last).to_be_in_viewport()


def test_two_languages_side_by_side_in_one_tap_each(visitor: Visitor, recording: str) -> None:
    page = visitor.page()
    page.goto(f"/recordings/{recording}?captions=en")
    page.get_by_role("button", name="العربية").click()
    own = page.locator(".cue span").first
    expect(own).to_have_attribute("dir", "rtl")
    expect(own).to_contain_text("[ar]")
    page.get_by_label("Beside it").select_option("ru")
    expect(page.locator(".cue.pair .beside").first).to_contain_text("[ru]")
    page.reload()  # the choice is in the address
    expect(page.locator(".cue.pair .beside").first).to_contain_text("[ru]")


def test_the_formats_are_there(visitor: Visitor, recording: str) -> None:
    page = visitor.page()
    page.goto(f"/recordings/{recording}")
    for name in ("WebVTT", "SRT", "TTML", "Plain text", "JSON"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=f"Download {name}: French").click()
        assert ".fr." in waiting.value.suggested_filename


def test_without_a_script(visitor: Visitor, recording: str) -> None:
    page = visitor.page("fr", java_script_enabled=False)
    page.goto(f"/recordings/{recording}?captions=fr&beside=en")
    expect(page.locator(".cue.pair").first).to_contain_text("[fr]")
    expect(page.locator("track")).to_have_count(6)
    page.get_by_role("link", name="Español").nth(1).click()
    expect(page.locator(".cue").first).to_contain_text("[es]")
