"""What an engine is. Shapes, units and errors are stated here once; the contract tests hold every engine to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, runtime_checkable

from langsupport.domain.speech import Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from langsupport.domain.confidence import Calibration
    from langsupport.engines.routes import DirectionStatus

    Samples = NDArray[np.float32]


class Lane(IntEnum):
    """Priority of a request; a lower number goes first."""

    LIVE = 0
    INTERACTIVE = 1
    BATCH = 2


@dataclass(frozen=True, slots=True)
class TranslationRequest:
    """One segment to translate.

    `text` is plain, one sentence (or a short title), with no inline codes; it may hold markers
    such as ⟦1⟧ that have to come back. `protected` lists strings that must appear verbatim.
    `terms` are (source, target) pairs to prefer. `context` is the sentence before, for engines that can use it.
    `prefix` is target text that the translation must begin with (captions that are already shown); the result has it.
    """

    text: str
    source: str
    target: str
    protected: tuple[str, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    context: str | None = None
    want_alignment: bool = False
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class AlignedSpan:
    """Characters [source_start, source_end) correspond to [target_start, target_end)."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int


@dataclass(frozen=True, slots=True)
class Translation:
    """`score` is the mean token log-probability (natural log), None if the engine can't tell.

    `alignment` is given where asked for and known. `problems` are codes of what went wrong and
    stayed wrong after the retry: `loop`, `truncated`, `chatter`, `residue`, `empty`.
    `model` names what did it (`a+b` for a pivot).
    """

    text: str
    model: str
    score: float | None = None
    alignment: tuple[AlignedSpan, ...] | None = None
    problems: tuple[str, ...] = ()


class Translator(Protocol):
    """A loaded translation model. `translate` runs one batch step and blocks; it is called by one thread at a time.

    Results come in the order of the requests, one each. All requests of one call share
    source and target. Raises EngineFailure; never a foreign exception.
    """

    @property
    def model(self) -> str: ...

    def cost(self, request: TranslationRequest) -> int:
        """Source tokens, for cutting batches by a token budget."""
        ...

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]: ...

    def close(self) -> None:
        """Give back the memory. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A translation that was interrupted. `state` means something to the engine that made it only."""

    state: object


@runtime_checkable
class InterruptibleTranslator(Translator, Protocol):
    """A translator whose batch step can be stopped half-way and gone on with later."""

    def translate_until(
        self,
        requests: Sequence[TranslationRequest],
        states: Sequence[Unfinished | None],
        interrupt: Callable[[], bool],
    ) -> list[Translation | Unfinished]:
        """As `translate`, but looks at `interrupt()` after every token; when it says True, what is not done
        comes back Unfinished. Handing that back as the request's state goes on where it stopped."""
        ...


@dataclass(frozen=True, slots=True)
class AudioWindow:
    """Mono float32 samples at 16 kHz, at most 30 s; `start_ms` places the first on the recording's clock."""

    samples: Samples
    start_ms: int = 0


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """`language` None means: tell which of `candidates`.

    `prompt` is earlier text or a glossary; at most 223 tokens of it are used.
    """

    language: str | None = None
    candidates: tuple[str, ...] = ("ar", "zh", "en", "fr", "ru", "es")
    beam_size: int = 5
    prompt: str = ""
    task: str = "transcribe"  # or "translate": into English
    word_times: bool = True


@dataclass(frozen=True, slots=True)
class HearingRequest:
    """A window of live sound. `language` None means: tell which of `candidates`; `detect` asks how likely each is.

    `prompt` holds names and words to expect, `context` what was said just before.
    """

    window: AudioWindow
    language: str | None = None
    candidates: tuple[str, ...] = ("ar", "zh", "en", "fr", "ru", "es")
    prompt: str = ""
    context: str = ""
    beam_size: int = 1
    detect: bool = False


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard in a live window, with word times; `probabilities` are of the candidates, {} if not asked for."""

    utterances: tuple[Utterance, ...]
    language: str
    probabilities: Mapping[str, float] = field(default_factory=dict)


class Recognizer(Protocol):
    """A loaded speech recognizer; the same threading rule as Translator."""

    @property
    def model(self) -> str: ...

    def recognize(self, window: AudioWindow, options: RecognitionOptions) -> list[Utterance]:
        """Utterances in time order, on the recording's clock; [] for no speech."""
        ...

    def detect_language(self, window: AudioWindow, candidates: Sequence[str]) -> tuple[str, float]:
        """The likeliest candidate and its probability among the candidates."""
        ...

    def listen(self, requests: Sequence[HearingRequest]) -> list[Hearing]:
        """One batch step of live windows, one result each, in order: greedy and quick, without second tries."""
        ...

    def close(self) -> None: ...


class VoiceStream(Protocol):
    """Voice activity of one stream of sound: it has a state, so pieces come in order."""

    def feed(self, samples: Samples) -> list[float]:
        """The probability of a voice for each frame of 512 samples (32 ms); a last incomplete frame is filled up."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """`confidence` is the mean probability of a voice, where the detector tells it."""

    start_ms: int
    end_ms: int
    confidence: float = 1.0


class VoiceDetector(Protocol):
    def speech(self, samples: Samples) -> list[SpeechSpan]:
        """Spans with a voice in them, in order, not overlapping, relative to the first sample."""
        ...

    def stream(self) -> VoiceStream: ...


R = TypeVar("R")


class Ticket(Protocol, Generic[R]):
    """Work handed to the core. Results may be taken as they come, or all at once in order."""

    def results(self) -> Iterator[tuple[int, R]]:
        """(index, result) in order of completion. Raises the first error; Cancelled after cancel()."""
        ...

    def wait(self) -> list[R]:
        """All results in the order of the requests."""
        ...

    def cancel(self) -> None:
        """Takes effect between batch steps. Idempotent."""
        ...

    @property
    def done(self) -> bool:
        """`wait` would not block."""
        ...

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        """Called once when `done`, at once if it is already: from any thread, so it must be quick and not raise."""
        ...


class Inference(Protocol):
    """The inference core as pipelines and services see it: one scheduler, lanes, models lent and unloaded."""

    def translate(
        self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf
    ) -> Ticket[Translation]:
        """Requests may mix directions. Raises ModelMissing (nothing installed serves a direction), QueueFull.

        Within the live lane an earlier `deadline` (seconds of time.monotonic) goes first.
        """
        ...

    def listen(
        self, fetch: Callable[[], HearingRequest | None], *, language: str | None, final: bool, deadline: float
    ) -> Ticket[Hearing | None]:
        """Live recognition. `fetch` is called when the turn comes, so that the newest window is heard, however long
        it had to wait; it must be quick and safe in any thread. None from it (no longer wanted) gives the result
        None. `language` chooses the model (None: one that tells languages apart).

        Finals go before others, then the earlier deadline. Raises ModelMissing, QueueFull.
        """
        ...

    def voice(self) -> VoiceStream:
        """A voice detector with a state of its own, for one stream of sound."""
        ...

    def recognize(self, window: AudioWindow, options: RecognitionOptions, lane: Lane) -> Ticket[list[Utterance]]: ...

    def detect_language(
        self, window: AudioWindow, candidates: Sequence[str], lane: Lane
    ) -> Ticket[tuple[str, float]]: ...

    def speech(self, samples: Samples) -> list[SpeechSpan]: ...

    def serves(self, source: str, target: str) -> str | None:
        """The model id, or `a+b` for a pivot, that would serve a direction now; None if none can."""
        ...

    def calibration(self, model: str, source: str, target: str) -> Calibration:
        """How the confidence in a translation by `model` is reckoned."""
        ...

    def matrix(self) -> list[DirectionStatus]:
        """The 30 directions: what serves each, and how well."""
        ...

    def close(self) -> None: ...


Progress = Callable[[int, int], None]
"""(done, total): called from the working thread, often; must be quick."""
