"""One channel at work: a thread that takes sound from the tape, has it heard, and gives on the cues that come of it.

The thread never waits for the recognizer while sound comes: at most one hearing is under way, and when it comes back
the newest window is heard next. What has come but was not looked at stays on the tape, so that a channel that is
behind (after a crash, under load) works through it without losing any of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from langsupport.captioning.live_options import LiveOptions
from langsupport.domain.live import LiveCue
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.engines.protocols import Hearing, Inference, Ticket
from langsupport.errors import Cancelled, CapacityError, LangsupportError, ModelMissing
from langsupport.pipelines.live import Ask, LiveChannel
from langsupport.services.live_load import LoadLadder
from langsupport.services.live_sound import ChannelSound
from langsupport.services.live_status import Trouble
from langsupport.services.live_thread import RETRY_S, TurningThread
from langsupport.services.live_writing import CueWriter, Publisher

log = logging.getLogger(__name__)

DROPPED_S = 3.0
"""When no sound came for so long, what was said last is complete: a client that comes back at once breaks no word."""
AHEAD_MS = 24_000
"""Speech that was looked at and not heard yet: no more is looked at then. It is in memory, the rest on the tape."""
CATCHING_UP_MS = 5_000
"""With more sound waiting than this, sentences are heard only when they are complete …"""
WHOLE_MS = 16_000
"""… or this long; less than AHEAD_MS, or nothing would go on."""
SILENCE_SAMPLES = 30 * SAMPLE_RATE
"""Silence this long is not looked at."""
TROUBLE_SHOWN_S = 10.0
_STEP_SAMPLES = 16 * 512
_FRAME_SAMPLES = 512
_TICK_S = 0.2
_RETRY_MISSING_S = 5.0
_PER_MS = SAMPLE_RATE // 1000


@dataclass(slots=True)
class ChannelSetup:
    """What a LiveChannel is made with."""

    language: str | None = None
    glossary: tuple[str, ...] = ()
    first_cue: int = 1
    start_sample: int = 0
    context: str = ""
    believed: str | None = None
    options: LiveOptions = field(default_factory=LiveOptions)


@dataclass(slots=True)
class _Outstanding:
    ticket: Ticket[Hearing | None]
    ask: Ask
    since_s: float
    retried: bool = False


class ChannelRun(TurningThread):
    """Thread-safe from outside. `start` begins; `finish` hears everything to its end, `stop` leaves it for later."""

    def __init__(
        self,
        key: str,
        sound: ChannelSound,
        inference: Inference,
        ladder: LoadLadder,
        publisher: Publisher,
        setup: ChannelSetup,
    ) -> None:
        super().__init__(f"langsupport-live-{key}", f"channel {key}", _TICK_S)
        self.key = key
        self.sound = sound
        self.heard = True
        """False: sound is passed over, its resume point goes along."""
        self._inference = inference
        self._ladder = ladder
        self._setup = setup
        self._outstanding: _Outstanding | None = None
        self._writer = CueWriter(key, publisher, setup.start_sample, lambda id: self._channel.close_cue(id))
        self._writer.next_number = setup.first_cue
        self._channel = self._fresh(setup.start_sample)
        self._quiet_s = 0.0  # since sound last came, as this thread saw it pass
        self._turned_s = time.monotonic()
        self._arrived_s = sound.arrived_s
        self._closed_early = False  # `finish` was called on the channel since sound last came
        self._commands: list[Callable[[], None]] = []  # run in the next turn; a handful
        self._commands_lock = threading.Lock()
        self._trouble: tuple[LangsupportError, float] | None = None

    def _fresh(self, start: int) -> LiveChannel:
        setup = self._setup
        return LiveChannel(
            self.key,
            self._inference.voice(),
            setup.options,
            language=setup.language,
            start_sample=start,
            first_cue=self._writer.next_number,
            glossary=setup.glossary,
            context=setup.context,
            believed=setup.believed,
        )

    # From outside

    def close_cue(self, cue_id: str) -> None:
        """A person wrote an open cue: what follows comes in a new one."""
        self._command(lambda: self._channel.close_cue(cue_id))

    def set_language(self, language: str | None) -> None:
        def apply() -> None:
            if self._setup.language != language:
                self._setup.language = language
                self._channel.set_language(language)

        self._command(apply)

    def set_glossary(self, terms: tuple[str, ...]) -> None:
        def apply() -> None:
            if self._setup.glossary != terms:
                self._setup.glossary = terms
                self._channel.set_glossary(terms)

        self._command(apply)

    def set_heard(self, heard: bool) -> None:
        """Whether captions are made of it, from now on."""

        def apply() -> None:
            if heard and not self.heard:
                self._restart(self.sound.tape.end)
            elif self.heard and not heard:
                self._take(self._channel.cut())
                self._drop_outstanding()
            self.heard = heard

        self._command(apply)

    def erased(self, start: int, stop: int | None) -> None:
        """A stretch of the tape is silence now: what was not committed is heard again without it."""

        def apply() -> None:
            position, settled = self._channel.position, self._channel.settled
            if start < position and (stop is None or stop > settled):
                self._writer.take(self._channel.cut())
                self._writer.write(settled)
                self._restart(settled)

        self._command(apply)

    @property
    def waiting_s(self) -> float | None:
        """How long the hearing under way is waited for; None if that says nothing of the load."""
        outstanding = self._outstanding
        if outstanding is None or self.catching_up:
            return None
        return time.monotonic() - outstanding.since_s

    @property
    def catching_up(self) -> bool:
        return self.heard and self.backlog_ms > CATCHING_UP_MS

    @property
    def backlog_ms(self) -> int:
        """Sound on the tape that was not looked at yet."""
        return max(0, self.sound.tape.end - self._channel.position) // _PER_MS if self.heard else 0

    @property
    def lag_ms(self) -> int:
        """How far what was heard is behind what has come."""
        return self.backlog_ms + self._channel.behind_ms if self.heard else 0

    @property
    def speaking(self) -> bool:
        return self.heard and self._channel.speaking

    @property
    def spoken(self) -> str | None:
        return self._channel.spoken

    @property
    def cadence_ms(self) -> int:
        return self._ladder.cadence_ms

    @property
    def trouble(self) -> Trouble | None:
        """What went wrong last: while it does, and a little longer, so that somebody sees it."""
        if self._trouble is None:
            return None
        error, at = self._trouble
        return Trouble(error.code, str(error), time.monotonic() - at)

    def _command(self, apply: Callable[[], None]) -> None:
        with self._commands_lock:
            self._commands.append(apply)
        self._wake.set()

    # The thread

    def _turn(self) -> bool:
        self._watch_time()
        with self._commands_lock:
            commands, self._commands = self._commands, []
        for command in commands:
            command()
        self._collect()
        if not self.heard:
            return self._pass_over()
        self._feed()
        self._ask()
        self._writer.write(self._channel.settled)
        return self._finishing and self._all_done()

    def _watch_time(self) -> None:
        """How long no sound came. A process that was halted does not count the time that it did not see."""
        now = time.monotonic()
        self._quiet_s += min(now - self._turned_s, 2 * _TICK_S)
        self._turned_s = now
        if self.sound.arrived_s != self._arrived_s:
            self._arrived_s, self._quiet_s, self._closed_early = self.sound.arrived_s, 0.0, False

    def _pass_over(self) -> bool:
        self.sound.tape.heard = self.sound.tape.end
        self._writer.write(self.sound.tape.end, now=self._finishing)
        return self._finishing

    def _feed(self) -> None:
        tape, channel = self.sound.tape, self._channel
        while channel.behind_ms < AHEAD_MS and not self._writer.full and not self._stopping:
            if self._skip_silence():
                channel = self._channel
            ready = tape.end - channel.position
            count = ready if self._finishing and ready < _FRAME_SAMPLES else ready - ready % _FRAME_SAMPLES
            samples = tape.read(channel.position, min(count, _STEP_SAMPLES))
            if not len(samples):
                break
            channel.cadence_ms = self._cadence_ms()
            self._closed_early = False
            channel.feed(samples)
            tape.heard = channel.settled
            self._collect()
            self._ask()
        at_end = tape.end - channel.position < _FRAME_SAMPLES
        dropped = self._quiet_s > DROPPED_S and (channel.speaking or channel.behind_ms > 0)
        if at_end and not self._closed_early and (self._finishing or dropped):
            self._closed_early = True
            channel.finish()

    def _cadence_ms(self) -> int:
        """Behind, or under load: an open sentence is only heard when it is very long."""
        return WHOLE_MS if self.catching_up or not self._ladder.partials else self._ladder.cadence_ms

    def _skip_silence(self) -> bool:
        """Pass over a long silence (a feed that was away, a pause) without looking at it."""
        tape, channel = self.sound.tape, self._channel
        at = channel.position
        if tape.end - at < SILENCE_SAMPLES or self._outstanding is not None or tape.read(at, _STEP_SAMPLES).any():
            return False
        while tape.end - at >= SILENCE_SAMPLES and not tape.read(at, SILENCE_SAMPLES).any():
            at += SILENCE_SAMPLES
        if at == channel.position:
            return False
        if channel.speaking or channel.behind_ms > 0:
            channel.finish()
            self._closed_early = True
            self._ask()
            return False
        self._restart(at)
        return True

    def _restart(self, at: int) -> None:
        """A new channel from the sample `at`; the old one must have nothing left to say."""
        self._drop_outstanding()
        self._setup.context = ""
        self._setup.believed = self._channel.spoken
        self._channel = self._fresh(at)
        self._closed_early = False

    def _ask(self) -> None:
        now = time.monotonic()
        if self._outstanding is not None or now < self._retry_s or self._writer.full:
            return
        ask = self._channel.due()
        if ask is not None:
            self._listen(ask, retried=False)

    def _listen(self, ask: Ask, *, retried: bool) -> None:
        now = time.monotonic()
        late_s = CATCHING_UP_MS / 1000 if self.catching_up else 0.0  # others go first
        try:
            deadline = now + ask.wait_ms / 1000 + late_s
            ticket = self._inference.listen(
                self._channel.request, language=self._setup.language, final=ask.final, deadline=deadline
            )
        except LangsupportError as error:
            self._refused(error)
            return
        self._outstanding = _Outstanding(ticket, ask, now, retried)
        ticket.add_done_callback(self._wake.set)

    def _collect(self) -> None:
        outstanding = self._outstanding
        if outstanding is None or not outstanding.ticket.done:
            return
        self._outstanding = None
        try:
            hearing = outstanding.ticket.wait()[0]
        except (CapacityError, Cancelled, ModelMissing) as error:
            self._channel.take(None)
            self._refused(error)
            return
        except LangsupportError as error:
            self._note_trouble(error)
            if not outstanding.retried:
                self._listen(outstanding.ask, retried=True)
            else:
                log.warning("channel %s: what was said could not be heard: %s", self.key, error)
                self._take(self._channel.fail())
            return
        now = time.monotonic()
        if not self.catching_up:
            self._ladder.note(now, now - outstanding.since_s)
        if self._trouble is not None and now - self._trouble[1] > TROUBLE_SHOWN_S:
            self._trouble = None
        self._take(self._channel.take(hearing))

    def _refused(self, error: LangsupportError) -> None:
        """The core takes nothing now: later, nothing is lost."""
        self._note_trouble(error)
        self._retry_s = time.monotonic() + (_RETRY_MISSING_S if isinstance(error, ModelMissing) else RETRY_S)

    def _failed(self, error: LangsupportError) -> None:
        self._note_trouble(error)

    def _leave(self) -> None:
        self._drop_outstanding()

    def _note_trouble(self, error: LangsupportError) -> None:
        if self._trouble is None or self._trouble[0].code != error.code:
            log.warning("channel %s: %s", self.key, error)
        self._trouble = error, time.monotonic()

    def _drop_outstanding(self) -> None:
        outstanding, self._outstanding = self._outstanding, None
        if outstanding is not None:
            outstanding.ticket.cancel()

    def _all_done(self) -> bool:
        channel = self._channel
        heard_all = self.sound.tape.end <= channel.position and self._outstanding is None and channel.due() is None
        if not heard_all or not self._closed_early or channel.behind_ms > 0:
            return False
        self._take(channel.cut())
        self._writer.write(self.sound.tape.end, now=True)
        return True

    def _take(self, cues: Sequence[LiveCue]) -> None:
        self._writer.take(cues)
        if cues:
            self._writer.write(self._channel.settled)
