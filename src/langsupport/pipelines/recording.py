"""A recording in, a transcript with captions out; and a transcript in another language."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from langsupport.captioning import audio, cues, guards, windows
from langsupport.captioning.minutes import join_text
from langsupport.captioning.windows import Piece
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.languages import language as language_record
from langsupport.domain.speech import Cue, Provenance, Transcript, Utterance
from langsupport.domain.units import CodedText, Segment, with_unit
from langsupport.engines.protocols import Inference, Lane, Progress
from langsupport.errors import UnsupportedLanguage
from langsupport.pipelines.hearing import Heard, HearingOptions, hear
from langsupport.pipelines.translation import translate_segments
from langsupport.text.sentences import split_sentences

MAX_REJECTION_FINDINGS = 20
"""More rejected passages than this are only counted."""
MAX_SENTENCE_GAP_MS = 3_000
"""No sentence runs over a longer silence."""
MAX_SENTENCE_CHARS = 600
"""A longer “sentence” (speech without punctuation) is cut where a cue ends."""


def recognize(
    source: Path | BinaryIO,
    name: str,
    inference: Inference,
    language: str | None,
    lane: Lane,
    progress: Progress | None = None,
    prompt: str = "",
) -> Transcript:
    """Captions of a recording in the language that is spoken.

    `language` None: told from the sound, piece by piece, so that a change is followed. `progress` gets
    (milliseconds done, milliseconds in all). A recording without speech gives a transcript without cues
    and the finding `no-speech`.

    Raises:
        EmptyInput, NoAudio, DamagedFile, UnsupportedFormat, InputTooLarge, DiskFull: as captioning.audio.decode.
        UnsupportedLanguage: `language`, or what is spoken all the way, is none of the six.
        ModelMissing, QueueFull, EngineFailure, Cancelled: from the inference core.
    """
    given = language_record(language, name=name).code if language else None
    with audio.decode(source, name) as recording:
        heard = hear(recording.samples, inference, HearingOptions(given, lane, prompt), progress=progress)
        if heard.foreign:
            raise _foreign(name, heard.pieces)
        if progress is not None:
            progress(recording.duration_ms, recording.duration_ms)
        findings = [*recording.findings, *_findings(heard)]
        return _transcript(heard, given, recording.duration_ms, findings)


def _foreign(name: str, pieces: Sequence[Piece]) -> UnsupportedLanguage:
    heard = Counter(piece.language for piece in pieces).most_common(1)[0][0]
    return UnsupportedLanguage(name=name, detail=f"the language that is spoken seems to be “{heard}”")


def _transcript(heard: Heard, given: str | None, duration_ms: int, findings: list[Finding]) -> Transcript:
    spoken: Counter[str] = Counter()
    for utterance in heard.utterances:
        spoken[utterance.language] += utterance.end_ms - utterance.start_ms
    main = given or (spoken.most_common(1)[0][0] if spoken else "en")
    if len(spoken) > 1:
        languages = ", ".join(code for code, _ in spoken.most_common())
        findings.append(
            Finding(
                "several-languages",
                Severity.INFO,
                "Several languages are spoken: {languages}.",
                {"languages": languages},
            )
        )
    built = cues.build_cues(heard.utterances, duration_ms)
    return Transcript(main, duration_ms, built, heard.utterances, findings=tuple(findings))


def _findings(heard: Heard) -> list[Finding]:
    findings: list[Finding] = []
    if not heard.utterances:
        findings.append(Finding("no-speech", Severity.WARNING, "No speech was found in the recording."))
    for piece in windows.build_windows([p for p in heard.pieces if p.language not in LANGUAGES]):
        findings.append(
            Finding(
                "language-unsupported",
                Severity.WARNING,
                "From {start} to {end} another language seems to be spoken ({language}); there are no captions.",
                {"start": clock(piece.start_ms), "end": clock(piece.end_ms), "language": piece.language},
            )
        )
    return findings + _rejections(heard.rejected)


def _rejections(rejected: Sequence[guards.Rejected]) -> list[Finding]:
    findings = [
        Finding(
            "caption-rejected",
            Severity.INFO,
            "At {start} a text was left out because it did not seem to have been said ({reason}).",
            {"start": clock(r.utterance.start_ms), "reason": r.reason.value, "text": r.utterance.text[:200]},
        )
        for r in rejected[:MAX_REJECTION_FINDINGS]
    ]
    if len(rejected) > MAX_REJECTION_FINDINGS:
        more = len(rejected) - MAX_REJECTION_FINDINGS
        findings.append(
            Finding(
                "captions-rejected",
                Severity.INFO,
                "{count} more texts were left out because they did not seem to have been said.",
                {"count": more},
            )
        )
    return findings


def clock(at_ms: int) -> str:
    """`1:02:03` or `2:03`, for people."""
    minutes, seconds = divmod(at_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence of a transcript, over one or more cues; `cue_id` is that of the cue where it begins."""

    text: str
    language: str
    start_ms: int
    end_ms: int
    cue_id: str


def translate(
    transcript: Transcript, target: str, inference: Inference, lane: Lane, progress: Progress | None = None
) -> Transcript:
    """The captions in another language.

    Whole sentences are translated, over the borders of cues, and each is shown again within the time it took to
    say, broken by the rules of the target language. A cue's id is that of the source cue in whose time it begins;
    where several do, `-2`, `-3` … follow. Sentences that are already in `target` are kept. `progress` gets
    (sentences done, sentences in all).

    Raises:
        UnsupportedLanguage: `target` is none of the six.
        ModelMissing, QueueFull, EngineFailure, Cancelled: from the core.
    """
    code = language_record(target).code
    found = sentences(transcript)
    if code == transcript.language and all(sentence.language == code for sentence in found):
        return transcript
    segments = [
        Segment(sentence.cue_id, index, CodedText(sentence.text), language=sentence.language)
        for index, sentence in enumerate(found)
    ]
    done = translate_segments(inference, segments, transcript.language, code, lane, progress)
    by_key = {translation.key: translation for translation in done}
    spoken: list[Utterance] = []
    findings: list[Finding] = []
    for sentence, segment in zip(found, segments, strict=True):
        translation = by_key[segment.key]
        text = translation.target.text.strip() or sentence.text
        spoken.append(Utterance(sentence.start_ms, sentence.end_ms, text, code))
        findings += [with_unit(finding, sentence.cue_id, segment.index) for finding in translation.findings]
    built = cues.build_cues(spoken, transcript.duration_ms)
    linked = _linked(built, transcript.cues)
    return Transcript(code, transcript.duration_ms, linked, machine_translated=True, findings=tuple(findings))


def sentences(transcript: Transcript) -> list[Sentence]:
    """The cues' text as whole sentences with their times."""
    languages = _cue_languages(transcript)
    result: list[Sentence] = []
    run: list[Cue] = []
    for index, cue in enumerate(transcript.cues):
        if run and (languages[index] != languages[index - 1] or cue.start_ms - run[-1].end_ms > MAX_SENTENCE_GAP_MS):
            result += _run_sentences(run, languages[index - 1])
            run = []
        run.append(cue)
    return result + (_run_sentences(run, languages[-1]) if run else [])


def _cue_languages(transcript: Transcript) -> list[str]:
    """The language of the utterance in which a cue's middle lies; the transcript's where there are no utterances."""
    starts = [utterance.start_ms for utterance in transcript.utterances]
    result: list[str] = []
    for cue in transcript.cues:
        index = bisect_right(starts, (cue.start_ms + cue.end_ms) // 2) - 1
        result.append(transcript.utterances[max(0, index)].language if starts else transcript.language)
    return result


def _run_sentences(run: Sequence[Cue], language: str) -> list[Sentence]:
    text = ""
    places: list[tuple[int, int, Cue]] = []  # where each cue's text stands
    for cue in run:
        whole = ""
        for line in cue.lines:
            whole = join_text(whole, line)
        joined = join_text(text, whole)
        places.append((len(joined) - len(whole), len(joined), cue))
        text = joined
    result: list[Sentence] = []
    for first, last in _cut_long(split_sentences(text, language), [end for _, end, _ in places]):
        start_ms, end_ms = _time_of(first, places), _time_of(last, places, is_end=True)
        cue_id = places[_place_of(first, places)][2].id
        result.append(Sentence(text[first:last].strip(), language, start_ms, max(start_ms, end_ms), cue_id))
    return result


def _cut_long(spans: Sequence[tuple[int, int]], cue_ends: Sequence[int]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for first, last in spans:
        start = first
        while last - start > MAX_SENTENCE_CHARS:
            ends = [end for end in cue_ends if start < end <= start + MAX_SENTENCE_CHARS]
            cut = ends[-1] if ends else start + MAX_SENTENCE_CHARS
            result.append((start, cut))
            start = cut
        if start < last:
            result.append((start, last))
    return result


def _place_of(position: int, places: Sequence[tuple[int, int, Cue]]) -> int:
    return max(0, bisect_right([first for first, _, _ in places], position) - 1)


def _time_of(position: int, places: Sequence[tuple[int, int, Cue]], *, is_end: bool = False) -> int:
    """When a position in the text is said: within its cue, in proportion to the characters."""
    first, last, cue = places[_place_of(position - 1 if is_end else position, places)]
    share = (min(position, last) - first) / max(1, last - first)
    return cue.start_ms + round((cue.end_ms - cue.start_ms) * max(0.0, share))


def _linked(built: Sequence[Cue], sources: Sequence[Cue]) -> tuple[Cue, ...]:
    starts = [cue.start_ms for cue in sources]
    used: Counter[str] = Counter()
    result: list[Cue] = []
    for cue in built:
        source = sources[max(0, bisect_right(starts, cue.start_ms) - 1)]
        used[source.id] += 1
        count = used[source.id]
        id = source.id if count == 1 else f"{source.id}-{count}"
        result.append(replace(cue, id=id, provenance=Provenance.TRANSLATED))
    return tuple(result)
