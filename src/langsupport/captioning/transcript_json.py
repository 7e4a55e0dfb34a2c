"""A transcript as plain data: everything that is known of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.speech import Cue, Meeting, Note, Provenance, Transcript, Utterance, Word

JSON_FORMAT = "langsupport-transcript"
JSON_VERSION = 2
"""Version 1 had no meeting, no notes, and of a cue only id, times, lines and revision; it is still read."""


def write_json(transcript: Transcript) -> str:
    """See `to_dict` for the schema."""
    return json.dumps(to_dict(transcript), ensure_ascii=False, indent=2) + "\n"


def to_dict(transcript: Transcript) -> dict[str, Any]:
    """A transcript as plain data.

    `format`, `version`; `language`; `duration_ms`; `machine_translated`; `meeting`: null or {title, code, held_on
    (ISO 8601), languages}; `cues`: [{id, start_ms, end_ms, lines, revision, language (null: the transcript's),
    speaker, item, provenance: heard, translated, corrected or off-record, sources: ids of live cues}];
    `utterances` (only in the spoken language): [{start_ms, end_ms, text, language, words: [{start_ms, end_ms, text,
    probability}], log_probability, no_speech_probability, compression_ratio, tokens}]; `notes`: [{at_ms, text}];
    `findings`: [{code, severity, message, template, fields, unit_id, segment_index}].
    """
    return {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "language": transcript.language,
        "duration_ms": transcript.duration_ms,
        "machine_translated": transcript.machine_translated,
        "meeting": _meeting_dict(transcript.meeting),
        "cues": [_cue_dict(cue) for cue in transcript.cues],
        "utterances": [asdict(utterance) for utterance in transcript.utterances],
        "notes": [asdict(note) for note in transcript.notes],
        "findings": [_finding_dict(finding) for finding in transcript.findings],
    }


def from_dict(data: Mapping[str, Any]) -> Transcript:
    """The transcript that `to_dict` wrote, of this version or an older one."""
    untold = Provenance.TRANSLATED if data["machine_translated"] else Provenance.HEARD
    return Transcript(
        language=data["language"],
        duration_ms=data["duration_ms"],
        cues=tuple(_cue({"provenance": untold, **cue}) for cue in data["cues"]),
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
        meeting=_meeting(data.get("meeting")),
        notes=tuple(Note(**note) for note in data.get("notes", ())),
    )


def _cue_dict(cue: Cue) -> dict[str, Any]:
    return {**asdict(cue), "lines": list(cue.lines), "sources": list(cue.sources), "provenance": cue.provenance.value}


def _cue(data: Mapping[str, Any]) -> Cue:
    made = {"lines": tuple(data["lines"]), "sources": tuple(data.get("sources", ()))}
    return Cue(**{**data, **made, "provenance": Provenance(data["provenance"])})


def _meeting_dict(meeting: Meeting | None) -> dict[str, Any] | None:
    if meeting is None:
        return None
    held_on = meeting.held_on.isoformat() if meeting.held_on else None
    return {**asdict(meeting), "held_on": held_on, "languages": list(meeting.languages)}


def _meeting(data: Mapping[str, Any] | None) -> Meeting | None:
    if data is None:
        return None
    held_on = date.fromisoformat(data["held_on"]) if data.get("held_on") else None
    return Meeting(data["title"], data.get("code", ""), held_on, tuple(data.get("languages", ())))


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
