"""Every row of the FORMATS table is held to what DocumentFormat says. A new row needs a sample here."""

from __future__ import annotations

import io

import docx
import pytest

from langsupport import formats
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText
from langsupport.errors import EmptyInput, InputError, LegacyFormat, UnsupportedFormat
from langsupport.formats import FORMATS, Mark

MARK = Mark("This is a machine translation.", "machine translation, not reviewed")


def _word_document() -> bytes:
    document = docx.Document()
    document.add_heading("Working methods", 1)
    paragraph = document.add_paragraph("Members ")
    paragraph.add_run("shall").bold = True
    paragraph.add_run(" submit contributions.")
    document.add_table(1, 2).cell(0, 0).text = "A cell"
    document.sections[0].header.paragraphs[0].text = "Header text"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


SAMPLES = {
    "docx": _word_document(),
    "md": b"# Working methods\n\nMembers **shall** submit contributions.\n\n| A cell | 5 |\n|---|---|\n| more | text |",
    "html": b"<html><body><h1>Working methods</h1><p>Members <b>shall</b> submit contributions.</p></body></html>",
    "txt": b"Working methods\n\nMembers shall submit contributions.\n",
}

every_format = pytest.mark.parametrize("name", FORMATS)


def upper(source: CodedText) -> CodedText:
    return CodedText(source.text.upper(), source.codes)


@every_format
def test_has_a_sample_and_names(name):
    row = FORMATS[name]
    assert name in SAMPLES
    assert row.name == name
    assert row.title
    assert "/" in row.media_type
    for extension in row.extensions:
        assert formats.for_name(f"A file.{extension.upper()}", None) is row
        assert f".{extension}" in formats.supported()


@every_format
def test_ids_are_unique_and_stable(name):
    first, second = (FORMATS[name].read(SAMPLES[name], f"a.{name}") for _ in range(2))
    assert first == second
    assert len({unit.id for unit in first.units}) == len(first.units) >= 2
    assert first.format == name
    assert all(unit.source.text.strip() for unit in first.units)


@every_format
def test_identity(name):
    row, data = FORMATS[name], SAMPLES[name]
    targets = {unit.id: unit.source for unit in row.read(data, "a").units}
    for given in (targets, {}):
        out = row.write(data, "a", given, "en", "en", None)
        if name == "docx":  # parts are compared in tests/integration/formats
            assert row.read(out, "a") == row.read(data, "a")
        else:
            assert out == data


@every_format
@pytest.mark.parametrize("target", LANGUAGES)
def test_targets_are_found_again_in_every_language(name, target):
    row, data = FORMATS[name], SAMPLES[name]
    sample = {"ar": "نص جديد", "zh": "新的文字", "ru": "Новый текст"}.get(target, "Texte neuf à relire")
    before = row.read(data, "a").units
    targets = {unit.id: CodedText(sample, tuple((0, code) for _, code in unit.source.codes)) for unit in before}
    out = row.write(data, "a", targets, "en", target, None)
    assert {unit.source.text for unit in row.read(out, "a").units} == {sample}
    assert out == row.write(data, "a", targets, "en", target, None)


@every_format
def test_codes_survive_careless_targets(name):
    """Whatever a translation does to the codes, the file still holds each of them once."""
    row, data = FORMATS[name], SAMPLES[name]
    units = row.read(data, "a").units
    for mangle in (lambda codes: (), lambda codes: codes * 2, lambda codes: codes[::-1]):
        targets = {
            unit.id: CodedText("NEW TEXT", tuple((2, code) for code in mangle([code for _, code in unit.source.codes])))
            for unit in units
        }
        again = row.read(row.write(data, "a", targets, "en", "fr", None), "a").units
        assert ["".join(unit.source.text.split()) for unit in again] == ["NEWTEXT"] * len(units)


@every_format
@pytest.mark.parametrize("target", LANGUAGES)
def test_the_mark_can_be_read_in_the_document(name, target):
    row, data = FORMATS[name], SAMPLES[name]
    out = row.write(data, "a", {unit.id: upper(unit.source) for unit in row.read(data, "a").units}, "en", target, MARK)
    texts = [unit.source.text for unit in row.read(out, "a").units]
    assert any(MARK.text in text for text in texts)
    assert any("WORKING METHODS" in text for text in texts)


@every_format
@pytest.mark.parametrize("data", [b"", b"\x00\xff\xfe\x01" * 40, b"PK\x03\x04" + b"\x00" * 50])
def test_bad_bytes_are_input_errors(name, data):
    row = FORMATS[name]
    with pytest.raises(InputError if data else EmptyInput):
        row.read(data, f"bad.{name}")
    with pytest.raises(InputError):
        row.write(data, f"bad.{name}", {}, "en", "fr", None)


@every_format
def test_truncated_files_never_leak_foreign_errors(name):
    data = SAMPLES[name]
    for cut in range(0, len(data), max(1, len(data) // 60)):
        try:
            FORMATS[name].read(data[:cut], f"a.{name}")
        except InputError:
            continue


@pytest.mark.parametrize("file_name", ["a.pdf", "a.xyz", "archive.tar.gz", "noextension"])
def test_other_kinds_of_file_are_refused_with_a_list(file_name):
    with pytest.raises(UnsupportedFormat) as raised:
        formats.for_name(file_name, None)
    assert ".docx" in str(raised.value)


def test_older_kinds_say_what_to_save_as():
    with pytest.raises(LegacyFormat, match=r"save it as \.docx"):
        formats.for_name("minutes.DOC", b"")
