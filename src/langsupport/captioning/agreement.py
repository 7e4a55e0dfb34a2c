"""Which words of a hypothesis will stand: local agreement (Liu et al., 2020; Macháček et al., 2023) with a time margin.

A word is committed when two hypotheses in a row have it at the same place, and when it ends long enough before the
end of what was heard. Words are compared without case and punctuation; Chinese is compared by characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from langsupport.captioning.guards import bare
from langsupport.captioning.phrasing import SENTENCE_END
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Word

_TIME_WEIGHT_PER_S = 0.35
"""What a second between the end of the committed words and a place in the hypothesis costs, in wrong words."""
MAX_STUTTER_WORDS = 4
FASTEST_WORD_MS = 100
_CHARACTERS = re.compile(r"\s*(?:[A-Za-z0-9À-ɏЀ-ӿ.,%/-]+|\S)(?:[^\w\s]+)?", re.UNICODE)


def units(words: Sequence[Word], language: str) -> list[Word]:
    """The words to compare: as they are, or cut into characters where the language has no spaces."""
    if language not in LANGUAGES or LANGUAGES[language].word_spaces:
        return [word for word in words if word.text.strip()]
    result: list[Word] = []
    for word in words:
        parts = _CHARACTERS.findall(word.text)
        for index, part in enumerate(parts):
            start = word.start_ms + (word.end_ms - word.start_ms) * index // len(parts)
            end = word.start_ms + (word.end_ms - word.start_ms) * (index + 1) // len(parts)
            if result and not bare(part):
                result[-1] = Word(result[-1].start_ms, end, result[-1].text + part.strip(), result[-1].probability)
            elif part.strip():
                result.append(Word(start, end, part, word.probability))
    return result


def beyond(committed: Sequence[Word], hypothesis: Sequence[Word]) -> list[Word]:
    """What a hypothesis says after the words that were committed of the same sound.

    The place is found by the words (fewest edits between the committed ones and a beginning of the hypothesis) and by
    their times, since a recognizer may write the same words otherwise, and place other words at the same time.
    """
    if not committed:
        return list(hypothesis)
    wanted = [bare(word.text) for word in committed]
    said = [bare(word.text) for word in hypothesis]
    end_ms = committed[-1].end_ms
    row = [float(index) for index in range(len(wanted) + 1)]  # edits between wanted[:i] and said[:0]
    costs = [row[-1] + _time_cost(hypothesis[0].start_ms if hypothesis else end_ms, end_ms)]
    for place, word in enumerate(said, start=1):
        before, row[0] = row[0], float(place)
        for index, target in enumerate(wanted, start=1):
            before, row[index] = (
                row[index],
                min(row[index] + 1, row[index - 1] + 1, before + (word != target)),
            )
        costs.append(row[-1] + _time_cost(hypothesis[place - 1].end_ms, end_ms))
    cut = min(range(len(costs)), key=lambda index: (costs[index], index))
    return list(hypothesis[cut:])


def _time_cost(at_ms: int, end_ms: int) -> float:
    return abs(at_ms - end_ms) / 1000 * _TIME_WEIGHT_PER_S


def without_stutter(words: Sequence[Word]) -> list[Word]:
    """Without words that a recognizer repeats at the end faster than anyone can say them.

    Filling up the silence after a short utterance, a greedy decoder may say its last words again and again; the
    alignment then finds next to no time for them.
    """
    said = [bare(word.text) for word in words]
    for size in range(1, MAX_STUTTER_WORDS + 1):
        count = 1
        while said[-size * (count + 1) : -size * count or None] == said[-size:] and len(said) >= size * (count + 1):
            count += 1
        extra = size * (count - 1)
        if extra and words[-1].end_ms - words[-extra].start_ms < extra * FASTEST_WORD_MS:
            return list(words[:-extra])
    return list(words)


def agreed(before: Sequence[Word], now: Sequence[Word], until_ms: int) -> int:
    """How many words of `now` both hypotheses begin with and end by `until_ms`."""
    count = 0
    for left, right in zip(before, now, strict=False):
        if bare(left.text) != bare(right.text) or right.end_ms > until_ms:
            break
        count += 1
    return count


def overdue(now: Sequence[Word], until_ms: int) -> int:
    """How many words at the beginning of `now` end by `until_ms`."""
    return next((index for index, word in enumerate(now) if word.end_ms > until_ms), len(now))


def cut(committed: Sequence[Word], hypothesis: Sequence[Word]) -> tuple[int, int]:
    """(last word before it, ms): where a window that has grown long is cut between committed words.

    After the last committed sentence of the later half, else at its longest pause. `hypothesis`: what follows them.
    """
    following = [word.start_ms for word in [*committed[1:], *hypothesis[:1]]]
    following += [committed[-1].end_ms] * (len(committed) - len(following))
    later = range(len(committed) // 2, len(committed))
    ends = [index for index in later if committed[index].text.rstrip()[-1:] in SENTENCE_END]
    last = ends[-1] if ends else max(later, key=lambda index: (following[index] - committed[index].end_ms, index))
    return last, (committed[last].end_ms + max(committed[last].end_ms, following[last])) // 2
