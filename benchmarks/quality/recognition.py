"""Recognition: WER (CER for Chinese) per language against plain faster-whisper in the same run, and words invented
over noise.

Both sides use the same weights, beam and known language. “Plain” is one call of faster-whisper's `transcribe` on the
whole file with its defaults; “ours” is the product's own path: decoding, voice activity, windows, guards, cues.
With --auto a third column recognizes without being told the language, and the share of time in the right one is given.

Reference and hypothesis are normalized alike: see benchmarks/common/scoring.py.

    python benchmarks/quality/recognition.py --languages en fr --model whisper-base
    python benchmarks/quality/recognition.py --noise
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.clips import SINGING, SPEECH_IN_NOISE, Clip, clips
from common.corpora import data_folder
from common.scoring import error_rate
from common.signature import machine, model_hash, signature, versions
from langsupport.captioning.audio import decode
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Transcript
from langsupport.engines.core import InferenceCore, InferenceOptions
from langsupport.engines.protocols import Lane
from langsupport.engines.store import ModelStore
from langsupport.pipelines.recording import recognize

BEAM = 5


@dataclass
class Side:
    """One way to recognize: texts, seconds spent, and seconds of sound."""

    name: str
    seconds: float = 0.0
    audio_seconds: float = 0.0
    right_language: float = 0.0
    hypotheses: list[str] = field(default_factory=list)

    @property
    def real_time_factor(self) -> float:
        return self.seconds / self.audio_seconds if self.audio_seconds else 0.0


def spoken_text(transcript: Transcript) -> str:
    return " ".join(line for cue in transcript.cues for line in cue.lines)


class Bench:
    def __init__(self, models: Path, model: str, threads: int) -> None:
        from faster_whisper import WhisperModel

        manifests = Path(__file__).resolve().parents[2] / "models"
        store = ModelStore(models, manifests)
        self.path = store.path(model)
        options = InferenceOptions(device="cpu", compute_type="int8", threads=threads, recognizers=(model,))
        self.core = InferenceCore(store, options)
        self.plain: Any = WhisperModel(str(self.path), device="cpu", compute_type="int8", cpu_threads=threads)

    def run_plain(self, clip: Clip, side: Side) -> None:
        start = time.perf_counter()
        segments, info = self.plain.transcribe(str(clip.path), language=clip.language, beam_size=BEAM)
        side.hypotheses.append(" ".join(segment.text for segment in segments))
        side.seconds += time.perf_counter() - start
        side.audio_seconds += info.duration

    def run_ours(self, clip: Clip, side: Side, language: str | None) -> Transcript:
        start = time.perf_counter()
        transcript = recognize(clip.path, clip.path.name, self.core, language, Lane.BATCH)
        side.hypotheses.append(spoken_text(transcript))
        side.seconds += time.perf_counter() - start
        side.audio_seconds += transcript.duration_ms / 1000
        side.right_language += sum(
            (u.end_ms - u.start_ms) / 1000 for u in transcript.utterances if u.language == clip.language
        )
        return transcript


def speech_table(bench: Bench, data: Path, languages: list[str], auto: bool, show: bool) -> None:
    print("| language | clips | minutes | plain | ours | ours, language not told | RTF plain | RTF ours |")
    print("|---|---|---|---|---|---|---|---|")
    for language in languages:
        plain, ours, told = Side("plain"), Side("ours"), Side("auto")
        references: list[str] = []
        for clip in clips(data, language):
            references.append(clip.reference)
            bench.run_plain(clip, plain)
            bench.run_ours(clip, ours, language)
            if auto:
                try:
                    bench.run_ours(clip, told, None)
                except Exception as error:  # a refused clip counts as all words missing
                    told.hypotheses.append("")
                    print(f"<!-- {clip.path.name}: {error} -->")
            if show:
                _show(clip, plain, ours, told)
        rates = [error_rate(references, side.hypotheses, language) for side in (plain, ours)]
        third = "–"
        if auto:
            third = f"{error_rate(references, told.hypotheses, language):.1f}"
        measure = "CER" if language == "zh" else "WER"
        size = f"{len(references)} | {ours.audio_seconds / 60:.1f}"
        speed = f"{plain.real_time_factor:.2f} | {ours.real_time_factor:.2f}"
        print(f"| {language} ({measure}) | {size} | {rates[0]:.1f} | {rates[1]:.1f} | {third} | {speed} |", flush=True)


def _show(clip: Clip, *sides: Side) -> None:
    for side in sides:
        if side.hypotheses:
            rate = error_rate([clip.reference], [side.hypotheses[-1]], clip.language)
            print(f"  {clip.path.name} {side.name} {rate:.0f}: {side.hypotheses[-1]}", flush=True)


def noise_table(bench: Bench, data: Path) -> None:
    """Words in the captions of files in which nobody speaks; the language is not told."""
    print("| file | seconds | plain, words | ours, words | ours |")
    print("|---|---|---|---|---|")
    seconds, invented, plainly = 0.0, 0, 0
    for path in sorted((data / "noise").iterdir()):
        if path.suffix == ".tsv" or path.name in SPEECH_IN_NOISE:
            continue
        transcript = recognize(path, path.name, bench.core, None, Lane.BATCH)
        text = spoken_text(transcript)
        with decode(path, path.name) as recording:
            segments, _ = bench.plain.transcribe(recording.samples, beam_size=BEAM)
            plain_words = sum(len(segment.text.split()) for segment in segments)
        print(
            f"| {path.name} | {transcript.duration_ms / 1000:.0f} | {plain_words} | {len(text.split())} | {text[:60]} |"
        )
        if path.name not in SINGING:
            seconds += transcript.duration_ms / 1000
            invented += len(text.split())
            plainly += plain_words
    per_minute = [60 * count / seconds for count in (plainly, invented)]
    print(f"\nInvented words a minute without the song: plain {per_minute[0]:.2f}, ours {per_minute[1]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", nargs="*", default=[], choices=list(LANGUAGES))
    parser.add_argument("--noise", action="store_true", help="count words invented over noise")
    parser.add_argument("--auto", action="store_true", help="also without telling the language")
    parser.add_argument("--show", action="store_true", help="print every hypothesis")
    parser.add_argument("--model", default="whisper-base")
    parser.add_argument("--models", type=Path, default=os.environ.get("LANGSUPPORT_MODELS"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.models is None:
        raise SystemExit("Name the folder of installed models with --models or LANGSUPPORT_MODELS.")
    data = data_folder(args.data)
    bench = Bench(Path(args.models), args.model, args.threads)
    try:
        if args.languages:
            speech_table(bench, data, args.languages, args.auto, args.show)
        if args.noise:
            noise_table(bench, data)
    finally:
        bench.core.close()
    facts = {"model": args.model, "hash": model_hash(bench.path), "beam": BEAM, "type": "int8", "device": "cpu"}
    packages = versions("faster-whisper", "ctranslate2", "jiwer", "av", "onnxruntime")
    print("\n" + signature(**facts, threads=args.threads, machine=machine(), **packages))


if __name__ == "__main__":
    main()
