"""The second pass over a session: cut its sound, compare what is heard with what was captioned, say what to translate.

Pure but for what the inference core does. The service keeps the results and writes the edition.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from langsupport.captioning.editions import MIN_OVERLAP, Decision, make_edition, overlap
from langsupport.captioning.off_record import Stretch, stretches
from langsupport.captioning.windows import Samples, quietest_ms
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue, Mark
from langsupport.domain.speech import SAMPLE_RATE, Utterance
from langsupport.domain.units import CodedText, Segment
from langsupport.engines.protocols import Inference, Lane, SpeechSpan
from langsupport.pipelines.hearing import HearingOptions, hear
from langsupport.pipelines.translation import translate_segments

BLOCK_MS = 120_000
"""Sound heard in one step."""
LOOK_MS = 150_000
"""Sound looked at to find where a block should end; less than this is one block."""
_CUT_FROM_MS = 90_000
_BLANK_FRAME_MS = 100
MIN_BLANK_MS = 1_000
"""So much of nothing but zeros is no sound: it was lost, or erased."""
_LONGEST_CUE_MS = 120_000

CueKey = tuple[str, str]
"""(track, cue id)"""


@dataclass(frozen=True, slots=True)
class HeardBlock:
    """What was heard from `start_ms` to `end_ms` of a channel; `blanks` are (from, to) without sound."""

    start_ms: int
    end_ms: int
    utterances: tuple[Utterance, ...] = ()
    blanks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Captioned:
    """What a session's captions are at one moment: `cues` of all tracks, retracted ones too.

    `decided`: what persons changed, to the texts that were there before and after. `machine_tracks` are recorded and
    come from the floor.
    """

    cues: tuple[LiveCue, ...]
    marks: tuple[Mark, ...] = ()
    clock_ms: int = 0
    decided: Mapping[CueKey, tuple[str, ...]] = field(default_factory=dict)
    machine_tracks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """`fresh` replace `superseded`, in all tracks; `versions` are the (cue, track) to be copied or translated."""

    superseded: tuple[LiveCue, ...]
    fresh: tuple[LiveCue, ...]
    versions: tuple[tuple[LiveCue, str], ...]


def hear_block(samples: Samples, start_ms: int, inference: Inference, options: HearingOptions) -> HeardBlock:
    """Hear the beginning of `samples` (at most LOOK_MS of a channel, from `start_ms` on), up to a good place to stop.

    Where fewer are given than LOOK_MS there are no more, and all are heard. Raises what `hearing.hear` raises.
    """
    length_ms = len(samples) * 1000 // SAMPLE_RATE
    spans = inference.speech(samples)
    cut_ms = length_ms if length_ms < LOOK_MS else _cut(spans, samples)
    part = samples[: cut_ms * SAMPLE_RATE // 1000]
    voiced = [replace(span, end_ms=min(span.end_ms, cut_ms)) for span in spans if span.start_ms < cut_ms]
    found = hear(part, inference, options, voiced)
    utterances = tuple(_shifted(utterance, start_ms) for utterance in found.utterances)
    blanks = tuple((start_ms + first, start_ms + last) for first, last in blank_stretches(part))
    return HeardBlock(start_ms, start_ms + cut_ms, utterances, blanks)


def _cut(spans: Sequence[SpeechSpan], samples: Samples) -> int:
    """In the middle of the longest pause between _CUT_FROM_MS and BLOCK_MS, else where it is quietest there."""
    edges = [SpeechSpan(0, _CUT_FROM_MS), *(s for s in spans if s.end_ms > _CUT_FROM_MS), SpeechSpan(BLOCK_MS, LOOK_MS)]
    pauses = [
        (min(after.start_ms, BLOCK_MS) - max(before.end_ms, _CUT_FROM_MS), max(before.end_ms, _CUT_FROM_MS))
        for before, after in pairwise(edges)
        if max(before.end_ms, _CUT_FROM_MS) < min(after.start_ms, BLOCK_MS)
    ]
    if not pauses:
        return quietest_ms(samples, _CUT_FROM_MS, BLOCK_MS)
    length_ms, begin_ms = max(pauses)
    return begin_ms + length_ms // 2


def _shifted(utterance: Utterance, by_ms: int) -> Utterance:
    words = tuple(replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms) for word in utterance.words)
    return replace(utterance, start_ms=utterance.start_ms + by_ms, end_ms=utterance.end_ms + by_ms, words=words)


def blank_stretches(samples: Samples) -> list[tuple[int, int]]:
    """(from, to) in ms where there is nothing but zeros."""
    frame = SAMPLE_RATE * _BLANK_FRAME_MS // 1000
    count = len(samples) // frame
    blank = ~np.any(np.asarray(samples[: count * frame]).reshape(count, frame), axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], blank.astype(np.int8), [0]))))
    found = [(int(a) * _BLANK_FRAME_MS, int(b) * _BLANK_FRAME_MS) for a, b in edges.reshape(-1, 2)]
    return [(first, last) for first, last in found if last - first >= MIN_BLANK_MS]


def plan_edition(captioned: Captioned, heard: Mapping[str, Sequence[HeardBlock]]) -> EditionPlan:
    """Lay what was heard over what was captioned. `heard`: channel to its blocks, in order, without gaps."""
    off_record = stretches(captioned.marks, captioned.clock_ms)
    superseded: list[LiveCue] = []
    fresh: list[LiveCue] = []
    versions: list[tuple[LiveCue, str]] = []
    for channel, blocks in heard.items():
        part = _plan_channel(captioned, channel, blocks, off_record)
        superseded += part.superseded
        fresh += part.fresh
        versions += part.versions
    return EditionPlan(tuple(superseded), tuple(fresh), tuple(versions))


def _plan_channel(
    captioned: Captioned, channel: str, blocks: Sequence[HeardBlock], off_record: Sequence[Stretch]
) -> EditionPlan:
    ours = [cue for cue in captioned.cues if cue.channel == channel]
    own = [cue for cue in ours if cue.track == channel]
    decisions, human = _decisions(ours, channel, captioned.decided)
    end_ms = blocks[-1].end_ms if blocks else 0
    beyond = (end_ms, max(end_ms, captioned.clock_ms, *(cue.end_ms for cue in own), 0) + 1)
    made = make_edition(
        [utterance for block in blocks for utterance in block.utterances],
        own,
        decisions,
        off_record,
        key=channel,
        first_number=1 + max((_second_number(cue.id, channel) for cue in ours), default=0),
        unheard=[*(blank for block in blocks for blank in block.blanks), beyond],
    )
    fresh = made.fresh if channel == FLOOR else tuple(_in_its_time(made.fresh, captioned, channel))
    gone = {cue.id for cue in made.superseded}
    derived = [cue for cue in ours if cue.track != channel and cue.id in gone and _is_machine(cue)]
    versions: list[tuple[LiveCue, str]] = []
    if channel == FLOOR:
        versions = _versions(fresh, captioned, made.islands, human)
    return EditionPlan((*made.superseded, *derived), fresh, tuple(versions))


def _decisions(
    ours: Sequence[LiveCue], channel: str, decided: Mapping[CueKey, tuple[str, ...]]
) -> tuple[list[Decision], set[CueKey]]:
    """What persons decided about a channel's cues, and the keys of the cues that they touched."""
    on_track = {cue.id: cue for cue in ours if cue.track == channel}
    human = {
        (cue.track, cue.id)
        for cue in ours
        if cue.state is CueState.CORRECTED
        or (cue.state is CueState.RETRACTED and (cue.track, cue.id) in decided)
        or (cue.origin is CueOrigin.HUMAN and cue.state is not CueState.RETRACTED)
    }
    result: list[Decision] = []
    for id in dict.fromkeys(id for _, id in sorted(human)):
        place = on_track.get(id) or next(cue for cue in ours if cue.id == id)
        here = (channel, id) in human
        texts = dict.fromkeys(filter(None, (place.stable, *decided.get((channel, id), ()))))
        result.append(Decision(id, place.start_ms, place.end_ms, tuple(texts), here))
    return result, human


def _is_machine(cue: LiveCue) -> bool:
    return cue.state not in (CueState.CORRECTED, CueState.RETRACTED) and cue.origin is not CueOrigin.HUMAN


def _second_number(cue_id: str, channel: str) -> int:
    number = cue_id.removeprefix("s" if channel == FLOOR else f"{channel}-s")
    return int(number) if number != cue_id and number.isascii() and number.isdecimal() else 0


class _Times:
    """Finds the cues that are said at the same time as another."""

    def __init__(self, cues: Sequence[LiveCue]) -> None:
        self._cues = sorted(cues, key=lambda cue: cue.start_ms)
        self._starts = [cue.start_ms for cue in self._cues]

    def meets(self, cue: LiveCue) -> bool:
        first = bisect_left(self._starts, cue.start_ms - _LONGEST_CUE_MS)
        last = bisect_left(self._starts, cue.end_ms)
        return any(overlap(cue, other) >= MIN_OVERLAP for other in self._cues[first:last])


def _in_its_time(fresh: Sequence[LiveCue], captioned: Captioned, channel: str) -> list[LiveCue]:
    """Without what an interpreter said while the track came from the floor."""
    there = [cue for cue in captioned.cues if cue.track == channel]
    its_own = _Times([cue for cue in there if cue.channel == channel])
    floor_s = _Times([cue for cue in there if cue.channel == FLOOR and cue.state is not CueState.RETRACTED])
    return [cue for cue in fresh if its_own.meets(cue) or not floor_s.meets(cue)]


def _versions(
    fresh: Sequence[LiveCue], captioned: Captioned, islands: Mapping[str, str], human: set[CueKey]
) -> list[tuple[LiveCue, str]]:
    """The tracks on which each fresh cue of the floor is to be, besides the floor."""
    result: list[tuple[LiveCue, str]] = []
    for track in LANGUAGES:
        there = [cue for cue in captioned.cues if cue.track == track and cue.state is not CueState.RETRACTED]
        floor_s = _Times([cue for cue in there if cue.channel == FLOOR])
        interpreted = _Times([cue for cue in there if cue.channel != FLOOR])
        for cue in fresh:
            if (track, islands.get(cue.id, "")) in human:
                continue
            if floor_s.meets(cue) or (track in captioned.machine_tracks and not interpreted.meets(cue)):
                result.append((cue, track))
    return result


def version(cue: LiveCue, track: str, translation: str | None) -> LiveCue:
    """A fresh cue on another track. `translation` None: a copy, where the track's language is spoken."""
    copied = replace(cue, track=track, source=cue.reference)
    if translation is None:
        return copied
    return replace(copied, language=track, stable=translation, origin=CueOrigin.TRANSLATED, words=())


def translate_sentences(
    texts: Sequence[str], source: str, target: str, inference: Inference, lane: Lane = Lane.BATCH
) -> list[str]:
    """Whole sentences, as recordings are translated: names and numbers kept, checked, tried again.

    Raises: ModelMissing, QueueFull, EngineFailure, Cancelled: from the core.
    """
    segments = [Segment(f"s{place}", 0, CodedText(text)) for place, text in enumerate(texts)]
    done = {found.key: found for found in translate_segments(inference, segments, source, target, lane)}
    return [done[segment.key].target.text.strip() or segment.source.text for segment in segments]
