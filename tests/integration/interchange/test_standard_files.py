"""The TMX compliance kit and other programs' TMX, TBX and XLIFF files: read and written with nothing lost.

What was there and what we wrote are compared by other readers than ours: translate-toolkit, and the standard library's
XML parser. The files are not shipped: LANGSUPPORT_TEST_DATA names the folder that holds them.
"""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest
from lxml import etree
from translate.storage.tbx import tbxfile
from translate.storage.tmx import tmxfile
from translate.storage.xliff import xlifffile
from translate.storage.xliff2 import Xliff2File

from interchanges import FORMATS, MISSING
from langsupport.domain.terms import TermStatus
from langsupport.formats.interchange.tbx import read_terms, write_terms
from langsupport.formats.interchange.tmx import read_memory, write_memory
from langsupport.formats.interchange.xliff import fill_package, read_package, write_package

pytestmark = pytest.mark.skipif(not FORMATS.exists(), reason=MISSING)

XML = "{http://www.w3.org/XML/1998/namespace}"
MEMORIES = sorted(FORMATS.glob("*.tmx"))
TERMS = sorted(FORMATS.glob("*.tbx"))
PACKAGES = sorted(FORMATS.glob("*.xl*"))


def by_name(path: Path) -> str:
    return path.stem


def elements(data: bytes) -> Counter[object]:
    """Every element of a TMX file as another parser sees it: name, attributes, its own text, its children's names."""
    root = ElementTree.fromstring(data)
    return Counter(_seen(element) for element in root.iter())


def _seen(element: ElementTree.Element) -> object:
    inline = element.tag in {"seg", "hi", "sub", "bpt", "ept", "it", "ph", "ut"}
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if not inline and not (element.text or "").strip():
        texts = []  # white space between elements
    children = [child.tag for child in element] if inline else sorted(child.tag for child in element)
    return element.tag, tuple(sorted(element.attrib.items())), tuple(texts), tuple(children)


@pytest.mark.parametrize("path", MEMORIES, ids=by_name)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_memory_by_another_parser(path: Path, encoding: Literal["utf-8", "utf-16"]) -> None:
    data = path.read_bytes()
    file = io.BytesIO()
    header, units = read_memory(data, path.name)
    found = list(units)
    write_memory(file, header, found, encoding)
    assert not [finding for unit in found for finding in unit.findings]
    assert elements(file.getvalue()) == elements(data)


@pytest.mark.parametrize("path", MEMORIES, ids=by_name)
def test_memory_by_translate_toolkit(path: Path) -> None:
    data = path.read_bytes()
    file = io.BytesIO()
    write_memory(file, *read_memory(data, path.name))
    before, after = tmxfile.parsestring(data), tmxfile.parsestring(file.getvalue())
    assert len(before.units) > 0

    def seen(store: tmxfile) -> list[object]:
        nodes = [unit.getlanguageNodes() for unit in store.units]
        return [
            (unit.getid(), [(node.get(f"{XML}lang"), unit.getNodeText(node)) for node in found], unit.getnotes())
            for unit, found in zip(store.units, nodes, strict=True)
        ]

    assert seen(after) == seen(before)


def texts(data: bytes) -> Counter[str]:
    root = ElementTree.fromstring(data)
    return Counter(" ".join(text.split()) for text in root.itertext() if text.strip())


@pytest.mark.parametrize("path", TERMS, ids=by_name)
def test_terms_by_another_parser(path: Path) -> None:
    data = path.read_bytes()
    found = read_terms(data, path.name)
    back = write_terms(found)
    assert found.findings == ()
    assert texts(back) == texts(data)
    assert read_terms(back, path.name) == found

    def said(document: bytes, names: set[str]) -> Counter[object]:
        values = (one.get(name) for one in ElementTree.fromstring(document).iter() for name in names)
        return Counter(value for value in values if value)

    kept = {"id", "target", f"{XML}lang"}
    assert said(back, kept) == said(data, kept)


def test_both_styles_say_the_same_of_a_term() -> None:
    first, second = (read_terms((FORMATS / f"Example_Astronomy_{s}_VALID.tbx").read_bytes(), s) for s in ("DCA", "DCT"))
    assert len(first.concepts) == len(second.concepts) == 45
    alike = sum(one == other for one, other in zip(first.concepts, second.concepts, strict=True))
    assert alike == 41, "the two files themselves differ in four entries (notes, order)"
    (concept, *_) = second.concepts
    assert concept.subjects == ("General",)
    assert concept.definitions("en")[0].startswith("A group of stars formed together")
    preferred, superseded = concept.terms("en")
    assert (preferred.text, preferred.status, preferred.part_of_speech) == (
        "open cluster",
        TermStatus.PREFERRED,
        "noun",
    )
    assert superseded.status is TermStatus.FORBIDDEN


def test_terms_of_version_2_by_translate_toolkit() -> None:
    data = (FORMATS / "omegat_sampleTBXfile.tbx").read_bytes()
    (unit,) = tbxfile.parsestring(data).units
    (concept,) = read_terms(data, "sample.tbx").concepts
    assert unit.source == concept.terms("en")[0].text
    assert unit.getid() == concept.id
    assert [one.language for one in concept.languages] == ["en", "hu"]


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n")


@pytest.mark.parametrize("path", PACKAGES, ids=by_name)
def test_packages_stay_canonically_identical(path: Path) -> None:
    data = path.read_bytes()
    assert canonical(fill_package(data, path.name, {})) == canonical(data)


def toolkit_texts(data: bytes) -> list[tuple[str, str]]:
    """Sources and targets as translate-toolkit reads them; it makes white space single where a file allows that."""
    kind = Xliff2File if b"document:2." in data else xlifffile
    return [(_single(unit.source), _single(unit.target)) for unit in kind.parsestring(data).units]


def _single(text: object) -> str:
    return " ".join(str(text or "").split())


@pytest.mark.parametrize("path", PACKAGES, ids=by_name)
@pytest.mark.parametrize("version", ["1.2", "2.1"])
def test_packages_by_translate_toolkit(path: Path, version: Literal["1.2", "2.1"]) -> None:
    """Written anew in either version: the same sources and targets."""
    package = read_package(path.read_bytes(), path.name)
    written = toolkit_texts(write_package(package, version))
    assert len(written) == sum(len(unit.segments) for unit in package.units) > 0
    if "tags" in path.name:  # XLIFF 1.1, with codes whose content it takes for text
        return
    assert written == toolkit_texts(path.read_bytes())
    ours = [(one.source, one.target) for unit in package.units for one in unit.segments]
    assert written == [(_single(source.plain), _single(target and target.plain)) for source, target in ours]
