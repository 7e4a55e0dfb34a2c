"""What was said before a window, given to the recognizer with it."""

from __future__ import annotations

from collections.abc import Sequence

from langsupport.domain.speech import SAMPLE_RATE, Word

CONTEXT_CHARS = 200
"""Of what was said before a window, given to the recognizer."""
CONTEXT_LASTS_MS = 20_000
"""After a longer silence what was said before helps no more."""


class SpokenContext:
    """Not thread-safe. Keeps twice CONTEXT_CHARS, for a window may begin before the end of what was committed."""

    def __init__(self, text: str, end_sample: int) -> None:
        self._recent = self._text = text
        self._end_ms = end_sample * 1000 // SAMPLE_RATE

    @property
    def recent(self) -> str:
        """The end of all that was committed."""
        return self._recent

    def say(self, text: str) -> None:
        """More was committed."""
        self._recent = (self._recent + text)[-2 * CONTEXT_CHARS :]

    def settle(self, sample: int, ahead: Sequence[Word] = ()) -> None:
        """What was committed before a sample becomes the context of what follows it; `ahead` was said after it."""
        behind = sum(len(word.text) for word in ahead)
        self._text = (self._recent[: len(self._recent) - behind] if behind else self._recent)[-CONTEXT_CHARS:]
        self._end_ms = sample * 1000 // SAMPLE_RATE

    def before(self, start_ms: int) -> str:
        """For a window that begins there."""
        return "" if start_ms - self._end_ms > CONTEXT_LASTS_MS else self._text

    def forget(self) -> None:
        self._recent = self._text = ""
