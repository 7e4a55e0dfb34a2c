"""Meetings built from real recordings: joined with pauses, so that it is known who speaks which language when.

Everything is seeded: the same seed and data give the same samples. Sound is mono float32 at 16 kHz. Each recording is
brought to the same loudness (`SPEECH_DBFS` over its loud parts, peaks below full scale), pauses are faint noise.

    python benchmarks/common/meeting.py --kind six --seed 1 --out meeting.wav     # to listen to one
"""

from __future__ import annotations

import argparse
import random
import sys
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.clips import Clip, clips, noises
from common.corpora import data_folder
from langsupport.captioning.audio import decode
from langsupport.domain.speech import SAMPLE_RATE

Samples = NDArray[np.float32]

SPEECH_DBFS = -23.0
PAUSE_DBFS = -75.0
PEAK = 0.95
PAUSE_SECONDS = (0.6, 1.5)
BLOCK_SECONDS = (30.0, 60.0)
"""How long one language is spoken before the next takes the floor (six languages)."""
LONG_ENGLISH = ("en/ljspeech_LJ001_3m50.flac", "en/columbia_bush_3m18.wma", "en/gentle_lucier_100s.mp3")
"""The three longest recordings with a reference: a reader, a speech, slow speech with a stutter."""
RECITATION = "quran"
"""In the file names of recordings that no meeting sounds like."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One recording's place on the meeting's clock."""

    language: str
    start_ms: int
    end_ms: int
    reference: str
    clip: str
    made: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    name: str
    samples: Samples
    turns: tuple[Turn, ...]

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // SAMPLE_RATE

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(turn.language for turn in self.turns))

    @property
    def language(self) -> str | None:
        """The one language, None if there are several."""
        return self.languages[0] if len(self.languages) == 1 else None

    @property
    def reference(self) -> str:
        return " ".join(turn.reference for turn in self.turns)

    def blocks(self) -> list[tuple[int, int, str]]:
        """(start_ms, end_ms, language): turns in the same language in a row are one block."""
        result: list[tuple[int, int, str]] = []
        for turn in self.turns:
            if result and result[-1][2] == turn.language:
                result[-1] = (result[-1][0], turn.end_ms, turn.language)
            else:
                result.append((turn.start_ms, turn.end_ms, turn.language))
        return result

    def cut(self, seconds: float) -> Meeting:
        """Its beginning: whole recordings while they fit, at least one."""
        kept = [turn for turn in self.turns if turn.end_ms <= seconds * 1000] or list(self.turns[:1])
        last = kept[-1].end_ms + 1000
        return replace(self, samples=self.samples[: last * SAMPLE_RATE // 1000], turns=tuple(kept))


def load(path: Path) -> Samples:
    """A recording at the meeting's loudness."""
    with decode(path, path.name) as recording:
        return level(np.array(recording.samples, dtype=np.float32))


def level(samples: Samples) -> Samples:
    """The loud half of its 20 ms frames at SPEECH_DBFS, unless a peak would clip. Silence stays silence."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    power = np.sort((frames.astype(np.float64) ** 2).mean(axis=1))[len(frames) // 2 :] if len(frames) else np.zeros(1)
    loud = float(np.sqrt(power.mean()))
    if loud < 1e-4:
        return samples
    gain = min(10 ** (SPEECH_DBFS / 20) / loud, PEAK / max(1e-9, float(np.abs(samples).max())))
    return (samples * np.float32(gain)).astype(np.float32)


def join(name: str, chosen: Sequence[Clip], seed: int) -> Meeting:
    """One after the other with pauses."""
    moments, grain = random.Random(f"{name}{seed}"), np.random.default_rng(seed)
    parts: list[Samples] = []
    turns: list[Turn] = []
    position = 0

    def add(samples: Samples) -> None:
        nonlocal position
        parts.append(samples)
        position += len(samples)

    def pause() -> None:
        size = int(moments.uniform(*PAUSE_SECONDS) * SAMPLE_RATE)
        add((grain.standard_normal(size) * 10 ** (PAUSE_DBFS / 20)).astype(np.float32))

    pause()
    for clip in chosen:
        start = position
        add(load(clip.path))
        start_ms, end_ms = start * 1000 // SAMPLE_RATE, position * 1000 // SAMPLE_RATE
        text = " ".join(clip.reference.split())
        turns.append(Turn(clip.language, start_ms, end_ms, text, clip.path.name, clip.made))
        pause()
    pause()
    return Meeting(name, np.concatenate(parts), tuple(turns))


def one_language(data: Path, language: str, seed: int = 1) -> Meeting:
    """All recordings of a language that have a reference, the long English ones and recitations left out."""
    chosen = [c for c in clips(data, language) if f"{language}/{c.path.name}" not in LONG_ENGLISH]
    chosen = [c for c in chosen if RECITATION not in c.path.name]
    random.Random(seed).shuffle(chosen)
    return join(language, chosen, seed)


def recitations(data: Path, seed: int = 1) -> Meeting:
    """Arabic as the test data have it: mostly recitation, which no model for speech was made for."""
    return join("ar-recited", [c for c in clips(data, "ar") if RECITATION in c.path.name], seed)


def six_languages(data: Path, seed: int = 1, blocks: int = 12) -> Meeting:
    """The floor goes round: every 30 to 60 s another language, in a new order each time, ten minutes in all.

    Machines' voices read Russian, of which there are nine seconds otherwise, and the end of what is said in Arabic;
    `Turn.made` says so. A language that has run out of recordings says them again.
    """
    order = random.Random(seed)
    pools = {code: _pool(data, code, order) for code in ("en", "fr", "es", "ru", "zh", "ar")}
    chosen: list[Clip] = []
    before = ""
    while blocks:
        round_ = list(pools)
        order.shuffle(round_)
        if round_[0] == before:
            round_.append(round_.pop(0))
        for code in round_[:blocks]:
            chosen += _block(pools[code], order)
            before = code
            blocks -= 1
    return join("six", chosen, seed)


def _pool(data: Path, language: str, order: random.Random) -> list[Clip]:
    found = list(clips(data, language, made=language in ("ru", "ar")))
    found = [clip for clip in found if RECITATION not in clip.path.name and clip.seconds < BLOCK_SECONDS[1]]
    order.shuffle(found)
    return sorted(found, key=lambda clip: clip.made)  # people first


def _block(pool: list[Clip], order: random.Random) -> list[Clip]:
    """Takes what it uses from the front of the pool and puts it at its end."""
    pause = sum(PAUSE_SECONDS) / 2
    wanted, got, result = order.uniform(*BLOCK_SECONDS), 0.0, []
    while got < BLOCK_SECONDS[0] or got < wanted - 5:
        room = BLOCK_SECONDS[1] - got
        fits = next((clip for clip in pool if clip.seconds + pause <= room and clip not in result), None)
        if fits is None:
            break
        pool.remove(fits)
        pool.append(fits)
        result.append(fits)
        got += fits.seconds + pause
    return result


def long_english(data: Path, seed: int = 1) -> list[Meeting]:
    """The three long recordings, each a meeting of its own."""
    by_name = {f"en/{clip.path.name}": clip for clip in clips(data, "en")}
    return [join(Path(name).stem, [by_name[name]], seed) for name in LONG_ENGLISH]


def noise(data: Path, seed: int = 1) -> Meeting:
    """Nobody speaks: one file after the other at the loudness that they have."""
    chosen = [Clip(path, "en", "") for path in noises(data)]
    random.Random(seed).shuffle(chosen)
    silence = np.zeros(SAMPLE_RATE, dtype=np.float32)
    parts: list[Samples] = [silence]
    for clip in chosen:
        with decode(clip.path, clip.path.name) as recording:
            parts += [np.array(recording.samples, dtype=np.float32), silence]
    return Meeting("noise", np.concatenate(parts), ())


def repeated(meeting: Meeting, seconds: float) -> Iterator[Samples]:
    """The meeting again and again, in pieces of 100 ms, for `seconds`; never more than one of it in memory."""
    frame = SAMPLE_RATE // 10
    for number in range(int(seconds * 10)):
        start = number * frame % max(frame, len(meeting.samples) - frame)
        yield meeting.samples[start : start + frame]


def build(data: Path, kind: str, seed: int = 1) -> list[Meeting]:
    """By name: a language, `six`, `long`, `noise`, `ar-recited`."""
    if kind == "six":
        return [six_languages(data, seed)]
    if kind == "long":
        return long_english(data, seed)
    if kind == "noise":
        return [noise(data, seed)]
    return [recitations(data, seed)] if kind == "ar-recited" else [one_language(data, kind, seed)]


KINDS = ("en", "es", "fr", "ru", "zh", "ar", "ar-recited", "six", "long", "noise")


def write_wav(path: Path, samples: Samples) -> None:
    """16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm(samples))


def pcm(samples: Samples) -> bytes:
    """Signed 16-bit little-endian."""
    return (np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, default="six")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    for meeting in build(data_folder(args.data), args.kind, args.seed):
        print(f"{meeting.name}: {meeting.duration_ms / 1000:.1f} s, {len(meeting.turns)} recordings")
        for start, end, language in meeting.blocks():
            print(f"  {start / 1000:7.1f} {end / 1000:7.1f}  {language}")
        if args.out:
            write_wav(args.out.with_stem(f"{args.out.stem}-{meeting.name}"), meeting.samples)


if __name__ == "__main__":
    main()
