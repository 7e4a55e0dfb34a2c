"""Our data as JSON values for the database, and back. Compact, for there is a row for every segment.

A reader accepts whatever an older writer wrote: keys that are missing take their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.speech import Cue, Meeting, Note, Provenance, Transcript, Utterance, Word
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.errors import LangsupportError
from langsupport.services.records import ErrorRecord

Json = dict[str, Any]


def text_to_json(text: CodedText) -> Json:
    """{"t": text, "c": [[position, id, kind, role], …]}; "c" only where there are codes."""
    if not text.codes:
        return {"t": text.text}
    return {"t": text.text, "c": [[p, code.id, code.kind.value, code.role] for p, code in text.codes]}


def text_from_json(value: Json) -> CodedText:
    codes = tuple((p, InlineCode(id_, CodeKind(kind), role)) for p, id_, kind, role in value.get("c", ()))
    return CodedText(value["t"], codes)


def finding_to_json(finding: Finding) -> Json:
    value: Json = {
        "code": finding.code,
        "severity": finding.severity.value,
        "template": finding.template,
        "fields": plain(finding.fields),
    }
    if finding.unit_id is not None:
        value["unit"] = finding.unit_id
    if finding.segment_index is not None:
        value["segment"] = finding.segment_index
    return value


def finding_from_json(value: Json) -> Finding:
    return Finding(
        value["code"],
        Severity(value["severity"]),
        value["template"],
        value.get("fields", {}),
        value.get("unit"),
        value.get("segment"),
    )


def error_to_json(error: Exception) -> Json:
    """Ours as it is; a foreign one by its kind alone, for its text may tell of paths or statements."""
    if isinstance(error, LangsupportError):
        return {"code": error.code, "template": error.template, "fields": plain(error.fields)}
    detail = f"An unexpected error stopped the work ({type(error).__name__}). The log says more."
    return {"code": LangsupportError.code, "template": LangsupportError.template, "fields": {"detail": detail}}


def error_from_json(value: Json | None) -> ErrorRecord | None:
    return ErrorRecord(value["code"], value["template"], value.get("fields", {})) if value else None


def transcript_to_json(transcript: Transcript) -> Json:
    value: Json = {
        "language": transcript.language,
        "duration_ms": transcript.duration_ms,
        "machine_translated": transcript.machine_translated,
        "cues": [_cue_to_json(cue) for cue in transcript.cues],
        "utterances": [utterance_to_json(utterance) for utterance in transcript.utterances],
        "findings": [finding_to_json(finding) for finding in transcript.findings],
    }
    if transcript.meeting is not None:
        value["meeting"] = _meeting_to_json(transcript.meeting)
    if transcript.notes:
        value["notes"] = [[note.at_ms, note.text] for note in transcript.notes]
    return value


def transcript_from_json(value: Json) -> Transcript:
    machine_translated = value.get("machine_translated", False)
    untold = Provenance.TRANSLATED if machine_translated else Provenance.HEARD
    return Transcript(
        language=value["language"],
        duration_ms=value["duration_ms"],
        cues=tuple(_cue_from_json(cue, untold) for cue in value["cues"]),
        utterances=tuple(utterance_from_json(utterance) for utterance in value.get("utterances", ())),
        machine_translated=machine_translated,
        findings=tuple(finding_from_json(finding) for finding in value.get("findings", ())),
        meeting=_meeting_from_json(value["meeting"]) if value.get("meeting") else None,
        notes=tuple(Note(*note) for note in value.get("notes", ())),
    )


def _cue_to_json(cue: Cue) -> list[Any]:
    """[id, start, end, lines, revision, provenance] and, where there is anything of it, {language, speaker, …}."""
    more = {"language": cue.language, "speaker": cue.speaker, "item": cue.item, "sources": list(cue.sources)}
    known = {key: value for key, value in more.items() if value}
    plain = [cue.id, cue.start_ms, cue.end_ms, list(cue.lines), cue.revision, cue.provenance.value]
    return [*plain, known] if known else plain


def _cue_from_json(value: list[Any], untold: Provenance) -> Cue:
    """`untold`: the provenance where an older writer did not say it."""
    id_, start, end, lines, revision, *rest = value
    provenance = Provenance(rest[0]) if rest else untold
    more = rest[1] if len(rest) > 1 else {}
    return Cue(
        id_,
        start,
        end,
        tuple(lines),
        revision,
        language=more.get("language"),
        speaker=more.get("speaker", ""),
        item=more.get("item", ""),
        provenance=provenance,
        sources=tuple(more.get("sources", ())),
    )


def _meeting_to_json(meeting: Meeting) -> Json:
    held_on = meeting.held_on.isoformat() if meeting.held_on else None
    return {"title": meeting.title, "code": meeting.code, "held_on": held_on, "languages": list(meeting.languages)}


def _meeting_from_json(value: Json) -> Meeting:
    held_on = date.fromisoformat(value["held_on"]) if value.get("held_on") else None
    return Meeting(value["title"], value.get("code", ""), held_on, tuple(value.get("languages", ())))


def utterance_to_json(utterance: Utterance) -> Json:
    return {
        "start_ms": utterance.start_ms,
        "end_ms": utterance.end_ms,
        "text": utterance.text,
        "language": utterance.language,
        "words": [[word.start_ms, word.end_ms, word.text, round(word.probability, 4)] for word in utterance.words],
        "log_probability": round(utterance.log_probability, 4),
        "no_speech_probability": round(utterance.no_speech_probability, 4),
        "compression_ratio": round(utterance.compression_ratio, 4),
    }


def utterance_from_json(value: Json) -> Utterance:
    return Utterance(**{**value, "words": tuple(Word(*word) for word in value.get("words", ()))})


def plain(value: Any) -> Any:
    """A value that JSON can hold; what it can't is written as text."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)
