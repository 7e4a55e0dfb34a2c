"""WhisperLiveKit from the package index: its TranscriptionEngine and one AudioProcessor a session, as its server has
them, with raw PCM in real time. Its default policy wants PyTorch weights, so it runs its other one, local agreement, on
the same CTranslate2 files as everybody here. Its voice detection is on, as it is by default.

Options: `min_chunk` seconds (default: `--chunk-ms`; its own default is 0.1), `trim` seconds of buffer (15).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import numpy as np
from feed import FRAME_MS, FRAME_SAMPLES, STAGGER_MS, Clock, Log, arguments, log_path, read


def main() -> None:
    given = arguments(__doc__, clocks=("real",))
    asyncio.run(run(given))


async def run(given: Any) -> None:
    from whisperlivekit.audio_processor import AudioProcessor

    engine = build(given)
    sound = (np.clip(read(given.audio), -1, 1) * 32767).astype("<i2")
    processors = [AudioProcessor(transcription_engine=engine) for _ in range(given.copies)]
    engine.asr.transcribe(read(given.audio)[:16_000])  # warm
    streams = [
        one(processor, sound, Log(log_path(given.out, number, given.copies)), number * STAGGER_MS / 1000)
        for number, processor in enumerate(processors)
    ]
    await asyncio.gather(*streams)


async def one(processor: Any, sound: np.ndarray, log: Log, wait_seconds: float) -> None:
    await asyncio.sleep(wait_seconds)
    clock, sent = Clock("real"), [0]
    results = await processor.create_tasks()

    async def show() -> None:
        async for front in results:
            state = front.to_dict()
            stable = "".join(line["text"] or "" for line in state["lines"])
            log.show(sent[0], clock.now_ms(), stable, state["buffer_transcription"] or "")

    shown = asyncio.create_task(show())
    for start in range(0, len(sound), FRAME_SAMPLES):
        at_ms = start * FRAME_MS / FRAME_SAMPLES + FRAME_MS
        await asyncio.sleep(max(0.0, at_ms - clock.now_ms()) / 1000)
        await processor.process_audio(sound[start : start + FRAME_SAMPLES].tobytes())
        sent[0] = round(at_ms)
    await processor.process_audio(b"")
    try:
        await asyncio.wait_for(shown, timeout=120)
    except TimeoutError:
        print("WhisperLiveKit did not end by itself within 120 s.")
    log.end(sent[0], clock.now_ms())
    await processor.cleanup()


def build(given: Any) -> Any:
    from whisperlivekit.core import TranscriptionEngine

    logging.disable(logging.WARNING)
    engine = TranscriptionEngine(
        backend_policy="localagreement",
        backend="faster-whisper",
        model_path=str(given.model),
        lan=given.language,
        pcm_input=True,
        warmup_file="",
        min_chunk_size=float(given.options.get("min_chunk", given.chunk_ms / 1000)),
        buffer_trimming_sec=float(given.options.get("trim", 15)),
    )
    inner = engine.asr.model.transcribe

    def transcribe(audio: Any, **options: Any) -> Any:
        """The beam that everybody here has; the package fixes it at 5."""
        return inner(audio, **{**options, "beam_size": given.beam})

    engine.asr.model.transcribe = transcribe
    return engine


if __name__ == "__main__":
    main()
