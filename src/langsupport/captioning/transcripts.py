"""What a live session leaves behind: the cues and marks of one track as a transcript.

Cues are built anew from the words, for a live cue is a sentence and not something to be shown for seconds on two
lines. A shown cue never mixes live cues of two speakers, nor of two agenda items, nor what a person corrected with
what a machine wrote. No word of a live cue is lost, except those in a stretch that is off the record.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from langsupport.captioning.cues import CueRules, place_cues
from langsupport.captioning.off_record import Stretch, stretches
from langsupport.captioning.wording import OFF_THE_RECORD
from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue, Mark, MarkKind
from langsupport.domain.speech import Cue, Meeting, Note, Provenance, Transcript, Utterance, Word


@dataclass(frozen=True, slots=True)
class _Said:
    """A live cue as it is shown."""

    cue: LiveCue
    utterance: Utterance
    speaker: str
    item: str
    gaps_before: int  # stretches off the record

    @property
    def key(self) -> tuple[str, str, Provenance, int]:
        """A shown cue has one of them."""
        return self.speaker, self.item, self.provenance, self.gaps_before

    @property
    def provenance(self) -> Provenance:
        if self.cue.state is CueState.CORRECTED or self.cue.origin is CueOrigin.HUMAN:
            return Provenance.CORRECTED
        return Provenance.TRANSLATED if self.cue.origin is CueOrigin.TRANSLATED else Provenance.HEARD


def build_transcript(
    cues: Sequence[LiveCue],
    marks: Sequence[Mark],
    track: str,
    duration_ms: int,
    meeting: Meeting | None = None,
    rules: CueRules | None = None,
) -> Transcript:
    """The transcript of a track: `cues` are its newest states, in any order, `marks` those of the session.

    A cue's speaker and agenda item are those in force at its middle. The floor's language is the one spoken longest.
    """
    off = stretches(marks, duration_ms)
    speakers, items = _Course(marks, MarkKind.SPEAKER), _Course(marks, MarkKind.ITEM)
    said = [
        _Said(
            cue,
            utterance,
            speakers.at(_middle(cue)),
            items.at(_middle(cue)),
            sum(stretch.start_ms < _middle(cue) for stretch in off),
        )
        for cue in sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms, _natural(cue.id)))
        if (utterance := _utterance(cue, off)) is not None
    ]
    language = _main_language(said) if track == FLOOR else track
    shown = [_ended(cue, off) for cue in _shown(said, duration_ms, language, rules)]
    gaps = [_gap(stretch, language, items) for stretch in off]
    return Transcript(
        language=language,
        duration_ms=duration_ms,
        cues=tuple(sorted([*shown, *gaps], key=lambda cue: cue.start_ms)),
        utterances=tuple(one.utterance for one in said if one.cue.origin is not CueOrigin.TRANSLATED),
        machine_translated=any(one.cue.origin is CueOrigin.TRANSLATED for one in said),
        meeting=meeting,
        notes=_notes(marks, off),
    )


def spoken_languages(floor: Sequence[LiveCue]) -> tuple[str, ...]:
    """The languages of the floor's cues, the most spoken first."""
    lengths: Counter[str] = Counter()
    for cue in floor:
        if cue.state is not CueState.RETRACTED and cue.stable.strip():
            lengths[cue.language] += max(1, cue.end_ms - cue.start_ms)
    return tuple(code for code, _ in lengths.most_common())


def _utterance(cue: LiveCue, off: Sequence[Stretch]) -> Utterance | None:
    """What is left of a cue; None: nothing."""
    if cue.state is CueState.RETRACTED or not cue.stable.strip():
        return None
    words = cue.words if _same_text("".join(word.text for word in cue.words), cue.stable) else ()
    touched = [
        stretch
        for stretch in off
        if not stretch.precedes(cue) and (stretch.covers(cue.start_ms, cue.end_ms) or _any(stretch, words))
    ]
    text = cue.stable.strip()
    if touched:
        if not words:
            return None
        words = tuple(word for word in words if not any(_any(stretch, (word,)) for stretch in touched))
        text = "".join(word.text for word in words).strip()
        if not text:
            return None
    return Utterance(cue.start_ms, max(cue.start_ms, cue.end_ms), text, cue.language, words)


def _any(stretch: Stretch, words: Sequence[Word]) -> bool:
    return any(stretch.covers(word.start_ms, word.end_ms) for word in words)


def _same_text(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _shown(said: Sequence[_Said], duration_ms: int, language: str, rules: CueRules | None) -> list[Cue]:
    """The cues with where they come from; the first that begins with live cue `c7` is `c7`, then `c7_2` …"""
    placed = place_cues([one.utterance for one in said], duration_ms, [one.key for one in said], rules)
    used: Counter[str] = Counter()
    result: list[Cue] = []
    for cue, places in placed:
        first, sources = said[places[0]], [said[place].cue for place in places]
        used[first.cue.id] += 1
        count = used[first.cue.id]
        spoken = first.utterance.language
        result.append(
            replace(
                cue,
                id=first.cue.id if count == 1 else f"{first.cue.id}_{count}",
                revision=max(source.revision for source in sources),
                language=None if spoken == language else spoken,
                speaker=first.speaker,
                item=first.item,
                provenance=first.provenance,
                sources=tuple(source.id for source in sources),
            )
        )
    return result


class _Course:
    """Marks of one kind in time order: each holds until the next."""

    def __init__(self, marks: Sequence[Mark], kind: MarkKind) -> None:
        ours = sorted((mark for mark in marks if mark.kind is kind), key=lambda mark: (mark.at_ms, _natural(mark.id)))
        self._starts = [mark.at_ms for mark in ours]
        self._texts = [" ".join(mark.text.split()) for mark in ours]

    def at(self, at_ms: int) -> str:
        place = bisect_right(self._starts, at_ms) - 1
        return self._texts[place] if place >= 0 else ""


def _ended(cue: Cue, off: Sequence[Stretch]) -> Cue:
    """A cue that is shown a little longer than it is said does not stay into a stretch off the record."""
    ends = [stretch.start_ms for stretch in off if cue.start_ms < stretch.start_ms < cue.end_ms]
    return replace(cue, end_ms=min(ends)) if ends else cue


def _gap(stretch: Stretch, language: str, items: _Course) -> Cue:
    return Cue(
        id=f"off_{stretch.id}",
        start_ms=stretch.start_ms,
        end_ms=stretch.end_ms,
        lines=(OFF_THE_RECORD[language],),
        item=items.at(stretch.start_ms),
        provenance=Provenance.OFF_RECORD,
    )


def _notes(marks: Sequence[Mark], off: Sequence[Stretch]) -> tuple[Note, ...]:
    notes = [Note(mark.at_ms, mark.text.strip()) for mark in marks if mark.kind is MarkKind.NOTE and mark.text.strip()]
    kept = [note for note in notes if not any(s.start_ms <= note.at_ms < s.end_ms for s in off)]
    return tuple(sorted(kept, key=lambda note: note.at_ms))


def _main_language(said: Sequence[_Said]) -> str:
    return next(iter(spoken_languages([one.cue for one in said])), "en")


def _middle(cue: LiveCue) -> int:
    return (cue.start_ms + max(cue.start_ms, cue.end_ms)) // 2


def _natural(id: str) -> tuple[tuple[int, int | str], ...]:
    """`c9` before `c10`."""
    return tuple((1, int(part)) if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", id))
