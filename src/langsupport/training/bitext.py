"""Parallel text as it comes, and as it may be learned from.

A file is tab-separated, UTF-8, one pair a line: source, target and, where there is one, a tag that names where the
pair comes from. Compressed files (.xz, .gz) are read as they are.
"""

from __future__ import annotations

import gzip
import lzma
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from langsupport.domain.languages import LANGUAGES, Script
from langsupport.errors import DamagedFile, InvalidRequest
from langsupport.text.scripts import Family, family_of

_FAMILIES: Mapping[Script, Family] = {
    Script.LATIN: Family.LATIN,
    Script.CYRILLIC: Family.CYRILLIC,
    Script.ARABIC: Family.ARABIC,
    Script.HAN: Family.HAN,
}
_OPENERS: Mapping[str, Callable[..., IO[str]]] = {".xz": lzma.open, ".gz": gzip.open}

LOOKED_AT = 2000
"""Pairs from which a whole file is judged: enough to tell swapped columns from a few bad lines."""
WRONG_SHARE = 0.5
"""With more than this share of pairs in a wrong script, the file is not what it is said to be."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One translation unit of plain text. `tag` names its origin, '' if not known."""

    source: str
    target: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still believed to be a translation. Lengths are in characters; a Han character counts for three."""

    shortest: int = 2
    longest: int = 700
    ratio: float = 2.6
    own_script: float = 0.5
    """Least share of a text's letters that must be in its language's script."""


@dataclass(slots=True)
class Cleaned:
    """What passed, and how many pairs fell for which reason."""

    pairs: list[Pair] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def read_tsv(path: Path) -> Iterator[Pair]:
    """The pairs of a file in their order. Raises DamagedFile with the number of the first line that is no pair."""
    opener = _OPENERS.get(path.suffix, open)
    try:
        with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                columns = line.rstrip("\r\n").split("\t")
                if len(columns) not in (2, 3):
                    detail = f"line {number} has {len(columns)} columns, not 2 or 3 (source, target, origin)"
                    raise DamagedFile(name=path.name, detail=detail)
                yield Pair(columns[0].strip(), columns[1].strip(), columns[2].strip() if len(columns) == 3 else "")
    except (UnicodeDecodeError, EOFError, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise DamagedFile(name=path.name, detail=f"it can't be read as text in UTF-8 ({error})") from error


def clean(
    pairs: Iterable[Pair],
    source: str,
    target: str,
    limits: Limits | None = None,
    kept_out: Collection[str] = (),
    tags: Callable[[str], bool] = lambda tag: True,
) -> Cleaned:
    """Pairs that can be learned from, each once.

    `kept_out` holds sentences of evaluation sets in either language: a pair whose side equals one of them when case,
    punctuation and spaces are put aside, or shares a run of eight words with one, is left out. `tags` says which
    origins may be used. Raises InvalidRequest if nothing is left, DamagedFile if the columns are not the languages
    that they are said to be.
    """
    limits = limits or Limits()
    result, seen = Cleaned(), set()
    guard = _Kept(kept_out)
    checked = wrong = swapped = 0
    for pair in pairs:
        reason = "" if tags(pair.tag) else "origin not allowed"
        reason = reason or _reason(pair, source, target, limits)
        if checked < LOOKED_AT and reason != "origin not allowed":
            checked += 1
            wrong += reason == "script"
            swapped += reason == "script" and not _reason(Pair(pair.target, pair.source), source, target, limits)
            if checked == LOOKED_AT:
                _judge(wrong, swapped, checked, source, target)
        if not reason:
            key = (plain_form(pair.source), plain_form(pair.target))
            reason = "duplicate" if key in seen else "evaluation" if guard.holds(*key) else ""
            seen.add(key)
        if reason:
            result.dropped[reason] += 1
        else:
            result.pairs.append(pair)
    if checked < LOOKED_AT:
        _judge(wrong, swapped, checked, source, target)
    if not result.pairs:
        why = ", ".join(f"{reason} {count}" for reason, count in result.dropped.most_common()) or "the file is empty"
        raise InvalidRequest(detail=f"No pair of the {source}-{target} bitext can be learned from: {why}.")
    return result


def _judge(wrong: int, swapped: int, checked: int, source: str, target: str) -> None:
    if not checked or wrong <= WRONG_SHARE * checked:
        return
    names = f"{LANGUAGES[source].english_name} and {LANGUAGES[target].english_name}"
    what = "the columns are swapped" if swapped > wrong / 2 else f"the columns are not {names}"
    detail = f"{what}: {wrong} of the first {checked} pairs are in another script"
    raise DamagedFile(name=f"The {source}-{target} bitext", detail=detail)


def _reason(pair: Pair, source: str, target: str, limits: Limits) -> str:
    """Why a pair can't be used; '' if it can."""
    for text in (pair.source, pair.target):
        if len(text) < limits.shortest:
            return "empty"
        if len(text) > limits.longest:
            return "too long"
    if pair.source == pair.target:
        return "not translated"
    if not (in_script(pair.source, source, limits.own_script) and in_script(pair.target, target, limits.own_script)):
        return "script"
    longer, shorter = sorted((weight(pair.source), weight(pair.target)), reverse=True)
    return "length ratio" if longer > limits.ratio * shorter + 12 else ""


def in_script(text: str, language: str, share: float) -> bool:
    """Whether at least `share` of the letters are in the script of the language; False without any letter."""
    families = [found for found in map(family_of, text) if found is not None]
    own = _FAMILIES[LANGUAGES[language].script]
    return bool(families) and sum(found is own for found in families) >= share * len(families)


def weight(text: str) -> int:
    """Length in characters; Han characters count for three, as one says about what three letters say."""
    return sum(3 if family_of(character) is Family.HAN else 1 for character in text)


_NOT_LETTERS = re.compile(r"[\W_]+")


def plain_form(text: str) -> str:
    """Without case, punctuation and the width of characters: what makes two sentences the same one."""
    return _NOT_LETTERS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


class _Kept:
    """Sentences that must not be learned."""

    RUN = 8

    def __init__(self, sentences: Collection[str]) -> None:
        plain = [plain_form(sentence) for sentence in sentences]
        self._whole = set(plain)
        self._runs = {run for sentence in plain for run in self._runs_of(sentence)}

    def holds(self, *sides: str) -> bool:
        return any(side in self._whole or not self._runs.isdisjoint(self._runs_of(side)) for side in sides)

    def _runs_of(self, sentence: str) -> Iterator[str]:
        words = sentence.split()
        return (" ".join(words[start : start + self.RUN]) for start in range(len(words) - self.RUN + 1))
