"""How live captions are made: every figure that can be tuned, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Times in milliseconds of sound. benchmarks/latency says what the defaults reach."""

    cadence_ms: int = 1_000  # new sound between two hearings of an utterance that goes on
    margin_ms: int = 500  # a word is committed only if it ends so long before the end of what was heard
    tail_margin_ms: int = 200  # what ends later than so long before the end is not even shown as a tail
    voice_threshold: float = 0.5  # a voice begins at this probability …
    voice_release: float = 0.35  # … and ends below this one
    min_silence_ms: int = 600  # so long below it ends an utterance
    min_speech_ms: int = 250  # less voice than this is not heard at all
    lead_ms: int = 300  # silence that a window keeps before the voice
    weak_confidence: float = 0.8  # of a voice: below it words must be sure; a live window has less to go by than a file
    faint_margin: float = 0.0  # and the surer the fainter the voice is below that
    target_window_ms: int = 12_000  # beyond it, what is committed is cut off the window
    max_window_ms: int = 28_000  # never more than this is heard at once
    force_after_ms: int = 5_000  # words that wait for so long are committed as they are
    max_cue_chars: int = 160  # a cue longer than this ends at the next word (Chinese: a third of it)
    max_cue_ms: int = 15_000
    switch_probability: float = 0.8  # of another language, to be believed …
    switch_agreements: int = 2  # … if so many hearings in a row say so
    min_language_ms: int = 1_200  # with less speech the language is not told
