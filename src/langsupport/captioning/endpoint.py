"""Where a voice begins and ends in sound that arrives: frames of probabilities in, stretches of speech out."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from langsupport.captioning.live_options import LiveOptions
from langsupport.domain.speech import SAMPLE_RATE

FRAME_SAMPLES = 512
_FRAME_MS = FRAME_SAMPLES * 1000 // SAMPLE_RATE
_NEIGHBOUR_MS, _NEIGHBOURHOOD_MS = 2_500, 12_000
_CLEAR_FRAMES = 16
"""A voice that is clear for half a second vouches for what follows it."""
MAX_SPANS = 64
"""Voiced spans that are remembered for the guards: more than a window of 30 s holds."""


@dataclass(slots=True)
class Stretch:
    """Speech from sample `start` to `end` (None: it goes on), with `voiced` frames in it."""

    start: int
    end: int | None = None
    voiced: int = 0


@dataclass(slots=True)
class VoicedSpan:
    """Frames with a voice without a long gap, for the guards."""

    start_ms: int
    end_ms: int
    total: float
    frames: int

    @property
    def confidence(self) -> float:
        return self.total / self.frames


@dataclass(frozen=True, slots=True)
class SpokenSpan:
    """As engines.protocols.SpeechSpan, which this floor does not import."""

    start_ms: int
    end_ms: int
    confidence: float


class Endpointer:
    """A voice begins at `voice_threshold`, with a lead before it; `min_silence_ms` below `voice_release` end it."""

    def __init__(self, options: LiveOptions, start: int = 0) -> None:
        self._options = options
        self._frame_start = start
        self._open: Stretch | None = None
        self._last_voice = start
        self._ended_at = start
        self.spans: deque[VoicedSpan] = deque(maxlen=MAX_SPANS)

    @property
    def speaking(self) -> bool:
        return self._open is not None

    def feed(self, probabilities: Sequence[float]) -> list[Stretch]:
        """Stretches that began with these frames; `end` of one that was given before is set when it ends."""
        began = []
        for probability in probabilities:
            fresh = self._frame(probability)
            if fresh is not None:
                began.append(fresh)
        return began

    def _frame(self, probability: float) -> Stretch | None:
        start = self._frame_start
        self._frame_start = end = start + FRAME_SAMPLES
        voice = probability >= (self._options.voice_release if self._open else self._options.voice_threshold)
        began = None
        if voice:
            if self._open is None:
                lead = self._options.lead_ms * SAMPLE_RATE // 1000
                began = self._open = Stretch(max(self._ended_at, start - lead))
            self._open.voiced += 1
            self._last_voice = end
            self._remember(start, end, probability)
        elif self._open is not None and end - self._last_voice >= self._options.min_silence_ms * SAMPLE_RATE // 1000:
            self.close()
        return began

    def close(self) -> None:
        """End the stretch that goes on, a little after its last voice."""
        if self._open is not None:
            lead = self._options.lead_ms * SAMPLE_RATE // 1000
            self._ended_at = self._open.end = min(self._frame_start, self._last_voice + lead)
            self._open = None

    def believed(self) -> list[SpokenSpan]:
        """The voiced spans with how sure a voice is in each, for the guards: as sure as in the clearest that came
        just before, since a quiet word after clear ones is a word, and in noise nothing is clear."""
        result: list[SpokenSpan] = []
        for index, span in enumerate(self.spans):
            clearest, start_ms = span.confidence, span.start_ms
            for before in reversed(list(self.spans)[:index]):
                if start_ms - before.end_ms > _NEIGHBOUR_MS or span.start_ms - before.start_ms > _NEIGHBOURHOOD_MS:
                    break
                if before.frames >= _CLEAR_FRAMES:
                    clearest = max(clearest, before.confidence)
                start_ms = before.start_ms
            result.append(SpokenSpan(span.start_ms, span.end_ms, clearest))
        return result

    def _remember(self, start: int, end: int, probability: float) -> None:
        start_ms, end_ms = start * 1000 // SAMPLE_RATE, end * 1000 // SAMPLE_RATE
        last = self.spans[-1] if self.spans else None
        if last is not None and start_ms - last.end_ms <= self._options.min_silence_ms // 2:
            last.end_ms = end_ms
            last.total += probability
            last.frames += 1
        else:
            self.spans.append(VoicedSpan(start_ms, end_ms, probability, 1))
