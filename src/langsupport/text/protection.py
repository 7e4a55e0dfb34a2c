"""Keeping protected entities whole through a translation: mask, unmask, verify, isolate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langsupport.domain.entities import EntityKind, ProtectedEntity, missing_entities
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.numbers import plain_digits

LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"
_OPENERS = frozenset("\u2066\u2067\u2068")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with placeholders for entities: `tokens` in order, and `originals`, what they stand for."""

    text: str
    tokens: tuple[str, ...]
    originals: tuple[str, ...] = ()


def mask(text: str, entities: Sequence[ProtectedEntity]) -> Masked:
    """Replace the entities by short Latin tokens (XQ1, XQ2, …), which engines copy as they copy product names.

    Numbers are left in the text: engines need them for agreement and localize them well.
    """
    chosen = [entity for entity in entities if entity.kind is not EntityKind.NUMBER]
    stem = next(stem for stem in _stems() if stem not in text.upper())
    pieces, tokens, position = [], [], 0
    for index, entity in enumerate(chosen, start=1):
        tokens.append(f"{stem}{index}")
        pieces += [text[position : entity.start], tokens[-1]]
        position = entity.end
    pieces.append(text[position:])
    return Masked("".join(pieces), tuple(tokens), tuple(entity.text for entity in chosen))


def _stems() -> list[str]:
    letters = "QZJKWVY"
    return [f"X{a}" for a in letters] + [f"X{a}{b}{c}" for a in letters for b in letters for c in letters]


def unmask(masked: Masked, translated: str) -> str | None:
    """Put the entities back; None when a placeholder was lost, doubled or invented.

    A changed case, a space inside, full-width or Arabic-Indic digits in a placeholder are tolerated.
    """
    if not masked.tokens:
        return translated
    stem = masked.tokens[0].rstrip("0123456789")
    letters = r"\s?".join(f"[{c}{c.lower()}{chr(ord(c) + 0xFEE0)}]" for c in stem)
    pattern = re.compile(rf"{letters}[\s_\-]?([0-9٠-٩۰-۹０-９]+)")
    seen: list[int] = []

    def restore(match: re.Match[str]) -> str:
        number = int(plain_digits(match.group(1)))
        seen.append(number)
        return masked.originals[number - 1] if 1 <= number <= len(masked.originals) else ""

    text = pattern.sub(restore, translated)
    return text if sorted(seen) == list(range(1, len(masked.tokens) + 1)) else None


def missing(entities: Sequence[ProtectedEntity], target_text: str, target_language: str) -> list[ProtectedEntity]:
    """The entities that the target lacks: verbatim for all kinds, by value for numbers (domain.entities)."""
    return missing_entities(entities, target_text, target_language)


_HYPHENS = "-‐‑–−－"


def mend(entities: Sequence[ProtectedEntity], target_text: str) -> str:
    """Write entities as in the source where the engine only changed their look: full-width brackets and letters,
    another hyphen, a space at a bracket (`C25/17（Rev.1）–E`)."""
    text = target_text
    for entity in sorted(entities, key=lambda entity: -len(entity.text)):
        if entity.kind is not EntityKind.NUMBER and entity.text not in text:
            text = _lookalikes(entity.text).sub(entity.text.replace("\\", r"\\"), text)
    return text


def _lookalikes(original: str) -> re.Pattern[str]:
    parts: list[str] = []
    for index, character in enumerate(original):
        if character.isspace():
            parts.append(r"\s*")
            continue
        if index and not (character.isalnum() and original[index - 1].isalnum()):
            parts.append(r"\s?")
        wide = chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else ""
        same = _HYPHENS if character in _HYPHENS else character + wide
        parts.append(f"[{re.escape(same)}]")
    return re.compile(rf"(?<![^\W_]){''.join(parts)}(?![^\W_])" if original.isascii() else "".join(parts), re.ASCII)


def isolate(target_text: str, entities: Sequence[ProtectedEntity], target_language: str) -> str:
    """Wrap left-to-right entities of a right-to-left text in LRI … PDI (Unicode UAX #9), so that a symbol such as
    C25/17(Rev.1)-E is not reordered by its neighbours. Numbers need none. Idempotent; other languages unchanged.
    """
    if target_language not in LANGUAGES or LANGUAGES[target_language].direction != "rtl":
        return target_text
    strings = {
        e.text for e in entities if e.kind is not EntityKind.NUMBER and any(c.isascii() and c.isalnum() for c in e.text)
    }
    if not strings:
        return target_text
    pattern = re.compile("|".join(re.escape(s) for s in sorted(strings, key=len, reverse=True)))
    pieces, position = [], 0
    for match in pattern.finditer(target_text):
        if _inside_word(target_text, match) or _isolated_at(target_text, match.start()):
            continue
        pieces += [target_text[position : match.start()], LRI, match.group(), PDI]
        position = match.end()
    return "".join([*pieces, target_text[position:]])


def _inside_word(text: str, match: re.Match[str]) -> bool:
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    first, last = match.group()[0], match.group()[-1]
    return bool(
        (before.isascii() and before.isalnum() and first.isalnum())
        or (after.isascii() and after.isalnum() and last.isalnum())
    )


def _isolated_at(text: str, position: int) -> bool:
    """Whether a place already lies inside an isolate."""
    depth = 0
    for character in text[:position]:
        if character in _OPENERS:
            depth += 1
        elif character == PDI:
            depth = max(0, depth - 1)
    return depth > 0
