"""Voice activity: Silero VAD v6 (snakers4/silero-vad, MIT), the ONNX file that faster-whisper ships."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langsupport.domain.speech import SAMPLE_RATE
from langsupport.engines.protocols import SpeechSpan
from langsupport.errors import EngineFailure, ModelDamaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

MODEL = "silero-vad-v6"
FRAME_SAMPLES = 512
"""The model gives one probability for each 32 ms."""
_CONTEXT_SAMPLES = 64
_STATE_SIZE = 128
_BLOCK_FRAMES = 1000
"""Frames in one call of the model: 32 s, so that memory stays the same for any length."""
_RESET_AFTER_SILENT_FRAMES = 5 * SAMPLE_RATE // FRAME_SAMPLES
"""After five silent seconds the state starts anew: it drifts on long recordings."""


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """A span opens at `threshold` and closes below `release` for `min_silence_ms`; both sides get `pad_ms`."""

    threshold: float = 0.5
    release: float = 0.35
    min_silence_ms: int = 500
    min_speech_ms: int = 200
    pad_ms: int = 200


class SileroVoiceDetector:
    """VoiceDetector on onnxruntime. Loaded at the first use; may be shared by threads (no state between calls)."""

    def __init__(self, options: VoiceOptions | None = None) -> None:
        self._options = options or VoiceOptions()
        self._session: Any = None

    def speech(self, samples: Samples) -> list[SpeechSpan]:
        """Spans with a voice in them, in order, not overlapping; `confidence` is the mean probability of a voice.

        Raises:
            EngineFailure: the model failed. ModelDamaged: its file can't be loaded.
        """
        return spans(self.probabilities(samples), len(samples) * 1000 // SAMPLE_RATE, self._options)

    def probabilities(self, samples: Samples) -> list[float]:
        """One probability of a voice for each 32 ms (the last frame is filled with silence)."""
        stream = SileroStream(self._load())
        result: list[float] = []
        step = _BLOCK_FRAMES * FRAME_SAMPLES
        for start in range(0, len(samples), step):
            result.extend(stream.feed(samples[start : start + step]))
        return result

    def stream(self) -> SileroStream:
        """A detector with a state of its own, for sound that arrives piece by piece."""
        return SileroStream(self._load())

    def _load(self) -> Any:
        if self._session is None:
            import faster_whisper
            import onnxruntime

            runtime: Any = onnxruntime
            options = runtime.SessionOptions()
            options.inter_op_num_threads = options.intra_op_num_threads = 1
            options.enable_cpu_mem_arena = False
            options.log_severity_level = 4
            path = Path(faster_whisper.__file__).parent / "assets" / "silero_vad_v6.onnx"
            try:
                self._session = runtime.InferenceSession(
                    str(path), providers=["CPUExecutionProvider"], sess_options=options
                )
            except Exception as error:
                raise ModelDamaged(
                    model=MODEL, detail="its file can't be loaded. Install langsupport again."
                ) from error
        return self._session


class SileroStream:
    """The state of one stream of sound: feed it in order; each piece but the last in whole frames of 512 samples."""

    def __init__(self, session: Any) -> None:
        import numpy as np

        self._np = np
        self._session = session
        self._silent_frames = 0
        self._reset()

    def _reset(self) -> None:
        self._hidden = self._np.zeros((1, 1, _STATE_SIZE), dtype="float32")
        self._cell = self._np.zeros((1, 1, _STATE_SIZE), dtype="float32")
        self._context = self._np.zeros(_CONTEXT_SAMPLES, dtype="float32")

    def feed(self, samples: Samples) -> list[float]:
        """A probability for each frame of 512 samples; a last incomplete frame is filled with silence."""
        np = self._np
        missing = -len(samples) % FRAME_SAMPLES
        frames = np.pad(np.asarray(samples, dtype="float32"), (0, missing)).reshape(-1, FRAME_SAMPLES)
        if not len(frames):
            return []
        before = np.concatenate([self._context[None, :], frames[:-1, -_CONTEXT_SAMPLES:]])
        self._context = frames[-1, -_CONTEXT_SAMPLES:].copy()
        try:
            output, self._hidden, self._cell = self._session.run(
                None, {"input": np.concatenate([before, frames], axis=1), "h": self._hidden, "c": self._cell}
            )
        except Exception as error:
            raise EngineFailure(model=MODEL, detail=str(error)) from error
        result = [float(value) for value in np.asarray(output).reshape(-1)]
        self._count_silence(result)
        return result

    def _count_silence(self, probabilities: Sequence[float]) -> None:
        for value in probabilities:
            self._silent_frames = self._silent_frames + 1 if value < 0.1 else 0
        if self._silent_frames >= _RESET_AFTER_SILENT_FRAMES:
            self._reset()


def spans(probabilities: Sequence[float], duration_ms: int, options: VoiceOptions) -> list[SpeechSpan]:
    """Probabilities of 32 ms frames -> spans within [0, duration_ms]."""
    result: list[SpeechSpan] = []
    for first, last in _runs(probabilities, options):
        start, end = _ms(first), min(_ms(last), duration_ms)
        if end - start < options.min_speech_ms:
            continue
        confidence = sum(probabilities[first:last]) / (last - first)
        start = max(0, start - options.pad_ms)
        if result and result[-1].end_ms > start:
            middle = (result[-1].end_ms + start) // 2
            result[-1] = SpeechSpan(result[-1].start_ms, middle, result[-1].confidence)
            start = middle
        result.append(SpeechSpan(start, min(duration_ms, end + options.pad_ms), confidence))
    return result


def _runs(probabilities: Sequence[float], options: VoiceOptions) -> Iterator[tuple[int, int]]:
    """Frames [first, last) of speech by the two thresholds."""
    patience = max(1, options.min_silence_ms * SAMPLE_RATE // 1000 // FRAME_SAMPLES)
    first: int | None = None
    last = 0
    for index, value in enumerate(probabilities):
        if first is None:
            if value >= options.threshold:
                first, last = index, index + 1
        elif value >= options.release:
            last = index + 1
        elif index - last >= patience:
            yield first, last
            first = None
    if first is not None:
        yield first, last


def _ms(frame: int) -> int:
    return frame * FRAME_SAMPLES * 1000 // SAMPLE_RATE
