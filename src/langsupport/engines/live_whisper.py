"""Whisper for live windows: one encoding, one greedy pass, word times; several windows at once where they fit together.

A window is filled up to the next of BUCKETS_MS, not to the 30 s that Whisper was trained on. With at least 10 s, and
one second beyond the sound, the words are as good (36 clips of up to 28 s in English and French, Whisper base) and
the encoder, which is most of the work on a CPU, takes a fifth of the time; with less it goes astray.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langsupport.domain.speech import SAMPLE_RATE, Utterance, Word
from langsupport.engines.protocols import Hearing, HearingRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

BUCKETS_MS = (10_000, 15_000, 20_000, 30_000)
TAIL_MS = 1_000
"""Silence after the sound that a bucket must have room for."""
MAX_PROMPT_TOKENS = 120
"""Of glossary and context together; the model's own limit is 223."""
PROMPT_STEP = 16
"""Prompts are cut to multiples of this, since windows in a batch must have prompts of one length."""
TOKENS_PER_SECOND = 12
"""Twice what fast speech needs: a hypothesis that goes on beyond it has run away."""
MIN_TOKENS = 24
_FRAMES_PER_SECOND = 100
_MAX_INITIAL_TIMESTAMP = 50
_PREPENDED = "\"'“¿([{-«"
_APPENDED = "\"'.。,，!！?？:：”)]}、»؟،؛…"


@dataclass(frozen=True, slots=True)
class _Group:
    """What windows must share to be heard together."""

    bucket_ms: int
    prompt_tokens: int
    beam_size: int


def listen(whisper: Any, languages: Sequence[str], requests: Sequence[HearingRequest]) -> list[Hearing]:
    """One result for each request, in order. `whisper` is a faster_whisper.WhisperModel; `languages` it tells apart.

    May raise what CTranslate2 raises; the caller turns that into ours.
    """
    prompts = [_prompt_tokens(whisper, request) for request in requests]
    groups: dict[_Group, list[int]] = defaultdict(list)
    for index, (request, prompt) in enumerate(zip(requests, prompts, strict=True)):
        groups[_Group(bucket_ms(len(request.window.samples)), len(prompt), request.beam_size)].append(index)
    found: dict[int, Hearing] = {}
    for group, indices in groups.items():
        together = [requests[index] for index in indices]
        results = _hear(whisper, languages, group, together, [prompts[index] for index in indices])
        found.update(zip(indices, results, strict=True))
    return [found[index] for index in range(len(requests))]


def bucket_ms(samples: int) -> int:
    """The length that a window of so many samples is filled up to."""
    wanted = samples * 1000 // SAMPLE_RATE + TAIL_MS
    return next((bucket for bucket in BUCKETS_MS if bucket >= wanted), BUCKETS_MS[-1])


def _prompt_tokens(whisper: Any, request: HearingRequest) -> list[int]:
    """Glossary and context as tokens; in multiples of PROMPT_STEP where there are more, the oldest context goes."""
    glossary = _encode(whisper, request.prompt)[: MAX_PROMPT_TOKENS * 2 // 3]
    room = MAX_PROMPT_TOKENS - len(glossary)
    context = _encode(whisper, request.context)[-room:]
    surplus = (len(glossary) + len(context)) % PROMPT_STEP
    if surplus < len(context):
        return glossary + context[surplus:]
    return (glossary + context)[: len(glossary) + len(context) - surplus] or glossary + context


def _encode(whisper: Any, text: str) -> list[int]:
    return list(whisper.hf_tokenizer.encode(" " + text.strip(), add_special_tokens=False).ids) if text.strip() else []


def _hear(
    whisper: Any,
    languages: Sequence[str],
    group: _Group,
    requests: Sequence[HearingRequest],
    prompts: Sequence[list[int]],
) -> list[Hearing]:
    encoded = whisper.encode(_features(whisper, requests, group.bucket_ms))
    told = _told(whisper, languages, requests, encoded)
    tokenizers = {code: _tokenizer(whisper, code) for code, _ in told}
    starts = []
    for (code, _), prompt in zip(told, prompts, strict=True):
        tokenizer = tokenizers[code]
        starts.append(([tokenizer.sot_prev, *prompt] if prompt else []) + list(tokenizer.sot_sequence))
    longest_ms = max(len(request.window.samples) for request in requests) * 1000 // SAMPLE_RATE
    room = max(MIN_TOKENS, longest_ms * TOKENS_PER_SECOND // 1000)
    generated = whisper.model.generate(
        encoded,
        starts,
        beam_size=group.beam_size,
        max_length=min(whisper.max_length, len(starts[0]) + room),
        return_scores=True,
        return_no_speech_prob=True,
        max_initial_timestamp_index=_MAX_INITIAL_TIMESTAMP,
    )
    texts = [
        [token for token in result.sequences_ids[0] if token < tokenizers[code].eot]
        for result, (code, _) in zip(generated, told, strict=True)
    ]
    words = _aligned(whisper, tokenizers, encoded, requests, texts, [code for code, _ in told])
    return [
        Hearing(_utterances(request, result, tokens, spoken, code), code, probabilities)
        for request, result, tokens, spoken, (code, probabilities) in zip(
            requests, generated, texts, words, told, strict=True
        )
    ]


def _features(whisper: Any, requests: Sequence[HearingRequest], length_ms: int) -> Any:
    import numpy as np

    frames = length_ms * _FRAMES_PER_SECOND // 1000
    filled = np.zeros((len(requests), length_ms * SAMPLE_RATE // 1000), dtype=np.float32)
    for row, request in zip(filled, requests, strict=True):
        samples = request.window.samples[: len(row)]
        row[: len(samples)] = samples
    return np.stack([whisper.feature_extractor(row, padding=0)[:, :frames] for row in filled])


def _told(
    whisper: Any, languages: Sequence[str], requests: Sequence[HearingRequest], encoded: Any
) -> list[tuple[str, Mapping[str, float]]]:
    """The language of each window, and the share of each candidate where it was asked for or had to be told."""
    if not any(request.language is None or request.detect for request in requests) or len(languages) == 1:
        return [(request.language or languages[0], {}) for request in requests]
    told: list[tuple[str, Mapping[str, float]]] = []
    for request, found in zip(requests, whisper.model.detect_language(encoded), strict=True):
        every = {token[2:-2]: float(probability) for token, probability in found}
        mine = {code: every.get(code, 0.0) for code in request.candidates if code in languages}
        total = sum(mine.values())
        shares = {code: value / total if total > 0 else 1 / len(mine) for code, value in mine.items()}
        told.append((request.language or max(shares, key=lambda code: shares[code]), shares))
    return told


def _tokenizer(whisper: Any, language: str) -> Any:
    from faster_whisper.tokenizer import Tokenizer

    return Tokenizer(whisper.hf_tokenizer, whisper.model.is_multilingual, task="transcribe", language=language)


def _aligned(
    whisper: Any,
    tokenizers: Mapping[str, Any],
    encoded: Any,
    requests: Sequence[HearingRequest],
    texts: Sequence[list[int]],
    codes: Sequence[str],
) -> list[list[dict[str, Any]]]:
    """Words with times (seconds in the window), by the cross-attention; one run over all for each language."""
    from faster_whisper.transcribe import merge_punctuations

    frames = [max(2, len(request.window.samples) * _FRAMES_PER_SECOND // SAMPLE_RATE) for request in requests]
    words: list[list[dict[str, Any]]] = [[] for _ in requests]
    for code in dict.fromkeys(code for code, text in zip(codes, texts, strict=True) if text):
        found = whisper.find_alignment(tokenizers[code], list(texts), encoded, frames)
        for index, spoken in enumerate(found):
            if codes[index] == code and spoken:
                merge_punctuations(spoken, _PREPENDED, _APPENDED)
                words[index] = [word for word in spoken if word["word"]]
    return words


def _utterances(
    request: HearingRequest, result: Any, tokens: Sequence[int], spoken: Sequence[Mapping[str, Any]], language: str
) -> tuple[Utterance, ...]:
    """All of a window as one utterance; () where nothing was heard."""
    text = "".join(word["word"] for word in spoken).strip()
    if not text:
        return ()
    start_ms = request.window.start_ms
    duration_ms = len(request.window.samples) * 1000 // SAMPLE_RATE

    def place(seconds: float) -> int:
        return start_ms + min(max(0, round(float(seconds) * 1000)), duration_ms)

    words = tuple(Word(place(w["start"]), place(w["end"]), w["word"], float(w["probability"])) for w in spoken)
    raw = text.encode()
    return (
        Utterance(
            words[0].start_ms,
            words[-1].end_ms,
            text,
            language,
            words,
            log_probability=float(result.scores[0]),
            no_speech_probability=float(result.no_speech_prob),
            compression_ratio=len(raw) / len(zlib.compress(raw)),
            tokens=len(tokens),
        ),
    )
