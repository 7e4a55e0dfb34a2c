"""Texts translated while the caller waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from langsupport.domain.languages import language
from langsupport.engines.protocols import Inference, Lane
from langsupport.errors import InputTooLarge, InvalidRequest, UnsupportedLanguage
from langsupport.pipelines.document import translate_html, translate_text
from langsupport.services.documents import source_code
from langsupport.text.identify import identify

_NAME = "The text"


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """`model` is None where nothing had to be translated."""

    text: str
    source: str
    target: str
    model: str | None


class TextService:
    """Goes by the interactive lane. Any thread."""

    def __init__(self, inference: Inference, max_characters: int) -> None:
        self._inference = inference
        self._max_characters = max_characters

    def translate(
        self, text: str, source: str | None, target: str, format: Literal["text", "html"] = "text"
    ) -> TranslatedText:
        """`source` None or "auto": told from the text.

        Raises: UnsupportedLanguage, InputTooLarge, InvalidRequest (format), ModelMissing, QueueFull, EngineFailure.
        """
        if len(text) > self._max_characters:
            size, limit = f"{len(text)} characters", f"{self._max_characters} characters"
            raise InputTooLarge(name=_NAME, size=size, limit=limit)
        if format not in ("text", "html"):
            raise InvalidRequest(detail=f"“{format}” is no format; allowed are text and html.")
        wanted = language(target, name="target").code
        known = source_code(source) or self.identify(text)
        if known == wanted or not text.strip():
            return TranslatedText(text, known, wanted, None)
        translate = translate_html if format == "html" else translate_text
        done = translate(self._inference, text, known, wanted, Lane.INTERACTIVE)
        return TranslatedText(done, known, wanted, self._inference.serves(known, wanted))

    def identify(self, text: str) -> str:
        """The code of a text's language. Raises UnsupportedLanguage."""
        found = identify(text)
        if found.language is None:
            other = (
                f"it looks like another language ({found.reported})" if found.reported else "its language can't be told"
            )
            raise UnsupportedLanguage(name=_NAME, detail=other)
        return found.language
