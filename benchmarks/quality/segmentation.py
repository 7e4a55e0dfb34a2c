"""Sentence boundaries against two gold sets.

    python benchmarks/quality/segmentation.py [--data FOLDER] [--show]

1. FLORES-200 dev: ten lines joined must come apart where they were joined. Boundaries inside lines are not counted
   as errors, as some lines hold two sentences. Lines without an end mark can't be told and lower the figure.
2. Paragraphs of meeting documents, marked by hand with | (tests/data/segmentation): precision, recall and F1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import data_folder, flores
from common.signature import signature, versions
from langsupport.domain.languages import LANGUAGES
from langsupport.text.sentences import split_sentences

GOLD = Path(__file__).resolve().parents[2] / "tests" / "data" / "segmentation"
LINES_TOGETHER = 10
END_MARKS = ".!?…。！？؟。\"”»）)'"


def joined(folder: Path, code: str, show: bool) -> tuple[int, int, int]:
    """(boundaries, found, boundaries after a line that ends without a mark)."""
    lines = [line.strip() for line in flores(folder, code, 997)]
    space = LANGUAGES[code].sentence_space
    total = hits = unmarked = 0
    for first in range(0, len(lines), LINES_TOGETHER):
        group = lines[first : first + LINES_TOGETHER]
        ends = {end for _, end in split_sentences(space.join(group), code)}
        position = 0
        for line in group[:-1]:
            position += len(line)
            total += 1
            hits += position in ends
            unmarked += line[-1] not in END_MARKS
            if show and position not in ends:
                print(f"  {code}: …{line[-50:]}")
            position += len(space)
    return total, hits, unmarked


def by_hand(code: str, show: bool) -> tuple[int, int, int]:
    """(right, found, gold) boundaries inside the paragraphs."""
    right = found = gold = 0
    for line in (GOLD / f"{code}.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        text = LANGUAGES[code].sentence_space.join(parts)
        wanted = {len(LANGUAGES[code].sentence_space.join(parts[: i + 1])) for i in range(len(parts) - 1)}
        ends = {end for _, end in split_sentences(text, code)[:-1]}
        right, found, gold = right + len(wanted & ends), found + len(ends), gold + len(wanted)
        if show and wanted != ends:
            print(f"  {code}: {[text[a:b] for a, b in split_sentences(text, code)]}")
    return right, found, gold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    folder = data_folder(options.data)
    print(f"{'':4}{'joined lines':>14}{'found %':>9}{'without mark':>14}{'by hand':>10}{'P %':>7}{'R %':>7}{'F1 %':>7}")
    for code in LANGUAGES:
        total, hits, unmarked = joined(folder, code, options.show)
        right, found, gold = by_hand(code, options.show)
        f1 = 200 * right / (found + gold)
        figures = f"{gold:10}{100 * right / found:7.1f}{100 * right / gold:7.1f}{f1:7.1f}"
        print(f"{code:4}{total:14}{100 * hits / total:9.1f}{unmarked:14}{figures}")
    print(signature(corpus="flores-200-dev+by-hand", together=LINES_TOGETHER, **versions("rapidfuzz")))


if __name__ == "__main__":
    main()
