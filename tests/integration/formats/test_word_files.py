"""Real Word documents, judged by plain zip and XML reading and not by the code under test.

The organizations' documents are not shipped: LANGSUPPORT_TEST_DATA names the folder that holds them.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import docx
import pytest
from lxml import etree

from langsupport.domain.units import CodedText
from langsupport.formats import Mark, for_name

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", ROOT / ".." / "shared" / "data")) / "documents"
DEMO = ROOT / "examples" / "openchain-spec-1.1.fr.docx"
FILES = [DEMO, *sorted(DATA.glob("*.docx")), *sorted((DATA / "office").glob("*.docx"))]
MARK = Mark("Unofficial machine translation.", "machine translation, not reviewed")

real_files = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[:40])

COUNTED = frozenset(
    {
        "tbl", "tr", "tc", "p", "drawing", "pict", "object", "blip", "imagedata", "txbxContent", "oMath", "sectPr",
        "sdt", "hyperlink", "footnoteReference", "endnoteReference", "commentReference", "commentRangeStart", "fldChar",
        "fldSimple", "instrText", "bookmarkEnd", "br", "sym", "ptab", "noBreakHyphen",
    }
)  # fmt: skip
LOOKS = frozenset({"b", "i", "u", "strike", "vertAlign", "highlight", "caps", "rStyle", "sz"})


def test_the_real_files_are_there():
    if len(FILES) == 1:
        pytest.skip(f"only the demo document is tested: {DATA} holds no files (set LANGSUPPORT_TEST_DATA)")
    assert len(FILES) > 20


def local(element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_roots(data: bytes) -> dict[str, etree._Element]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.startswith("word/") and name.endswith(".xml")]
        roots = {name: etree.fromstring(archive.read(name)) for name in names if "glossary" not in name}
    return {
        name: root for name, root in roots.items() if local(root) in {"document", "hdr", "ftr", "footnotes", "endnotes"}
    }


def final_view(root: etree._Element) -> list[etree._Element]:
    """All elements that a reader of the final version sees."""
    gone = {one for mark in root.iter("{*}del", "{*}moveFrom") for one in mark.iter()}
    return [one for one in root.iter(etree.Element) if one not in gone]


def counts(data: bytes) -> Counter[str]:
    found: Counter[str] = Counter()
    for root in text_roots(data).values():
        for element in final_view(root):
            name = local(element)
            if name in COUNTED or (name == "tab" and local(element.getparent()) == "r"):
                found[name] += 1
    return found


def letters(data: bytes) -> list[tuple[str, frozenset[str]]]:
    """Every letter and digit in upper case with what it looks like, in order."""
    result = []
    for _, root in sorted(text_roots(data).items()):
        for element in final_view(root):
            run = element.getparent()
            if local(element) != "t" or local(run) != "r":
                continue
            props = next((one for one in run if local(one) == "rPr"), ())
            look = frozenset(
                f"{local(one)}={value}"
                for one in props
                if local(one) in LOOKS
                for value in [next((v for k, v in one.attrib.items() if k.endswith("}val")), "")]
                if (local(one), value) != ("u", "none")
            )
            result += [(letter.upper(), look) for letter in element.text or "" if letter.isalnum()]
    return result


def swapped(text: str) -> str:
    """Another text of the same shape: a for A."""
    return "".join(letter.swapcase() if letter.isascii() else letter for letter in text)


def translate(data: bytes, change, source: str = "en", target: str = "en", mark: Mark | None = None) -> bytes:
    row = for_name("a.docx")
    units = row.read(data, "a.docx").units
    targets = {}
    for unit in units:
        text = change(unit.source.text)
        targets[unit.id] = CodedText(text, tuple((min(place, len(text)), code) for place, code in unit.source.codes))
    return row.write(data, "a.docx", targets, source, target, mark)


@real_files
def test_identity_gives_canonically_identical_parts(path):
    data = path.read_bytes()
    out = translate(data, lambda text: text)
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(out)) as after:
        assert before.namelist() == after.namelist()
        for name in before.namelist():
            old, new = before.read(name), after.read(name)
            if old != new and name.endswith((".xml", ".rels")):
                old, new = (etree.tostring(etree.fromstring(part), method="c14n") for part in (old, new))
            assert old == new, name


@real_files
def test_nothing_is_lost_and_every_letter_keeps_its_look(path):
    data = path.read_bytes()
    out = translate(data, swapped)
    missing = counts(data) - counts(out)
    if "revisions-accepted" in {finding.code for finding in for_name("a.docx").read(data, "a").findings}:
        missing = Counter({name: number for name, number in missing.items() if name not in {"p", "tr", "tc", "tbl"}})
    missing.pop("bookmarkEnd", None) if missing["bookmarkEnd"] == 1 else None  # the place last edited
    assert not missing
    assert letters(out) == letters(data)
    row = for_name("a.docx")
    wanted = [CodedText(swapped(unit.source.text), unit.source.codes) for unit in row.read(data, "a").units]
    assert [unit.source for unit in row.read(out, "a").units] == wanted


@real_files
def test_every_letter_arrives_from_right_to_left(path):
    data = path.read_bytes()
    out = translate(data, swapped, "en", "ar", MARK)
    for root in text_roots(out).values():
        for element in root.iter("{*}p", "{*}tbl"):
            wanted = {"p": ("pPr", "bidi"), "tbl": ("tblPr", "bidiVisual")}.get(local(element))
            if wanted and "wordprocessingml" in element.tag:
                props = next(one for one in element if local(one) == wanted[0])
                assert wanted[1] in {local(one) for one in props}
    marked = len([letter for letter in MARK.text if letter.isalnum()])
    assert len(letters(out)) == len(letters(data)) + marked
    if "Strict" not in path.name:  # python-docx does not know that namespace
        assert len(docx.Document(io.BytesIO(out)).paragraphs) >= 1


@pytest.mark.office
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_opens_the_demo_document_in_arabic_and_chinese(tmp_path):
    """As many pages as the source, give or take one, and the texts on them."""
    data = DEMO.read_bytes()
    words = {"ar": "المواصفات", "zh": "规范"}
    (tmp_path / "source.docx").write_bytes(data)
    for target, word in words.items():
        out = translate(data, lambda text, word=word: " ".join(word for _ in text.split()), "fr", target, MARK)
        (tmp_path / f"{target}.docx").write_bytes(out)
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to",
        "pdf",
        "--outdir",
    ]
    subprocess.run([*command, tmp_path, *tmp_path.glob("*.docx")], check=True, capture_output=True, timeout=240)
    pages = {path.stem: pdf_text(path).split("\f") for path in tmp_path.glob("*.pdf")}
    assert set(pages) == {"source", "ar", "zh"}
    assert MARK.text.rstrip(".") in pages["ar"][0]
    assert MARK.text.rstrip(".") in pages["zh"][0]
    assert words["zh"] in pages["zh"][2]
    assert all(abs(len(pages[target]) - len(pages["source"])) <= 4 for target in words)


def pdf_text(path: Path) -> str:
    return subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True).stdout
