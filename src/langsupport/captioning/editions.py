"""A second, finer hearing of a session laid over what was captioned live: which cues it replaces, and by what.

What a person decided stays: a cue that was corrected keeps its text, id and place, one that was taken away stays
away, and nothing that was heard in its place comes in beside it. Word times of two hearings differ by some tenths of
a second, so the borders of such a cue are found by comparing texts, not by time alone. Where a person changed only
a translation, the words of that cue make cues of their own, so that the person's text has its place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate, count

from langsupport.captioning.cues import spread
from langsupport.captioning.guards import bare
from langsupport.captioning.off_record import Stretch
from langsupport.captioning.phrasing import rate_break
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue
from langsupport.domain.speech import Utterance, Word

MAX_CHARS = 300
MAX_CHARS_UNSPACED = 100
"""A longer sentence (Chinese: in characters) is cut at a clause."""
MAX_PAUSE_MS = 2_000
"""No cue runs over a longer silence."""
_REACH_WORDS = 4
_REACH_MS = 1_500
"""A border may lie so far from where the times say."""
_COST_OF_A_SECOND = 0.05
"""How much less alike texts may be for a border to lie a second nearer to its time."""
_MAX_COMPARED = 400
"""Characters: a longer cue is placed by its times."""
MIN_OVERLAP = 0.5
"""Two cues are of the same words if so much of the shorter one's time is common."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A cue about which a person decided. `here`: on the track where it was heard; else in translations only.

    `texts`: what it said, in the machine's or in the person's words: what its place is found by.
    """

    cue_id: str
    start_ms: int
    end_ms: int
    texts: tuple[str, ...]
    here: bool


@dataclass(frozen=True, slots=True)
class Edition:
    """`fresh` replace `superseded`. `islands`: id of a fresh cue to that of the one whose translation a person made."""

    fresh: tuple[LiveCue, ...]
    superseded: tuple[LiveCue, ...]
    islands: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Token:
    word: Word
    language: str
    place: str = ""  # the decision whose words these are


def make_edition(
    utterances: Sequence[Utterance],
    live: Sequence[LiveCue],
    decisions: Sequence[Decision],
    off_record: Sequence[Stretch],
    *,
    key: str,
    first_number: int = 1,
    unheard: Sequence[tuple[int, int]] = (),
) -> Edition:
    """`live`: the channel's cues as they are, on its own track; `key` is the channel (and that track).

    `unheard` are stretches (from, to, in ms) of which no sound is left: what was captioned there stays. Fresh cues
    are sentences; ids are `s1` … on the floor, `fr-s1` … on an interpreter's channel, from `first_number` on. What
    reads as before keeps its cue.
    """
    decided = {decision.cue_id for decision in decisions if decision.here}
    standing = [cue for cue in live if cue.state is not CueState.RETRACTED and cue.id not in decided]
    lost = {cue.id: cue for cue in standing if _share_within(cue, unheard) > MIN_OVERLAP}
    kept = [Decision(cue.id, cue.start_ms, cue.end_ms, (cue.stable,), here=True) for cue in lost.values()]
    others = [decision for decision in decisions if decision.cue_id not in lost]
    tokens = _placed(_on_record(_tokens(utterances), off_record), [*others, *kept])
    numbers = count(first_number)
    old = [cue for cue in standing if cue.id not in lost]
    by_text: dict[str, list[LiveCue]] = {}
    for cue in old:
        by_text.setdefault(_plain(cue), []).append(cue)
    fresh: list[LiveCue] = []
    islands: dict[str, str] = {}
    same: set[str] = set()
    for run in _sentences(tokens):
        cue = _cue(run, key)
        twin = _twin(cue, by_text.get(_plain(cue), ()), same)
        if twin is not None:
            same.add(twin.id)
            continue
        cue = replace(cue, id=f"s{next(numbers)}" if key == FLOOR else f"{key}-s{next(numbers)}")
        fresh.append(cue)
        if run[0].place:
            islands[cue.id] = run[0].place
    return Edition(tuple(fresh), tuple(cue for cue in old if cue.id not in same), islands)


def overlap(one: LiveCue, other: LiveCue) -> float:
    """The common time, as a share of the shorter one's."""
    common = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    shorter = min(one.end_ms - one.start_ms, other.end_ms - other.start_ms)
    return common / max(1, shorter) if common > 0 else 0.0


def _tokens(utterances: Sequence[Utterance]) -> list[_Token]:
    tokens = [
        _Token(word if place else _spaced(word, utterance.language), utterance.language)
        for utterance in utterances
        for place, word in enumerate(
            utterance.words or spread(utterance.text, utterance.language, utterance.start_ms, utterance.end_ms)
        )
        if word.text.strip()
    ]
    return sorted(tokens, key=lambda token: token.word.start_ms)


def _spaced(word: Word, language: str) -> Word:
    """The first word of an utterance as one that follows another."""
    if LANGUAGES[language].word_spaces and not word.text[:1].isspace():
        return replace(word, text=" " + word.text)
    return word


def _on_record(tokens: Sequence[_Token], off_record: Sequence[Stretch]) -> list[_Token]:
    """Without the words of stretches off the record; no time reaches into one, and each is a border."""
    kept = [_border(stretch.start_ms, stretch.end_ms) for stretch in off_record]
    for token in tokens:
        word = token.word
        if any(stretch.covers(word.start_ms, word.end_ms) for stretch in off_record):
            continue
        start_ms, end_ms = word.start_ms, max(word.start_ms, word.end_ms)
        for stretch in off_record:
            if stretch.start_ms <= start_ms < stretch.end_ms:
                start_ms = stretch.end_ms
            elif start_ms < stretch.start_ms < end_ms:
                end_ms = stretch.start_ms
        kept.append(replace(token, word=replace(word, start_ms=start_ms, end_ms=max(start_ms, end_ms))))
    return sorted(kept, key=lambda token: token.word.start_ms)


def _border(start_ms: int, end_ms: int) -> _Token:
    """Stands between words that don't belong together."""
    return _Token(Word(start_ms, end_ms, ""), "")


def _share_within(cue: LiveCue, stretches: Sequence[tuple[int, int]]) -> float:
    common = sum(max(0, min(cue.end_ms, end) - max(cue.start_ms, start)) for start, end in stretches)
    return common / max(1, cue.end_ms - cue.start_ms)


def _placed(tokens: list[_Token], decisions: Sequence[Decision]) -> list[_Token]:
    """Without the words of cues that stay; those of islands are marked. A border lies where words were taken out."""
    heard = _Heard(tokens, [_middle(token.word) for token in tokens], [_letters(token.word.text) for token in tokens])
    result: list[_Token] = []
    done = 0
    for decision in sorted(decisions, key=lambda decision: (decision.start_ms, decision.end_ms)):
        first, last = _extent(heard, decision, done)
        result += tokens[done:first]
        if decision.here:
            result.append(_border(decision.start_ms, decision.end_ms))
        else:
            result += [replace(token, place=decision.cue_id) for token in tokens[first:last]]
        done = max(done, last)
    return result + tokens[done:]


@dataclass(frozen=True, slots=True)
class _Heard:
    """All words, with their middles in time and their bare letters."""

    tokens: Sequence[_Token]
    middles: Sequence[int]
    letters: Sequence[str]


def _extent(heard: _Heard, decision: Decision, done: int) -> tuple[int, int]:
    """[first, last) of the words that say what the cue says, at or after `done`."""
    tokens = heard.tokens
    begin = max(done, bisect_left(heard.middles, decision.start_ms))
    end = max(begin, bisect_left(heard.middles, decision.end_ms))
    texts = [text for text in map(_letters, decision.texts) if text]
    if not texts or max(map(len, texts)) > _MAX_COMPARED:
        return begin, end
    best, found = 0.0, (begin, end)
    for first in _reach(tokens, begin, done, decision.start_ms):
        for last in _reach(tokens, end, first, decision.end_ms):
            alike = max(_alike("".join(heard.letters[first:last]), text) for text in texts)
            away_ms = _away(tokens, first, decision.start_ms) + _away(tokens, last, decision.end_ms)
            worth = 1 + alike - _COST_OF_A_SECOND * away_ms / 1000
            if worth > best:
                best, found = worth, (first, last)
    return found


def _reach(tokens: Sequence[_Token], place: int, lowest: int, at_ms: int) -> Iterator[int]:
    """Places where a border may lie."""
    for candidate in range(max(lowest, place - _REACH_WORDS), min(len(tokens), place + _REACH_WORDS) + 1):
        if candidate == max(place, lowest) or _away(tokens, candidate, at_ms) <= _REACH_MS:
            yield candidate


def _away(tokens: Sequence[_Token], place: int, at_ms: int) -> int:
    """How far a border before the word at `place` lies from `at_ms`; anywhere in a pause is as good."""
    before = tokens[place - 1].word.end_ms if place else at_ms
    after = tokens[place].word.start_ms if place < len(tokens) else at_ms
    return max(0, at_ms - after, before - at_ms)


def _letters(text: str) -> str:
    return bare(text).replace(" ", "")


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _sentences(tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    """Runs of words that make a cue each: one language, one place, a sentence or a clause of a long one."""
    run: list[_Token] = []
    for token in tokens:
        if run and _ends(run[-1], token):
            yield from _cut(run)
            run = []
        if token.word.text:  # else it is only a border
            run.append(token)
    if run:
        yield from _cut(run)


def _ends(last: _Token, token: _Token) -> bool:
    if not token.word.text or (last.language, last.place) != (token.language, token.place):
        return True
    if token.word.start_ms - last.word.end_ms > MAX_PAUSE_MS:
        return True
    spaced = token.word.text[:1].isspace()
    return rate_break(last.word.text.strip(), token.word.text.strip(), last.language, spaced).sentence


def _cut(run: list[_Token]) -> Iterator[list[_Token]]:
    """Where it is too long, at the best place in the later half of what fits."""
    language = run[0].language
    limit = MAX_CHARS if LANGUAGES[language].word_spaces else MAX_CHARS_UNSPACED
    while True:
        lengths = list(accumulate(len(token.word.text) for token in run))
        if lengths[-1] <= limit or len(run) == 1:
            yield run
            return
        fits = max(1, bisect_right(lengths, limit))
        costs = {place: _break_cost(run, place) for place in range((fits + 1) // 2, fits + 1)}
        cut = min(costs, key=lambda place: (costs[place], -place))
        yield run[:cut]
        run = run[cut:]


def _break_cost(run: Sequence[_Token], place: int) -> float:
    left, right = run[place - 1].word.text, run[place].word.text
    return rate_break(left.strip(), right.strip(), run[0].language, right[:1].isspace()).cost


def _cue(run: Sequence[_Token], key: str) -> LiveCue:
    words = tuple(token.word for token in run)
    return LiveCue(
        id="",
        track=key,
        channel=key,
        language=run[0].language,
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        stable="".join(word.text for word in words).strip(),
        state=CueState.FINAL,
        origin=CueOrigin.HEARD,
        words=words,
    )


def _plain(cue: LiveCue) -> str:
    return " ".join(cue.stable.split())


def _twin(cue: LiveCue, alike: Sequence[LiveCue], taken: set[str]) -> LiveCue | None:
    """The live cue that reads the same."""
    for other in alike:
        if other.id not in taken and other.language == cue.language and overlap(cue, other) >= MIN_OVERLAP:
            return other
    return None


def _middle(word: Word) -> int:
    return (word.start_ms + word.end_ms) // 2
