"""A package that we wrote is edited by another library and comes back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import docx
import pytest
from translate.storage.tmx import tmxfile
from translate.storage.xliff import xlifffile
from translate.storage.xliff2 import Xliff2File

from langsupport.domain.interchange import InterchangeText, PackagedMatch, PackagedTerm
from langsupport.domain.units import CodedText, Origin, SegmentTranslation, State
from langsupport.formats.interchange.tmx import read_memory
from langsupport.formats.interchange.xliff import read_package, write_package
from langsupport.pipelines.document import Prepared, prepare
from langsupport.pipelines.packages import apply_package, package_of

SENTENCES = ("The meeting was opened.", "The Council took note of it.", "It was closed at noon.")
FRENCH = {
    "The meeting was opened.": "La réunion a été ouverte.",
    "The Council took note of it.": "Le Conseil en a pris note.",
    "It was closed at noon.": "Elle a été close à midi.",
}


def word_file() -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph("The meeting was opened. The ")
    paragraph.add_run("Council").bold = True
    paragraph.add_run(" took note of it.")
    document.add_paragraph("It was closed at noon.")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def paragraphs(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


@pytest.fixture
def prepared() -> Prepared:
    return prepare(word_file(), "report.docx", "en")


def machine(prepared: Prepared) -> dict[str, SegmentTranslation]:
    found = {}
    for segment in prepared.segments:
        canonical = segment.source.renumbered(segment.source.canonical_ids())
        text = f"[{canonical.text}]"
        moved = tuple((position + 1, code) for position, code in canonical.codes)
        found[segment.key] = SegmentTranslation(segment.key, CodedText(text, moved))
    return found


def package(prepared: Prepared, version: Literal["1.2", "2.1"]) -> bytes:
    key = prepared.segments[0].key
    match = PackagedMatch(
        InterchangeText(CodedText("The meeting is opened.")),
        InterchangeText(CodedText("La réunion est ouverte.")),
        85.0,
        "ITU memory",
        Origin.FUZZY,
    )
    terms = {prepared.document.units[0].id: (PackagedTerm("Council", ("Conseil",), "The governing body"),)}
    whole = package_of(
        word_file(), "report.docx", prepared, "fr", machine(prepared), matches={key: (match,)}, terms=terms
    )
    return write_package(whole, version)


def test_a_package_of_12_is_edited_by_translate_toolkit(prepared: Prepared) -> None:
    store = xlifffile.parsestring(package(prepared, "1.2"))
    assert [str(unit.source) for unit in store.units] == list(SENTENCES)
    assert [str(unit.target) for unit in store.units] == [f"[{text}]" for text in SENTENCES]
    (offered,) = store.units[0].getalttrans()
    assert (str(offered.source), str(offered.target)) == ("The meeting is opened.", "La réunion est ouverte.")
    for unit in (store.units[0], store.units[2]):
        unit.target = FRENCH[str(unit.source)]
        unit.markapproved()
    back = read_package(bytes(store), "report.fr.xlf")
    applied = apply_package(word_file(), "report.docx", prepared, back, "fr")
    first, second, third = applied.returned.segments.values()
    assert [segment.state for segment in (first, second, third)] == [State.FINAL, State.TRANSLATED, State.FINAL]
    assert second.origin is Origin.MACHINE
    text = paragraphs(applied.rendered.data)
    assert text[-2:] == ["La réunion a été ouverte. [The Council took note of it.]", "Elle a été close à midi."]
    assert bold(applied.rendered.data) == ["Council"]
    assert not [finding for finding in applied.rendered.findings if finding.code.startswith("package-")]
    assert not applied.reviewed


def test_a_package_of_21_is_edited_by_translate_toolkit(prepared: Prepared) -> None:
    store = Xliff2File.parsestring(package(prepared, "2.1"))
    assert [str(unit.source) for unit in store.units] == list(SENTENCES)
    plain, coded, last = store.units
    for unit in (plain, last):
        unit.target = FRENCH[str(unit.source)]
    target = coded.xmlelement.find(coded.namespaced("target"))  # it leaves inline codes to its users
    target.text, target[0].text, target[0].tail = "Le ", "Conseil", " en a pris note."
    for unit in store.units:
        unit.markapproved()
    back = read_package(bytes(store), "report.fr.xlf")
    applied = apply_package(word_file(), "report.docx", prepared, back, "fr")
    assert applied.reviewed and len(applied.returned.changed) == 3
    assert [finding for finding in applied.rendered.findings if finding.code.startswith("package-")] == []
    text = paragraphs(applied.rendered.data)
    assert text == ["La réunion a été ouverte. Le Conseil en a pris note.", "Elle a été close à midi."]
    assert bold(applied.rendered.data) == ["Conseil"]
    (match,) = back.units[0].segments[0].matches
    assert (match.similarity, match.origin, match.target.plain) == (85.0, Origin.FUZZY, "La réunion est ouverte.")
    assert back.units[0].terms == (PackagedTerm("Council", ("Conseil",), "The governing body"),)


def bold(data: bytes) -> list[str]:
    runs = [run for paragraph in docx.Document(io.BytesIO(data)).paragraphs for run in paragraph.runs]
    return [run.text for run in runs if run.bold and run.text]


def test_a_memory_that_translate_toolkit_wrote(tmp_path: Path) -> None:
    store = tmxfile(sourcelanguage="en", targetlanguage="fr")
    for source, target in FRENCH.items():
        store.addtranslation(source, "en", target, "fr", comment="C25")
    path = tmp_path / "memory.tmx"
    store.savefile(str(path))
    with path.open("rb") as file:
        header, units = read_memory(file, path.name)
        found = list(units)
    assert header.source_language in {"en", "*all*"}
    assert {(unit.variants[0].text.plain, unit.variants[1].text.plain) for unit in found} == set(FRENCH.items())
    assert found[0].notes[0].text == "C25"
