"""Speech recognition with Whisper (Radford et al., 2022) on CTranslate2, through faster-whisper."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langsupport.domain.speech import SAMPLE_RATE, Utterance, Word
from langsupport.engines import live_whisper
from langsupport.engines.protocols import AudioWindow, Hearing, HearingRequest, RecognitionOptions
from langsupport.errors import EngineFailure, InvalidRequest, ModelDamaged, UnsupportedLanguage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

MAX_WINDOW_MS = 30_000
"""What Whisper hears at once."""
MIN_WINDOW_MS = 100
"""Less than this holds no word, and CTranslate2 can't align a window without frames."""
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Beam search first; sampling at rising temperature when the result looks like a loop or a guess."""
MAX_COMPRESSION_RATIO = 2.4
MIN_LOG_PROBABILITY = -1.0
MAX_NO_SPEECH_PROBABILITY = 0.6
SHORT_DETECTION_MS = 10_000
"""Windows up to here are not filled up to 30 s to tell the language: six times faster and as often right
(142 clips in six languages, Whisper base)."""
_FRAMES_PER_SECOND = 100


class WhisperRecognizer:
    """Recognizer on a folder that holds a Whisper model in CTranslate2's format and its tokenizer.json.

    `device` is `cpu`, `cuda` or `cuda:N`; `compute_type` as in CTranslate2 (`int8`, `int8_float16` …);
    `threads` 0 leaves the number to CTranslate2. Calls come from one thread at a time.
    """

    def __init__(self, path: Path, model: str, device: str, compute_type: str, threads: int) -> None:
        from faster_whisper import WhisperModel

        if not (path / "model.bin").is_file():
            raise ModelDamaged(model=model, detail=f"model.bin is missing in {path}. Install it again.")
        kind, _, index = device.partition(":")
        self._name = model
        try:
            self._whisper: Any = WhisperModel(
                str(path),
                device=kind,
                device_index=int(index or 0),
                compute_type=compute_type,
                cpu_threads=threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelDamaged(model=model, detail=f"it can't be loaded ({error}).") from error
        self._last_detection: tuple[bytes, dict[str, float]] | None = None

    @property
    def model(self) -> str:
        return self._name

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that the model tells apart (`en` alone for an English model)."""
        return tuple(self._whisper.supported_languages)

    def recognize(self, window: AudioWindow, options: RecognitionOptions) -> list[Utterance]:
        """Utterances in time order on the recording's clock, with word times where asked for.

        No text of earlier windows is fed back: `options.prompt` is the only context.

        Raises:
            InvalidRequest: a window over 30 s. UnsupportedLanguage: not one that this model knows.
            EngineFailure: anything that goes wrong inside.
        """
        duration_ms = _check_length(window)
        if duration_ms < MIN_WINDOW_MS:
            return []
        language = options.language or self.detect_language(window, options.candidates)[0]
        self._check_language(language)
        try:
            segments, _ = self._whisper.transcribe(
                window.samples,
                language=language,
                task=options.task,
                beam_size=options.beam_size,
                temperature=TEMPERATURES,
                compression_ratio_threshold=MAX_COMPRESSION_RATIO,
                log_prob_threshold=MIN_LOG_PROBABILITY,
                no_speech_threshold=MAX_NO_SPEECH_PROBABILITY,
                condition_on_previous_text=False,
                initial_prompt=options.prompt or None,
                word_timestamps=options.word_times,
                vad_filter=False,
            )
            spoken = "en" if options.task == "translate" else language
            return list(_utterances(segments, spoken, window.start_ms, duration_ms))
        except (RuntimeError, ValueError, IndexError) as error:
            raise self._failure(error) from error

    def detect_language(self, window: AudioWindow, candidates: Sequence[str]) -> tuple[str, float]:
        """The likeliest candidate and its probability among the candidates; no candidates: all that the model knows.

        Raises:
            UnsupportedLanguage: the model knows none of the candidates.
        """
        known = self.languages
        wanted = [code for code in candidates or known if code in known]
        if not wanted:
            raise UnsupportedLanguage(name=self._name, detail=f"it knows none of {', '.join(candidates)}")
        if len(wanted) == 1:
            return wanted[0], 1.0
        probabilities = self._language_probabilities(window)
        total = sum(probabilities.get(code, 0.0) for code in wanted)
        best = max(wanted, key=lambda code: probabilities.get(code, 0.0))
        return best, probabilities.get(best, 0.0) / total if total > 0 else 1.0 / len(wanted)

    def listen(self, requests: Sequence[HearingRequest]) -> list[Hearing]:
        """Live windows: greedy, without second tries, each as one utterance with word times (see live_whisper.py).

        Raises:
            InvalidRequest: a window over 30 s. UnsupportedLanguage: not one that this model knows.
            EngineFailure: anything that goes wrong inside.
        """
        heard: dict[int, Hearing] = {}
        for index, request in enumerate(requests):
            if request.language:
                self._check_language(request.language)
            if _check_length(request.window) < MIN_WINDOW_MS:
                heard[index] = Hearing((), request.language or self._first_known(request.candidates))
        wanted = [request for index, request in enumerate(requests) if index not in heard]
        try:
            found = iter(live_whisper.listen(self._whisper, self.languages, wanted) if wanted else [])
        except (RuntimeError, ValueError, IndexError) as error:
            raise self._failure(error) from error
        return [heard[index] if index in heard else next(found) for index in range(len(requests))]

    def _first_known(self, candidates: Sequence[str]) -> str:
        return next((code for code in candidates if code in self.languages), self.languages[0])

    def close(self) -> None:
        """Give back the memory. Idempotent."""
        if self._whisper is not None:
            self._whisper.model.unload_model()
            self._whisper = None
        self._last_detection = None

    def _language_probabilities(self, window: AudioWindow) -> dict[str, float]:
        """Of all languages. The last answer is kept: callers ask twice about a window with other candidates."""
        import numpy as np

        _check_length(window)
        samples = np.ascontiguousarray(window.samples, dtype=np.float32)
        key = hashlib.blake2b(samples.tobytes(), digest_size=16).digest()
        if self._last_detection is None or self._last_detection[0] != key:
            short = len(samples) * 1000 // SAMPLE_RATE <= SHORT_DETECTION_MS
            frames = (SHORT_DETECTION_MS if short else MAX_WINDOW_MS) * _FRAMES_PER_SECOND // 1000
            try:
                features = self._whisper.feature_extractor(samples)[:, :frames]
                features = np.pad(features, ((0, 0), (0, frames - features.shape[1])))
                found = self._whisper.model.detect_language(self._whisper.encode(features))[0]
            except (RuntimeError, ValueError) as error:
                raise self._failure(error) from error
            self._last_detection = key, {token[2:-2]: float(probability) for token, probability in found}
        return self._last_detection[1]

    def _check_language(self, language: str) -> None:
        if language not in self.languages:
            raise UnsupportedLanguage(name=self._name, detail=f"this model does not recognize “{language}”")

    def _failure(self, error: Exception) -> EngineFailure:
        return EngineFailure(model=self._name, detail=str(error))


def _check_length(window: AudioWindow) -> int:
    duration_ms = len(window.samples) * 1000 // SAMPLE_RATE
    if duration_ms > MAX_WINDOW_MS:
        raise InvalidRequest(detail=f"A window of {duration_ms} ms was given; {MAX_WINDOW_MS} ms is the most.")
    return duration_ms


def _utterances(segments: Iterable[Any], language: str, start_ms: int, duration_ms: int) -> Iterable[Utterance]:
    """faster-whisper's segments (seconds from the window's start) -> ours, inside the window."""

    def place(seconds: float) -> int:
        return start_ms + min(max(0, round(seconds * 1000)), duration_ms)

    for segment in segments:
        text = segment.text.strip()
        if not text:
            continue
        words = tuple(
            Word(place(word.start), place(word.end), word.word, float(word.probability)) for word in segment.words or ()
        )
        yield Utterance(
            start_ms=place(segment.start),
            end_ms=place(segment.end),
            text=text,
            language=language,
            words=words,
            log_probability=float(segment.avg_logprob),
            no_speech_probability=float(segment.no_speech_prob),
            compression_ratio=float(segment.compression_ratio),
            tokens=len(segment.tokens),
        )
