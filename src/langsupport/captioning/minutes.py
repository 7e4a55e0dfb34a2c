"""A transcript as one reads it: headings for agenda items, paragraphs with their speakers, gaps and notes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from langsupport.captioning.wording import (
    COLONS,
    MACHINE_NOTES,
    MACHINE_NOTES_CORRECTED,
    TRANSCRIPT_NOTES,
    TRANSCRIPT_NOTES_CORRECTED,
)
from langsupport.domain.speech import Cue, Note, Provenance, Transcript

PARAGRAPH_PAUSE_MS = 2_000
PARAGRAPH_CHARS = 700
_SENTENCE_ENDS = ".!?…。！？؟"


class BlockKind(StrEnum):
    HEADING = "heading"
    SPEECH = "speech"
    NOTE = "note"
    GAP = "gap"  # off the record


@dataclass(frozen=True, slots=True)
class Block:
    """`speaker` stands only in the first paragraph of what somebody says. `corrected`: all of it, by a person."""

    kind: BlockKind
    start_ms: int
    text: str
    language: str
    speaker: str = ""
    corrected: bool = False


def blocks(transcript: Transcript) -> Iterator[Block]:
    """A new paragraph after a long pause, or after a sentence when one grows long, and with every new speaker."""
    item = speaker = ""
    paragraph: list[Cue] = []
    for event in _in_order(transcript):
        said = event if isinstance(event, Cue) and event.provenance is not Provenance.OFF_RECORD else None
        if paragraph and (said is None or _begins(paragraph, said)):
            yield _speech(paragraph, transcript, speaker)
            speaker, paragraph = paragraph[-1].speaker, []
        if isinstance(event, Cue) and event.item != item:
            item, speaker = event.item, ""
            if item:
                yield Block(BlockKind.HEADING, event.start_ms, item, transcript.language)
        if said is not None:
            paragraph.append(said)
        elif isinstance(event, Cue):
            yield Block(BlockKind.GAP, event.start_ms, event.text, transcript.language)
            speaker = ""
        else:
            yield Block(BlockKind.NOTE, event.at_ms, event.text, transcript.language)
            speaker = ""
    if paragraph:
        yield _speech(paragraph, transcript, speaker)


def machine_note(transcript: Transcript) -> str:
    """Which machine wrote it, and whether people corrected it; empty for a recording's captions as they were spoken."""
    corrected = any(cue.provenance is Provenance.CORRECTED for cue in transcript.cues)
    if transcript.machine_translated:
        return (MACHINE_NOTES_CORRECTED if corrected else MACHINE_NOTES)[transcript.language]
    if transcript.meeting is None:
        return ""
    return (TRANSCRIPT_NOTES_CORRECTED if corrected else TRANSCRIPT_NOTES)[transcript.language]


def write_text(transcript: Transcript) -> str:
    """Minutes: “Speaker: …”, agenda items underlined."""
    parts: list[str] = []
    if transcript.meeting is not None:
        parts.append(" – ".join(filter(None, (transcript.meeting.code, transcript.meeting.title))))
    parts.append(machine_note(transcript))
    for block in blocks(transcript):
        if block.kind is BlockKind.HEADING:
            parts.append(f"{block.text}\n{'-' * _columns(block.text)}")
        elif block.kind is BlockKind.NOTE:
            parts.append(f"({block.text})")
        elif block.speaker:
            parts.append(block.speaker + COLONS[transcript.language] + block.text)
        else:
            parts.append(block.text)
    return "\n\n".join(filter(None, parts)) + "\n" if any(parts) else ""


def join_text(left: str, right: str) -> str:
    """Two pieces of running text with a space between them, unless both sides are Chinese or one is its punctuation."""
    if not left or not right:
        return left + right
    sides = [c for c in (left[-1], right[0]) if unicodedata.east_asian_width(c) in "WF"]
    return left + right if len(sides) == 2 or not all(map(str.isalnum, sides)) else f"{left} {right}"


def joined(cues: list[Cue]) -> str:
    """The text of cues in one piece."""
    text = ""
    for cue in cues:
        for line in cue.lines:
            text = join_text(text, line)
    return text


def _in_order(transcript: Transcript) -> list[Cue | Note]:
    events: list[tuple[int, int, Cue | Note]] = [(note.at_ms, 0, note) for note in transcript.notes]
    events += [(cue.start_ms, 1, cue) for cue in transcript.cues]
    return [event for _, _, event in sorted(events, key=lambda entry: entry[:2])]


def _begins(paragraph: list[Cue], cue: Cue) -> bool:
    """Whether a cue begins another paragraph."""
    last = paragraph[-1]
    if (last.speaker, last.item, last.language) != (cue.speaker, cue.item, cue.language):
        return True
    if cue.start_ms - last.end_ms > PARAGRAPH_PAUSE_MS:
        return True
    text = joined(paragraph)
    return len(text) > PARAGRAPH_CHARS and text.endswith(tuple(_SENTENCE_ENDS))


def _speech(paragraph: list[Cue], transcript: Transcript, speaker: str) -> Block:
    first = paragraph[0]
    return Block(
        kind=BlockKind.SPEECH,
        start_ms=first.start_ms,
        text=joined(paragraph),
        language=first.language or transcript.language,
        speaker=first.speaker if first.speaker != speaker else "",
        corrected=all(cue.provenance is Provenance.CORRECTED for cue in paragraph),
    )


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
