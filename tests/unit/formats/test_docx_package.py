"""Bad packages: each gets the right error and a sentence that helps."""

from __future__ import annotations

import io
import zipfile

import pytest

from langsupport.errors import DamagedFile, EmptyInput, EncryptedFile, HostileFile, InputError, LegacyFormat
from langsupport.formats.docx import package as limits
from langsupport.formats.docx.package import Package

BODY = "<w:p><w:r><w:t>Text</w:t></w:r></w:p>"
CFB = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 504


def with_entry(word, name: str, data: bytes = b"x") -> bytes:
    return word.pack({**word.entries(BODY), name: data})


def without(word, name: str) -> bytes:
    files = word.entries(BODY)
    del files[name]
    return word.pack(files)


def doubled(word) -> bytes:
    buffer = io.BytesIO(word.make(BODY))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("word/document.xml", b"<x/>")
    return buffer.getvalue()


def password_zip(word) -> bytes:
    data = bytearray(word.make(BODY))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def external_entity(word) -> bytes:
    files = word.entries(BODY)
    document = files["word/document.xml"].decode()
    attack = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + document.replace(
        "Text", "&x;"
    )
    return word.pack({**files, "word/document.xml": attack.encode()})


def macro_document(word) -> bytes:
    return word.pack(word.entries(BODY, main_type="application/vnd.ms-word.document.macroEnabled.main+xml"))


def workbook(word) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return word.pack(word.entries(BODY, main_type=kind))


def broken_xml(word) -> bytes:
    return word.pack({**word.entries(BODY), "word/document.xml": b"<w:document"})


CASES = {
    "empty": (lambda word: b"", EmptyInput, "no text"),
    "truncated": (lambda word: word.make(BODY)[:-200], DamagedFile, "cut off"),
    "encrypted": (lambda word: CFB + "EncryptedPackage".encode("utf-16-le"), EncryptedFile, "password"),
    "password in the zip": (password_zip, EncryptedFile, "password"),
    "old .doc": (lambda word: CFB + "WordDocument".encode("utf-16-le"), LegacyFormat, ".docx"),
    "a PDF": (lambda word: b"%PDF-1.7 ...", DamagedFile, "PDF"),
    "a text": (lambda word: b"Dear colleagues,", DamagedFile, "not a Word document"),
    "a web page": (lambda word: b"<html>", DamagedFile, "web page"),
    "a plain zip": (lambda word: word.pack({"a.txt": b"x"}), DamagedFile, "not an Office document"),
    "a workbook": (workbook, DamagedFile, "Excel"),
    "no main part": (lambda word: without(word, "word/document.xml"), DamagedFile, "main document part is missing"),
    "no relationships": (lambda word: without(word, "_rels/.rels"), DamagedFile, "main document part is missing"),
    "broken XML": (broken_xml, DamagedFile, "not well-formed"),
    "macros by type": (macro_document, HostileFile, "macros"),
    "macros by name": (lambda word: with_entry(word, "word/vbaProject.bin"), HostileFile, "macros"),
    "absolute path": (lambda word: with_entry(word, "/etc/passwd"), HostileFile, "points outside"),
    "path upwards": (lambda word: with_entry(word, "word/../../x"), HostileFile, "points outside"),
    "a part twice": (doubled, HostileFile, "twice"),
    "entity": (external_entity, HostileFile, "document type"),
    "zip bomb": (lambda word: with_entry(word, "word/media/b.xml", b"\0" * 50_000_000), HostileFile, "zip bomb"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_with_a_clear_sentence(word, case):
    make, error, words = CASES[case]
    with pytest.raises(error) as raised:
        word.format.read(make(word), "minutes.docx")
    assert type(raised.value) is error
    assert words in str(raised.value)
    assert "minutes.docx" in str(raised.value)


def test_too_many_parts(word, monkeypatch):
    monkeypatch.setattr(limits, "MAX_ENTRIES", 3)
    with pytest.raises(HostileFile, match="limit is 3"):
        word.read(word.make(BODY))


def test_too_much_in_all(word, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 100)
    with pytest.raises(HostileFile, match="unpack"):
        word.read(word.make(BODY))


def test_too_large_a_part(word, monkeypatch):
    monkeypatch.setattr(limits, "MAX_XML_BYTES", 100)
    with pytest.raises(InputError, match=r"\[Content_Types\].xml"):
        word.read(word.make(BODY))


@pytest.mark.parametrize("cut", range(10, 1200, 97))
def test_every_truncation_is_an_input_error(word, cut):
    data = word.make(BODY)
    with pytest.raises(InputError):
        word.read(data[: len(data) - cut])


def test_flipped_bytes_are_an_input_error_or_harmless(word):
    data = word.make(BODY)
    for place in range(0, len(data), 13):
        broken = bytearray(data)
        broken[place] ^= 0x5A
        try:
            word.read(bytes(broken))
        except InputError:
            continue


def test_untouched_parts_stay_byte_for_byte(word):
    picture = bytes(range(256)) * 20
    odd_xml = b"<?xml version='1.0'?>\r\n<a  b = 'c'/>"
    data = word.pack({**word.entries(BODY), "word/media/p.png": picture, "customXml/item1.xml": odd_xml})
    out = word.write(data, lambda source: type(source)("Texte"))
    with zipfile.ZipFile(io.BytesIO(out)) as archive, zipfile.ZipFile(io.BytesIO(data)) as before:
        assert archive.namelist() == before.namelist()
        assert archive.read("word/media/p.png") == picture
        assert archive.read("customXml/item1.xml") == odd_xml
        assert archive.testzip() is None


def test_a_missing_target_of_a_relationship_is_harmless(word):
    files = word.entries(BODY, {"header": "<w:p/>"})
    del files["word/header.xml"]
    assert Package(word.pack(files), "x.docx").related("word/document.xml", "header") == []
