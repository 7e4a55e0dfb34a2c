"""Texts that are translated while the caller waits: shared by the JSON API and the compatible one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import anyio

from langsupport.domain.languages import language
from langsupport.engines.protocols import Inference
from langsupport.errors import InputTooLarge, InvalidRequest, UnsupportedLanguage
from langsupport.pipelines.document import translate_html, translate_text
from langsupport.text.identify import Identification, identify, identify_document
from langsupport.web.threads import Threads

MAX_TEXTS = 1000
"""Texts in one request."""
AT_ONCE = 8
"""Texts of one request that are worked on together, so that the core can batch them."""
NAME = "The text"


@dataclass(frozen=True, slots=True)
class Text:
    """What to translate: `source` None is to be told from all texts together."""

    texts: tuple[str, ...]
    source: str | None
    target: str
    html: bool = False


@dataclass(frozen=True, slots=True)
class TranslatedTexts:
    """One translation for each text, in order. `identified` where the source language was told from them."""

    texts: tuple[str, ...]
    source: str
    identified: Identification | None


def checked(text: Text, max_characters: int) -> Text:
    """The same with known codes. Raises InputTooLarge, UnsupportedLanguage."""
    characters = sum(map(len, text.texts))
    if len(text.texts) > MAX_TEXTS:
        raise InputTooLarge(name="The list", size=f"{len(text.texts):,} texts", limit=f"{MAX_TEXTS:,}")
    if characters > max_characters:
        raise InputTooLarge(name=NAME, size=f"{characters:,} characters", limit=f"{max_characters:,}")
    source = language(text.source, name="source").code if text.source else None
    return Text(text.texts, source, language(text.target, name="target").code, text.html)


def told_language(texts: tuple[str, ...]) -> Identification:
    """The language that the texts are in. Raises UnsupportedLanguage if it isn't one of the six.

    Figures and signs alone are in any language: English is said, with no confidence.
    """
    if not any(character.isalpha() for text in texts for character in text):
        return Identification("en", 0.0)
    found = identify(texts[0]) if len(texts) == 1 else identify_document(texts)
    if found.language:
        return found
    if found.reported:
        raise UnsupportedLanguage(name=NAME, detail=f"it looks like another language ({found.reported})")
    raise UnsupportedLanguage(name=NAME, detail="its language can't be told; say which it is")


async def translate(threads: Threads, inference: Inference, text: Text) -> TranslatedTexts:
    """Translate checked texts. A text that is already in the target language comes back as it is."""
    if not text.texts:
        raise InvalidRequest(detail="There is no text to translate.")
    identified = None
    source = text.source
    if source is None:
        identified = await threads.quick(partial(told_language, text.texts))
        source = identified.language or ""
    if source == text.target:
        return TranslatedTexts(text.texts, source, identified)
    results = [""] * len(text.texts)
    call = translate_html if text.html else translate_text
    room = anyio.CapacityLimiter(AT_ONCE)

    async def one(index: int, item: str) -> None:
        async with room:
            results[index] = await threads.work(partial(call, inference, item, source, text.target))

    try:
        async with anyio.create_task_group() as group:
            for index, item in enumerate(text.texts):
                group.start_soon(one, index, item)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return TranslatedTexts(tuple(results), source, identified)
