"""What goes into the database comes back the same, through real JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.speech import Cue, Transcript, Utterance, Word
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.errors import DamagedFile
from langsupport.services import codecs


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


codes = st.builds(InlineCode, st.integers(0, 9), st.sampled_from(CodeKind), st.sampled_from(["format", "link", "tab"]))


@st.composite
def coded_texts(draw: st.DrawFn) -> CodedText:
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))
    return CodedText(text, tuple((place, draw(codes)) for place in places))


@given(coded_texts())
def test_coded_text(text: CodedText) -> None:
    assert codecs.text_from_json(through_json(codecs.text_to_json(text))) == text


def test_transcript() -> None:
    words = (Word(0, 400, " Bonjour", 0.91), Word(400, 900, " à tous.", 0.5))
    said = Utterance(0, 900, "Bonjour à tous.", "fr", words, -0.25, 0.01, 1.1)
    finding = Finding("no-speech", Severity.WARNING, "At {start} nothing.", {"start": "0:01"}, "u1", 2)
    cues = (Cue("1", 0, 900, ("Bonjour", "à tous."), 2),)
    transcript = Transcript("fr", 900, cues, (said,), True, (finding,))
    assert codecs.transcript_from_json(through_json(codecs.transcript_to_json(transcript))) == transcript


def test_errors_keep_code_template_and_fields() -> None:
    error = DamagedFile(name="a.docx", detail="no zip archive")
    record = codecs.error_from_json(through_json(codecs.error_to_json(error)))
    assert record is not None
    assert (record.code, record.message) == (error.code, str(error))
    assert record.fields == {"name": "a.docx", "detail": "no zip archive"}


def test_foreign_errors_tell_only_their_kind() -> None:
    record = codecs.error_from_json(codecs.error_to_json(KeyError("/secret/path")))
    assert record is not None
    assert "KeyError" in record.message and "secret" not in record.message


def test_fields_that_json_cannot_hold_become_text() -> None:
    assert codecs.plain({"a": (1, {2}), "b": Severity.INFO, 3: object}) == {
        "a": [1, [2]],
        "b": "info",
        "3": str(object),
    }
