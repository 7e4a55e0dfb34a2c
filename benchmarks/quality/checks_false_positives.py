"""How often each check speaks up about human translations, which are taken to be right.

    python benchmarks/quality/checks_false_positives.py [--every 1] [--examples CODE]

Corpora: FLORES-200 dev (all 30 directions), NTREX-128, the Universal Declaration of Human Rights and CC BY 4.0 as
translated officially, where present. A finding is counted as a false alarm although human translations do hold
real slips, so the figures are upper bounds.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import data_folder
from common.signature import signature, versions
from langsupport import checks
from langsupport.domain.languages import DIRECTIONS, LANGUAGES
from langsupport.domain.units import CodedText
from langsupport.text.entities import find_entities

EXAMPLES = 12


def corpora(folder: Path) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """(name, rows by language code)."""
    text = folder / "text"
    for name, pattern in (("flores-200-dev", "flores_dev/{}.txt"), ("ntrex-128", "ntrex128/ntrex.{}.txt")):
        files = {code: text / pattern.format(code) for code in LANGUAGES}
        if all(file.is_file() for file in files.values()):
            columns = {code: file.read_text(encoding="utf-8").splitlines() for code, file in files.items()}
            yield name, [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    table = text / "udhr" / "udhr.sixway.tsv"
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as file:
            yield "udhr", list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    licence = {code: text / "cc_by_4.0" / f"by_4.0.{code}.html" for code in LANGUAGES}
    if all(file.is_file() for file in licence.values()):
        yield "cc-by-4.0", _clauses(licence)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--every", type=int, default=1, help="look at every n-th row only")
    parser.add_argument("--examples", metavar="CODE", help="show some findings of this code")
    options = parser.parse_args()
    for name, rows in corpora(data_folder(options.data)):
        _report(name, rows[:: options.every], options.examples)


def _report(name: str, rows: list[dict[str, str]], wanted: str | None) -> None:
    entities = [{code: tuple(find_entities(row[code], code)) for code in LANGUAGES} for row in rows]
    counts: Counter[str] = Counter()
    worst: dict[str, Counter[str]] = {}
    shown = pairs = 0
    for source, target in DIRECTIONS:
        for row, found in zip(rows, entities, strict=True):
            pair = checks.SegmentPair(CodedText(row[source]), CodedText(row[target]), source, target, found[source])
            pairs += 1
            for code in {finding.code for finding in checks.run(pair)}:
                counts[code] += 1
                worst.setdefault(code, Counter())[f"{source}-{target}"] += 1
                if code == wanted and shown < EXAMPLES and counts[code] % 7 == 1:
                    shown += 1
                    print(f"  {source}: {row[source]}\n  {target}: {row[target]}\n")
    print(f"\n{name}: {pairs} pairs, {sum(counts.values())} findings")
    for code, count in counts.most_common():
        most = ", ".join(f"{pair} {n}" for pair, n in worst[code].most_common(3))
        print(f"  {code:24} {count:6}  {100 * count / pairs:6.2f} %   {most}")
    print(signature(corpus=name, rows=len(rows), directions=30, **versions("rapidfuzz")))


if __name__ == "__main__":
    main()
