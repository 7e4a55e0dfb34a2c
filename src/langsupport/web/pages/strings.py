"""Sentences that are not in a template: those that scripts show, and names of states and severities."""

from __future__ import annotations

from langsupport.web.pages.translations import Catalogue


def N_(text: str) -> str:
    return text


STATES = {
    "queued": N_("Waiting"),
    "reading": N_("Reading"),
    "recognizing": N_("Listening"),
    "translating": N_("Translating"),
    "done": N_("Ready"),
    "failed": N_("Failed"),
    "original": N_("Original"),
    "none": N_("Not requested"),
}

SEVERITIES = {
    "error": N_("Must be corrected"),
    "warning": N_("Should be checked"),
    "info": N_("For information"),
}

TASKS = {
    "translation": N_("Translation"),
    "recognition": N_("Speech recognition"),
}

IN_SCRIPTS = (
    N_("Received. It is being worked on."),
    N_("Stopped."),
    N_("Stop"),
    N_("Close"),
    N_("Sending"),
    N_("Translating"),
    N_("Detected: {language}"),
    N_("Translated by {model}"),
    N_("Draft quality: for orientation only."),
    N_("Copied"),
    N_("Copy"),
    N_("Captions in {language}"),
    N_("Captions"),
    N_("Beside it"),
    N_("Nothing"),
    N_("Follow the playback"),
    N_("The server can't be reached. Check the connection and try again."),
    N_("Waiting"),
)


def script_messages(strings: Catalogue) -> dict[str, str]:
    """What a page hands to its scripts: English to the reader's language."""
    return {text: strings.gettext.gettext(text) for text in IN_SCRIPTS}
