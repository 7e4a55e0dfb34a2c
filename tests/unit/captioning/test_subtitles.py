"""Every subtitle format, in every language, read back by somebody else's parser."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import av
import docx
import pytest
import srt
import webvtt
from lxml import etree

from langsupport.captioning.minutes import join_text
from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.captioning.transcript_json import from_dict, to_dict
from langsupport.captioning.wording import MACHINE_NOTES
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Cue, Provenance, Transcript, Utterance, Word

LINES = {
    "ar": ("ITU-T Y.4903 قيد المناقشة،", "و\u2066<5G>\u2069 كذلك & غيرها."),
    "zh": ("现在讨论 ITU-T Y.4903，", "以及 <5G> & 其他。"),
    "en": ("We discuss <5G> & others", "--> and then vote."),
    "fr": ("Nous discutons de <5G> & autres", "puis votons\u00a0: d’accord\u00a0?"),
    "ru": ("Мы обсуждаем <5G> & другое,", "затем голосуем."),
    "es": ("¿Discutimos <5G> & otros", "--> y luego votamos?"),
}
TIMES = [(0, 1_500), (1_583, 4_000), (3_725_042, 3_727_999)]
TTML = "{http://www.w3.org/ns/ttml}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def transcript(language: str, machine: bool = True) -> Transcript:
    lines = LINES[language]
    cues = tuple(Cue(f"c{n}", start, end, lines[: 1 + n % 2]) for n, (start, end) in enumerate(TIMES, start=1))
    word = Word(0, 900, " " + lines[0], 0.75)
    spoken = (Utterance(0, 1_500, lines[0], language, (word,), -0.25, 0.125, 1.5, 7),)
    finding = Finding("no-speech", Severity.INFO, "At {start} nothing.", {"start": "0:05"}, "c1", 0)
    return Transcript(language, 3_730_000, cues, spoken, machine, (finding,))


def written(name: str, transcript: Transcript) -> str:
    """A file that is text."""
    return SUBTITLE_FORMATS[name].write(transcript).decode()


def plain(line: str) -> str:
    return line.replace("\u200f", "")


Shown = list[tuple[int, int, list[str]]]


def expected(language: str, change: Callable[[str], str] = str) -> Shown:
    return [(c.start_ms, c.end_ms, [change(line) for line in c.lines]) for c in transcript(language).cues]


@pytest.mark.parametrize("language", LANGUAGES)
def test_webvtt(language: str) -> None:
    text = written("vtt", transcript(language))
    read = webvtt.from_string(text)
    shown = [
        (round(c.start_in_seconds * 1000), round(c.end_in_seconds * 1000), [plain(x) for x in c.text.split("\n")])
        for c in read
    ]
    # the parser rounds to whole seconds and unescapes; the raw stamps are compared below
    assert [lines for *_, lines in shown] == [lines for *_, lines in expected(language)] or "&lt;5G&gt;" in text
    assert [c.identifier for c in read] == ["c1", "c2", "c3"]
    assert "00:00:01.583 --> 00:00:04.000" in text and "01:02:05.042 --> 01:02:07.999" in text
    assert text.startswith("WEBVTT\n") and MACHINE_NOTES[language] in text
    assert text.count("-->") == 3  # none inside the text
    assert "NOTE" not in written("vtt", transcript(language, machine=False))


@pytest.mark.parametrize("language", LANGUAGES)
def test_subrip(language: str) -> None:
    text = written("srt", transcript(language))
    read = list(srt.parse(text))
    shown = [
        (
            round(c.start.total_seconds() * 1000),
            round(c.end.total_seconds() * 1000),
            [plain(x) for x in c.content.split("\n")],
        )
        for c in read
    ]
    assert shown == expected(language, lambda line: line.replace("<", "‹").replace(">", "›").replace("--›", "--›"))
    assert [c.index for c in read] == [1, 2, 3]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "demuxer"), [("vtt", "webvtt"), ("srt", "srt")])
def test_ffmpeg_reads_it(language: str, name: str, demuxer: str) -> None:
    data = SUBTITLE_FORMATS[name].write(transcript(language))
    with av.open(io.BytesIO(data), format=demuxer) as file:
        stamps = [(p.pts, p.pts + p.duration) for p in file.demux() if p.pts is not None and p.size]
    assert stamps == TIMES


@pytest.mark.parametrize("language", LANGUAGES)
def test_ttml(language: str) -> None:
    root = etree.fromstring(SUBTITLE_FORMATS["ttml"].write(transcript(language)))
    assert root.tag == f"{TTML}tt" and root.get(XML_LANG) == LANGUAGES[language].bcp47
    paragraphs = root.findall(f".//{TTML}p")
    assert [p.get(XML_ID) for p in paragraphs] == ["c1", "c2", "c3"]
    assert [list(p.itertext()) for p in paragraphs] == [lines for *_, lines in expected(language)]
    assert (paragraphs[1].get("begin"), paragraphs[1].get("end")) == ("00:00:01.583", "00:00:04.000")
    (style,) = root.findall(f".//{TTML}style")
    assert style.get("{http://www.w3.org/ns/ttml#styling}direction") == LANGUAGES[language].direction
    assert MACHINE_NOTES[language] in "".join(root.itertext())


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_comes_back_as_the_same_transcript(language: str) -> None:
    data = json.loads(written("json", transcript(language)))
    assert from_dict(data) == transcript(language)
    assert data["findings"][0]["message"] == "At 0:05 nothing."
    assert to_dict(transcript(language)) == json.loads(json.dumps(to_dict(transcript(language)))) | {
        "utterances": to_dict(transcript(language))["utterances"]
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_has_a_paragraph_for_each_long_pause(language: str) -> None:
    note, first, second = written("txt", transcript(language)).strip().split("\n\n")
    assert note == MACHINE_NOTES[language]
    for line in LINES[language]:
        assert line in first
    assert second == join_text(*LINES[language])


def test_text_breaks_a_long_paragraph_after_a_sentence() -> None:
    cues = tuple(Cue(f"c{n}", n * 1000, n * 1000 + 900, ("This is the sentence of a delegate.",)) for n in range(60))
    paragraphs = written("txt", Transcript("en", 60_000, cues)).strip().split("\n\n")
    assert len(paragraphs) == 3
    assert all(paragraph.endswith(".") for paragraph in paragraphs)


def test_arabic_lines_that_begin_with_latin_letters_get_a_mark() -> None:
    text = written("vtt", transcript("ar"))
    assert "\n\u200fITU-T" in text
    assert "\n\u200fو" not in text


@pytest.mark.parametrize("name", SUBTITLE_FORMATS)
def test_a_transcript_without_cues_is_a_valid_file(name: str) -> None:
    data = SUBTITLE_FORMATS[name].write(Transcript("fr", 5_000, ()))
    if name == "vtt":
        assert list(webvtt.from_string(data.decode())) == []
    elif name == "srt":
        assert list(srt.parse(data.decode())) == []
    elif name == "ttml":
        assert etree.fromstring(data) is not None
    elif name == "json":
        assert json.loads(data)["cues"] == []
    elif name == "docx":
        assert [p.text for p in docx.Document(io.BytesIO(data)).paragraphs] == [
            "Transcription",
            "Langue\u00a0: Français",
        ]
    else:
        assert data == b""


def test_json_of_the_first_version_is_still_read() -> None:
    cue = {"id": "c1", "start_ms": 0, "end_ms": 900, "lines": ["Bonjour"], "revision": 2}
    old = {
        "format": "langsupport-transcript", "version": 1, "language": "fr", "duration_ms": 900,
        "machine_translated": True, "cues": [cue], "utterances": [], "findings": [],
    }  # fmt: skip
    read = from_dict(old)
    assert read.cues == (Cue("c1", 0, 900, ("Bonjour",), 2, provenance=Provenance.TRANSLATED),)
    assert (read.meeting, read.notes) == (None, ())


@pytest.mark.parametrize("name", SUBTITLE_FORMATS)
def test_rows_of_the_table(name: str) -> None:
    row = SUBTITLE_FORMATS[name]
    assert row.extension == f".{name}" and "/" in row.media_type and row.name
