"""The package `whisper-streaming` 0.1.0 from the package index: its ASRProcessor, step by step.

Its trimming by sentences raises an exception as published, so the other it has is used: by time, `trim=15` seconds.
Option `vad=1` sets its faster-whisper back end's voice filter.
"""

from __future__ import annotations

import sys
import time
import types
from typing import Any

from feed import Clock, Log, Source, arguments, log_path, read


def main() -> None:
    given = arguments(__doc__)
    if given.copies != 1:
        raise SystemExit("One stream a process: the package's processor has one receiver.")
    processor = build(given)
    processor.backend.transcribe(read(given.audio)[:16_000], "")  # warm
    clock = Clock(given.clock)
    source, log = Source(read(given.audio), clock), Log(log_path(given.out, 0, 1))
    stable, buffer = "", processor._transcription_buffer
    while not source.ended:
        piece = source.take(given.chunk_ms)
        began = time.perf_counter()
        word = processor._process(piece)
        clock.computed(time.perf_counter() - began)
        stable += word.word if word else ""
        tail = "".join(w.word for w in buffer.transcriptions_in_limbo)
        log.show(source.taken_ms, clock.now_ms(), stable, tail)
    stable += "".join(w.word for w in buffer.transcriptions_in_limbo)
    log.show(source.taken_ms, clock.now_ms(), stable, "")
    log.end(source.taken_ms, clock.now_ms())


def build(given: Any) -> Any:
    tokenizer = types.ModuleType("mosestokenizer")  # only for its trimming by sentences, which does not work
    tokenizer.MosesTokenizer = object  # type: ignore[attr-defined]
    sys.modules.setdefault("mosestokenizer", tokenizer)
    alsa = types.ModuleType("alsaaudio")  # only for its microphone
    sys.modules.setdefault("alsaaudio", alsa)
    from whisper_streaming.backend.faster_whisper_backend import (
        FasterWhisperFeatureExtractorConfig,
        FasterWhisperModelConfig,
        FasterWhisperTranscribeConfig,
    )
    from whisper_streaming.base import Backend
    from whisper_streaming.processor import ASRProcessor, TimeTrimming

    config = ASRProcessor.ProcessorConfig(
        sampling_rate=16_000,
        prompt_size=200,
        audio_receiver_timeout=1,
        audio_trimming=TimeTrimming(float(given.options.get("trim", 15))),
        language=None if given.language == "auto" else given.language,
    )
    model = FasterWhisperModelConfig(
        str(given.model), device="cpu", compute_type="int8", cpu_threads=given.threads, local_files_only=True
    )
    transcribe = FasterWhisperTranscribeConfig(beam_size=given.beam, vad_filter=given.options.get("vad") == "1")
    features = FasterWhisperFeatureExtractorConfig()
    return ASRProcessor(config, _Nothing(), [], Backend.FASTER_WHISPER, model, transcribe, features)


class _Nothing:
    """In place of a receiver: frames are handed over by hand."""


if __name__ == "__main__":
    main()
