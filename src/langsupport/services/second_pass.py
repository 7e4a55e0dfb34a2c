"""The second pass: a session that has ended is heard again, with a beam and by the best recognizer installed.

    session-second-pass   begin; a step for each two minutes of each channel; then compare, translate what is new a few
                          sentences at a time, and write the edition; once more where people changed something meanwhile

Live captions may come from a smaller model (`live_recognizers`); this hears with the one that recordings are heard
with. It works in the batch lane, so it never holds up what is live. What people corrected stays (captioning.editions).
The edition is written in one transaction: whoever reads sees all of it or nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import LiveCue, SessionState
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.engines.protocols import Inference, Lane
from langsupport.errors import Conflict, LangsupportError, NotFound
from langsupport.pipelines.edition import (
    LOOK_MS,
    EditionPlan,
    hear_block,
    plan_edition,
    translate_sentences,
    version,
)
from langsupport.pipelines.hearing import HearingOptions
from langsupport.services.document_work import OBSOLETE, log_failure
from langsupport.services.documents import POISONED
from langsupport.services.jobs import JobKind, Jobs, JobState, Steps
from langsupport.services.second_pass_results import PassResults, Sentence
from langsupport.services.session_records import EventKind, SessionEvent, SessionRecord
from langsupport.services.session_sound import SessionSound
from langsupport.services.sessions import SessionService
from langsupport.services.work import OpenWork

log = logging.getLogger(__name__)

KIND = "session-second-pass"
CHUNK = 32
"""Sentences translated in one step."""
ROUNDS = 20
"""How often people may change something while the edition is being made, before the pass is given up."""
PATIENT_TURNS = 5
"""The live machines may still be finishing their last captions; so often a second is given to them."""
HEARING_PERCENT = 80
"""Of the work, as it is shown."""
_AT_END = 0


def pass_key(id: str, attempt: int) -> str:
    return f"{id}/second-pass/{attempt}"


class SecondPass:
    """Registers its kind of job with the port. All methods may be called from any thread. A `maintenance.Kept`."""

    def __init__(
        self, sessions: SessionService, sound: SessionSound, results: PassResults, jobs: Jobs, work: OpenWork
    ) -> None:
        self._sessions = sessions
        self._sound = sound
        self._results = results
        self._jobs = jobs
        self._work = work
        jobs.register(JobKind(KIND, self._job, 1))
        sessions.add_eraser(results.erase)
        sessions.add_remover(self._work_gone)

    def start(self, id: str, by: str) -> SessionRecord:
        """Queue the second pass of a session; where one is on already, nothing happens.

        Raises: NotFound: no such session, or its sound is not there. Conflict: it has not ended.
        """
        if self._sessions.get(id).state is SessionState.ENDED and not self._sound.channels(id):
            raise NotFound(what="sound of session", id=id)
        return self._sessions.begin_pass(id, by, partial(self._submit, id))

    def on_event(self, event: SessionEvent) -> None:
        """A listener for installations that want the second pass of every session."""
        id = event.session_id
        ended = event.kind is EventKind.STATE and event.record and event.record.state is SessionState.ENDED
        if ended and self._sound.channels(id):
            self._sessions.begin_pass(id, "settings", partial(self._submit, id))

    def resume(self) -> None:
        """Submit again what is unfinished and has no job, and give up what killed its process too often."""
        unfinished = self._sessions.passes()
        states = self._jobs.states([pass_key(id, attempt) for id, attempt in unfinished])
        for id, attempt in unfinished:
            state = states[pass_key(id, attempt)]
            if state is JobState.POISONED:
                self._failed(id, attempt, LangsupportError(detail=POISONED))
            elif state is not JobState.ALIVE:
                self._sessions.resubmit_pass(id, attempt, partial(self._submit, id))

    def delete_older(self, created_before_ms: int) -> int:
        """Nothing: what belongs to a session goes with it."""
        return 0

    def _submit(self, id: str, connection: sa.Connection, attempt: int) -> None:
        self._jobs.submit(connection, KIND, pass_key(id, attempt), id, attempt)

    def _work_gone(self, id: str) -> None:
        self._work.cancel(id)

    def _job(self, steps: Steps, id: str, attempt: int) -> None:
        failed = partial(self._failed, id, attempt)
        channels = steps.run("begin", self._begin, id, attempt, on_error=partial(self._failed_text, id, attempt))
        for channel in filter(None, channels.split(",")):
            at_ms: int = -1
            while at_ms != _AT_END:
                at_ms = max(at_ms, 0)
                at_ms = steps.run(f"hear-{channel}-{at_ms}", self._hear, id, attempt, channel, at_ms, on_error=failed)
                if at_ms == OBSOLETE:
                    return
        for turn in range(ROUNDS if channels else 0):
            left = steps.run(f"compare-{turn}", self._compare, id, attempt, on_error=failed)
            chunk = 0
            while left > 0:
                left = steps.run(f"translate-{turn}-{chunk}", self._translate, id, attempt, on_error=failed)
                chunk += 1
            if left == OBSOLETE or steps.run(f"write-{turn}", self._write, id, attempt, turn, on_error=failed):
                return
        if channels:
            steps.run("give-up", self._give_up, id, attempt, on_error=failed)

    def _begin(self, id: str, attempt: int) -> str:
        """The channels to be heard; none: not wanted any more."""
        if not self._sessions.is_pass_on(id, attempt):
            return ""
        self._sessions.note_pass(id, attempt, 0)
        channels = self._sound.channels(id)
        if not channels:
            raise NotFound(what="sound of session", id=id)
        return ",".join(channels)

    def _hear(self, id: str, attempt: int, channel: str, start_ms: int) -> int:
        """Hear a block; gives where the next one begins, _AT_END after the last."""
        if not self._sessions.is_pass_on(id, attempt):
            return OBSOLETE
        sound = self._sound.wave(id, channel)
        length_ms = sound.count * 1000 // SAMPLE_RATE
        block = self._results.block(id, channel, start_ms)
        if block is None:
            samples = sound.samples(start_ms * SAMPLE_RATE // 1000, LOOK_MS * SAMPLE_RATE // 1000)
            with self._work.inference(id) as inference:
                block = hear_block(samples, start_ms, inference, self._options(id, channel, start_ms))
            self._results.put_block(id, channel, block)
        self._note_heard(id, attempt, channel, block.end_ms)
        return _AT_END if block.end_ms >= length_ms or block.end_ms <= start_ms else block.end_ms

    def _options(self, id: str, channel: str, start_ms: int) -> HearingOptions:
        """The channel's language, if nothing else was heard on it around there live; else it is told again."""
        record = self._sessions.get(id)
        found = record.channel(channel)
        language = found.language if found else None
        if language:
            near = self._sessions.cues(id, channel, after_ms=start_ms, limit=200)
            others = (cue.language for _, cue in near if cue.start_ms < start_ms + LOOK_MS and cue.channel == channel)
            language = language if all(other == language for other in others) else None
        return HearingOptions(language, Lane.BATCH, terms=record.glossary)

    def _note_heard(self, id: str, attempt: int, channel: str, end_ms: int) -> None:
        channels = self._sound.channels(id)
        lengths = [self._sound.wave(id, one).count * 1000 // SAMPLE_RATE for one in channels]
        before = sum(lengths[: channels.index(channel)]) if channel in channels else 0
        self._sessions.note_pass(id, attempt, HEARING_PERCENT * (before + end_ms) // max(1, sum(lengths)))

    def _plan(self, id: str) -> tuple[int, EditionPlan]:
        seq, captioned = self._sessions.captioned(id)
        heard = {channel: self._results.blocks(id, channel) for channel in self._sound.channels(id)}
        return seq, plan_edition(captioned, heard)

    def _compare(self, id: str, attempt: int) -> int:
        """Note what has to be translated; gives how much, OBSOLETE where the pass is not wanted any more."""
        if not self._sessions.is_pass_on(id, attempt):
            return OBSOLETE
        _, plan = self._plan(id)
        with self._work.inference(id) as inference:
            self._results.want(id, _sentences(plan, inference))
        return self._results.count_wanted(id)

    def _translate(self, id: str, attempt: int) -> int:
        """Translate some sentences; gives how many are left."""
        if not self._sessions.is_pass_on(id, attempt):
            return OBSOLETE
        sentences = self._results.wanted(id, CHUNK)
        if sentences:
            track, language = sentences[0].track, sentences[0].language
            with self._work.inference(id) as inference:
                texts = translate_sentences([one.text for one in sentences], language, track, inference)
            self._results.put_translations(id, sentences, texts)
        left = self._results.count_wanted(id)
        share = len(sentences) / max(1, len(sentences) + left)
        percent = self._sessions.get(id).second_pass_done
        self._sessions.note_pass(id, attempt, percent + round((99 - percent) * share))
        return left

    def _write(self, id: str, attempt: int, turn: int) -> bool:
        """Write the edition, unless something has to be translated first or changed just now."""
        if not self._sessions.is_pass_on(id, attempt):
            return True
        if turn < PATIENT_TURNS and self._sessions.open_cues(id):
            time.sleep(1)
            return False
        seq, plan = self._plan(id)
        translations = self._results.translations(id)
        with self._work.inference(id) as inference:
            missing = any((one.track, one.key) not in translations for one in _sentences(plan, inference))
        if missing:
            return False
        versions = _made(plan, translations)
        return self._sessions.put_edition(id, attempt, seq, plan.superseded, (*plan.fresh, *versions))

    def _give_up(self, id: str, attempt: int) -> int:
        raise Conflict(detail="The captions were changed again and again while the second pass ran. Start it later.")

    def _failed(self, id: str, attempt: int, error: Exception) -> int:
        log_failure(log, error, "the second pass of session %s failed", id)
        self._sessions.fail_pass(id, attempt, error)
        return OBSOLETE

    def _failed_text(self, id: str, attempt: int, error: Exception) -> str:
        self._failed(id, attempt, error)
        return ""


def _sentences(plan: EditionPlan, inference: Inference) -> list[Sentence]:
    """What has to be translated, as far as something serves the direction."""
    served = {(a, b): inference.serves(a, b) is not None for a in LANGUAGES for b in LANGUAGES if a != b}
    return [
        Sentence(track, cue.language, cue.stable)
        for cue, track in plan.versions
        if cue.language != track and served[cue.language, track]
    ]


def _made(plan: EditionPlan, translations: Mapping[tuple[str, str], str]) -> list[LiveCue]:
    made: list[LiveCue] = []
    for cue, track in plan.versions:
        if cue.language == track:
            made.append(version(cue, track, None))
        else:
            text = translations.get((track, Sentence(track, cue.language, cue.stable).key))
            if text is not None:
                made.append(version(cue, track, text))
    return made
