"""Cues from words: what is shown, when, on which lines.

Two lines at most, each language's line length and reading speed, no cue too short to read or too long to
bear, breaks at the ends of sentences and clauses. The cuts are chosen by dynamic programming over the words
(as Knuth and Plass, 1981, do for paragraphs). No word is ever lost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from operator import add

from langsupport.captioning.phrasing import FORBIDDEN, rate_break, width
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Cue, Utterance, Word


@dataclass(frozen=True, slots=True)
class CueRules:
    """Limits of time for every language; those of length and speed stand in domain.languages."""

    max_lines: int = 2
    min_duration_ms: int = 833  # 20 frames of 24 a second
    max_duration_ms: int = 7_000
    min_gap_ms: int = 83  # two frames
    closed_gap_ms: int = 500  # a shorter gap flickers: the earlier cue stays until the next
    max_linger_ms: int = 1_500  # how long a cue may stay after its last word, to be read
    split_pause_ms: int = 1_200  # a longer pause always ends a cue


@dataclass(frozen=True, slots=True)
class Token:
    """A word with what belongs to it; `spaced`: a space stands before it. `utterance` is the place of its own."""

    text: str
    start_ms: int
    end_ms: int
    spaced: bool
    utterance: int = 0


_COST_CUE = 5.0
_COST_SENTENCE_INSIDE = 6.0
_COST_TOO_FAST = 1.2  # for each character a second over the reading speed
_COST_TOO_SHORT = 15.0
_COST_SECOND_LINE = 1.0
_PAUSE_HALVES_MS = 800  # a pause makes a break better: this one halves its cost
_MAX_TOKENS_PER_CUE = 60


def build_cues(utterances: Sequence[Utterance], duration_ms: int, rules: CueRules | None = None) -> tuple[Cue, ...]:
    """Cues `c1`, `c2` … for utterances in time order; no cue mixes languages.

    `duration_ms` is the recording's: no cue ends later, except where a word does.
    """
    return tuple(cue for cue, _ in place_cues(utterances, duration_ms, rules=rules))


def place_cues(
    utterances: Sequence[Utterance],
    duration_ms: int,
    keys: Sequence[Hashable] | None = None,
    rules: CueRules | None = None,
) -> list[tuple[Cue, tuple[int, ...]]]:
    """As `build_cues`, and with each cue the places of the utterances that it shows.

    `keys`, one for each utterance: no cue mixes utterances whose keys differ.
    """
    rules = rules or CueRules()
    apart = [(utterance.language, keys[place] if keys else None) for place, utterance in enumerate(utterances)]
    groups: list[tuple[list[Token], str]] = []
    for (language, _), run in groupby(_rising(tokenize_all(utterances)), key=lambda token: apart[token.utterance]):
        for tokens in _split_at_pauses(list(run), rules):
            groups += [(group, language) for group in choose_cuts(tokens, language, rules)]
    timed = _times([group for group, _ in groups], [language for _, language in groups], duration_ms, rules)
    return [
        (
            Cue(f"c{number}", start, end, break_lines(group, language, rules)),
            tuple(dict.fromkeys(token.utterance for token in group)),
        )
        for number, ((group, language), (start, end)) in enumerate(zip(groups, timed, strict=True), start=1)
    ]


def tokenize_all(utterances: Sequence[Utterance]) -> list[Token]:
    """The words of utterances; those without word times share the utterance's time by length."""
    tokens: list[Token] = []
    for place, utterance in enumerate(utterances):
        language = utterance.language
        first = len(tokens)
        for word in utterance.words or spread(utterance.text, language, utterance.start_ms, utterance.end_ms):
            _append(tokens, word, language, None if len(tokens) > first else place)
    return tokens


def spread(text: str, language: str, start_ms: int, end_ms: int) -> list[Word]:
    """Words of a text without times, with the time shared by length (Chinese: characters)."""
    parts = _SPACED.findall(text) if LANGUAGES[language].word_spaces else _UNSPACED.findall(text)
    lengths = [max(1, len(part.strip())) for part in parts]
    total = sum(lengths) or 1
    words: list[Word] = []
    done = 0
    for part, length in zip(parts, lengths, strict=True):
        begin = start_ms + (end_ms - start_ms) * done // total
        done += length
        words.append(Word(begin, start_ms + (end_ms - start_ms) * done // total, part))
    return words


_SPACED = re.compile(r"\s*\S+")
_UNSPACED = re.compile(r"\s*(?:[A-Za-z0-9À-ɏЀ-ӿ][\w.,:/@%+-]*(?<![.,:])|\S)")


def _append(tokens: list[Token], word: Word, language: str, begins: int | None) -> None:
    """Add a word; punctuation alone joins the word before it. `begins`: the place of the utterance that begins here."""
    text = word.text.strip()
    if not text:
        return
    if not LANGUAGES[language].word_spaces:
        text = _full_width(text, tokens[-1].text if tokens else "")
    new = begins is not None
    spaced = word.text[:1].isspace() or (new and LANGUAGES[language].word_spaces)
    if tokens and not new and (not any(c.isalnum() for c in text) or (not spaced and LANGUAGES[language].word_spaces)):
        space = "\u00a0" if spaced else ""
        before = tokens[-1]
        tokens[-1] = replace(before, text=before.text + space + text, end_ms=max(before.end_ms, word.end_ms))
    else:
        place = tokens[-1].utterance if begins is None else begins
        tokens.append(Token(text, word.start_ms, max(word.start_ms, word.end_ms), spaced, place))


_FULL_WIDTH = str.maketrans(",?!:;", "，？！：；")


def _full_width(text: str, before: str) -> str:
    """Chinese punctuation after Chinese characters, where the recognizer writes the narrow forms."""
    return re.sub(
        r"(?<=[\u3400-\u9fff])[,?!:;](?!\d)", lambda mark: mark.group().translate(_FULL_WIDTH), before[-1:] + text
    )[len(before[-1:]) :]


def _rising(tokens: Sequence[Token]) -> list[Token]:
    """Times that never fall back."""
    result: list[Token] = []
    clock = 0
    for token in tokens:
        start = max(token.start_ms, clock)
        clock = max(token.end_ms, start)
        result.append(replace(token, start_ms=start, end_ms=clock))
        clock = start if clock - start > 5_000 else clock  # one word with a wild end does not push all others
    return result


def _split_at_pauses(tokens: Sequence[Token], rules: CueRules) -> Iterator[list[Token]]:
    part: list[Token] = []
    for token in tokens:
        if part and token.start_ms - part[-1].end_ms > rules.split_pause_ms:
            yield part
            part = []
        part.append(token)
    if part:
        yield part


class _Widths:
    """Widths of stretches of tokens as they are rendered, from sums: looked up thousands of times."""

    def __init__(self, tokens: Sequence[Token], language: str) -> None:
        self.limit = LANGUAGES[language].caption_line_chars
        space = width(" ", language)
        self._spaces = [space if token.spaced else 0.0 for token in tokens]
        own = (width(token.text, language) for token in tokens)
        self._sums: list[float] = [0.0, *accumulate(map(add, self._spaces, own))]

    def of(self, start: int, end: int) -> float:
        return self._sums[end] - self._sums[start] - self._spaces[start]

    def fit_on_two_lines(self, start: int, end: int) -> bool:
        """Whether they can be broken so. The fullest upper line leaves the least for the lower one."""
        upper = bisect_right(self._sums, self._sums[start] + self._spaces[start] + self.limit, start + 1, end) - 1
        return start < upper < end and self.of(upper, end) <= self.limit


def choose_cuts(tokens: Sequence[Token], language: str, rules: CueRules) -> list[list[Token]]:
    """The cheapest way to cut tokens into cues."""
    breaks = [rate_break(a.text, b.text, language, b.spaced) for a, b in pairwise(tokens)]
    widths = _Widths(tokens, language)
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(tokens) + 1):
        options: list[tuple[float, int]] = []
        sentences = 0  # that end inside
        for start in range(end - 1, max(-1, end - 1 - _MAX_TOKENS_PER_CUE), -1):
            spoken_ms = tokens[end - 1].end_ms - tokens[start].start_ms
            if end - start > 1:
                if spoken_ms > rules.max_duration_ms or not _fits(widths, start, end, rules):
                    break
                sentences += breaks[start].sentence
            cost = best[start][0] + _cost(widths.of(start, end), spoken_ms, language, rules)
            cost += _COST_SENTENCE_INSIDE * sentences
            if end < len(tokens):
                pause = tokens[end].start_ms - tokens[end - 1].end_ms
                cost += breaks[end - 1].cost / (1 + min(max(0, pause), _PAUSE_HALVES_MS) / _PAUSE_HALVES_MS)
            options.append((cost, start))
        best.append(min(options))
    cuts = [len(tokens)]
    while cuts[-1] > 0:
        cuts.append(best[cuts[-1]][1])
    cuts.reverse()
    return [list(tokens[a:b]) for a, b in pairwise(cuts)]


def _fits(widths: _Widths, start: int, end: int, rules: CueRules) -> bool:
    total = widths.of(start, end)
    if total <= widths.limit:
        return True
    return total <= widths.limit * rules.max_lines + 1 and widths.fit_on_two_lines(start, end)


def _cost(length: float, spoken_ms: int, language: str, rules: CueRules) -> float:
    record = LANGUAGES[language]
    spoken_ms = max(1, spoken_ms)
    speed = length * 1000 / max(spoken_ms, rules.min_duration_ms)
    cost = _COST_CUE + _COST_TOO_FAST * max(0.0, speed - record.caption_chars_per_second)
    if spoken_ms < rules.min_duration_ms:
        cost += _COST_TOO_SHORT * (1 - spoken_ms / rules.min_duration_ms)
    if length < record.caption_line_chars / 4:
        cost += _COST_TOO_SHORT / 2
    return cost + (_COST_SECOND_LINE if length > record.caption_line_chars else 0.0)


def break_lines(tokens: Sequence[Token], language: str, rules: CueRules) -> tuple[str, ...]:
    """One line if it fits, else two: at the best place, near the middle, the lower one rather longer."""
    whole = render(tokens)
    limit = LANGUAGES[language].caption_line_chars
    if width(whole, language) <= limit or len(tokens) == 1 or rules.max_lines == 1:
        return (whole,)

    def cost(cut: int) -> float:
        upper, lower = width(render(tokens[:cut]), language), width(render(tokens[cut:]), language)
        over = max(0.0, upper - limit) + max(0.0, lower - limit)
        place = rate_break(tokens[cut - 1].text, tokens[cut].text, language, tokens[cut].spaced).cost
        lean = abs(upper - lower) * (1.0 if upper <= lower else 1.3)
        return over * FORBIDDEN / 10 + place + 10 * lean / limit

    cut = min(range(1, len(tokens)), key=cost)
    return render(tokens[:cut]), render(tokens[cut:])


def render(tokens: Sequence[Token]) -> str:
    """Tokens as text."""
    return "".join((" " if token.spaced and index else "") + token.text for index, token in enumerate(tokens))


def _times(
    groups: Sequence[Sequence[Token]], languages: Sequence[str], duration_ms: int, rules: CueRules
) -> list[tuple[int, int]]:
    """Start and end of each cue: from its words, prolonged so that it can be read, never into the next."""
    starts = [group[0].start_ms for group in groups]
    result: list[tuple[int, int]] = []
    for index, (group, language) in enumerate(zip(groups, languages, strict=True)):
        start = max(starts[index], result[-1][1] if result else 0)
        spoken = max(group[-1].end_ms, start)
        limit = max(duration_ms, spoken)
        if index + 1 < len(groups):
            limit = max(start + 1, min(limit, starts[index + 1] - rules.min_gap_ms))
        speed = LANGUAGES[language].caption_chars_per_second
        wanted = start + max(rules.min_duration_ms, round(width(render(group), language) * 1000 / speed))
        end = max(spoken, min(wanted, spoken + rules.max_linger_ms), start + rules.min_duration_ms)
        end = min(end, limit, start + rules.max_duration_ms)
        if index + 1 < len(groups) and 0 < limit - end < rules.closed_gap_ms:
            end = min(limit, start + rules.max_duration_ms)
        result.append((start, max(end, start + 1)))
    return result
