"""What is said in a stretch of sound: voice activity, languages, windows, guards. Shared by recordings and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from langsupport.captioning import guards, windows
from langsupport.captioning.windows import Detection, Piece, Samples
from langsupport.domain.languages import LANGUAGES, script_counts
from langsupport.domain.speech import SAMPLE_RATE, Utterance
from langsupport.engines.protocols import AudioWindow, Inference, Lane, Progress, RecognitionOptions, SpeechSpan
from langsupport.text.identify import identify

PROMPTS = {"zh": "以下是普通话的句子。"}
"""Given where the caller gives none: it makes Whisper write simplified characters."""

MAX_TERMS_CHARS = 400
"""A recognizer attends to some 200 tokens of a prompt: terms beyond so much text are left out."""


def prompt_for(language: str | None, terms: Sequence[str], before: str = "") -> str:
    """What a recognizer is given to go on from in a window of `language`: `before`, else the language's own prompt;
    then the terms to expect, the most important first, as a sentence, so that it goes on in sentences."""
    listed = ""
    for term in terms:
        longer = f"{listed}, {term}" if listed else term
        if len(longer) > MAX_TERMS_CHARS:
            break
        listed = longer
    return " ".join(filter(None, (before or PROMPTS.get(language or "", ""), listed and f"{listed}.")))


@dataclass(frozen=True, slots=True)
class HearingOptions:
    """`language` None: told from the sound, piece by piece, so that a change is followed.

    `prompt` is text as it might have come before, in the place of ours; `terms` are names and words to expect.
    """

    language: str | None = None
    lane: Lane = Lane.BATCH
    prompt: str = ""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """`pieces` are the stretches with a voice and their languages, also those outside the six, which are not heard."""

    pieces: tuple[Piece, ...] = ()
    utterances: tuple[Utterance, ...] = ()
    rejected: tuple[guards.Rejected, ...] = ()

    @property
    def foreign(self) -> bool:
        """There is speech, and none of it in one of the six languages."""
        return bool(self.pieces) and not any(piece.language in LANGUAGES for piece in self.pieces)


@dataclass(slots=True)
class _Work:
    """What the recognition of one stretch needs at hand."""

    samples: Samples
    spans: Sequence[SpeechSpan]
    inference: Inference
    options: HearingOptions
    utterances: list[Utterance] = field(default_factory=list)
    rejected: list[guards.Rejected] = field(default_factory=list)

    def window(self, piece: Piece) -> AudioWindow:
        first, last = piece.start_ms * SAMPLE_RATE // 1000, piece.end_ms * SAMPLE_RATE // 1000
        return AudioWindow(self.samples[first:last], piece.start_ms)


def hear(
    samples: Samples,
    inference: Inference,
    options: HearingOptions,
    spans: Sequence[SpeechSpan] | None = None,
    progress: Progress | None = None,
) -> Heard:
    """What is said in `samples` (mono, 16 kHz), timed from the first. `spans`: where there is a voice, if known.

    `progress` gets (milliseconds done, milliseconds in all).

    Raises: ModelMissing, QueueFull, EngineFailure, Cancelled: from the inference core.
    """
    work = _Work(samples, inference.speech(samples) if spans is None else spans, inference, options)
    pieces = windows.cut_pieces(work.spans, samples)
    if options.language:
        pieces = [Piece(piece.start_ms, piece.end_ms, options.language) for piece in pieces]
    else:
        pieces = _told(pieces, work)
    for window in windows.build_windows([piece for piece in pieces if piece.language in LANGUAGES]):
        _recognize_window(window, work)
        if progress is not None:
            progress(window.end_ms, len(samples) * 1000 // SAMPLE_RATE)
    return Heard(tuple(pieces), tuple(work.utterances), tuple(work.rejected))


def _told(pieces: Sequence[Piece], work: _Work) -> list[Piece]:
    def detect(piece: Piece) -> Detection:
        window = work.window(piece)
        anything, probability = work.inference.detect_language(window, (), work.options.lane).wait()[0]
        among, share = work.inference.detect_language(window, tuple(LANGUAGES), work.options.lane).wait()[0]
        return Detection(anything, probability, among, share)

    return windows.follow_languages(pieces, detect)


def _recognize_window(window: Piece, work: _Work) -> None:
    kept, rejected = _attempt(window, work)
    if any(r.reason in guards.RETRY for r in rejected) and window.duration_ms > 2 * windows.MIN_PIECE_MS:
        kept, rejected = [], []
        for half in windows.halves(window, work.samples):
            more, less = _attempt(half, work)
            kept += more
            rejected += less
    work.utterances += map(_relabelled, kept)
    work.rejected += rejected


def _relabelled(utterance: Utterance) -> Utterance:
    """The language by the script where they disagree: a recognizer follows a short change of language by itself."""
    letters = script_counts(utterance.text)
    own = letters[LANGUAGES[utterance.language].script]
    if own * 2 >= letters.total() or letters.total() < 4:
        return utterance
    found = identify(utterance.text).language
    return replace(utterance, language=found) if found else utterance


def _attempt(window: Piece, work: _Work) -> tuple[list[Utterance], list[guards.Rejected]]:
    prompt = prompt_for(window.language, work.options.terms, work.options.prompt)
    options = RecognitionOptions(language=window.language, prompt=prompt)
    found = work.inference.recognize(work.window(window), options, work.options.lane).wait()[0]
    return guards.review(found, work.spans)
