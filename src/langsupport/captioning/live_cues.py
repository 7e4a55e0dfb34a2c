"""From committed words to cues that only grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from langsupport.captioning.live_options import LiveOptions
from langsupport.captioning.phrasing import CLAUSE_END, SENTENCE_END, width
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, CueState, LiveCue
from langsupport.domain.speech import Word

MIN_SENTENCE_CHARS = 24
"""A shorter sentence shares its cue with the next one, unless its speaker stops."""
PAUSE_MS = 2_000
"""A longer pause between two words always begins a new cue."""
_FULL_WIDTH = str.maketrans(",?!:;", "，？！：；")
_ABBREVIATIONS = frozenset(
    {"mr.", "mrs.", "ms.", "dr.", "st.", "no.", "art.", "vs.", "m.", "mme.", "sr.", "sra.", "prof."}
)


class CueBuilder:
    """The cues of one channel. `add` and `close` give complete new states of what changed."""

    def __init__(self, channel: str, options: LiveOptions, first_cue: int = 1) -> None:
        self._channel = channel
        self._options = options
        self._number = first_cue
        self._open: LiveCue | None = None

    def add(self, words: Sequence[Word], language: str) -> list[LiveCue]:
        """Committed words, in order. A cue that they complete comes out final, the next one open.

        However many words come at once, a cue's revision grows by one.
        """
        changed: dict[str, LiveCue] = {}
        for word in words:
            if self._open is not None and self._ends_before(word, language):
                changed[self._open.id] = replace(self._open, state=CueState.FINAL)
                self._open = None
            cue = self._open = self._grown(word, language)
            if self._complete():
                cue = replace(cue, state=CueState.FINAL)
                self._open = None
            changed[cue.id] = cue
        if self._open is not None and self._open.id in changed:
            self._open = replace(self._open, revision=self._open.revision + 1)
        return [replace(cue, revision=cue.revision + 1) for cue in changed.values()]

    def close(self) -> list[LiveCue]:
        """No more words for the open cue."""
        if self._open is None:
            return []
        closed = replace(self._open, state=CueState.FINAL, revision=self._open.revision + 1)
        self._open = None
        return [closed]

    def forget(self, cue_id: str) -> None:
        """A person took the open cue over: further words begin a new one."""
        if self._open is not None and self._open.id == cue_id:
            self._open = None

    def with_tail(self, words: Sequence[Word], language: str) -> LiveCue | None:
        """The open cue with what may still change behind it, or a new one of tail alone; None if there is nothing."""
        text = joined(words, language, self._open.stable if self._open else "")
        if self._open is not None and self._open.language == language:
            return replace(self._open, tail=text)
        if not words:
            return None
        return self._new(words[0], language, "", text.lstrip())

    def _grown(self, word: Word, language: str) -> LiveCue:
        cue = self._open
        if cue is None:
            cue = self._new(word, language, "", "")
            self._number += 1
        text = joined([word], language, cue.stable)
        stable = cue.stable + text if cue.stable else text.lstrip()
        return replace(cue, stable=stable, end_ms=max(cue.end_ms, word.end_ms), words=(*cue.words, word))

    def _new(self, word: Word, language: str, stable: str, tail: str) -> LiveCue:
        prefix = "c" if self._channel == FLOOR else f"{self._channel}-"
        return LiveCue(
            f"{prefix}{self._number}",
            self._channel,
            self._channel,
            language,
            word.start_ms,
            word.end_ms,
            stable,
            tail,
            revision=0,
        )

    def _ends_before(self, word: Word, language: str) -> bool:
        cue = self._open
        assert cue is not None
        if cue.language != language or word.start_ms - cue.end_ms > PAUSE_MS:
            return True
        if word.end_ms - cue.start_ms > self._options.max_cue_ms:
            return True
        return width(cue.stable + word.text, language) > self._limit(language)

    def _complete(self) -> bool:
        cue = self._open
        assert cue is not None
        length = width(cue.stable, cue.language)
        last = cue.stable.rstrip("\"'”»)]")[-1:]
        if last and last in SENTENCE_END:
            scale = 1 if LANGUAGES[cue.language].word_spaces else 3
            if cue.stable.rsplit(None, 1)[-1].lower() in _ABBREVIATIONS:
                return False
            return length * scale >= MIN_SENTENCE_CHARS
        return bool(last) and last in CLAUSE_END and length > self._limit(cue.language) * 0.7

    def _limit(self, language: str) -> float:
        """Characters in a cue: the same share of a screen in each language."""
        return self._options.max_cue_chars * LANGUAGES[language].caption_line_chars / 42


def joined(words: Sequence[Word], language: str, before: str) -> str:
    """Words as text that can be set behind `before`: spaces as the language writes them."""
    if LANGUAGES[language].word_spaces:
        return "".join(word.text for word in words)
    text = before[-1:]
    for word in words:
        part = word.text.strip() if _han(text[-1:]) or _han(word.text.strip()[:1]) else word.text
        if _han(text[-1:]) and part[:1] in ",?!:;":
            part = part[:1].translate(_FULL_WIDTH) + part[1:]
        text += _wide_marks(part)
    return text[len(before[-1:]) :]


def _wide_marks(part: str) -> str:
    """Chinese punctuation after Chinese characters, where the recognizer writes the narrow forms."""
    if len(part) > 1 and _han(part[-2]) and part[-1] in ",?!:;":
        return part[:-1] + part[-1].translate(_FULL_WIDTH)
    return part


def _han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"
