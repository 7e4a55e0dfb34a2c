"""Scores of recognized text, offline and live.

Normalization, for reference and hypothesis alike: NFKC, lower case, apostrophes and hyphens inside words removed,
other punctuation becomes a space; Arabic without vowel signs and tatweel, alef forms as alef, alef maqsura as ya,
ta marbuta as ha; Russian without stress marks. Digits and Chinese script stay as they are; Chinese is compared by
characters without spaces.

Live text is scored from a log of `Shown` states, each the whole text so far. A word's latency is the time at which it
was there for good less the time at which it had been said. When it had been said is taken from the offline word times
of the same model on the same sound, aligned word by word; words that the two do not share have no latency.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jiwer
from rapidfuzz.distance import Levenshtein

ARABIC_FORMS = str.maketrans("\u0623\u0625\u0622\u0671\u0649\u0629", "\u0627\u0627\u0627\u0627\u064a\u0647")
MAX_APART_MS = 15_000
"""A word that came more than this before or after it was said is another one: the alignment paired it wrongly."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a viewer had before their eyes: all committed text, and what could still change."""

    audio_ms: int  # sound that had been sent by then
    wall_ms: float  # on the run's clock, which began with the sound
    stable: str
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An offline word: the truth about time."""

    text: str
    end_ms: int


def normal(text: str, language: str) -> str:
    """See the module."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"(?<=\w)['’ʼ-](?=\w)", "", text)
    if language == "ar":
        text = "".join(c for c in text if not unicodedata.combining(c) and c != "ـ")
        text = text.translate(ARABIC_FORMS)
    if language == "ru":
        text = text.replace("\u0301", "")
    text = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in text)
    return "".join(text.split()) if language == "zh" else " ".join(text.split())


def error_rate(references: Sequence[str], hypotheses: Sequence[str], language: str) -> float:
    """Percent: WER, or CER for Chinese."""
    left, right = [normal(r, language) for r in references], [normal(h, language) for h in hypotheses]
    return 100 * (jiwer.cer(left, right) if language == "zh" else jiwer.wer(left, right))


def units(text: str, language: str | None) -> list[str]:
    """Words, or characters of Chinese (`None`: several languages, where each Chinese character is a word)."""
    if language == "zh":
        return list(normal(text, "zh"))
    plain = normal(text, language or "en")
    return re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+", plain) if language is None else plain.split()


def unit_error_rate(reference: str, hypothesis: str, language: str | None) -> float:
    """Percent, as error_rate; for a text in several languages words and Chinese characters count alike."""
    right, found = units(reference, language), units(hypothesis, language)
    return 100 * Levenshtein.distance(right, found) / len(right) if right else float("nan")


def times_for_good(shown: Sequence[Shown], language: str | None, *, with_tail: bool = False) -> list[float]:
    """When each unit of the last text was there and did not change any more, `wall_ms`."""
    texts = [units(s.stable + (s.tail if with_tail else ""), language) for s in shown]
    final = texts[-1] if texts else []
    since = [shown[-1].wall_ms] * len(final) if shown else []
    reach = len(final)  # how much of the final text every later state has
    for state, text in zip(reversed(shown), reversed(texts), strict=True):
        reach = min(reach, _common(text, final))
        since[:reach] = [state.wall_ms] * reach
    return since


def latencies(shown: Sequence[Shown], offline: Sequence[Spoken], language: str | None, **kind: bool) -> list[float]:
    """Milliseconds for each unit that live and offline share."""
    when = times_for_good(shown, language, **kind)
    text = (shown[-1].stable + (shown[-1].tail if kind.get("with_tail") else "")) if shown else ""
    said = [(unit, word.end_ms) for word in offline for unit in units(word.text, language)]
    live = units(text, language)
    result: list[float] = []
    for tag, first, last, at, _ in Levenshtein.opcodes(live, [unit for unit, _ in said]):
        if tag == "equal":
            result += [when[first + i] - said[at + i][1] for i in range(last - first)]
    return [value for value in result if abs(value) <= MAX_APART_MS]


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank; nan of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def erasure(shown: Sequence[Shown], language: str | None, *, with_tail: bool) -> float:
    """Normalized erasure (Arivazhagan et al., 2020): units taken back over all updates, per unit of the final text.

    Without the tail every character counts, so that a change of a comma is not overlooked.
    """
    erased = 0
    before: Sequence[str] = ()
    for state in shown:
        now: Sequence[str] = units(state.stable + state.tail, language) if with_tail else state.stable
        erased += len(before) - _common(before, now)
        before = now
    return erased / len(before) if before else 0.0


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    if left == right[: len(left)]:
        return len(left)
    for index, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return index
    return min(len(left), len(right))


@dataclass(frozen=True, slots=True)
class Piece:
    """Committed text with its language and its time, of a cue or a part of one; `wall_ms` when it was committed."""

    language: str
    start_ms: int
    end_ms: int
    text: str
    wall_ms: float


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of language: `delay_ms` until the first text in the new one was committed (nan: never), and how much of
    the turn's text is in a wrong one."""

    language: str
    at_ms: int
    delay_ms: float
    wrong_units: int
    units: int


def switches(turns: Sequence[tuple[int, int, str]], pieces: Sequence[Piece]) -> list[Switch]:
    """For each turn (start_ms, end_ms, language) in order: how late and how purely it was captioned in its language.

    A piece belongs to the turn in which its middle lies."""
    starts = [start for start, _, _ in turns]
    inside: list[list[Piece]] = [[] for _ in turns]
    for piece in pieces:
        inside[max(0, bisect_right(starts, (piece.start_ms + piece.end_ms) // 2) - 1)].append(piece)
    result: list[Switch] = []
    for (start, _, language), found in zip(turns, inside, strict=True):
        right = [piece.wall_ms - start for piece in found if piece.language == language]
        sizes = [(len(units(piece.text, piece.language)), piece.language == language) for piece in found]
        wrong = sum(size for size, good in sizes if not good)
        delay = min(right) if right else float("nan")
        result.append(Switch(language, start, delay, wrong, sum(size for size, _ in sizes)))
    return result


def read_log(path: Path) -> tuple[list[Shown], dict[str, object]]:
    """A runner's JSONL: states, and its last line (`"end": true`) with what the run cost."""
    shown: list[Shown] = []
    end: dict[str, object] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("end"):
            end = record
        else:
            shown.append(Shown(record["audio_ms"], record["wall_ms"], record["stable"], record["tail"]))
    return shown, end
