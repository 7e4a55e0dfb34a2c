"""langsupport translate --xliff and langsupport apply, as separate processes."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest

from badfiles import word_document
from faces import Place
from langsupport.formats.interchange.xliff import read_package

SENTENCE = "The meeting was opened by the Chair."
NEXT = "The Council took note of the report."


@pytest.fixture
def sent(place: Place, tmp_path: Path) -> Path:
    """report.docx translated into French and Arabic, with packages beside the results."""
    source = tmp_path / "report.docx"
    source.write_bytes(word_document(SENTENCE, NEXT))
    done = place.run("translate", source, "--to", "fr,ar", "--xliff", "2.1")
    assert done.returncode == 0, done.stderr
    return tmp_path


def paragraphs(path: Path) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(str(path)).paragraphs]


def test_packages_stand_beside_the_renditions(sent: Path) -> None:
    names = {path.name for path in sent.iterdir() if path.is_file()}
    assert {"report.fr.docx", "report.fr.xlf", "report.ar.docx", "report.ar.xlf"} <= names
    package = read_package((sent / "report.fr.xlf").read_bytes(), "report.fr.xlf")
    assert (package.original, package.source_language, package.target_language) == ("report.docx", "en", "fr")
    targets = [one.target.plain for unit in package.units for one in unit.segments if one.target]
    assert targets == [f"[fr] {SENTENCE}", f"[fr] {NEXT}"]


def test_an_edited_package_becomes_the_document(place: Place, sent: Path) -> None:
    package = sent / "report.fr.xlf"
    text = package.read_text("utf-8").replace(f"[fr] {SENTENCE}", "La réunion a été ouverte par le président.")
    text = text.replace(f"[fr] {NEXT}", "Le Conseil a pris note du rapport.").replace('"translated"', '"final"')
    package.write_text(text, "utf-8")
    done = place.run("apply", package, "--source", sent / "report.docx", "--out", sent / "out", "--json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["files"]
    assert told["reviewed"] and told["changed"] == 2 and told["language"] == "fr"
    assert paragraphs(sent / "out" / "report.fr.docx") == [
        "La réunion a été ouverte par le président.",
        "Le Conseil a pris note du rapport.",
    ], "reviewed by people: no mark of machine translation"


def test_what_does_not_fit_is_told_and_the_mark_stays(place: Place, sent: Path) -> None:
    package = sent / "report.ar.xlf"
    begin = (text := package.read_text("utf-8")).rindex("<unit ")
    package.write_text(text[:begin] + text[text.rindex("</unit>") + len("</unit>") :], "utf-8")
    (sent / "report.docx").write_bytes(word_document(SENTENCE, NEXT, "And a new one."))
    done = place.run("apply", package, "--source", sent / "report.docx", "--out", sent / "out")
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert "another state of this document" in said and "did not come back" in said
    mark, *rest = paragraphs(sent / "out" / "report.ar.docx")
    assert "ترجمة آلية" in mark and NEXT in rest


@pytest.mark.parametrize("version", ["1.2", "2.1"])
def test_an_unchanged_package_gives_the_same_document(place: Place, tmp_path: Path, version: str) -> None:
    source = tmp_path / "notes.md"
    source.write_text(f"# {SENTENCE}\n\n{NEXT} **{SENTENCE}** [{NEXT}](https://www.example.org)\n", "utf-8")
    assert place.run("translate", source, "--to", "es", "--xliff", version).returncode == 0
    done = place.run("apply", tmp_path / "notes.es.xlf", "--source", source, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "notes.es.md").read_text("utf-8") == (tmp_path / "notes.es.md").read_text("utf-8")


def test_bad_packages(place: Place, sent: Path) -> None:
    bad = sent / "bad.xlf"
    good = (sent / "report.fr.xlf").read_text("utf-8")
    for text, says in (
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><xliff>&e;</xliff>", "refused for safety"),
        (good[: len(good) // 2], "breaks off at line"),
        (good.replace('trgLang="fr"', 'trgLang="pt"'), "“pt”"),
        (good.replace('trgLang="fr"', 'trgLang="en-GB"'), "into itself"),
    ):
        bad.write_text(text, "utf-8")
        done = place.run("apply", bad, "--source", sent / "report.docx", "--out", sent / "out")
        assert done.returncode == 3 and says in done.stderr.decode()
    assert not (sent / "out").exists()


def test_a_package_cannot_go_to_stdout(place: Place) -> None:
    done = place.run("translate", "-", "--to", "fr", "--xliff", "1.2", stdin=b"Good morning.")
    assert done.returncode == 2 and b"--out" in done.stderr
