"""How often the language of a text is told rightly, by length of text.

    python benchmarks/quality/identification.py [--data FOLDER]

FLORES-200 dev: whole sentences, their first three words (Chinese: nine characters) and their first word. "Wrong" is
another language named; the rest are texts of which none is named. Languages outside the six come from whatever
gettext catalogues the system has (--catalogues, messages of 51 letters and more): how many are reported as
themselves, and how many are wrongly taken for one of the six.
"""

from __future__ import annotations

import argparse
import gettext
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import data_folder, flores
from common.signature import signature, versions
from langsupport.domain.languages import LANGUAGES
from langsupport.text.identify import identify

SENTENCES = 997
LEAST_LETTERS, MOST_MESSAGES = 51, 400
OTHERS = {
    "fa": "fa", "ug": "ug", "uk": "uk", "be": "be", "bg": "bg", "mk": "mk", "sr": "sr", "kk": "kk",
    "pt": "pt", "pt_BR": "pt",
    "it": "it", "ca": "ca", "ro": "ro", "de": "de", "nl": "nl", "sv": "sv", "pl": "pl", "tr": "tr", "vi": "vi",
    "id": "id",     "zh_TW": "zh-Hant", "zh_HK": "zh-Hant", "ja": "ja", "ko": "ko", "el": "el", "he": "he", "hi": "hi",
}  # fmt: skip


def shortened(text: str, language: str, words: int) -> str:
    return text[: 3 * words] if language == "zh" else " ".join(text.split()[:words])


def outcome(texts: Iterable[str]) -> Counter[str]:
    found = [identify(text) for text in texts]
    return Counter(result.language or result.reported or "none" for result in found)


def six(folder: Path) -> None:
    print(f"{'':4}{'sentences':>22}{'three words':>22}{'one word':>22}\n{'':4}" + f"{'right %':>11}{'wrong %':>11}" * 3)
    for code in LANGUAGES:
        lines = flores(folder, code, SENTENCES)
        cells = ""
        for texts in (lines, [shortened(t, code, 3) for t in lines], [shortened(t, code, 1) for t in lines]):
            counts = outcome(texts)
            wrong = len(texts) - counts[code] - counts["none"]
            cells += f"{100 * counts[code] / len(texts):11.1f}{100 * wrong / len(texts):11.1f}"
        print(f"{code:4}{cells}")


def messages(folder: Path) -> list[str]:
    """Distinct messages without markup, long enough to say something."""
    found: set[str] = set()
    for file in sorted(folder.glob("LC_MESSAGES/*.mo")):
        try:
            with file.open("rb") as stream:
                catalogue: dict[object, str] = getattr(gettext.GNUTranslations(stream), "_catalog", {})
        except UnicodeDecodeError:  # an old catalogue with another encoding in its header
            continue
        found |= {text for key, text in catalogue.items() if key and key != text and not set("%<\n_&") & set(text)}
    weight = {text: sum(3 if "\u3040" <= c <= "\ud7ff" else c.isalpha() for c in text) for text in found}
    return sorted(text for text in found if weight[text] >= LEAST_LETTERS)[:MOST_MESSAGES]


def others(folder: Path) -> None:
    print(f"\n{'':8}{'texts':>7}{'as itself %':>13}{'as one of the six %':>21}")
    for name, code in OTHERS.items():
        texts = messages(folder / name)
        if len(texts) >= 20:
            counts = outcome(texts)
            ours = sum(counts[language] for language in LANGUAGES)
            print(f"{name:8}{len(texts):7}{100 * counts[code] / len(texts):13.1f}{100 * ours / len(texts):21.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--catalogues", type=Path, default=Path("/usr/share/locale"))
    options = parser.parse_args()
    six(data_folder(options.data))
    others(options.catalogues)
    print(signature(corpus="flores-200-dev", sentences=SENTENCES, **versions("langdetect")))


if __name__ == "__main__":
    main()
