"""Which of the six languages a text is in, or which other one it looks like.

Script comes first: it decides between the families. Within a script, letters that one language has and another
has not decide, then character n-grams (the profiles of langdetect, N. Shuyo, 2010; scored here by naive Bayes over
all n-grams instead of langdetect's random draws, so that the answer is the same every time), then function words.
A language that is not one of the six is reported and never called one of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from langsupport.domain.entities import EntityKind
from langsupport.domain.languages import LANGUAGES
from langsupport.text.arabic_script import arabic_script_language
from langsupport.text.cyrillic import cyrillic_language
from langsupport.text.entities import find_entities
from langsupport.text.latin import latin_languages
from langsupport.text.scripts import Family, family_counts, han_language

MAX_LETTERS = 4_000
"""Letters of one text that are looked at; more do not change the answer."""
MAX_TEXTS = 2_000
"""Texts of one document that are looked at, spread evenly."""
_LEAST_CONFIDENCE = 0.5
"""Below this no language is named."""
_SURELY_FOREIGN = 0.9
_SHORT_LETTERS = 30
_SHORT_FOREIGN = 0.85
"""Of a text with fewer letters, another language is named only when it is likelier than this: names and titles look
like many languages."""


@dataclass(frozen=True, slots=True)
class Identification:
    """`language`: one of the six, or None. `reported`: the BCP 47 code of another language that the text looks like
    (`fa`, `uk`, `pt`, `zh-Hant`), else None. `confidence` (0 … 1) is that of the one named. `shares`: the part of the
    letters that each language has, the largest first; they add up to at most 1.
    """

    language: str | None
    confidence: float
    reported: str | None = None
    shares: dict[str, float] = field(default_factory=dict)


_NOTHING = Identification(None, 0.0)


def identify(text: str) -> Identification:
    """The language of one text: a word, a sentence, a paragraph or several."""
    lines = [line for line in re.split(r"\n+", text) if line.strip()]
    if len(lines) > 1 and len(text) > 200:
        return identify_document(lines)
    start = text[: 3 * MAX_LETTERS]
    found = _verdict(start)
    shares = _shares(start, found.code, found.letters) if found.code else {}
    return _identification(found.code, found.confidence, shares)


def _identification(code: str | None, confidence: float, shares: dict[str, float]) -> Identification:
    known = code in LANGUAGES
    return Identification(code if known else None, confidence, None if known else code, shares)


def identify_document(texts: Iterable[str]) -> Identification:
    """The language of a document given as its texts: the one most of its letters are in.

    Short texts count for little, as they say little. Other languages in it show in `shares`.
    """
    verdicts = [_verdict(text[: 3 * MAX_LETTERS]) for text in _spread([text for text in texts if text.strip()])]
    total = sum(verdict.letters for verdict in verdicts)
    evidence: Counter[str] = Counter()
    for verdict in verdicts:
        if verdict.code:
            evidence[verdict.code] += round(1000 * verdict.letters * verdict.confidence)
    if not evidence:
        return _NOTHING
    best = max(evidence, key=lambda code: (evidence[code], code))
    family = next(verdict.family for verdict in verdicts if verdict.code == best)
    letters: Counter[str] = Counter()
    for verdict in verdicts:
        short = verdict.letters < _SHORT_LETTERS and verdict.family is family
        if verdict.code or short:  # a title or a name says little: it goes with the text around it
            letters[best if short or not verdict.code else verdict.code] += verdict.letters
    own = sum(verdict.letters for verdict in verdicts if verdict.code == best)
    confidence = evidence[best] / 1000 / own * min(1.0, 2 * own / total)
    shares = {code: count / total for code, count in letters.most_common()}
    return _identification(best if confidence >= _LEAST_CONFIDENCE else None, confidence, shares)


def _spread(texts: list[str]) -> list[str]:
    step = max(1, -(-len(texts) // MAX_TEXTS))
    return list(islice(texts, 0, None, step))


def _cleaned(text: str) -> str:
    """The text without addresses, symbols and code: they are alike in every language."""
    for entity in reversed(find_entities(text, "en")):
        if entity.kind is not EntityKind.NUMBER:
            text = text[: entity.start] + " " + text[entity.end :]
    return text


@dataclass(frozen=True, slots=True)
class _Verdict:
    code: str | None
    confidence: float
    letters: int
    family: Family | None


def _verdict(text: str) -> _Verdict:
    """What one text says of itself.

    One of ours needs half the probability. Another language is named when it has half, or when all the others
    together leave no real chance to ours; of a short text it needs more.
    """
    cleaned = _cleaned(text)
    families = family_counts(cleaned)
    letters = sum(families.values())
    if not letters:
        return _Verdict(None, 0.0, 0, None)
    family = _leading(families)
    candidates = _within(family, cleaned, families)
    if not candidates:
        return _Verdict(None, 0.0, letters, family)
    best, confidence = candidates[0]
    enough = _LEAST_CONFIDENCE
    if best not in LANGUAGES and letters < _SHORT_LETTERS and family in {Family.LATIN, Family.CYRILLIC}:
        enough = _SHORT_FOREIGN
    if confidence >= enough:
        return _Verdict(best, confidence, letters, family)
    others = [(code, p) for code, p in candidates if code not in LANGUAGES]
    together = sum(p for _, p in others)
    if together >= _SURELY_FOREIGN and letters >= _SHORT_LETTERS:
        return _Verdict(others[0][0], together, letters, family)
    return _Verdict(None, confidence, letters, family)


def _leading(families: Counter[Family]) -> Family:
    """The family of the running text. A Han character or kana weighs about three letters of an alphabet."""
    weighted = {
        family: count * (3.0 if family in {Family.HAN, Family.KANA, Family.HANGUL} else 1.0)
        for family, count in families.items()
    }
    # Names and acronyms in Latin letters stand in every text; the other script carries the sentence.
    if Family.LATIN in weighted and len(weighted) > 1:
        weighted[Family.LATIN] *= 0.6
    return max(weighted, key=lambda family: (weighted[family], family.name))


def _within(family: Family, text: str, families: Counter[Family]) -> list[tuple[str, float]]:
    if family is Family.LATIN:
        return latin_languages(text)
    if family is Family.CYRILLIC:
        return cyrillic_language(text)
    if family is Family.ARABIC:
        return arabic_script_language(text)
    if family in {Family.HAN, Family.KANA}:
        return han_language(text, families)
    return [(family.value, 0.99)]


def _shares(text: str, best: str, letters: int) -> dict[str, float]:
    """The share of the named language and, where foreign words stand in another script, of their language."""
    families = family_counts(_cleaned(text))
    own = _leading(families)
    shares = {best: families[own] / letters}
    if own in {Family.HAN, Family.KANA} and Family.KANA in families and Family.HAN in families:
        shares[best] = (families[Family.HAN] + families[Family.KANA]) / letters
    latin = families[Family.LATIN]
    if own is not Family.LATIN and latin >= 20:
        words = re.sub(r"[^A-Za-zÀ-ɏ' ]+", " ", text)
        found = latin_languages(words)
        if found and found[0][1] >= _LEAST_CONFIDENCE:
            shares[found[0][0]] = shares.get(found[0][0], 0.0) + latin / letters
    return dict(sorted(shares.items(), key=lambda item: -item[1]))
