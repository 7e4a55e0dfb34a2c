"""whisper_streaming's published policy (Macháček et al., 2023) on faster-whisper: local agreement of two hypotheses,
the buffer cut at segments after 15 s, 200 characters of prompt; in the form in which WhisperLiveKit carries it.

`OnlineASRProcessor` is driven as whisper_streaming's own simulation drives it: hear everything that has come, wait for
`--chunk-ms` of new sound. What WhisperLiveKit added, that sound is thrown away when nothing was committed for 15 s, is
kept from happening. Options: `vad=1` uses faster-whisper's voice filter, `trim=15` seconds of buffer.
"""

from __future__ import annotations

import time
from typing import Any

from feed import Clock, Log, Source, arguments, log_path, read


def main() -> None:
    given = arguments(__doc__)
    if given.copies != 1:
        raise SystemExit("One stream a process: whisper_streaming's server serves one client at a time.")
    online = build(given)
    online.asr.transcribe(read(given.audio)[:16_000])  # warm
    clock = Clock(given.clock)
    source, log = Source(read(given.audio), clock), Log(log_path(given.out, 0, 1))
    stable = ""
    while not source.ended:
        online.insert_audio_chunk(source.take(given.chunk_ms))
        began = time.perf_counter()
        online.time_of_last_asr_output = online.get_audio_buffer_end_time()  # no throwing away
        tokens, _ = online.process_iter()
        clock.computed(time.perf_counter() - began)
        stable += "".join(token.text for token in tokens)
        log.show(source.taken_ms, clock.now_ms(), stable, online.get_buffer().text or "")
    tokens, _ = online.finish()
    log.show(source.taken_ms, clock.now_ms(), stable + "".join(token.text for token in tokens), "")
    log.end(source.taken_ms, clock.now_ms())


def build(given: Any) -> Any:
    from faster_whisper import WhisperModel
    from whisperlivekit.local_agreement.backends import FasterWhisperASR
    from whisperlivekit.local_agreement.online_asr import OnlineASRProcessor

    class Asr(FasterWhisperASR):  # type: ignore[misc]
        """The same but for the machine: threads, compute type and beam as everybody here has them."""

        def load_model(self, model_size: Any = None, cache_dir: Any = None, model_dir: Any = None) -> Any:
            return WhisperModel(str(given.model), device="cpu", compute_type="int8", cpu_threads=given.threads)

        def transcribe(self, audio: Any, init_prompt: str = "") -> list[Any]:
            segments, _ = self.model.transcribe(
                audio,
                language=self.original_language,
                initial_prompt=init_prompt,
                beam_size=given.beam,
                word_timestamps=True,
                condition_on_previous_text=True,
                **self.transcribe_kargs,
            )
            return list(segments)

    asr = Asr(given.language, model_dir=str(given.model))
    if given.options.get("vad") == "1":
        asr.use_vad()
    asr.tokenizer = None
    asr.confidence_validation = False
    asr.buffer_trimming, asr.buffer_trimming_sec = "segment", float(given.options.get("trim", 15))
    return OnlineASRProcessor(asr)


if __name__ == "__main__":
    main()
