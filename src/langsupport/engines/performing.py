"""What the items of a batch are, and how an engine does a batch of them. No threads, no queues: core.py drives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from langsupport.engines.protocols import (
    AlignedSpan,
    HearingRequest,
    InterruptibleTranslator,
    Recognizer,
    Translation,
    TranslationRequest,
    Translator,
    Unfinished,
)
from langsupport.errors import EngineFailure, LangsupportError

if TYPE_CHECKING:
    from langsupport.engines.routes import Leg
    from langsupport.engines.scheduler import Batch

Outcome = object
"""A Translation, what a recognizer gives, Unfinished, or a LangsupportError."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A request on its way over the legs of a route; `indices` are its places in the ticket."""

    request: TranslationRequest
    indices: tuple[int, ...]
    legs: tuple[Leg, ...]
    done: tuple[Translation, ...] = ()

    @property
    def prefix(self) -> str:
        """Text of the target language, so the last leg's only."""
        return self.request.prefix if len(self.done) + 1 == len(self.legs) else ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call on a recognizer."""

    call: Callable[[Recognizer], object]


@dataclass(frozen=True, slots=True)
class Listening:
    """A live window that is fetched when its turn comes."""

    fetch: Callable[[], HearingRequest | None]


def perform(engine: object, batch: Batch, interrupt: Callable[[], bool]) -> list[Outcome]:
    """One outcome per item; `interrupt` says whether an engine that can shall stop. Raises whatever the engine does."""
    first = batch.works[0].payload
    if isinstance(first, Call):
        return [first.call(cast("Recognizer", engine))]
    if isinstance(first, Listening):
        return _listen(cast("Recognizer", engine), [cast("Listening", work.payload) for work in batch.works])
    requests = [
        replace(passage.request, source=batch.group.source, target=batch.group.target, prefix=passage.prefix)
        for passage in (cast("Passage", work.payload) for work in batch.works)
    ]
    if isinstance(engine, InterruptibleTranslator):
        states = [cast("Unfinished | None", work.state) for work in batch.works]
        return list(engine.translate_until(requests, states, interrupt))
    return list(cast("Translator", engine).translate(requests))


def _listen(engine: Recognizer, wanted: Sequence[Listening]) -> list[Outcome]:
    """The newest windows; None where none is wanted any more."""
    requests = [item.fetch() for item in wanted]
    found = iter(engine.listen([request for request in requests if request is not None]))
    return [None if request is None else next(found) for request in requests]


def ours(error: Exception, model: str) -> LangsupportError:
    """A LangsupportError for what an engine raised; foreign ones become EngineFailure with their cause."""
    if isinstance(error, LangsupportError):
        return error
    failure = EngineFailure(model=model, detail=f"{type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure


def join_legs(legs: Sequence[Translation]) -> Translation:
    """One translation out of the legs of a pivot: the last text, all problems, the mean score, alignments composed."""
    if len(legs) == 1:
        return legs[0]
    scores = [leg.score for leg in legs if leg.score is not None]
    problems = tuple(dict.fromkeys(problem for leg in legs for problem in leg.problems))
    alignment = legs[0].alignment
    for leg in legs[1:]:
        alignment = _compose(alignment, leg.alignment)
    score = sum(scores) / len(scores) if len(scores) == len(legs) else None
    return Translation(legs[-1].text, "+".join(leg.model for leg in legs), score, alignment, problems)


def _compose(
    first: tuple[AlignedSpan, ...] | None, second: tuple[AlignedSpan, ...] | None
) -> tuple[AlignedSpan, ...] | None:
    """source-middle and middle-target spans that overlap in the middle, as source-target spans."""
    if first is None or second is None:
        return None
    return tuple(
        AlignedSpan(a.source_start, a.source_end, b.target_start, b.target_end)
        for b in second
        for a in first
        if a.target_start < b.source_end and b.source_start < a.target_end
    )
