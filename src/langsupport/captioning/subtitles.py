"""Transcripts as files: WebVTT, SubRip, TTML, JSON and plain text. SUBTITLE_FORMATS is the only table of them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Cue, Transcript, Utterance, Word

MACHINE_NOTES: dict[str, str] = {
    "ar": "ترجمة آلية لم تُراجَع",
    "zh": "机器翻译，未经审校",
    "en": "Machine translation, not reviewed",
    "fr": "Traduction automatique, non révisée",
    "ru": "Машинный перевод, не проверен",
    "es": "Traducción automática, no revisada",
}
"""The mark of a machine translation, in the language of the file."""

PARAGRAPH_PAUSE_MS = 2_000
PARAGRAPH_CHARS = 700
_SENTENCE_ENDS = ".!?…。！？؟"
_RIGHT_TO_LEFT_MARK = "\u200f"

JSON_FORMAT = "langsupport-transcript"
JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class SubtitleFormat:
    """`write` gives the whole file as text; it is to be stored as UTF-8."""

    name: str
    extension: str
    media_type: str
    write: Callable[[Transcript], str]


def write_vtt(transcript: Transcript) -> str:
    """WebVTT (W3C): cue ids, escaped text, the mark as a NOTE."""
    blocks = ["WEBVTT"]
    if transcript.machine_translated:
        blocks.append(f"NOTE {MACHINE_NOTES[transcript.language]}")
    for cue in transcript.cues:
        lines = "\n".join(escape(line) for line in _directed(cue, transcript.language))
        blocks.append(f"{cue.id}\n{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}\n{lines}")
    return "\n\n".join(blocks) + "\n"


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
    description = ""
    if transcript.machine_translated:
        description = f"\n      <ttm:desc>{escape(MACHINE_NOTES[transcript.language])}</ttm:desc>"
    paragraphs = "\n".join(_ttml_paragraph(cue) for cue in transcript.cues)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xml:lang={quoteattr(record.bcp47)} ttp:timeBase="media" ttp:cellResolution="32 15"
    ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text">
  <head>
    <metadata>
      <ttm:title>{escape(record.endonym)}</ttm:title>{description}
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
    <div>
{paragraphs}
    </div>
  </body>
</tt>
"""


def _ttml_paragraph(cue: Cue) -> str:
    text = "<br/>".join(escape(_clean_xml(line)) for line in cue.lines)
    begin, end = _stamp(cue.start_ms), _stamp(cue.end_ms)
    return f'      <p xml:id={quoteattr(cue.id)} begin="{begin}" end="{end}">{text}</p>'


def write_json(transcript: Transcript) -> str:
    """See `to_dict` for the schema."""
    return json.dumps(to_dict(transcript), ensure_ascii=False, indent=2) + "\n"


def to_dict(transcript: Transcript) -> dict[str, Any]:
    """A transcript as plain data.

    `format`, `version`; `language`; `duration_ms`; `machine_translated`; `cues`: [{id, start_ms, end_ms, lines,
    revision}]; `utterances` (only in the spoken language): [{start_ms, end_ms, text, language, words: [{start_ms,
    end_ms, text, probability}], log_probability, no_speech_probability, compression_ratio, tokens}];
    `findings`: [{code, severity, message, template, fields, unit_id, segment_index}].
    """
    return {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "language": transcript.language,
        "duration_ms": transcript.duration_ms,
        "machine_translated": transcript.machine_translated,
        "cues": [{**asdict(cue), "lines": list(cue.lines)} for cue in transcript.cues],
        "utterances": [asdict(utterance) for utterance in transcript.utterances],
        "findings": [_finding_dict(finding) for finding in transcript.findings],
    }


def from_dict(data: Mapping[str, Any]) -> Transcript:
    """The transcript that `to_dict` wrote."""
    return Transcript(
        language=data["language"],
        duration_ms=data["duration_ms"],
        cues=tuple(Cue(**{**cue, "lines": tuple(cue["lines"])}) for cue in data["cues"]),
        utterances=tuple(
            Utterance(**{**item, "words": tuple(Word(**word) for word in item["words"])}) for item in data["utterances"]
        ),
        machine_translated=data["machine_translated"],
        findings=tuple(
            Finding(
                item["code"],
                Severity(item["severity"]),
                item["template"],
                item["fields"],
                item["unit_id"],
                item["segment_index"],
            )
            for item in data["findings"]
        ),
    )


def _finding_dict(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "template": finding.template,
        "fields": dict(finding.fields),
        "unit_id": finding.unit_id,
        "segment_index": finding.segment_index,
    }


def write_text(transcript: Transcript) -> str:
    """The words in paragraphs: a new one after a long pause, or after a sentence when one grows long."""
    paragraphs: list[str] = [MACHINE_NOTES[transcript.language]] if transcript.machine_translated else []
    current = ""
    end_ms = 0
    for cue in transcript.cues:
        full = len(current) > PARAGRAPH_CHARS and current.endswith(tuple(_SENTENCE_ENDS))
        if current and (full or cue.start_ms - end_ms > PARAGRAPH_PAUSE_MS):
            paragraphs.append(current)
            current = ""
        for line in cue.lines:
            current = join_text(current, line)
        end_ms = cue.end_ms
    if current:
        paragraphs.append(current)
    return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


def join_text(left: str, right: str) -> str:
    """Two pieces of running text with a space between them, unless both sides are Chinese."""
    if not left or not right:
        return left + right
    chinese = [unicodedata.east_asian_width(c) in "WF" for c in (left[-1], right[0])]
    return left + right if all(chinese) else f"{left} {right}"


def _directed(cue: Cue, language: str) -> tuple[str, ...]:
    """In a right-to-left language a line that does not begin so gets a mark, or players would turn it round."""
    if LANGUAGES[language].direction != "rtl":
        return cue.lines
    return tuple(line if _first_strong(line) in ("R", "AL", "") else _RIGHT_TO_LEFT_MARK + line for line in cue.lines)


def _first_strong(line: str) -> str:
    return next((b for b in map(unicodedata.bidirectional, line) if b in ("L", "R", "AL")), "")


def _without_tags(line: str) -> str:
    return line.replace("<", "‹").replace(">", "›")


def _clean_xml(line: str) -> str:
    """Control characters may not stand in XML."""
    return "".join(c for c in line if c >= " " or c == "\t")


def _stamp(at_ms: int, mark: str = ".") -> str:
    seconds, rest = divmod(at_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{rest:03}"


SUBTITLE_FORMATS: Mapping[str, SubtitleFormat] = MappingProxyType(
    {
        "vtt": SubtitleFormat("WebVTT", ".vtt", "text/vtt", write_vtt),
        "srt": SubtitleFormat("SubRip", ".srt", "application/x-subrip", write_srt),
        "ttml": SubtitleFormat("TTML", ".ttml", "application/ttml+xml", write_ttml),
        "json": SubtitleFormat("JSON", ".json", "application/json", write_json),
        "txt": SubtitleFormat("Plain text", ".txt", "text/plain", write_text),
    }
)
