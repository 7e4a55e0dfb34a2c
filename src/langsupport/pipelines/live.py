"""One channel's way from samples to cues: a step machine without threads, clocks or models.

The driver feeds samples, asks what is `due`, lets the inference core call `request` when the turn comes, and hands the
hearing to `take`, which gives the cues that changed. The same machine runs in real time, in catching up after a crash
and on the virtual clock of the benchmarks.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from langsupport.captioning import agreement, guards
from langsupport.captioning.endpoint import FRAME_SAMPLES, Endpointer, Stretch
from langsupport.captioning.live_cues import CueBuilder, joined
from langsupport.captioning.live_options import LiveOptions
from langsupport.captioning.ring import SampleRing
from langsupport.captioning.spoken_context import SpokenContext
from langsupport.captioning.switching import LanguageWatch, Verdict
from langsupport.domain.live import LiveCue
from langsupport.domain.speech import SAMPLE_RATE, Utterance, Word
from langsupport.engines.protocols import AudioWindow, Hearing, HearingRequest, VoiceStream
from langsupport.pipelines.hearing import prompt_for

if TYPE_CHECKING:
    from langsupport.engines.protocols import Samples

MAX_HELD_MS = 30_000
"""Sound that a channel holds; the driver keeps back what is beyond (see `hungry`)."""
MAX_REHEARINGS = 2
"""How often the end of a stretch is heard again: in another language, or without context after a loop."""
LEVEL_MS = 400


@dataclass(frozen=True, slots=True)
class Ask:
    """A hearing is wanted: `final` at the end of an utterance; its words should be there within `wait_ms`."""

    final: bool
    wait_ms: int


@dataclass(slots=True)
class _Window:
    """The stretch that is being heard: from sample `start` (moved on as words are committed)."""

    stretch: Stretch
    start: int
    heard: int  # the end of the last hearing
    committed: list[Word] = field(default_factory=list)  # that lie within the window
    hypothesis: list[Word] = field(default_factory=list)  # beyond them, of the last hearing
    rehearings: int = 0
    plain: bool = False  # without context: it led the recognizer astray


@dataclass(frozen=True, slots=True)
class _Asked:
    window: _Window
    start: int
    end: int
    final: bool
    language: str | None


class LiveChannel:
    """See the module. Thread-safe. `key` is a track's key; times are on the channel's clock, sample n at n/16 ms.

    `language` None: told from the sound, among the six. `start_sample`, `context` and `believed` serve to go on after
    a crash: where the sound goes on, the last words that were committed before it, and the language they were in
    (believed until the sound tells another one).
    """

    def __init__(
        self,
        key: str,
        voice: VoiceStream,
        options: LiveOptions | None = None,
        *,
        language: str | None = None,
        start_sample: int = 0,
        first_cue: int = 1,
        glossary: Sequence[str] = (),
        context: str = "",
        believed: str | None = None,
    ) -> None:
        self.key = key
        self._options = options or LiveOptions()
        self.cadence_ms = self._options.cadence_ms
        self._max_window = self._options.max_window_ms * SAMPLE_RATE // 1000  # samples
        self._voice = voice
        self._given = language
        self._watch = LanguageWatch(self._options, language or believed)
        self._glossary = tuple(glossary)
        self._ring = SampleRing(start_sample)
        self._frames_fed = start_sample
        self._endpointer = Endpointer(self._options, start_sample)
        self._waiting: deque[Stretch] = deque()
        self._window: _Window | None = None
        self._asked: _Asked | None = None
        self._builder = CueBuilder(key, self._options, first_cue)
        self._context = SpokenContext(context, start_sample)
        self._tail: LiveCue | None = None  # what viewers see that was not committed
        self._lock = threading.RLock()

    # What the driver sees

    @property
    def spoken(self) -> str | None:
        """The language that is believed to be spoken now."""
        return self._watch.spoken

    @property
    def position(self) -> int:
        """Samples of the clock so far."""
        return self._ring.end

    @property
    def settled(self) -> int:
        """Samples before this are never needed again: where to go on after a crash."""
        with self._lock:
            window = self._window
            if window is None:
                return self._waiting[0].start if self._waiting else self._idle_start()
            if not window.committed:
                return window.start
            return max(window.start, window.committed[-1].end_ms * SAMPLE_RATE // 1000)

    @property
    def hungry(self) -> bool:
        """Whether more sound may be fed. When hearings come late, the rest waits where the driver has it."""
        with self._lock:
            return (self._ring.end - self._ring.start) * 1000 < MAX_HELD_MS * SAMPLE_RATE

    @property
    def speaking(self) -> bool:
        return self._endpointer.speaking

    @property
    def behind_ms(self) -> int:
        """How much speech waits to be heard."""
        with self._lock:
            heard = self._window.heard if self._window else (self._waiting[0].start if self._waiting else self.position)
            return max(0, self.position - heard) * 1000 // SAMPLE_RATE if self._window or self._waiting else 0

    @property
    def level_dbfs(self) -> float:
        """Of the last moments; -100 for digital silence."""
        with self._lock:
            last = self._ring.window(self._ring.end - LEVEL_MS * SAMPLE_RATE // 1000, self._ring.end)
        power = float(np.mean(np.square(last))) if len(last) else 0.0
        return max(-100.0, 10 * math.log10(power)) if power > 0 else -100.0

    def feed(self, samples: Samples) -> None:
        """Sound that follows what was fed before, mono float32 at 16 kHz, of any length. Cues come from `take`."""
        with self._lock:
            self._ring.append(samples)
            self._run_voice()
            if self._window is None and not self._waiting:
                self._ring.drop_before(self._idle_start())

    def due(self) -> Ask | None:
        """Whether a hearing is wanted now; None while one is under way."""
        with self._lock:
            window = self._next_window()
            if self._asked is not None or window is None:
                return None
            end = self._window_end(window)
            if window.stretch.end is not None:
                return Ask(True, self._options.cadence_ms)
            fresh_ms = (end - window.heard) * 1000 // SAMPLE_RATE
            full = end - window.start >= self._max_window
            if (full and fresh_ms > 0) or (fresh_ms >= self.cadence_ms and self._enough(window.stretch)):
                return Ask(False, self._options.cadence_ms)
            return None

    def request(self) -> HearingRequest | None:
        """The newest window; None when nothing is wanted any more. What it gives is what the next `take` is about."""
        with self._lock:
            window = self._next_window()
            if window is None:
                self._asked = None
                return None
            end = self._window_end(window)
            final = window.stretch.end is not None and end >= window.stretch.end
            language = self._given or self._watch.spoken
            self._asked = _Asked(window, window.start, end, final, language)
            samples = self._ring.window(window.start, end)
            start_ms = window.start * 1000 // SAMPLE_RATE
            return HearingRequest(
                AudioWindow(samples, start_ms),
                language,
                prompt=prompt_for(language, self._glossary),
                context="" if window.plain else self._context.before(start_ms),
                detect=self._given is None,
            )

    def take(self, hearing: Hearing | None) -> list[LiveCue]:
        """The cues that changed by a hearing: what is committed, and the open cue with its tail."""
        with self._lock:
            asked, self._asked = self._asked, None
            if asked is None or hearing is None:
                return []
            window = asked.window
            window.heard = asked.end
            language = asked.language or hearing.language
            if self._given is None:
                verdict = self._watch.judge(hearing.probabilities, self._voiced_ms(asked), final=asked.final)
                if verdict is Verdict.SWITCHED and asked.language is not None:
                    return self._hear_again(window)
                if verdict is Verdict.DOUBT:
                    return []
                language = self._watch.spoken or language
            return self._tidied(self._take_words(asked, hearing, language))

    def fail(self) -> list[LiveCue]:
        """The recognizer failed for what was asked; what was not committed at the end of a stretch is given up."""
        with self._lock:
            asked, self._asked = self._asked, None
            if asked is None:
                return []
            asked.window.heard = asked.end
            return self._tidied(self._leave(asked.window)) if asked.final else []

    def finish(self) -> None:
        """No more sound comes; `due` gives what is left to hear."""
        with self._lock:
            missing = -(self._ring.end - self._frames_fed) % FRAME_SAMPLES
            if missing:
                self._ring.append(np.zeros(missing, dtype=np.float32))
            self._run_voice()
            self._endpointer.close()

    def cut(self) -> list[LiveCue]:
        """End the utterance now; what is not committed is dropped (a pause, off the record)."""
        with self._lock:
            self._asked = None
            self._endpointer.close()
            self._waiting.clear()
            self._window = None
            self._context.forget()
            return self._tidied(self._builder.close())

    def close_cue(self, cue_id: str) -> None:
        """A person wrote an open cue anew: what is said from now on comes in a new one."""
        with self._lock:
            self._builder.forget(cue_id)

    def set_language(self, language: str | None) -> None:
        """From now on; None: told from the sound."""
        with self._lock:
            self._given = language
            self._watch = LanguageWatch(self._options, language)
            self._asked = None  # what is being heard now is heard in the old language
            if self._window is not None:
                self._hear_again(self._window)

    def set_glossary(self, terms: Sequence[str]) -> None:
        """Names and words to expect, the most important first."""
        with self._lock:
            self._glossary = tuple(terms)

    # Sound

    def _run_voice(self) -> None:
        ready = (self._ring.end - self._frames_fed) // FRAME_SAMPLES * FRAME_SAMPLES
        if not ready:
            return
        probabilities = self._voice.feed(self._ring.window(self._frames_fed, self._frames_fed + ready))
        self._frames_fed += ready
        self._waiting.extend(self._endpointer.feed(probabilities))

    def _idle_start(self) -> int:
        """What silence keeps: the lead of the next stretch."""
        return max(self._ring.start, self._frames_fed - self._options.lead_ms * SAMPLE_RATE // 1000)

    def _enough(self, stretch: Stretch) -> bool:
        return stretch.voiced * FRAME_SAMPLES * 1000 // SAMPLE_RATE >= self._options.min_speech_ms

    def _next_window(self) -> _Window | None:
        """The window at work, or the first of a stretch that holds enough voice."""
        while self._window is None and self._waiting:
            stretch = self._waiting[0]
            if not self._enough(stretch):
                if stretch.end is None:
                    return None
                self._waiting.popleft()
                continue
            self._waiting.popleft()
            self._window = _Window(stretch, stretch.start, stretch.start)
        return self._window

    def _window_end(self, window: _Window) -> int:
        end = window.stretch.end if window.stretch.end is not None else self._frames_fed
        return min(end, window.start + self._max_window)

    def _voiced_ms(self, asked: _Asked) -> int:
        start_ms, end_ms = asked.start * 1000 // SAMPLE_RATE, asked.end * 1000 // SAMPLE_RATE
        spans = self._endpointer.spans
        return sum(max(0, min(end_ms, span.end_ms) - max(start_ms, span.start_ms)) for span in spans)

    # Words

    def _take_words(self, asked: _Asked, hearing: Hearing, language: str) -> list[LiveCue]:
        window = asked.window
        kept, rejected = guards.review(
            hearing.utterances,
            self._endpointer.believed(),
            self._options.weak_confidence,
            self._options.faint_margin,
        )
        if any(item.reason in guards.RETRY for item in rejected):
            window.plain = True
            if asked.final and window.rehearings < MAX_REHEARINGS:
                return self._hear_again(window)
            words = window.hypothesis  # what was believed before it went astray
        else:
            words = agreement.beyond(window.committed, self._words(kept, language))
        if asked.final:
            return [*self._commit(window, words, len(words), language), *self._leave(window)]
        count = self._standing(asked, words)
        changed = self._commit(window, words, count, language)
        window.hypothesis = list(words[count:])
        self._trim(window, asked)
        shown_until_ms = asked.end * 1000 // SAMPLE_RATE - self._options.tail_margin_ms
        tail = window.hypothesis[: agreement.overdue(window.hypothesis, shown_until_ms)]
        return self._with_tail(changed, tail, language)

    def _standing(self, asked: _Asked, words: Sequence[Word]) -> int:
        """How many words of a hypothesis are committed: those agreed upon, those that have waited too long, and all
        but the last moments when the window is full."""
        now_ms = asked.end * 1000 // SAMPLE_RATE
        count = agreement.agreed(asked.window.hypothesis, words, now_ms - self._options.margin_ms)
        full = asked.end - asked.start >= self._max_window
        patience_ms = self._options.margin_ms if full else self._options.force_after_ms
        return max(count, agreement.overdue(words, now_ms - patience_ms))

    def _words(self, utterances: Sequence[Utterance], language: str) -> list[Word]:
        words = [word for utterance in utterances for word in utterance.words]
        return agreement.without_stutter(agreement.units(words, language))

    def _commit(self, window: _Window, words: Sequence[Word], count: int, language: str) -> list[LiveCue]:
        fresh = list(words[:count])
        if not fresh:
            return []
        window.committed += fresh
        self._context.say(joined(fresh, language, self._context.recent))
        return self._builder.add(fresh, language)

    def _with_tail(self, changed: list[LiveCue], tail: Sequence[Word], language: str) -> list[LiveCue]:
        shown = self._builder.with_tail(tail, language)
        if shown is None:
            return changed
        return [cue for cue in changed if cue.id != shown.id] + [shown]

    def _tidied(self, changed: list[LiveCue]) -> list[LiveCue]:
        """With an empty tail for one that was shown, of which nothing came."""
        before, self._tail = self._tail, next((cue for cue in changed if cue.tail), None)
        if before is None or before.stable or any(cue.id == before.id for cue in changed):
            return changed
        return [*changed, replace(before, tail="")]

    def _hear_again(self, window: _Window) -> list[LiveCue]:
        window.rehearings += 1
        window.heard = window.start
        window.hypothesis = []
        return []

    def _leave(self, window: _Window) -> list[LiveCue]:
        """A stretch has been heard to its end."""
        assert window.stretch.end is not None
        self._context.settle(window.stretch.end)
        self._window = None
        keep = self._waiting[0].start if self._waiting else self._idle_start()
        self._ring.drop_before(max(keep, self._ring.start))
        return self._builder.close()

    def _trim(self, window: _Window, asked: _Asked) -> None:
        """Cut committed words off a window that has grown long; a full one is cut in any case."""
        if (asked.end - window.start) * 1000 // SAMPLE_RATE <= self._options.target_window_ms:
            return
        if window.committed:
            self._cut_words(window)
        if asked.end - window.start >= self._max_window:  # noise, or words that nobody believes
            window.start = asked.end - self._max_window // 4
            window.committed = []
        self._ring.drop_before(window.start)

    def _cut_words(self, window: _Window) -> None:
        cut, at_ms = agreement.cut(window.committed, window.hypothesis)
        window.start = max(window.start, at_ms * SAMPLE_RATE // 1000)
        window.committed = window.committed[cut + 1 :]
        self._context.settle(window.start, window.committed)
