"""Guards against text that nobody said: inventions over noise, loops, runaway text.

An invented caption is worse than a missing one. Every rejection says why, so that it becomes a finding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from langsupport.captioning.windows import VoiceSpan
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Utterance

MAX_COMPRESSION_RATIO = 2.4
"""Above it a text repeats itself (Radford et al., 2022, section 4.5)."""
MIN_LOG_PROBABILITY = -1.0
MAX_NO_SPEECH_PROBABILITY = 0.6
MAX_TOKENS_PER_SECOND = 22.0
MIN_RATED_MS = 200
"""Shorter utterances have times too coarse to compute a rate from."""
MAX_REPEATS = 4
"""An n-gram said this often in a row is a loop (n up to 8 words, or characters of Chinese)."""
_MAX_NGRAM = 8
MIN_VOICED_SHARE = 0.2
"""At least this share of an utterance's time must hold a voice."""
WEAK_CONFIDENCE = 0.65
"""Below this mean probability of a voice in its spans, music and noise are as likely as speech."""
FAINT_MARGIN = 0.15
"""So far below that, words must be the surer the fainter the voice."""
SURE_WORD_PROBABILITY = 0.75
SURE_LOG_PROBABILITY = -0.55
"""What a weak voice needs to be believed: mean probability of its words or, without word times, of its tokens."""


class Rejection(StrEnum):
    EMPTY = "empty"  # no letter and no digit in it
    LOOP = "loop"
    RUNAWAY = "runaway"  # more text than anyone can say in that time
    SILENCE = "silence"
    NO_VOICE = "no-voice"
    WEAK_VOICE = "weak-voice"
    STOCK_PHRASE = "stock-phrase"


RETRY = frozenset({Rejection.LOOP, Rejection.RUNAWAY})
"""There was speech, only the recognizer went astray: another cut of the window may help."""

STOCK_PHRASES: dict[str, tuple[str, ...]] = {
    "ar": (
        r"اشتركوا? في القناة",
        r"(ال)?ترجمة نانسي قنقر",
        r"شكرا (لكم )?(على|ل) ?(ال)?مشاهدت?(كم|ة)",
        r"لا تنسوا? الاشتراك",
    ),
    "zh": (
        r"字幕(由|by|制作|製作|志愿者|志願者|组|組).*",
        r"(请|請)?不吝点赞.*",
        r"(請不吝點贊|请订阅|請訂閱).*",
        r"(谢谢|謝謝|多谢|感谢|感謝)(大家)?(的)?(观看|觀看|收看|收听|收聽)",
        r"(优优独播|優優獨播)剧?.*",
        r"明镜与点点栏目",
    ),
    "en": (
        r"(thank you|thanks)( so much| very much)? for (watching|listening|viewing)( this video)?",
        r"(please )?(like and )?subscribe( to (my|our|the) channel)?",
        r"(subtitles|captions|transcription|transcribed)( by| provided by).*",
        r"see you (in the )?next (time|video|one)",
        r"thank you( very much)?",
        r"bye( bye)*",
        r"you",
    ),
    "fr": (
        r"sous.?titr(es|age)( (fr|st))?( réalisés?| effectués?| fait)?( par| par la| par les)? .*",
        r"merci d.?avoir (regardé|visionné)( cette vidéo)?",
        r"(n.?oubliez pas de )?(vous )?abonnez?.?vous.*",
        r"sous.?titrage.*",
    ),
    "ru": (
        r"редактор субтитров.*",
        r"субтитры (сделал|создавал|делал|подогнал|добавил|создал).*",
        r"корректор [а-яё] ?[а-яё]+.*",
        r"продолжение следует",
        r"спасибо за (просмотр|внимание)",
        r"подписывайтесь на (мой |наш )?канал.*",
        r"динамичная музыка|спокойная музыка|тревожная музыка|музыка",
    ),
    "es": (
        r"subt[íi]tulos (realizados |hechos |creados )?por( la comunidad)?.*",
        r"(muchas )?gracias por (ver|mirar)( el| este)?( v[íi]deo)?",
        r"(no olvides )?suscr[íi]b(ete|anse|irte)( al canal)?.*",
        r"hasta (la pr[óo]xima|el pr[óo]ximo v[íi]deo)",
    ),
}
"""What recognizers learned from the ends of films and videos. Rejected only where the voice is weak,
because a speaker may well say “Thank you”. Compared without case, punctuation and vowel signs."""

_STOCK = re.compile(r"|".join(f"(?:{p})" for phrases in STOCK_PHRASES.values() for p in phrases), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rejected:
    utterance: Utterance
    reason: Rejection


def review(
    utterances: Sequence[Utterance],
    spans: Sequence[VoiceSpan],
    weak: float = WEAK_CONFIDENCE,
    faint_margin: float = FAINT_MARGIN,
) -> tuple[list[Utterance], list[Rejected]]:
    """Sort a window's utterances into kept and rejected; `spans` are those of the same clock, the rest as `judge`."""
    kept: list[Utterance] = []
    rejected: list[Rejected] = []
    for utterance in utterances:
        reason = judge(utterance, spans, weak, faint_margin)
        if reason is None:
            kept.append(utterance)
        else:
            rejected.append(Rejected(utterance, reason))
    return kept, rejected


def judge(
    utterance: Utterance,
    spans: Sequence[VoiceSpan],
    weak: float = WEAK_CONFIDENCE,
    faint_margin: float = FAINT_MARGIN,
) -> Rejection | None:
    """Why this text should not be believed; None if it should. Below the confidence `weak` the words must be sure, and
    `faint_margin` below that the surer the fainter the voice is."""
    text = utterance.text
    if not any(character.isalnum() for character in text):
        return Rejection.EMPTY
    if _silent(utterance):
        return Rejection.SILENCE
    if utterance.compression_ratio > MAX_COMPRESSION_RATIO or has_loop(text, utterance.language):
        return Rejection.LOOP
    if _tokens_per_second(utterance) > MAX_TOKENS_PER_SECOND:
        return Rejection.RUNAWAY
    share, confidence = _voice(utterance, spans)
    if share < MIN_VOICED_SHARE:
        return Rejection.NO_VOICE
    if confidence < weak:
        if _STOCK.fullmatch(bare(text)):
            return Rejection.STOCK_PHRASE
        if not _sure(utterance, max(0.0, weak - confidence - faint_margin)):
            return Rejection.WEAK_VOICE
        if has_loop(text, utterance.language, MAX_REPEATS - 1):
            return Rejection.LOOP
    elif share < 0.5 and _STOCK.fullmatch(bare(text)):
        return Rejection.STOCK_PHRASE
    return None


def has_loop(text: str, language: str, repeats: int = MAX_REPEATS) -> bool:
    """Whether an n-gram comes `repeats` times in a row; one-word emphasis (“no, no, no”) is not yet a loop."""
    plain = bare(text)
    spaced = language not in LANGUAGES or LANGUAGES[language].word_spaces
    units = plain.split() if spaced else [c for c in plain if not c.isspace()]
    for size in range(1, _MAX_NGRAM + 1):
        needed = repeats + 2 if size == 1 else repeats
        run = 0
        for index in range(size, len(units)):
            run = run + 1 if units[index] == units[index - size] else 0
            if run >= size * (needed - 1) and any(u.isalpha() for u in units[index - size : index]):
                return True
    return False


def bare(text: str) -> str:
    """Lower case, no punctuation, no Arabic vowel signs, single spaces."""
    kept = "".join(
        character if character.isalnum() else ("" if unicodedata.combining(character) else " ")
        for character in unicodedata.normalize("NFC", text)
    )
    return " ".join(kept.lower().split())


def _silent(utterance: Utterance) -> bool:
    return (
        utterance.no_speech_probability > MAX_NO_SPEECH_PROBABILITY and utterance.log_probability < MIN_LOG_PROBABILITY
    )


def _sure(utterance: Utterance, more: float) -> bool:
    """`more` is what the words have to be surer, for a voice that is hardly one."""
    if utterance.words:
        return sum(w.probability for w in utterance.words) >= (SURE_WORD_PROBABILITY + more) * len(utterance.words)
    return utterance.log_probability >= SURE_LOG_PROBABILITY


def _tokens_per_second(utterance: Utterance) -> float:
    duration_ms = max(utterance.end_ms - utterance.start_ms, MIN_RATED_MS)
    return utterance.tokens * 1000 / duration_ms


def _voice(utterance: Utterance, spans: Sequence[VoiceSpan]) -> tuple[float, float]:
    """Share of the utterance's time that lies in spans, and the mean confidence of those, weighted by time."""
    voiced = 0
    weighted = 0.0
    for span in spans:
        common = min(utterance.end_ms, span.end_ms) - max(utterance.start_ms, span.start_ms)
        if common > 0:
            voiced += common
            weighted += common * span.confidence
    duration = max(1, utterance.end_ms - utterance.start_ms)
    return voiced / duration, weighted / voiced if voiced else 0.0
