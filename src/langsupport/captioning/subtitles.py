"""Transcripts as files: WebVTT, SubRip, TTML, JSON, plain text and Word. SUBTITLE_FORMATS is the only table of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from langsupport.captioning.minutes import machine_note, write_text
from langsupport.captioning.transcript_docx import write_docx
from langsupport.captioning.transcript_json import write_json
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Cue, Transcript

_RIGHT_TO_LEFT_MARK = "\u200f"
_NOT_XML = re.compile("[^\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class SubtitleFormat:
    """`write` gives the whole file; what is text is in UTF-8."""

    name: str
    extension: str
    media_type: str
    write: Callable[[Transcript], bytes]


def write_vtt(transcript: Transcript) -> str:
    """WebVTT (W3C): cue ids, voices, escaped text; the mark, agenda items and notes as NOTE blocks."""
    blocks = ["WEBVTT"]
    if note := machine_note(transcript):
        blocks.append(_note(note))
    notes = list(transcript.notes)
    item = ""
    for cue in transcript.cues:
        while notes and notes[0].at_ms <= cue.start_ms:
            blocks.append(_note(notes.pop(0).text))
        if cue.item != item:
            item = cue.item
            blocks += [_note(f"chapter {_stamp(cue.start_ms)} {item}")] if item else []
        lines = "\n".join(escape(line) for line in _directed(cue, transcript.language))
        voice = f"<v {_annotation(cue.speaker)}>" if cue.speaker else ""
        if cue.language:
            lines = f"<lang {LANGUAGES[cue.language].bcp47}>{lines}</lang>"
        blocks.append(f"{cue.id}\n{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}\n{voice}{lines}")
    blocks += [_note(note.text) for note in notes]
    return "\n\n".join(blocks) + "\n"


def _note(text: str) -> str:
    """A comment may hold neither an empty line nor an arrow."""
    return "NOTE " + " ".join(text.split()).replace("-->", "--›")


def _annotation(name: str) -> str:
    return escape(" ".join(name.split()))


def write_srt(transcript: Transcript) -> str:
    """SubRip: numbers instead of ids, a decimal comma, no escaping (angle brackets would be read as tags)."""
    blocks = []
    for number, cue in enumerate(transcript.cues, start=1):
        lines = "\n".join(_without_tags(line) for line in _directed(cue, transcript.language))
        blocks.append(f"{number}\n{_stamp(cue.start_ms, ',')} --> {_stamp(cue.end_ms, ',')}\n{lines}\n")
    return "\n".join(blocks)


def write_ttml(transcript: Transcript) -> str:
    """TTML2 in the IMSC 1.1 text profile: one region at the bottom, xml:lang, right-to-left where it is written so."""
    record = LANGUAGES[transcript.language]
    note = machine_note(transcript)
    description = f"\n      <ttm:desc>{escape(note)}</ttm:desc>" if note else ""
    title = transcript.meeting.title if transcript.meeting else record.endonym
    agents = {name: f"a{number}" for number, name in enumerate(_speakers(transcript), start=1)}
    people = "".join(
        f'\n      <ttm:agent xml:id="{agent}" type="person">'
        f'<ttm:name type="full">{_clean_xml(name)}</ttm:name></ttm:agent>'
        for name, agent in agents.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xml:lang={quoteattr(record.bcp47)} ttp:timeBase="media" ttp:cellResolution="32 15"
    ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text">
  <head>
    <metadata>
      <ttm:title>{_clean_xml(title)}</ttm:title>{description}{people}
    </metadata>
    <styling>
      <style xml:id="s1" tts:color="white" tts:backgroundColor="black" tts:fontFamily="proportionalSansSerif"
             tts:fontSize="100%" tts:textAlign="center" tts:direction="{record.direction}"/>
    </styling>
    <layout>
      <region xml:id="r1" tts:origin="10% 80%" tts:extent="80% 15%" tts:displayAlign="after"/>
    </layout>
  </head>
  <body style="s1" region="r1">
{_ttml_divisions(transcript, agents)}
  </body>
</tt>
"""


def _speakers(transcript: Transcript) -> list[str]:
    return list(dict.fromkeys(cue.speaker for cue in transcript.cues if cue.speaker))


def _ttml_divisions(transcript: Transcript, agents: Mapping[str, str]) -> str:
    """One for each stretch of an agenda item, titled with it."""
    runs: list[tuple[str, list[str]]] = []
    for cue in transcript.cues:
        if not runs or runs[-1][0] != cue.item:
            runs.append((cue.item, []))
        runs[-1][1].append(_ttml_paragraph(cue, agents))
    divisions = []
    for item, paragraphs in runs or [("", [])]:
        title = f"\n      <metadata><ttm:title>{_clean_xml(item)}</ttm:title></metadata>" if item else ""
        divisions.append("    <div>" + title + "\n" + "\n".join(paragraphs) + "\n    </div>")
    return "\n".join(divisions)


def _ttml_paragraph(cue: Cue, agents: Mapping[str, str]) -> str:
    text = "<br/>".join(_clean_xml(line) for line in cue.lines)
    attributes = f'xml:id={quoteattr(cue.id)} begin="{_stamp(cue.start_ms)}" end="{_stamp(cue.end_ms)}"'
    if cue.speaker:
        attributes += f' ttm:agent="{agents[cue.speaker]}"'
    if cue.language:
        record = LANGUAGES[cue.language]
        attributes += f' xml:lang="{record.bcp47}" tts:direction="{record.direction}"'
    return f"      <p {attributes}>{text}</p>"


def _directed(cue: Cue, language: str) -> tuple[str, ...]:
    """In a right-to-left language a line that does not begin so gets a mark, or players would turn it round."""
    if LANGUAGES[cue.language or language].direction != "rtl":
        return cue.lines
    return tuple(line if _first_strong(line) in ("R", "AL", "") else _RIGHT_TO_LEFT_MARK + line for line in cue.lines)


def _first_strong(line: str) -> str:
    return next((b for b in map(unicodedata.bidirectional, line) if b in ("L", "R", "AL")), "")


def _without_tags(line: str) -> str:
    return line.replace("<", "‹").replace(">", "›")


def _clean_xml(line: str) -> str:
    """Escaped; control characters may not stand in XML."""
    return escape(_NOT_XML.sub("", line))


def _stamp(at_ms: int, mark: str = ".") -> str:
    seconds, rest = divmod(at_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{rest:03}"


def _encoded(write: Callable[[Transcript], str]) -> Callable[[Transcript], bytes]:
    return lambda transcript: write(transcript).encode()


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

SUBTITLE_FORMATS: Mapping[str, SubtitleFormat] = MappingProxyType(
    {
        "vtt": SubtitleFormat("WebVTT", ".vtt", "text/vtt", _encoded(write_vtt)),
        "srt": SubtitleFormat("SubRip", ".srt", "application/x-subrip", _encoded(write_srt)),
        "ttml": SubtitleFormat("TTML", ".ttml", "application/ttml+xml", _encoded(write_ttml)),
        "json": SubtitleFormat("JSON", ".json", "application/json", _encoded(write_json)),
        "txt": SubtitleFormat("Plain text", ".txt", "text/plain", _encoded(write_text)),
        "docx": SubtitleFormat("Word", ".docx", _WORD, write_docx),
    }
)
