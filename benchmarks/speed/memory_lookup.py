"""How long a look into the translation memory takes: exact, fuzzy and nothing at all, at a given number of units.

    python benchmarks/speed/memory_lookup.py --units 100000
    python benchmarks/speed/memory_lookup.py --units 1000000

Units are made from a seed: sentences of words whose frequencies fall as in running text (Zipf), with numbers, in a
fresh database. Looked up are texts of the memory as they are (exact), with a word replaced in six, with numbers
replaced, and new ones. Each line has the median, the 95th and the 99th percentile in ms and how many found the unit
that they were made from. --database takes another one than SQLite in a temporary folder.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common.signature import machine, signature, versions
from langsupport.domain.matches import MemoryUnit, UnitOrigin
from langsupport.domain.units import CodedText
from langsupport.services.database import Database
from langsupport.services.memory import MemoryService, asked

WORDS = 60_000
BATCH = 20_000
SYLLABLES = ("ba", "co", "di", "fe", "gu", "ka", "lo", "mi", "ne", "po", "ra", "su", "ta", "ve", "tion", "ment", "al")


class Language:
    """Words and sentences from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < WORDS:
            made["".join(self.random.choices(SYLLABLES, k=self.random.randint(1, 5)))] = None
        self.words = list(made)
        self.weights = list(accumulate(1 / (rank + 2.7) for rank in range(WORDS)))

    def sentence(self) -> list[str]:
        length = min(60, max(3, int(self.random.lognormvariate(2.9, 0.5))))
        words = self.random.choices(self.words, cum_weights=self.weights, k=length)
        if self.random.random() < 0.3:
            words[self.random.randrange(length)] = str(self.random.randint(1, 3000))
        return words

    def edited(self, words: list[str]) -> list[str]:
        """A word in six is another one, one at least."""
        changed = set(self.random.sample(range(len(words)), max(1, len(words) // 6)))
        return [self.random.choice(self.words) if place in changed else word for place, word in enumerate(words)]

    def renumbered(self, words: list[str]) -> list[str]:
        return [str(self.random.randint(3001, 9000)) if word.isdigit() else word for word in words]


def units(language: Language, kept: list[list[str]], count: int) -> Iterator[MemoryUnit]:
    """`count` units; every 997th one's words are put into `kept`."""
    for number in range(count):
        words = language.sentence()
        if number % 997 == 0:
            kept.append(words)
        text = " ".join(words)
        yield MemoryUnit(CodedText(f"{text}."), CodedText(f"{text}!"), "en", "fr", origin=UnitOrigin.IMPORTED)


def filled(memory: MemoryService, count: int) -> tuple[Language, list[list[str]]]:
    language, kept = Language(7), list[list[str]]()
    made, started = units(language, kept, count), time.monotonic()
    while batch := list(islice(made, BATCH)):
        memory.add(batch, "the benchmark", "made", None)
    print(f"filled: {count:,} units in {time.monotonic() - started:.1f} s")
    return language, kept


def measured(memory: MemoryService, name: str, given: list[tuple[list[str], str]]) -> None:
    """`given`: what is looked up, and the text that should be found ("" for none)."""
    times, found = [], 0
    for words, wanted in given:
        question = asked(f"{' '.join(words)}.", "en", "fr")
        started = time.perf_counter()
        result = memory.search(question)
        times.append(1000 * (time.perf_counter() - started))
        found += any(match.unit.source.text == wanted for match in result)
    times.sort()
    p50, p95, p99 = (times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.95, 0.99))
    expected = f"{found}/{len(given)} found" if given[0][1] else ""
    print(f"{name:<12} {p50:8.2f} {p95:8.2f} {p99:8.2f}   {expected}")


def run(database: Database, count: int, lookups: int) -> None:
    language, kept = filled(MemoryService(database), count)
    memory = MemoryService(database)
    started = time.monotonic()
    memory.search(asked("Warm up.", "en", "fr"))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"index read: {time.monotonic() - started:.1f} s; the process {peak_mb} MB at most")
    chosen = [kept[index % len(kept)] for index in range(lookups)]
    texts = [f"{' '.join(words)}." for words in chosen]
    print(f"{'ms':<12} {'median':>8} {'p95':>8} {'p99':>8}")
    measured(memory, "exact", list(zip(chosen, texts, strict=True)))
    measured(memory, "fuzzy", [(language.edited(words), text) for words, text in zip(chosen, texts, strict=True)])
    numbers = [(language.renumbered(w), t) for w, t in zip(chosen, texts, strict=True) if any(map(str.isdigit, w))]
    if numbers:
        measured(memory, "numbers", numbers)
    measured(memory, "new", [(language.sentence(), "") for _ in range(lookups)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--lookups", type=int, default=500)
    parser.add_argument("--database", help="the URL of an empty one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(given.database or f"sqlite:///{folder}/memory.sqlite")
        kind = database.engine.dialect.name
        try:
            run(database, given.units, given.lookups)
        finally:
            database.close()
    facts = {"units": given.units, "lookups": given.lookups, "seed": 7, "database": kind, "machine": machine()}
    print(signature(**facts, **versions("numpy", "rapidfuzz", "sqlalchemy")))


if __name__ == "__main__":
    main()
