"""One session that runs in this process: its channels, its translations, its clock, and what operators do to it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from langsupport.captioning.live_options import LiveOptions
from langsupport.domain.live import FLOOR, CueState, LiveCue, SessionState
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.engines.protocols import Inference
from langsupport.errors import Conflict
from langsupport.services.database import now_ms
from langsupport.services.live_channel import ChannelRun, ChannelSetup
from langsupport.services.live_load import LoadLadder
from langsupport.services.live_sound import ChannelSound, Keeping
from langsupport.services.live_status import ChannelStatus, SpoolState, TrackStatus
from langsupport.services.live_translating import SessionTranslating
from langsupport.services.session_records import ChannelRecord, EventKind, SessionEvent, SessionRecord, TrackSource
from langsupport.services.sessions import SessionService
from langsupport.services.spool import Spool

log = logging.getLogger(__name__)

CONTEXT_CUES = 3
"""Captions that are told to the recognizer as what was said before, where a restart goes on."""
_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class LiveCore:
    """What all sessions of a process share."""

    sessions: SessionService
    inference: Inference
    spool: Spool
    ladder: LoadLadder
    options: LiveOptions = field(default_factory=LiveOptions)
    preview: bool = False


@dataclass(slots=True)
class Channel:
    """`source` says who gives sound now: "feed", or the address that is pulled; None: nobody."""

    sound: ChannelSound
    run: ChannelRun | None = None  # from the session's begin on
    source: str | None = None
    noted: int = 0  # its end, as the session's record has it


class SessionRun:
    """Thread-safe. Channels are made when sound for them comes, or at once where a restart goes on with them."""

    def __init__(self, core: LiveCore, record: SessionRecord) -> None:
        self.id = record.id
        self.record = record
        self.ended = False
        self._core = core
        self._lock = threading.RLock()
        self._channels: dict[str, Channel] = {}  # seven at most
        self._begun: tuple[int, float] | None = None  # (ms on the session's clock, monotonic seconds) at one moment
        self._translating = SessionTranslating(self.id, core.sessions, core.inference, self, preview=core.preview)
        self._see(record)

    def present(self) -> int:
        """The session's clock now, in samples; 0 before it begins. Setting the machine's clock does not move it."""
        if self._begun is None:
            return 0
        ms, at = self._begun
        return (ms + round((time.monotonic() - at) * 1000)) * _PER_MS

    def _see(self, record: SessionRecord) -> None:
        self.record = record
        if record.started_at is not None and self._begun is None:
            begun_ms = now_ms() - round(record.started_at.timestamp() * 1000)
            self._begun = max(0, begun_ms), time.monotonic()
        self._translating.set_record(record)

    @property
    def _keeping(self) -> Keeping:
        if self.record.state is SessionState.PLANNED:
            return Keeping.MEASURED
        live = self.record.state is SessionState.LIVE and not self.record.off_record
        return Keeping.KEPT if live else Keeping.SILENT

    # Channels

    def channel(self, key: str) -> Channel:
        """Made if it is not there. Raises DiskFull, ModelError."""
        with self._lock:
            found = self._channels.get(key)
            if found is None:
                found = self._channels[key] = Channel(self._sound(key))
            if found.run is None and self.record.running:
                found.run = self._begin(key, found.sound)
            return found

    def _sound(self, key: str) -> ChannelSound:
        def news() -> None:
            channel = self._channels.get(key)
            if channel is not None and channel.run is not None:
                channel.run.wake()

        sound = ChannelSound(self._core.spool, self.id, key, self.present, news)
        sound.switch(self._keeping)
        return sound

    def _begin(self, key: str, sound: ChannelSound) -> ChannelRun:
        core, given = self._core, self.record.channel(key) or ChannelRecord(key)
        before = core.sessions.cues(self.id, key, limit=CONTEXT_CUES)
        setup = ChannelSetup(
            language=given.language,
            glossary=self.record.glossary,
            first_cue=core.sessions.next_cue(self.id, key),
            start_sample=min(given.settled, sound.tape.end),
            context=" ".join(cue.stable for _, cue in before),
            believed=before[-1][1].language if before else None,
            options=core.options,
        )
        if key == FLOOR:
            self._translating.start()
        run = ChannelRun(key, sound, core.inference, core.ladder, self, setup)
        run.heard = self._is_heard(key)
        run.start()
        return run

    def _is_heard(self, key: str) -> bool:
        """An interpreter's channel whose track is translated by machine is kept, and not captioned."""
        track = self.record.track(key)
        return key == FLOOR or (track is not None and track.source is TrackSource.CHANNEL)

    @property
    def active(self) -> int:
        """Channels that are being captioned."""
        with self._lock:
            return sum(c.run is not None and c.run.heard and c.source is not None for c in self._channels.values())

    def runs(self) -> list[ChannelRun]:
        with self._lock:
            return [channel.run for channel in self._channels.values() if channel.run is not None]

    def look_after(self) -> None:
        """Once a second. Sound that came quicker than real time moves the session's clock, which others read."""
        with self._lock:
            channels = list(self._channels.items())
        present = self.present()
        for key, channel in channels:
            channel.sound.tape.retry()
            end = channel.sound.tape.end
            if end > max(present + SAMPLE_RATE, channel.noted):
                self._core.sessions.note_channel(self.id, key, position=end)
                channel.noted = end

    def sounds(self) -> list[ChannelSound]:
        with self._lock:
            return [channel.sound for channel in self._channels.values()]

    # Publisher

    def publish(self, cues: Sequence[LiveCue], settled: Mapping[str, int]) -> list[LiveCue]:
        """See live_writing. A cue that breaks a rule is left out, the others are written."""
        try:
            kept = self._core.sessions.append(self.id, cues, settled)
        except Conflict as error:
            if len(cues) > 1:
                kept = [state for cue in cues for state in self.publish([cue], {})]
                return kept + self.publish([], settled)
            log.error("session %s: a caption was refused: %s", self.id, error)
            return []
        floor = [cue for cue in kept if cue.track == FLOOR]
        if floor:
            self._translating.take(floor)
        return kept

    def show(self, cue: LiveCue) -> None:
        """See live_writing."""
        self._core.sessions.tail(self.id, cue)
        if cue.track == FLOOR:
            self._translating.take([cue])

    # What operators and captioners do

    def apply(self, event: SessionEvent) -> None:
        """Quick: called in the thread of whoever did it."""
        if event.record is not None and event.record.version >= self.record.version:
            self._see(event.record)
        if event.kind in (EventKind.STATE, EventKind.OFF_RECORD, EventKind.ON_RECORD):
            for sound in self.sounds():
                sound.switch(self._keeping)
        if event.kind is EventKind.OFF_RECORD:
            self.erased(event.from_ms * _PER_MS, None if event.to_ms is None else event.to_ms * _PER_MS)
        if event.kind is EventKind.STATE:
            self._change_state()
        elif event.kind is EventKind.SETTINGS:
            self._change_settings()
        elif event.kind in (EventKind.CORRECTED, EventKind.RETRACTED):
            self._changed_by_person(event.cues)

    def refresh(self, record: SessionRecord) -> None:
        """The session as it was read just now."""
        if record.version > self.record.version:
            for kind in (EventKind.SETTINGS, EventKind.STATE):
                self.apply(SessionEvent(kind, self.id, record))

    def _change_state(self) -> None:
        if self.record.state is SessionState.ENDED:
            self.finish()
            return
        with self._lock:
            for key, channel in self._channels.items():
                if channel.run is None and self.record.running:
                    channel.run = self._begin(key, channel.sound)

    def _change_settings(self) -> None:
        for run in self.runs():
            given = self.record.channel(run.key)
            if given is not None:
                run.set_language(given.language)
            run.set_glossary(self.record.glossary)
            run.set_heard(self._is_heard(run.key))

    def _changed_by_person(self, cues: Sequence[LiveCue]) -> None:
        for cue in cues:
            if cue.track == cue.channel:
                for run in self.runs():
                    if run.key == cue.track:
                        run.close_cue(cue.id)  # does nothing where it is not open
            elif cue.state is CueState.CORRECTED:
                self._translating.keep(cue)
        self._translating.take([cue for cue in cues if cue.track == FLOOR])

    def erased(self, start: int, stop: int | None) -> None:
        """A stretch of the spool is silence now."""
        with self._lock:
            channels = list(self._channels.values())
        for channel in channels:
            channel.sound.erased(start, stop)
            if channel.run is not None:
                channel.run.erased(start, stop)

    # Begin and end

    def resume(self) -> None:
        """Go on after a restart: what was open is complete as it is, and what was not heard yet is heard.

        Raises LangsupportError.
        """
        open_cues = self._core.sessions.open_cues(self.id)
        recorded = {track.track for track in self.record.tracks if track.enabled}
        complete = [
            replace(cue, state=CueState.FINAL, revision=cue.revision + 1)
            for cue in open_cues
            if cue.source is None or cue.track not in recorded
        ]
        self._core.sessions.append(self.id, complete)
        for key in self._core.spool.channels(self.id):
            self.channel(key)

    def finish(self) -> None:
        """The session has ended: hear what has come, then let go. `settled` says when that is done."""
        self.ended = True
        for channel in list(self._channels.values()):
            channel.sound.close(leave=False)
            if channel.run is not None:
                channel.run.finish()

    def settle(self) -> bool:
        """Whether an ended session has nothing more to do; call it now and then."""
        if any(run.alive for run in self.runs()):
            return False
        self._translating.finish()
        return not self._translating.alive

    def stop(self, timeout_s: float) -> None:
        """The service stops: end soon, and leave everything so that a restart goes on."""
        deadline = time.monotonic() + timeout_s
        for run in self.runs():
            run.stop()
        self._translating.stop()
        for sound in self.sounds():
            sound.close(leave=True)
        for run in self.runs():
            run.join(max(0.0, deadline - time.monotonic()))
        self._translating.join(max(0.0, deadline - time.monotonic()))

    # Status

    def channel_status(self) -> dict[str, ChannelStatus]:
        with self._lock:
            known = {key: _status(key, channel) for key, channel in self._channels.items()}
        off = self._keeping is Keeping.SILENT
        if off:
            known = {key: replace(one, spool=SpoolState.OFF) for key, one in known.items()}
        return resting_channels(self.record) | known

    def track_status(self) -> dict[str, TrackStatus]:
        """Of all tracks; those that come from a channel have nothing to wait for."""
        resting = resting_tracks(self.record, self._core.sessions.watchers(self.id))
        working = self._translating.status()
        return {
            key: replace(working[key], watchers=one.watchers) if key in working else one for key, one in resting.items()
        }


def resting_channels(record: SessionRecord) -> dict[str, ChannelStatus]:
    """The channels of a session that get no sound here."""
    return {one.key: ChannelStatus(one.key, language=one.language) for one in record.channels}


def resting_tracks(record: SessionRecord, watchers: Mapping[str, int]) -> dict[str, TrackStatus]:
    """The tracks of a session that nothing is done for here."""
    return {
        one.track: TrackStatus(
            one.track, source=one.source.value, watchers=watchers.get(one.track, 0), recorded=one.enabled
        )
        for one in record.tracks
    }


def _status(key: str, channel: Channel) -> ChannelStatus:
    sound, run = channel.sound, channel.run
    status = ChannelStatus(
        key,
        connected=channel.source is not None,
        source=channel.source,
        level_dbfs=sound.level_dbfs if channel.source is not None else -100.0,
        position_ms=sound.tape.end // _PER_MS,
        spool=sound.tape.state,
    )
    if run is None:
        return status
    return replace(
        status,
        heard=run.heard,
        speaking=run.speaking,
        lag_ms=run.lag_ms,
        backlog_ms=run.backlog_ms,
        cadence_ms=run.cadence_ms,
        catching_up=run.catching_up,
        language=run.spoken,
        trouble=run.trouble,
    )
