"""Real Word documents through a package and back: the same document as without one, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from translate.storage.xliff import xlifffile
from translate.storage.xliff2 import Xliff2File

from interchanges import DATA
from langsupport.domain.units import CodedText, SegmentTranslation
from langsupport.formats.interchange.xliff import read_package, write_package
from langsupport.pipelines.document import Prepared, prepare, render
from langsupport.pipelines.packages import apply_package, package_of

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "openchain-spec-1.1.fr.docx"
NAMES = (
    "itu_A.1_E",
    "itu_P.340_Amd2_E",
    "itu_E.119_E",
    "OpenChainSpec-1.2.TranslationRU",
    "TranslationTemplate-zh-Hans",
)
OTHERS = [path for name in NAMES for path in sorted((DATA / "documents").rglob(f"*{name}.docx"))]


def machine(prepared: Prepared) -> dict[str, SegmentTranslation]:
    """Every sentence in brackets, its codes where they were."""
    found = {}
    for segment in prepared.segments:
        own = segment.source.renumbered(segment.source.canonical_ids())
        codes = tuple((position + 1, code) for position, code in own.codes)
        found[segment.key] = SegmentTranslation(segment.key, CodedText(f"[{own.text}]", codes))
    return found


@pytest.mark.parametrize("path", [EXAMPLE, *OTHERS], ids=lambda path: path.stem)
@pytest.mark.parametrize("version", ["1.2", "2.1"])
def test_a_package_loses_nothing_of_a_document(path: Path, version: Literal["1.2", "2.1"]) -> None:
    data = path.read_bytes()
    prepared = prepare(data, path.name)
    target = "en" if prepared.source == "ar" else "ar"
    translations = machine(prepared)
    package = package_of(data, path.name, prepared, target, translations)
    written = write_package(package, version)
    back = read_package(written, "a.xlf")
    if version == "2.1":
        assert back == package
    applied = apply_package(data, path.name, prepared, back, target)
    assert applied.rendered.data == render(data, path.name, prepared, target, translations).data
    assert not [finding for finding in applied.rendered.findings if finding.code.startswith("package-")]
    units = (xlifffile if version == "1.2" else Xliff2File).parsestring(written).units
    assert len(units) == len(prepared.segments)
