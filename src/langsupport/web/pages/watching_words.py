"""What the scripts of the pages for readers say, and how such a reader likes to read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, TRACKS
from langsupport.web.pages.rendering import Interface
from langsupport.web.pages.strings import N_
from langsupport.web.pages.translations import Catalogue

COOKIE = "langsupport_watch"
LOOKS = ("auto", "light", "dark", "contrast")
FONTS = ("device", "noto")
SIZES = 8
USUAL_SIZE = 2

IN_SCRIPTS = (
    N_("As the device"),
    N_("Back to live"),
    N_("Bottom"),
    N_("Captions"),
    N_("Captions in this language appear here as soon as somebody speaks."),
    N_("Captions in {language}"),
    N_("Close"),
    N_("Colours"),
    N_("Connected again."),
    N_("Corrected by a person"),
    N_("Dark"),
    N_("Display"),
    N_("Draft quality: for orientation only."),
    N_("Earlier captions"),
    N_("Ended"),
    N_("Floor"),
    N_("Follow the playback"),
    N_("Full screen"),
    N_("Have screen readers read out new captions"),
    N_("Keep the screen on"),
    N_("Language of the captions"),
    N_("Language of the page"),
    N_("Larger"),
    N_("Letters"),
    N_("Light"),
    N_("Lines"),
    N_("Live"),
    N_("Loading captions"),
    N_("Loading earlier captions"),
    N_("Machine translation, not reviewed."),
    N_("Middle"),
    N_("More space between letters and lines"),
    N_("New captions: {count}"),
    N_("None"),
    N_("Not started yet"),
    N_("Of the device"),
    N_("Off the record"),
    N_("Paused"),
    N_("Place"),
    N_("Play from {time}"),
    N_("QR code"),
    N_("Read and hear it again"),
    N_("Search in the text"),
    N_("Second language"),
    N_("Smaller"),
    N_("Text size"),
    N_("The captions can't be shown."),
    N_("The one before"),
    N_("The next one"),
    N_("The session was deleted."),
    N_("The finer pass over the recording failed."),
    N_("The finer pass over the recording is being made."),
    N_("The finer pass over the recording waits for its turn."),
    N_("The recording was gone over again, more finely."),
    N_("The connection is lost. It is being tried again; nothing will be missing."),
    N_("The interpretation, written by machine; mistakes are possible."),
    N_("The meeting has ended."),
    N_("The meeting is off the record: nothing is captioned or kept."),
    N_("There are no captions in this language."),
    N_("They could not be loaded."),
    N_("Top"),
    N_("This link has expired. Ask whoever sent it for a new one."),
    N_("This link belongs to another session."),
    N_("This link does not hold: it has expired, was taken back or is mistyped. Ask whoever sent it for a new one."),
    N_("This link was taken back. Ask whoever sent it for a new one."),
    N_("You are signed out, or this session is not for you any more. Sign in again."),
    N_("Written by machine as it is spoken; mistakes are possible."),
    N_("Yellow on black"),
    N_("{number} of {count}"),
)


def messages(strings: Catalogue) -> dict[str, str]:
    """What the pages hand to their scripts: English to the reader's language, and the names of the languages."""
    ui = Interface(strings)
    names = {f"language:{code}": ui.name(code) for code in LANGUAGES}
    return {**{text: strings.gettext.gettext(text) for text in IN_SCRIPTS}, **names}


@dataclass(frozen=True, slots=True)
class Reading:
    """How somebody likes to read, as static/js/watch-settings.js keeps it in a cookie."""

    track: str = ""
    second: str = ""
    size: int = USUAL_SIZE
    look: str = LOOKS[0]
    font: str = FONTS[0]
    spaced: bool = False

    @property
    def theme(self) -> str:
        return "dark" if self.look == "contrast" else self.look


def reading(request: Request) -> Reading:
    """What the cookie says, and the address of the look; what they don't say well is as usual."""
    kept = {name: values[0] for name, values in parse_qs(request.cookies.get(COOKIE, "")[:400]).items()}
    size = kept.get("size", "")
    return Reading(
        kept.get("track", ""),
        kept.get("second", ""),
        int(size) if size in map(str, range(SIZES)) else USUAL_SIZE,
        _one_of(LOOKS, request.query_params.get("look", kept.get("look"))),
        _one_of(FONTS, kept.get("font")),
        kept.get("spaced") == "1",
    )


def _one_of(known: tuple[str, ...], given: str | None) -> str:
    return given if given in known else known[0]


def chosen_tracks(request: Request, offered: Collection[str], kept: Reading, reader: str) -> tuple[str, str]:
    """(first, second or ""): from the address, else as chosen before, else the reader's language, else the floor."""
    asked = request.query_params
    first = next((track for track in (asked.get("track"), kept.track, reader, FLOOR) if track in offered), None)
    first = first or next(iter(offered))
    second = asked.get("second", "") if "track" in asked else kept.second
    return first, second if second in offered and second != first else ""


def in_usual_order(tracks: Collection[str]) -> list[str]:
    return [track for track in TRACKS if track in tracks]
