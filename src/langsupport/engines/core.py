"""The inference core: one scheduler, one thread per device, models lent by a pool.

Callers hand in requests and hold tickets; threads take batches from the scheduler and run them. All decisions
are in scheduler.py, routes.py and meters.py, which know no threads; here is only the driving.
"""

from __future__ import annotations

import atexit
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from langsupport.engines.meters import Meters
from langsupport.engines.options import InferenceOptions
from langsupport.engines.performing import Call, Listening, Outcome, Passage, join_legs, ours, perform
from langsupport.engines.pool import ModelPool, devices, engine_settings, load_class
from langsupport.engines.protocols import (
    AudioWindow,
    Hearing,
    HearingRequest,
    InterruptibleTranslator,
    Lane,
    RecognitionOptions,
    Recognizer,
    SpeechSpan,
    Ticket,
    Translation,
    TranslationRequest,
    Translator,
    Unfinished,
    VoiceDetector,
    VoiceStream,
)
from langsupport.engines.routes import DirectionStatus, Route, check_preferences
from langsupport.engines.scheduler import LEAST_URGENT, Batch, Budget, Group, Scheduler, Urgency, Work
from langsupport.engines.shelf import Shelf
from langsupport.engines.tickets import QueuedTicket
from langsupport.errors import Cancelled, InvalidRequest, LangsupportError

if TYPE_CHECKING:
    from langsupport.domain.confidence import Calibration
    from langsupport.domain.speech import Utterance
    from langsupport.engines.protocols import Samples
    from langsupport.engines.store import ModelStore

__all__ = ["InferenceCore", "InferenceOptions"]

VOICE_DETECTOR = "langsupport.engines.vad:SileroVoiceDetector"

RELIEF_S = 15.0
"""How often an idle thread looks whether memory is short."""

LIVE_S = 10.0
"""So long after the last live request a meeting counts as going on: steps that can't be interrupted stay short."""

CLOSE_S = 30.0
"""The longest wait for a running step when the core closes."""

BYTES_PER_TOKEN = 4
"""UTF-8 bytes per token, to cut batches of a model whose tokenizer is not loaded yet."""


FINAL, PARTIAL, CAPTION = 0, 1, 2
"""Classes of urgency in the live lane: the end of an utterance, its middle, its translation."""


class InferenceCore:
    """Implements protocols.Inference over a model store.

    Raises:
        ConfigurationError: a device, compute type or preference that does not exist.
    """

    def __init__(self, store: ModelStore, options: InferenceOptions | None = None) -> None:
        self._options = options or InferenceOptions()
        check_preferences(self._options.preferences)
        names = devices(self._options.device)
        self._shelf = Shelf(store, self._options)
        reserve = self._options.memory_reserve_bytes
        self._pools = [ModelPool(self._shelf.needs, engine_settings(self._options, name), reserve) for name in names]
        self._scheduler = Scheduler(self._options.queue_limits)
        self._meters = Meters(self._options, names[0])
        self._change = threading.Condition()
        self._closing = False
        self._alone = itertools.count(1)
        self._urgent_at = self._live_at = float("-inf")
        self._voice: VoiceDetector | None = None
        self._voice_lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(pool,), name=f"inference-{pool.device}", daemon=True)
            for pool in self._pools
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    # What callers use

    def translate(
        self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf
    ) -> Ticket[Translation]:
        """See protocols.Inference. Equal requests of one call are translated once."""
        places: dict[TranslationRequest, list[int]] = {}
        for index, request in enumerate(requests):
            places.setdefault(request, []).append(index)
        routes = {(r.source, r.target): self._shelf.router().route(r.source, r.target) for r in places}
        ticket: QueuedTicket[Translation] = QueuedTicket(len(requests), self._drop)
        works = []
        for request, indices in places.items():
            route = routes[request.source, request.target]
            if request.text.strip():
                passage = Passage(request, tuple(indices), route.legs)
                works.append(self._work(ticket, lane, passage, (CAPTION, deadline)))
            else:
                for index in indices:
                    ticket.put(index, Translation(request.text, route.model, 0.0))
        self._submit(lane, works)
        return ticket

    def recognize(self, window: AudioWindow, options: RecognitionOptions, lane: Lane) -> Ticket[list[Utterance]]:
        """See protocols.Inference. Raises ModelMissing, QueueFull, InvalidRequest (a window over 30 s)."""
        if len(window.samples) > 30 * 16_000:
            raise InvalidRequest(detail="An audio window holds at most 30 seconds.")
        model = self._shelf.recognizer(options.language)
        return self._hear("recognize", model, lane, lambda engine: engine.recognize(window, options))

    def detect_language(self, window: AudioWindow, candidates: Sequence[str], lane: Lane) -> Ticket[tuple[str, float]]:
        """See protocols.Inference. Raises ModelMissing, QueueFull."""
        model = self._shelf.recognizer(None)
        return self._hear("detect", model, lane, lambda engine: engine.detect_language(window, candidates))

    def listen(
        self, fetch: Callable[[], HearingRequest | None], *, language: str | None, final: bool, deadline: float
    ) -> Ticket[Hearing | None]:
        """See protocols.Inference."""
        model = self._shelf.recognizer(language, live=True)
        ticket: QueuedTicket[Hearing | None] = QueuedTicket(1, self._drop)
        urgency = (FINAL if final else PARTIAL, deadline)
        work = Work(ticket, Lane.LIVE, Group("listen", model), 1, Listening(fetch), urgency=urgency)
        self._submit(Lane.LIVE, [work])
        return ticket

    def speech(self, samples: Samples) -> list[SpeechSpan]:
        """Spans with a voice; runs in the caller's thread (about 1/100 of real time)."""
        return self._voice_detector().speech(samples)

    def voice(self) -> VoiceStream:
        """See protocols.Inference."""
        return self._voice_detector().stream()

    def _voice_detector(self) -> VoiceDetector:
        with self._voice_lock:
            if self._voice is None:
                self._voice = cast("VoiceDetector", load_class(VOICE_DETECTOR)())
            return self._voice

    def serves(self, source: str, target: str) -> str | None:
        """See protocols.Inference."""
        if source == target:
            return None
        route = self._shelf.router().find(source, target)
        return route.model if route else None

    def calibration(self, model: str, source: str, target: str) -> Calibration:
        """See protocols.Inference."""
        return self._shelf.calibration(model, source, target)

    def route(self, source: str, target: str) -> Route | None:
        """The legs that would serve a direction now, with their score."""
        return self._shelf.router().find(source, target)

    def matrix(self) -> list[DirectionStatus]:
        """The 30 directions: what serves each, and how well."""
        return self._shelf.router().matrix()

    def metrics(self) -> dict[str, Any]:
        """Queue lengths by lane; batches, items, tokens, seconds by model and lane; loaded models by device."""
        with self._change:
            waiting = {lane.name.lower(): count for lane, count in self._scheduler.waiting().items()}
            work = self._meters.report()
        return {"waiting": waiting, "work": work, "loaded": {pool.device: pool.loaded() for pool in self._pools}}

    def close(self) -> None:
        """Stop between (or, where the engine can, inside) batch steps; open tickets are cancelled. Idempotent."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        atexit.unregister(self.close)
        deadline = time.monotonic() + CLOSE_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            for pool in self._pools:
                pool.close()

    # Queueing

    def _work(
        self, ticket: QueuedTicket[Translation], lane: Lane, passage: Passage, urgency: Urgency = LEAST_URGENT
    ) -> Work:
        leg = passage.legs[len(passage.done)]
        engine = self._pools[0].peek(leg.model)
        if engine is not None:
            cost = cast("Translator", engine).cost(passage.request)
        else:
            cost = 1 + len(passage.request.text.encode()) // BYTES_PER_TOKEN
        group = Group("translate", leg.model, leg.source, leg.target)
        return Work(ticket, lane, group, cost, passage, urgency=urgency)

    def _hear(self, kind: str, model: str, lane: Lane, call: Callable[[Recognizer], object]) -> Ticket[Any]:
        ticket: QueuedTicket[Any] = QueuedTicket(1, self._drop)
        self._submit(lane, [Work(ticket, lane, Group(kind, model), 1, Call(call))])
        return ticket

    def _submit(self, lane: Lane, works: Iterable[Work]) -> None:
        with self._change:
            if self._closing:
                raise Cancelled()
            self._scheduler.submit(lane, works)
            if lane < Lane.BATCH:
                self._urgent_at = time.monotonic()
            if lane is Lane.LIVE:
                self._live_at = time.monotonic()
            self._change.notify_all()

    def _drop(self, ticket: QueuedTicket[Any]) -> None:
        with self._change:
            self._scheduler.drop(ticket)

    # Driving

    def _run(self, pool: ModelPool) -> None:
        while (batch := self._next(pool)) is not None:
            started = time.monotonic()
            outcomes = self._attempt(pool, batch)
            self._finish(batch, outcomes, time.monotonic() - started)

    def _next(self, pool: ModelPool) -> Batch | None:
        """The next batch, waiting for one; None when the core closes."""
        while True:
            with self._change:
                if self._closing:
                    self._cancel_waiting()
                    return None
                batch = self._scheduler.next_batch(lambda group, lane: self._budget(pool, group, lane))
                if batch is None:
                    self._change.wait(RELIEF_S)
                    batch = self._scheduler.next_batch(lambda group, lane: self._budget(pool, group, lane))
            if batch is not None:
                return batch
            pool.relieve()

    def _budget(self, pool: ModelPool, group: Group, lane: Lane) -> Budget:
        if group.alone:
            return Budget(1, 1)
        now = time.monotonic()
        quiet_s = now - self._urgent_at if lane is Lane.BATCH else 0.0
        interruptible = isinstance(pool.peek(group.model), InterruptibleTranslator)
        return self._meters.budget(group, interruptible, quiet_s, live=now - self._live_at < LIVE_S)

    def _attempt(self, pool: ModelPool, batch: Batch) -> list[Outcome]:
        """One outcome per item. What a whole batch can't do is tried item by item, each in a step of its own."""
        try:
            with pool.lend(batch.group.model) as engine:
                try:
                    return perform(engine, batch, lambda: self._must_stop(batch))
                except Exception as error:
                    if len(batch.works) == 1:
                        return [ours(error, batch.group.model)]
                    return [Unfinished(None) for _ in self._separate(batch)]
        except Exception as error:  # loading failed: the same would happen to each item
            return [ours(error, batch.group.model)] * len(batch.works)

    def _separate(self, batch: Batch) -> tuple[Work, ...]:
        for work in batch.works:
            work.group = replace(work.group, alone=next(self._alone))
        return batch.works

    def _must_stop(self, batch: Batch) -> bool:
        return (
            self._closing
            or self._scheduler.urgent(batch.lane)
            or all(cast("QueuedTicket[Any]", work.owner).closed for work in batch.works)
        )

    def _finish(self, batch: Batch, outcomes: list[Outcome], seconds: float) -> None:
        again: list[Work] = []
        for work, outcome in zip(batch.works, outcomes, strict=True):
            again.extend(self._settle(work, outcome))
        failures = sum(isinstance(outcome, LangsupportError) for outcome in outcomes)
        interruptions = sum(isinstance(outcome, Unfinished) for outcome in outcomes)
        with self._change:
            self._meters.count(batch, seconds, failures, interruptions)
            self._scheduler.put_back(again)
            self._change.notify_all()

    def _settle(self, work: Work, outcome: Outcome) -> list[Work]:
        """Give a result to its ticket; what has to be queued again."""
        ticket = cast("QueuedTicket[Any]", work.owner)
        if ticket.closed:
            return []
        if isinstance(outcome, Unfinished):
            work.state = outcome if outcome.state is not None else None
            return [work]
        if isinstance(outcome, LangsupportError):
            ticket.fail(outcome)
            self._drop(ticket)
            return []
        if isinstance(work.payload, Passage):
            return self._advance(ticket, work, work.payload, cast("Translation", outcome))
        ticket.put(0, outcome)
        return []

    def _advance(
        self, ticket: QueuedTicket[Translation], work: Work, passage: Passage, result: Translation
    ) -> list[Work]:
        done = (*passage.done, result)
        if len(done) < len(passage.legs) and result.text.strip():
            leg = passage.legs[len(done)]
            request = replace(passage.request, text=result.text, source=leg.source, target=leg.target, context=None)
            return [self._work(ticket, work.lane, replace(passage, request=request, done=done), work.urgency)]
        joined = join_legs(done)
        for index in passage.indices:
            ticket.put(index, joined)
        return []

    def _cancel_waiting(self) -> None:
        for owner in self._scheduler.owners():
            cast("QueuedTicket[Any]", owner).fail(Cancelled())
            self._scheduler.drop(owner)
