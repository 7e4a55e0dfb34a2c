"""Languages in Cyrillic letters."""

from __future__ import annotations

import re
from collections import Counter

from langsupport.text.ngrams import WORD, ngram_scores, posterior

_LETTERS = {
    "uk": "іїєґ",
    "be": "іў",
    "sr": "ђћљњџј",
    "mk": "ѓќѕљњџј",
    "kk": "әғқңөұүһі",
    "tt": "әҗңөүһ",
    "ky": "ңөү",
    "mn": "өү",
    "tg": "ӣӯҷҳқғ",
}
"""Letters that Russian does not have, by the languages that do."""
_NOT_RUSSIAN = frozenset("".join(_LETTERS.values()))
_LEAST_SHARE = 0.015
"""So many letters in a hundred that Russian does not have decide; fewer stand in foreign names."""
_RUSSIAN_ONLY = frozenset("ыэё")
_TEMPER = 0.4
_HEAD_START = 6.0
_WORD_WEIGHT = 1.2

_SMALL_WORDS = {
    "ru": "и в не на что с по как это к от для из за о при или если также его она они был были быть может все который "
    "которые является до у же бы только их том так но со об во ее год года лет "
    "какие какой какая этот эта эти кто где когда чтобы уже еще нет",
    "uk": "і в не на що з до як це від для за про при або якщо також його вона вони був були бути може все який які "
    "є та у й але зі їх її через після",
    "be": "і ў не на што з да як гэта ад для за пра пры або калі таксама яго яна яны быў былі быць можа які якія у "
    "але іх яе",
    "bg": "и в не на че с по как това от за при или ако също той тя те е са беше бъде може всички който които се да "
    "ще като си до със има към през след",
    "mk": "и во не на дека со по како ова од за при или ако исто тој таа тие е се беше биде може сите кој кои да ќе "
    "има до",
    "sr": "и у не на да са по како ово од за при или ако такође он она они је су био бити може сви који које се ће "
    "има до",
}
_WORDS = {code: frozenset(line.split()) for code, line in _SMALL_WORDS.items()}
_HARD_SIGN_PREFIXES = ("объ", "подъ", "разъ", "изъ", "предъ", "отъ", "съ", "въ", "надъ", "адъ", "инъ", "субъ", "трёхъ")
"""Where Russian writes ъ; Bulgarian writes it as a vowel anywhere."""
_RUSSIAN_ENDING = re.compile(
    r"\w{2,}(?:[ое]го|[ое]му|[иы]й|[иы]е|[иы]х|[иы]ми|[ую]ю|[ая]ми|[ая]х|ться|ть|тся|[аяу]ет|[аяую]ют|шись|ешь)\Z"
)
"""Case and verb endings that Bulgarian and Macedonian, which have no cases, don't write."""


def cyrillic_language(text: str) -> list[tuple[str, float]]:
    """`ru` or another language, with probabilities."""
    lower = text.lower()
    letters = Counter(c for c in lower if "\u0400" <= c <= "\u052f")
    foreign = sum(letters[c] for c in _NOT_RUSSIAN)
    if foreign and foreign >= _LEAST_SHARE * sum(letters.values()):
        return _by_letters(letters, Counter(WORD.findall(lower)))
    return _by_grams(lower, letters)


def _by_letters(letters: Counter[str], words: Counter[str]) -> list[tuple[str, float]]:
    scores = dict.fromkeys(_LETTERS, 0.0)
    for code, own in _LETTERS.items():
        scores[code] += sum(min(letters[c], 20) for c in own)
        scores[code] -= 2.0 * sum(min(letters[c], 20) for c in _NOT_RUSSIAN - set(own))
        scores[code] += _WORD_WEIGHT * sum(min(n, 20) for word, n in words.items() if word in _WORDS.get(code, ()))
    for code in ("uk", "sr", "mk"):
        scores[code] -= 1.5 * sum(min(letters[c], 20) for c in _RUSSIAN_ONLY)
    scores["be"] -= 1.5 * min(letters["и"] + letters["щ"] + letters["ъ"], 20)
    scores["be"] += 1.0 * min(letters["ы"] + letters["э"], 10)
    for code in ("sr", "mk"):
        scores[code] -= 1.0 * sum(min(letters[c], 20) for c in "йщъьюя")
    scores["uk"] += 1.0
    return posterior(scores, 1.0)


def _by_grams(lower: str, letters: Counter[str]) -> list[tuple[str, float]]:
    scores = ngram_scores(f" {lower} ", frozenset({"ru", "uk", "bg", "mk"}))
    words = Counter(WORD.findall(lower))
    for code in scores:
        scores[code] += _WORD_WEIGHT * sum(min(count, 20) for word, count in words.items() if word in _WORDS[code])
        if code != "ru":
            scores[code] -= 3.0 * sum(min(letters[c], 20) for c in _RUSSIAN_ONLY)
    vowels = sum(n for word, n in words.items() if "ъ" in word and not word.startswith(_HARD_SIGN_PREFIXES))
    scores["bg"] += 2.0 * min(vowels, 10)
    endings = sum(count for word, count in words.items() if _RUSSIAN_ENDING.match(word))
    scores["ru"] += _HEAD_START + 1.5 * min(endings, 10)
    return posterior(scores, _TEMPER)
