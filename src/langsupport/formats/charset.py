"""Text files: bytes to characters and back, with a clear error where the encoding can't be told."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from langsupport.domain.languages import Script, script_of
from langsupport.errors import DamagedFile, EmptyInput, InputTooLarge

MAX_TEXT_BYTES = 32 * 1024 * 1024
"""The largest text file that is read."""

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SAMPLE_CHARACTERS = 20_000
_MARGIN = 0.12
"""The best legacy encoding must beat the next by this much of the text's non-ASCII characters."""
_ENOUGH = 0.5
_PLAIN_BYTES = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))

_COMMON: dict[Script, frozenset[str]] = {
    Script.ARABIC: frozenset("اليمنوتربةعدسفهكقحج،أإ"),
    Script.CYRILLIC: frozenset("оеаинтсрвлкмдпуяыьгзбчйхжш«»№–"),
    Script.LATIN: frozenset("éèàçêîôûùëïñóíáúüÉÀ¿¡«»’‘“”–…°œ\xa0"),
    Script.HAN: frozenset(
        "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后"
        "多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合"
        "还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只"
        "没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边"
        "流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被做必战先回则任取据处队南给色光门即保治北造，。"
        "、；：（）《》“”世界权宣言议会联合组织标准电信建议书"
    ),
}

_LEGACY: tuple[tuple[str, Script], ...] = (
    ("gb18030", Script.HAN),
    ("cp1256", Script.ARABIC),
    ("iso8859-6", Script.ARABIC),
    ("cp1251", Script.CYRILLIC),
    ("koi8-r", Script.CYRILLIC),
    ("cp866", Script.CYRILLIC),
    ("iso8859-5", Script.CYRILLIC),
    ("cp1252", Script.LATIN),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's characters and how they were written. `bom` is the byte order mark, maybe empty."""

    text: str
    encoding: str
    bom: bytes

    def encode(self, text: str) -> bytes:
        """Bytes for a changed text: in the source's Unicode encoding; a legacy one becomes UTF-8."""
        if self.encoding.startswith("utf"):
            return self.bom + text.encode(self.encoding)
        return text.encode("utf-8")


def decode(data: bytes, name: str) -> Decoded:
    """Tell the encoding: byte order mark, UTF-8, UTF-16 without a mark, then the legacy ones of the six languages.

    Raises:
        EmptyInput: nothing but white space. InputTooLarge: over MAX_TEXT_BYTES.
        DamagedFile: not a text, or an encoding that can't be told.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise InputTooLarge(name=name, size=f"{len(data) >> 20} MB", limit=f"{MAX_TEXT_BYTES >> 20} MB")
    decoded = _decode(data, name)
    if not decoded.text.replace("\ufeff", "").strip():
        raise EmptyInput(name=name)
    if re.search("[\x00-\x08\x0e-\x1a\x1c-\x1f]", decoded.text):
        raise DamagedFile(name=name, detail="it holds binary data and not text")
    return decoded


def _decode(data: bytes, name: str) -> Decoded:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return Decoded(_strict(data[len(bom) :], encoding, name), encoding, bom)
    if unmarked := _unmarked_utf16(data):
        return Decoded(_strict(data, unmarked, name), unmarked, b"")
    if b"\x00" in data:
        raise DamagedFile(name=name, detail="it holds binary data and not text")
    try:
        return Decoded(data.decode("utf-8"), "utf-8", b"")
    except UnicodeDecodeError as error:
        legacy = _legacy(data)
        if legacy is None:
            detail = f"its character encoding can't be told (not UTF-8 at byte {error.start}); save it as UTF-8"
            raise DamagedFile(name=name, detail=detail) from error
        return Decoded(data.decode(legacy), legacy, b"")


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DamagedFile(name=name, detail=f"it is not valid {encoding.upper()} at byte {error.start}") from error


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 shows in zero bytes at every other place: spaces, digits and line ends exist in every language."""
    sample = data[:4096]
    if len(data) % 2 or len(sample) < 4 or b"\x00" not in sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if min(even, odd) * 20 > max(even, odd) or max(even, odd) * 50 < len(sample):
        return None
    big = even > odd
    partners = [low if big else high for high, low in zip(sample[0::2], sample[1::2], strict=False) if 0 in (high, low)]
    plain = sum(byte in _PLAIN_BYTES for byte in partners)
    if plain < _ENOUGH * len(partners):
        return None
    return "utf-16-be" if big else "utf-16-le"


def _legacy(data: bytes) -> str | None:
    scores: list[tuple[float, str]] = []
    for encoding, script in _LEGACY:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        scores.append((_plausibility(text[:_SAMPLE_CHARACTERS], script), encoding))
    scores.sort(reverse=True)
    if not scores or scores[0][0] < _ENOUGH:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _MARGIN:
        return None
    return scores[0][1]


def _plausibility(text: str, script: Script) -> float:
    """The share of non-ASCII characters that are common in the script's languages, less what can't stand there."""
    foreign = [character for character in text if ord(character) > 127]
    if not foreign:
        return 0.0
    common = sum(character in _COMMON[script] for character in foreign)
    odd = sum(ord(character) < 160 or 0xE000 <= ord(character) < 0xF900 for character in foreign)
    return (common - odd - _mixed_words(text, script)) / len(foreign)


def _mixed_words(text: str, script: Script) -> int:
    """Characters in words that mix the script with plain Latin letters, as only a wrong decoding does."""
    if script in {Script.LATIN, Script.HAN}:
        return 0
    mixed = 0
    for word in re.findall(r"[^\W\d_]+", text):
        own = sum(script_of(letter) is script for letter in word)
        if own and any(letter.isascii() for letter in word):
            mixed += 2 * own
    return mixed
