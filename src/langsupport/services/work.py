"""Inference that can be called off: for work whose document is deleted, or whose process is closing."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from langsupport.domain.speech import Utterance
from langsupport.engines.protocols import (
    AudioWindow,
    Hearing,
    HearingRequest,
    Inference,
    Lane,
    RecognitionOptions,
    SpeechSpan,
    Ticket,
    Translation,
    TranslationRequest,
    VoiceStream,
)
from langsupport.errors import Cancelled

if TYPE_CHECKING:
    from langsupport.domain.confidence import Calibration
    from langsupport.engines.protocols import Samples
    from langsupport.engines.routes import DirectionStatus

R = TypeVar("R")


class OpenWork:
    """What is being worked on in this process, by a key such as a document's id."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._open: dict[str, set[_Lent]] = {}
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def inference(self, key: str) -> Iterator[Inference]:
        """The inference core for one step of work; raises Cancelled from inside once `cancel(key)` is called."""
        lent = _Lent(self._inference)
        with self._lock:
            self._open.setdefault(key, set()).add(lent)
            if self._closed:
                lent.cancel()
        try:
            yield lent
        finally:
            with self._lock:
                self._open[key].discard(lent)
                if not self._open[key]:
                    del self._open[key]

    def cancel(self, key: str) -> None:
        with self._lock:
            found = list(self._open.get(key, ()))
        for lent in found:
            lent.cancel()

    def close(self) -> None:
        """Cancel everything, and what comes later at once."""
        with self._lock:
            self._closed = True
            found = [lent for group in self._open.values() for lent in group]
        for lent in found:
            lent.cancel()


class _Lent:
    """Implements Inference; remembers the tickets that are not finished."""

    def __init__(self, inner: Inference) -> None:
        self._inner = inner
        self._tickets: dict[int, Callable[[], None]] = {}  # id of an unfinished ticket to its cancel
        self._lock = threading.Lock()
        self._cancelled = False

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            cancels = list(self._tickets.values())
        for cancel in cancels:
            cancel()

    def translate(
        self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf
    ) -> Ticket[Translation]:
        return self._kept(lambda: self._inner.translate(requests, lane, deadline))

    def listen(
        self, fetch: Callable[[], HearingRequest | None], *, language: str | None, final: bool, deadline: float
    ) -> Ticket[Hearing | None]:
        return self._kept(lambda: self._inner.listen(fetch, language=language, final=final, deadline=deadline))

    def voice(self) -> VoiceStream:
        return self._inner.voice()

    def recognize(self, window: AudioWindow, options: RecognitionOptions, lane: Lane) -> Ticket[list[Utterance]]:
        return self._kept(lambda: self._inner.recognize(window, options, lane))

    def detect_language(self, window: AudioWindow, candidates: Sequence[str], lane: Lane) -> Ticket[tuple[str, float]]:
        return self._kept(lambda: self._inner.detect_language(window, candidates, lane))

    def speech(self, samples: Samples) -> list[SpeechSpan]:
        return self._inner.speech(samples)

    def serves(self, source: str, target: str) -> str | None:
        return self._inner.serves(source, target)

    def calibration(self, model: str, source: str, target: str) -> Calibration:
        return self._inner.calibration(model, source, target)

    def matrix(self) -> list[DirectionStatus]:
        return self._inner.matrix()

    def close(self) -> None:
        """Nothing: what is lent is not closed."""

    def _kept(self, make: Callable[[], Ticket[R]]) -> Ticket[R]:
        if self._cancelled:
            raise Cancelled
        ticket = _LentTicket(make(), self._forget)
        with self._lock:
            self._tickets[id(ticket)] = ticket.cancel
            late = self._cancelled
        if late:
            ticket.cancel()
        return ticket

    def _forget(self, ticket: int) -> None:
        with self._lock:
            self._tickets.pop(ticket, None)


class _LentTicket(Generic[R]):
    """Implements Ticket; says when nobody waits for it any more."""

    def __init__(self, inner: Ticket[R], forget: Callable[[int], None]) -> None:
        self._inner = inner
        self._forget = forget

    def results(self) -> Iterator[tuple[int, R]]:
        try:
            yield from self._inner.results()
        finally:
            self._forget(id(self))

    def wait(self) -> list[R]:
        try:
            return self._inner.wait()
        finally:
            self._forget(id(self))

    def cancel(self) -> None:
        self._inner.cancel()

    @property
    def done(self) -> bool:
        return self._inner.done

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        self._inner.add_done_callback(callback)
