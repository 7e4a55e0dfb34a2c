"""Where a text may be broken for display: what ends a sentence or clause, and which words lean on their neighbour.

Per-language tables; the rules are those of the timed-text style guides (Netflix, BBC): break after
punctuation, before a conjunction or preposition, never between an article and its noun.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from langsupport.domain.languages import LANGUAGES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SENTENCE_END = frozenset(".!?…。！？؟۔")
CLAUSE_END = frozenset(",;:，；：、،؛—–")
_CLOSERS = frozenset("\"'”’»)]}）】》」』")
_OPENERS = frozenset("\"'“‘«([{（【《「『¿¡")

LEANS_ON_NEXT: dict[str, frozenset[str]] = {
    "ar": _words(
        "في من إلى على عن مع بين منذ حتى لا لم لن ما قد سوف إن أن كل أي هذا هذه ذلك تلك و ف ب ل يا غير بعد قبل"
    ),
    "zh": frozenset("的这那每第不很更最把被在从向对和与或及是有一"),
    "en": _words(
        "a an the of in on at to for from by with without into onto over under about between and or but nor "
        "my your his her its our their this that these those no not is are was were be been has have had will "
        "would can could may might must shall should do does did very more most mr mrs ms dr as if than"
    ),
    "fr": _words(
        "le la les l un une des du de d à au aux en dans sur sous par pour avec sans entre vers chez et ou ni "
        "mais mon ton son ma ta sa mes tes ses notre votre nos vos leur leurs ce cet cette ces je tu il elle "
        "on nous vous ils elles ne n se s me te y qui que qu dont est sont a ont très plus m mme"
    ),
    "ru": _words(
        "в во на с со к ко о об от до из за по под над при про без для через между у и а но или ни не что как "
        "этот эта это эти тот та те мой твой его её их наш ваш свой очень более самый г"
    ),
    "es": _words(
        "el la los las un una unos unas lo de del a al en con sin por para sobre entre hacia desde hasta y e "
        "o u ni pero mi tu su mis tus sus nuestro nuestra este esta estos estas ese esa que no se me te le "
        "nos es son está están ha han muy más sr sra"
    ),
}
"""A line or cue should not end on one of these (articles, prepositions, conjunctions, pronouns, auxiliaries)."""

STARTS_PHRASE: dict[str, frozenset[str]] = {
    "ar": _words("التي الذي الذين لأن لكن أو ثم حيث عندما إذا كما بل"),
    "zh": frozenset({"但", "而", "并", "因为", "所以", "如果", "但是", "而且", "以及", "或者", "然后"}),
    "en": _words(
        "and or but because which who that when where while if so as than to of in on at for from by with "
        "into about after before during through until"
    ),
    "fr": _words("et ou mais car qui que dont où quand lorsque si comme pour avec dans sur par sans afin donc"),
    "ru": _words("и а но или что чтобы который которая которое которые когда если где как потому для на в с"),
    "es": _words("y o pero porque que quien cual cuando donde si como para con en por sin de sobre"),
}
"""A good line or cue may begin with one of these."""

_ZH_NOT_FIRST = frozenset("的了着过地得吗呢吧啊呀嘛们里上下中等者性化")
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "st", "no", "prof", "m", "mme", "sr", "sra", "г", "ст", "т", "art", "cf"}
)


@dataclass(frozen=True, slots=True)
class Break:
    """Cost of a break between two tokens; 0 is the best. `sentence`: a sentence ends here."""

    cost: float
    sentence: bool = False


GOOD_CLAUSE = 1.5
PHRASE = 8.0
PLAIN = 14.0
LEANING = 30.0
FORBIDDEN = 1000.0


def rate_break(before: str, after: str, language: str, spaced: bool) -> Break:
    """How bad it is to break between two neighbouring tokens; `spaced`: there is a space between them."""
    left = before.rstrip().rstrip("".join(_CLOSERS))
    first = after.lstrip()
    if not first or first[0] in _CLOSERS | SENTENCE_END | CLAUSE_END or before[-1:] in _OPENERS - _CLOSERS:
        return Break(FORBIDDEN)
    if left[-1:] in SENTENCE_END and not _abbreviated(left):
        return Break(0.0, sentence=True)
    if left[-1:] in CLAUSE_END:
        return Break(GOOD_CLAUSE)
    if not spaced and not LANGUAGES[language].word_spaces:
        return _rate_unspaced(left, first, language)
    if not spaced:
        return Break(FORBIDDEN)
    if re.split("['’]", _bare(left))[-1] in LEANS_ON_NEXT[language]:  # d'un, qu'il
        return Break(LEANING)
    if _is_number(left) or (_is_number(first) and not _is_number(left)):
        return Break(PLAIN + 4)  # keep a number with what it counts
    return Break(PHRASE if _bare(first) in STARTS_PHRASE[language] else PLAIN)


def _rate_unspaced(left: str, first: str, language: str) -> Break:
    if _joined(left[-1:], first[:1]):
        return Break(FORBIDDEN)
    if first[:1] in _ZH_NOT_FIRST or left[-1:] in LEANS_ON_NEXT[language] - {"的"}:
        return Break(LEANING)
    if left[-1:] == "的" or any(first.startswith(word) for word in STARTS_PHRASE[language]):
        return Break(PHRASE)
    return Break(PLAIN)


def _joined(left: str, right: str) -> bool:
    """Latin letters and digits inside Chinese stay together."""
    return all(c.isalnum() and unicodedata.east_asian_width(c) not in "WF" for c in (left, right)) and bool(
        left and right
    )


def _abbreviated(left: str) -> bool:
    if not left.endswith(".") or left.endswith(".."):
        return False
    word = left[:-1].split()[-1].lower() if left[:-1].split() else ""
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())


def _bare(token: str) -> str:
    return token.strip("".join(_OPENERS | _CLOSERS | SENTENCE_END | CLAUSE_END) + " ").lower().rstrip("'’")


def _is_number(token: str) -> bool:
    return any(c.isdigit() for c in _bare(token)[-1:])


def width(text: str, language: str) -> float:
    """Length for display: characters without combining marks; in Chinese a narrow character counts half."""
    wide = not LANGUAGES[language].word_spaces
    total = 0.0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
            continue
        total += 0.5 if wide and unicodedata.east_asian_width(character) not in "WF" else 1.0
    return total
