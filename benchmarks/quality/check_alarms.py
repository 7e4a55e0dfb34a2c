"""How often each check speaks up about human translations, which are taken to be right, and how often about slips.

    python benchmarks/quality/check_alarms.py [--corpus DIR] [--n 1500] [--seed 7] [--only NAME] [--pairs]
    python benchmarks/quality/check_alarms.py --examples CODE [--pair en-fr]

Alarms: findings in 1,000 pairs, by code. Corpora, where present: FLORES-200 dev, NTREX-128, TICO-19, the Universal
Declaration of Human Rights and CC BY 4.0 as translated officially, in all 30 directions; of the parallel corpus
(--corpus, files `en-XX.tsv.xz`: English, other, source) what professionals and what volunteers translated, in the ten
directions with English. Human translations do hold real slips, so the figures are upper bounds.

Slips: good pairs damaged in one way each, and how many of them are found that were silent before.
"""

from __future__ import annotations

import argparse
import lzma
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import FLORES, NTREX, TICO, UDHR, aligned, data_folder, ntrex_documents, table, tico_document
from common.signature import signature, versions
from common.slips import SLIPS
from langsupport import checks
from langsupport.domain.findings import Severity
from langsupport.domain.languages import DIRECTIONS, LANGUAGES
from langsupport.domain.units import CodedText
from langsupport.text.entities import find_entities

PROFESSIONAL = frozenset(
    {
        "ms-d365-ht",
        "ms-project-operations",
        "ms-customer-insights",
        "ms-alchemy-ht",
        "ms-officejs-ht",
        "ms-aspnet-ht",
        "mozilla-legal",
        "ocds-standard",
        "www.cbd.int",
    }
)
CO_DRAFTED = frozenset({"justice-canada-laws"})
"""Laws written in both languages at once, neither a translation of the other."""
VOLUNTEER = frozenset(
    {
        "php-doc",
        "python-docs-es",
        "python-docs-zh-cn",
        "python-docs-fr",
        "django-docs",
        "react.dev",
        "astro-docs",
        "vue-docs",
        "gnome-user-docs-po",
        "privacyguides",
        "ethereum.org",
        "opensource.guide",
        "yii2-guide",
        "cakephp-docs",
        "i2p.www-po",
        "owasp-asvs",
        "owasp-top10",
        "bitcoin.org",
        "cncf-glossary",
    }
)
EXAMPLES = 14
_ANY = "any"
"""Stands for all codes together."""


@dataclass(frozen=True)
class Corpus:
    """`rows` hold texts by language code; `directions` are those that they are measured in; `documents` are whole ones,
    for the checks across segments."""

    name: str
    rows: list[dict[str, str]]
    directions: tuple[tuple[str, str], ...]
    documents: tuple[list[dict[str, str]], ...] = ()


def corpora(data: Path, corpus: Path | None, count: int, seed: int) -> Iterator[Corpus]:
    for name, rows in (("flores-200-dev", aligned(data, FLORES)), ("ntrex-128", aligned(data, NTREX))):
        if rows:
            documents = _documents(rows, ntrex_documents(data)) if name == "ntrex-128" else ()
            yield Corpus(name, _sample(rows, count, seed), DIRECTIONS, documents)
    for name, rows in (("tico-19", table(data, TICO)), ("udhr", table(data, UDHR))):
        if rows:
            # of TICO-19 the French sentences are those of other rows in SHIFTED_FRENCH
            directions = tuple(d for d in DIRECTIONS if name != "tico-19" or "fr" not in d)
            documents = _documents(rows, [tico_document(row) if name == "tico-19" else name for row in rows])
            yield Corpus(name, _sample(rows, count, seed), directions, documents)
    licence = {code: data / "text" / "cc_by_4.0" / f"by_4.0.{code}.html" for code in LANGUAGES}
    if all(file.is_file() for file in licence.values()):
        clauses = _clauses(licence)
        yield Corpus("cc-by-4.0", clauses, DIRECTIONS, (clauses,))
    for code in LANGUAGES if corpus else ():
        file = corpus / f"en-{code}.tsv.xz"
        if file.is_file():
            yield from _of_corpus(file, code, count, seed)


def _documents(rows: list[dict[str, str]], names: list[str]) -> tuple[list[dict[str, str]], ...]:
    found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row, name in zip(rows, names, strict=True):
        found[name].append(row)
    return tuple(found.values())


def _sample(rows: list[dict[str, str]], count: int, seed: int) -> list[dict[str, str]]:
    return rows if len(rows) <= count else random.Random(seed).sample(rows, count)


def _of_corpus(file: Path, code: str, count: int, seed: int) -> Iterator[Corpus]:
    """Prose: lines of the interface and those with markup or variables are left out, as formats make codes of them."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        fields = [line.rstrip("\n").split("\t") for line in lines]
    for name, tags in (("professional", PROFESSIONAL), ("volunteer", VOLUNTEER), ("co-drafted", CO_DRAFTED)):
        rows = [
            {"en": one, code: other}
            for one, other, tag in fields
            if tag in tags and len(one.split()) >= 5 and not re.search(r"[`{}<>|\\_*=#\[\]@]|%[sd]|\$\w", one + other)
        ]
        if rows:
            yield Corpus(f"{name}-{code}", _sample(rows, count, seed), (("en", code), (code, "en")))


def _clauses(files: dict[str, Path]) -> list[dict[str, str]]:
    """Clauses of the licence by their anchors, which are the same in every language."""
    found = {code: dict(_anchored(file.read_text(encoding="utf-8"))) for code, file in files.items()}
    shared = set.intersection(*(set(clauses) for clauses in found.values()))
    return [{code: found[code][anchor] for code in found} for anchor in sorted(shared)]


def _anchored(html: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r'<li id="(s\w+)">(.*?)(?=<li|</li>|<ol|</ol>)', html, re.DOTALL):
        words = unescape(re.sub(r"<[^>]+>", "", match.group(2)))
        if words.strip():
            yield match.group(1), " ".join(words.split())


def pairs(corpus: Corpus) -> Iterator[checks.SegmentPair]:
    """Texts without the space at their edges, as segments are."""
    rows = [{code: row[code].strip() for code in row if code in LANGUAGES} for row in corpus.rows]
    entities = [{code: tuple(find_entities(text, code)) for code, text in row.items()} for row in rows]
    for source, target in corpus.directions:
        for row, found in zip(rows, entities, strict=True):
            if row[source] and row[target]:
                yield checks.SegmentPair(CodedText(row[source]), CodedText(row[target]), source, target, found[source])


@dataclass
class Alarms:
    """Pairs looked at by direction, and those with a finding by its code and severity and by direction."""

    looked_at: Counter[str]
    found: defaultdict[tuple[str, str], Counter[str]]

    def add(self, pair: checks.SegmentPair) -> bool:
        """Look at a pair; whether it has a finding."""
        direction = f"{pair.source_language}-{pair.target_language}"
        self.looked_at[direction] += 1
        worst = {one.code: one.severity for one in reversed(checks.run(pair))}
        for kind in {*worst.items(), *((_ANY, severity) for severity in worst.values())}:
            self.found[kind][direction] += 1
        return bool(worst)

    def add_all(self, other: Alarms) -> None:
        self.looked_at += other.looked_at
        for kind, counts in other.found.items():
            self.found[kind] += counts

    def rate(self, kind: tuple[str, str]) -> str:
        """Of all pairs, and of the direction that has the most."""
        counts = self.found.get(kind)
        if not counts:
            return "–"
        worst, direction = max((1000 * n / self.looked_at[d], d) for d, n in counts.items())
        return f"{1000 * counts.total() / self.looked_at.total():.1f} ({direction} {worst:.0f})"

    def report(self, name: str, *, every: bool) -> None:
        total = self.looked_at.total()
        print(f"\n{name}: findings in 1,000 of {total} pairs\n  {'code':24} severity     all   most")
        for (code, severity), counts in sorted(self.found.items(), key=lambda item: -item[1].total()):
            rates = sorted(((1000 * n / self.looked_at[d], d) for d, n in counts.items()), reverse=True)
            shown = ", ".join(f"{direction} {rate:.1f}" for rate, direction in rates[: None if every else 4])
            print(f"  {code:24} {severity:8} {1000 * counts.total() / total:7.2f}   {shown}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--corpus", type=Path, help="folder of the parallel corpus")
    parser.add_argument("--n", type=int, default=1500, help="rows of a corpus at most")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", metavar="NAME", help="corpora whose name begins so")
    parser.add_argument("--pairs", action="store_true", help="all directions, not only the worst")
    parser.add_argument("--examples", metavar="CODE", help="show some findings of this code instead")
    parser.add_argument("--missed", metavar="SLIP", help="show some good pairs with this slip that stay silent instead")
    parser.add_argument("--pair", metavar="en-fr", help="examples of this direction only")
    options = parser.parse_args()
    facts = {"seed": options.seed, "n": options.n, **versions("rapidfuzz")}
    sampled = corpora(data_folder(options.data), options.corpus, options.n, options.seed)
    silent: list[checks.SegmentPair] = []
    table: dict[str, Alarms] = {}
    for corpus in sampled:
        if not corpus.name.startswith(options.only or ""):
            continue
        alarms = Alarms(Counter(), defaultdict(Counter))
        for number, pair in enumerate(pairs(corpus)):
            if not alarms.add(pair) and number % 5 == 0:
                silent.append(pair)
        if options.examples:
            _examples(corpus, options.examples, options.pair)
        elif not options.missed:
            alarms.report(corpus.name, every=options.pairs)
            table.setdefault(
                corpus.name.removesuffix(f"-{corpus.directions[0][1]}"), Alarms(Counter(), defaultdict(Counter))
            ).add_all(alarms)
            _across(corpus)
            print(signature(corpus=corpus.name, rows=len(corpus.rows), **facts))
    if options.missed:
        _missed(silent, options.missed, options.pair, options.seed)
    elif not options.examples:
        _print_table(table)
        _cues(data_folder(options.data))
        _slips(silent, options.seed)
        print(signature(pairs=len(silent), **facts))


def _print_table(table: dict[str, Alarms]) -> None:
    """All corpora side by side, as Markdown; the parts of the parallel corpus by who translated."""
    kinds = Counter[tuple[str, str]]()
    for alarms in table.values():
        kinds.update({kind: counts.total() for kind, counts in alarms.found.items()})
    order = list(Severity)
    print("\n| finding | severity | " + " | ".join(table) + " |\n|" + " --- |" * (len(table) + 2))
    for code, severity in sorted(kinds, key=lambda kind: (order.index(Severity(kind[1])), -kinds[kind])):
        rates = " | ".join(alarms.rate((code, severity)) for alarms in table.values())
        name = "any" if code == _ANY else f"`{code}`"
        print(f"| {name} | {severity} | {rates} |")


def _across(corpus: Corpus) -> None:
    """Findings of the checks across a document's segments."""
    found: Counter[tuple[str, str]] = Counter()
    total = 0
    for rows in corpus.documents:
        for source, target in corpus.directions:
            texts = [(row[source].strip(), row[target].strip()) for row in rows if row[source] and row[target]]
            placed = [
                checks.PlacedPair(checks.SegmentPair(CodedText(one), CodedText(other), source, target), str(number))
                for number, (one, other) in enumerate(texts)
            ]
            total += len(placed)
            found.update((finding.code, finding.severity) for finding in checks.run_document(placed))
    for (code, severity), count in found.most_common():
        print(f"  {code:24} {severity:8} {1000 * count / total:7.2f}   in {len(corpus.documents)} documents")


def _examples(corpus: Corpus, code: str, direction: str | None) -> None:
    shown = 0
    for pair in pairs(corpus):
        if shown >= EXAMPLES or (direction and direction != f"{pair.source_language}-{pair.target_language}"):
            continue
        for finding in checks.run(pair):
            if finding.code == code:
                shown += 1
                print(f"  {finding.message}\n    {pair.source_language}: {pair.source.text}")
                print(f"    {pair.target_language}: {pair.target.text}")


def _cues(data: Path) -> None:
    """Reading speed of subtitles that people translated, cue by cue of the same times."""
    found: Counter[str] = Counter()
    total = 0
    for file in sorted((data / "text" / "captions").glob("wai_*.en.vtt")):
        given, made = (_timed(path) for path in (file, file.with_name(file.name.replace(".en.", ".fr."))))
        for (start, end), text in given.items():
            if (start, end) in made:
                total += 1
                other = CodedText(made[start, end])
                pair = checks.SegmentPair(CodedText(text), other, "en", "fr", duration_ms=end - start)
                found.update(finding.severity for finding in checks.CHECKS["fit"].run(pair))
    if total:
        rates = ", ".join(f"{severity} {100 * count / total:.0f} %" for severity, count in found.most_common())
        print(f"\ncues en-fr: fit-speed in {total} cues: {rates}")


def _timed(file: Path) -> dict[tuple[int, int], str]:
    """(start, end) in ms to text, of a WebVTT file."""
    text = file.read_text(encoding="utf-8-sig").replace("\r", "")
    found = re.finditer(r"([\d:]+)\.(\d{3}) --> ([\d:]+)\.(\d{3}).*\n((?:.+\n?)+)", text)
    cues = {(_ms(m[1], m[2]), _ms(m[3], m[4])): re.sub(r"<[^>]+>", "", m[5]) for m in found}
    return {times: " ".join(words.split()) for times, words in cues.items()}


def _ms(clock: str, thousandths: str) -> int:
    seconds = 0
    for part in clock.split(":"):
        seconds = 60 * seconds + int(part)
    return 1000 * seconds + int(thousandths)


def _missed(silent: list[checks.SegmentPair], name: str, direction: str | None, seed: int) -> None:
    shown, chance = 0, random.Random(seed)
    for pair in silent:
        wrong = SLIPS[name].make(pair, chance)
        named = f"{pair.source_language}-{pair.target_language}"
        if wrong is None or (direction and not named.endswith(direction)) or shown >= EXAMPLES:
            continue
        if not any(one.code in SLIPS[name].codes for one in checks.run(wrong)):
            shown += 1
            print(f"  {named}: {wrong.source.text}\n    good: {pair.target.text}\n    slip: {wrong.target.text}")


def _slips(silent: list[checks.SegmentPair], seed: int) -> None:
    """`silent` are pairs without any finding."""
    print(f"\nslips put into {len(silent)} good pairs\n  {'slip':24} {'made':>6} {'found':>7}   least")
    random_state = random.Random(seed)
    for name, slip in SLIPS.items():
        made: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for pair in silent:
            wrong = slip.make(pair, random_state)
            if wrong is not None:
                made[pair.target_language] += 1
                found[pair.target_language] += any(one.code in slip.codes for one in checks.run(wrong))
        if made:
            rates = sorted((100 * found[code] / made[code], code) for code in made)
            least = ", ".join(f"{code} {rate:.0f} %" for rate, code in rates[:3])
            print(f"  {name:24} {made.total():6} {100 * found.total() / made.total():5.1f} %   {least}")


if __name__ == "__main__":
    main()
