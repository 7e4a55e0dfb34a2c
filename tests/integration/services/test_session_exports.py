"""What is taken out of a session: every format read back by somebody else's reader, sound as players want it."""

from __future__ import annotations

import io
import json
import re
import wave
from collections.abc import Callable
from typing import Any

import docx
import numpy as np
import pytest
import srt
import webvtt
from lxml import etree

from langsupport.captioning.audio import decode
from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.captioning.transcript_json import from_dict
from langsupport.captioning.wording import MACHINE_NOTES, OFF_THE_RECORD, TRANSCRIPT_NOTES_CORRECTED
from langsupport.domain.live import TRACKS, CueOrigin, CueState, LiveCue
from langsupport.domain.speech import Provenance
from langsupport.errors import Conflict, EmptyInput, InvalidRequest, NotFound
from langsupport.services.assembly import Services
from langsupport.services.records import DocumentRecord, DocumentState

Open = Callable[..., Services]
Finish = Callable[..., DocumentRecord]
TTML = "{http://www.w3.org/ns/ttml}"
TTM = "{http://www.w3.org/ns/ttml#metadata}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
SAID = [
    "The meeting is open.",
    "We have <one> remark & a question.",
    "This is not for the record.",
    "Thank you, Chair.",
]
BY = "Ann"


def spoken(number: int, text: str) -> LiveCue:
    at_ms = number * 4_000
    return LiveCue(f"c{number}", "floor", "floor", "en", at_ms, at_ms + 3_000, text, state=CueState.FINAL)


def translated(number: int, text: str, track: str) -> LiveCue:
    at_ms = number * 4_000
    return LiveCue(
        f"c{number}", track, "floor", track, at_ms, at_ms + 3_000, text,
        state=CueState.FINAL, origin=CueOrigin.TRANSLATED, source=f"c{number}@floor#1",
    )  # fmt: skip


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services(launch=False)


@pytest.fixture
def session(services: Services) -> str:
    """Four sentences by two speakers, the third off the record, the second corrected; sound on the floor."""
    sessions = services.sessions
    id = sessions.create("Second plenary", code="C25/P2", by=BY).id
    sessions.start(id, BY)
    for number, text in enumerate(SAID):
        sessions.append(id, [spoken(number, text)])
        sessions.append(id, [translated(number, f"[ar] {text}", "ar")])
    sessions.correct(id, "floor", "c1", 1, "We have <one> remark and a question.", BY)
    services.spool.file(id, "floor").append(0, tone(16))
    sessions.note_channel(id, "floor", position=16 * 16_000)
    sessions.mark(id, "item", 0, "Item 1: Opening", by=BY)
    sessions.mark(id, "speaker", 0, "Chair", by=BY)
    sessions.mark(id, "speaker", 3_900, "Kenya & friends", by=BY)
    sessions.mark(id, "note", 11_000, "Interpretation was lost.", by=BY)
    sessions.mark(id, "item", 11_500, "Item 2", by=BY)
    sessions.off_record(id, BY, 7_500, 11_000)
    return id


def tone(seconds: int) -> np.ndarray:
    return (0.5 * np.sin(np.arange(seconds * 16_000) / 8)).astype(np.float32)


def written(services: Services, id: str, track: str, form: str) -> tuple[str, bytes]:
    made = services.session_exports.export(id, track, form)
    assert made.media_type == SUBTITLE_FORMATS[form].media_type
    return made.name, made.data


def test_webvtt(services: Services, session: str) -> None:
    name, data = written(services, session, "floor", "vtt")
    assert re.fullmatch(r"C25-P2 Second plenary \d{4}-\d\d-\d\d\.floor\.vtt", name)
    read = webvtt.from_string(data.decode())
    assert [(cue.voice, cue.text) for cue in read] == [
        ("Chair", SAID[0]),
        ("Kenya &amp; friends", "We have &lt;one&gt; remark and a question."),
        (None, OFF_THE_RECORD["en"]),
        ("Kenya &amp; friends", SAID[3]),
    ]
    text = data.decode()
    assert f"NOTE {TRANSCRIPT_NOTES_CORRECTED['en']}" in text
    assert "NOTE chapter 00:00:00.000 Item 1: Opening" in text and "NOTE Interpretation was lost." in text
    assert "not for the record" not in text


def test_subrip(services: Services, session: str) -> None:
    read = list(srt.parse(written(services, session, "floor", "srt")[1].decode()))
    assert [cue.content for cue in read] == [
        SAID[0], "We have ‹one› remark and a question.", OFF_THE_RECORD["en"], SAID[3]
    ]  # fmt: skip
    assert [round(cue.start.total_seconds()) for cue in read] == [0, 4, 8, 12]


def test_ttml(services: Services, session: str) -> None:
    root = etree.fromstring(written(services, session, "floor", "ttml")[1])
    agents = {agent.get(XML_ID): agent.findtext(f"{TTM}name") for agent in root.iter(f"{TTM}agent")}
    assert sorted(agents.values()) == ["Chair", "Kenya & friends"]
    paragraphs = root.findall(f".//{TTML}p")
    assert [agents.get(p.get(f"{TTM}agent")) for p in paragraphs] == [
        "Chair",
        "Kenya & friends",
        None,
        "Kenya & friends",
    ]
    titles = [div.findtext(f"{TTML}metadata/{TTM}title") for div in root.iter(f"{TTML}div")]
    assert titles == ["Item 1: Opening", "Item 2"]


def test_text_reads_as_minutes(services: Services, session: str) -> None:
    text = written(services, session, "floor", "txt")[1].decode()
    assert text.split("\n\n") == [
        "C25/P2 – Second plenary",
        TRANSCRIPT_NOTES_CORRECTED["en"],
        "Item 1: Opening\n---------------",
        f"Chair: {SAID[0]}",
        "Kenya & friends: We have <one> remark and a question.",
        OFF_THE_RECORD["en"],
        "(Interpretation was lost.)",
        "Item 2\n------",
        f"Kenya & friends: {SAID[3]}\n",
    ]


def test_json_has_everything(services: Services, session: str) -> None:
    read = from_dict(json.loads(written(services, session, "floor", "json")[1]))
    assert read.meeting and (read.meeting.code, read.meeting.languages) == ("C25/P2", ("en",))
    assert [(cue.sources, cue.provenance) for cue in read.cues] == [
        (("c0",), Provenance.HEARD),
        (("c1",), Provenance.CORRECTED),
        ((), Provenance.OFF_RECORD),
        (("c3",), Provenance.HEARD),
    ]
    assert read == services.session_exports.transcript(session, "floor")


def test_word(services: Services, session: str) -> None:
    word = docx.Document(io.BytesIO(written(services, session, "floor", "docx")[1]))
    lines = [(p.style.name, p.text) for p in word.paragraphs]
    assert lines[:2] == [("Transcript Details", "C25/P2 · Transcript"), ("Title", "Second plenary")]
    assert [text for style, text in lines if style == "Heading 1"] == ["Item 1: Opening", "Item 2"]
    assert [text for style, text in lines if style == "Transcript Text"] == [
        f"0:00:00\tChair: {SAID[0]}",
        "0:00:04 ✓\tKenya & friends: We have <one> remark and a question.",
        f"0:00:12\tKenya & friends: {SAID[3]}",
    ]
    assert [text for style, text in lines if style == "Transcript Remark"] == [
        OFF_THE_RECORD["en"],
        "(Interpretation was lost.)",
    ]
    bold = [run.text for p in word.paragraphs for run in p.runs if run.style.name == "Transcript Speaker"]
    assert bold == ["Chair: ", "Kenya & friends: ", "Kenya & friends: "]
    assert word.core_properties.title == "Second plenary"
    assert "C25/P2 · Second plenary" in [p.text for p in word.sections[0].header.paragraphs]


def test_arabic_word_runs_from_right_to_left(services: Services, session: str) -> None:
    data = written(services, session, "ar", "docx")[1]
    word = docx.Document(io.BytesIO(data))
    for paragraph in word.paragraphs:
        assert paragraph._p.pPr.find(docx.oxml.ns.qn("w:bidi")) is not None, paragraph.text
        for run in paragraph.runs:
            if run.text.strip():
                assert run._r.rPr.find(docx.oxml.ns.qn("w:rtl")) is not None
    assert MACHINE_NOTES["ar"] in [p.text for p in word.paragraphs]


def test_every_track_in_every_format(services: Services, session: str) -> None:
    for track in TRACKS:
        for form in SUBTITLE_FORMATS:
            assert written(services, session, track, form)[1], (track, form)


def test_what_does_not_exist_is_said(services: Services, session: str) -> None:
    with pytest.raises(NotFound, match="transcript format pdf"):
        services.session_exports.export(session, "floor", "pdf")
    with pytest.raises(InvalidRequest):
        services.session_exports.export(session, "de", "vtt")
    with pytest.raises(NotFound):
        services.session_exports.export("nothing", "floor", "vtt")


def test_a_long_session_is_read_whole(services: Services) -> None:
    sessions = services.sessions
    id = sessions.create("Long", by=BY).id
    sessions.start(id, BY)
    for first in range(0, 1_200, 400):
        sessions.append(id, [spoken(number, f"Sentence {number}.") for number in range(first, first + 400)])
    made = services.session_exports.transcript(id, "floor")
    assert [id for cue in made.cues for id in cue.sources] == [f"c{number}" for number in range(1_200)]


# --- sound ---


def test_the_wav_is_what_was_spooled_and_any_part_of_it(services: Services, session: str) -> None:
    sound = services.session_sound.wave(session, "floor")
    whole = b"".join(sound.read())
    assert len(whole) == sound.size
    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.getnframes() == 16 * 16_000
        samples = np.frombuffer(file.readframes(16 * 16_000), "<i2")
    assert np.abs(samples[: 7 * 16_000]).max() > 16_000
    assert not samples[7_500 * 16 : 11_000 * 16].any()  # off the record
    assert np.abs(samples[12 * 16_000 :]).max() > 16_000
    for first, last in [(0, 10), (3, 50), (44, 46), (45, 47), (1_001, 400_003), (512_000, 512_044), (511_999, 512_044)]:
        assert b"".join(sound.read(first, last)) == whole[first:last], (first, last)


def test_a_part_of_the_sound(services: Services, session: str) -> None:
    part = b"".join(services.session_sound.wave(session, "floor", 2_000, 3_500).read())
    with wave.open(io.BytesIO(part)) as file:
        assert file.getnframes() == 1_500 * 16
    assert services.session_sound.wave(session, "floor", 90_000).count == 0
    with pytest.raises(NotFound):
        services.session_sound.wave(session, "fr")


def test_sound_off_the_record_is_silent_even_where_it_could_not_be_erased(services: Services, session: str) -> None:
    file = services.spool.file(session, "floor")
    file._file.seek(0)
    file._file.write((tone(16) * 32_767).astype("<i2").tobytes())
    whole = b"".join(services.session_sound.wave(session, "floor").read())[44:]
    assert not np.frombuffer(whole, "<i2")[7_500 * 16 : 11_000 * 16].any()


def test_the_small_copy_is_made_afterwards_and_goes_with_what_goes_off_the_record(
    services: Services, session: str
) -> None:
    with pytest.raises(Conflict, match="not ended"):
        services.session_sound.small(session, "floor")
    services.sessions.end(session, BY)
    path = services.session_sound.small(session, "floor")
    made = path.stat().st_mtime_ns
    with decode(path, "copy.webm") as copy:
        assert abs(copy.duration_ms - 16_000) < 100
        assert np.abs(copy.samples[:64_000]).max() > 0.2
    assert services.session_sound.small(session, "floor").stat().st_mtime_ns == made
    services.sessions.off_record(session, BY, 0, 4_000)
    assert not path.exists()
    with decode(services.session_sound.small(session, "floor"), "copy.webm") as copy:
        assert np.abs(copy.samples[1_600:60_000]).max() < 0.01
    services.sessions.delete(session, BY)
    assert not path.exists()


# --- documents ---


def test_a_transcript_becomes_a_document(services: Services, session: str, finish: Finish) -> None:
    services.jobs.launch()
    document = services.session_exports.send_to_documents(session, "floor", ["fr", "en"], by="Bob")
    assert re.fullmatch(r"C25-P2 Second plenary \d{4}-\d\d-\d\d\.en\.docx", document.name)
    record: Any = finish(services.documents, document.id)
    assert (record.state, record.source) == (DocumentState.DONE, "en")
    assert [rendition.language for rendition in record.renditions] == ["fr"]
    french = docx.Document(services.documents.open_rendition(document.id, "fr").path)
    texts = [p.text for p in french.paragraphs]
    assert any("[fr]" in text and "Thank you, Chair." in text for text in texts)
    assert not any("not for the record" in text for text in texts)
    linked = services.session_exports.documents(session)
    assert [(one.document_id, one.track, one.by) for one in linked] == [(document.id, "floor", "Bob")]
    assert services.sessions.audit(session)[0].detail == {"track": "floor", "document": document.id}
    services.documents.delete(document.id)
    assert services.session_exports.documents(session) == []


def test_nothing_said_makes_no_document(services: Services) -> None:
    id = services.sessions.create("Empty", by=BY).id
    with pytest.raises(EmptyInput):
        services.session_exports.send_to_documents(id, "floor", by=BY)
