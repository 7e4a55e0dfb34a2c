"""What people and machines write into sessions, brought into a form that can be kept, within limits.

NUL can't be stored in PostgreSQL, and other control characters do harm in subtitle files: they are taken out, line
breaks and tabs become spaces.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from langsupport.domain.languages import language
from langsupport.domain.live import FLOOR, TRACKS, LiveCue
from langsupport.errors import InvalidRequest

TITLE_CHARS = 200
CODE_CHARS = 64
NAME_CHARS = 200
CUE_CHARS = 2_000
MARK_CHARS = 500
TERMS = 200
TERM_CHARS = 80
AGENDA_ITEMS = 200
URL_CHARS = 2_000
MARKS = 2_000
"""Marks in one session, removed ones among them."""
GRANTS = 1_000
"""Links that are valid at a time in one session."""
CLOCK_LIMIT_MS = 7 * 24 * 3600 * 1000
"""No session's clock goes further."""


def plain_text(text: str) -> str:
    """Without control characters; character by character, so that what grew at its end still did."""
    if text.isprintable():
        return text
    kept = (" " if character in "\n\r\t\v\f\x85\u2028\u2029" else character for character in text)
    return "".join(character for character in kept if unicodedata.category(character) not in ("Cc", "Cs"))


def line(text: str, what: str, limit: int, *, required: bool = False) -> str:
    """One line of text without spaces around it. Raises InvalidRequest: too long, or nothing where it is required."""
    cleaned = plain_text(text).strip()
    if len(cleaned) > limit:
        detail = f"The {what} has {len(cleaned):,} characters, and the limit is {limit:,}. Shorten it."
        raise InvalidRequest(detail=detail)
    if required and not cleaned:
        raise InvalidRequest(detail=f"The {what} is empty. Give one.")
    return cleaned


def lines(texts: Sequence[str], what: str, count: int, limit: int) -> list[str]:
    """Distinct lines in the order given, empty ones left out. Raises InvalidRequest: too many or too long."""
    kept = list(dict.fromkeys(cleaned for text in texts if (cleaned := line(text, what, limit))))
    if len(kept) > count:
        raise InvalidRequest(detail=f"{len(kept):,} lines were given ({what}), and the limit is {count:,}.")
    return kept


def glossary_terms(texts: Sequence[str]) -> list[str]:
    return lines(texts, "glossary term", TERMS, TERM_CHARS)


def agenda_items(texts: Sequence[str]) -> list[str]:
    return lines(texts, "agenda item", AGENDA_ITEMS, TITLE_CHARS)


def track_key(key: str, what: str = "track") -> str:
    """Raises InvalidRequest."""
    if key not in TRACKS:
        raise InvalidRequest(detail=f"“{plain_text(key[:40])}” is no {what}. There are: {', '.join(TRACKS)}.")
    return key


def channel_language(key: str, code: str | None) -> str | None:
    """The language of a channel: the floor's may be told from the sound (None), an interpreter's is its own.

    Raises: InvalidRequest, UnsupportedLanguage.
    """
    track_key(key, "channel")
    chosen = None if code in (None, "", "auto") else language(code, name="language").code
    if key == FLOOR:
        return chosen
    if chosen not in (None, key):
        raise InvalidRequest(detail=f"On the interpreter's channel {key} only {key} is spoken, not {chosen}.")
    return key


def clock(value_ms: int, what: str) -> int:
    """Raises InvalidRequest: not on a session's clock."""
    if not 0 <= value_ms <= CLOCK_LIMIT_MS:
        raise InvalidRequest(detail=f"{what} is {value_ms} ms, which is not on a session's clock.")
    return value_ms


def machine_cue(cue: LiveCue) -> LiveCue:
    """A cue that a machine wrote, as it can be kept. Cutting an endless one keeps what was shown of it."""
    stable = plain_text(cue.stable)[:CUE_CHARS]
    if stable == cue.stable:
        return cue
    return replace(cue, stable=stable, tail="" if len(stable) == CUE_CHARS else cue.tail)
