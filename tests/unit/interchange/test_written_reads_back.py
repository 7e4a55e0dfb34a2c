"""What is written reads back equal, whatever it is."""

from __future__ import annotations

import io
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interchanges import memory_headers, memory_units, packages, term_bases
from langsupport.domain.interchange import MemoryHeader, MemoryUnit, Package, TermBase
from langsupport.formats.interchange.tbx import read_terms, write_terms
from langsupport.formats.interchange.tmx import read_memory, write_memory
from langsupport.formats.interchange.xliff import fill_package, read_package, write_package

relaxed = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@relaxed
@given(memory_headers, st.lists(memory_units, max_size=3), st.sampled_from(("utf-8", "utf-16")))
def test_memory(header: MemoryHeader, units: list[MemoryUnit], encoding: Literal["utf-8", "utf-16"]) -> None:
    file = io.BytesIO()
    assert write_memory(file, header, units, encoding) == len(units)
    read_header, read_units = read_memory(file.getvalue(), "memory.tmx")
    assert read_header == header
    assert list(read_units) == units


@relaxed
@given(term_bases)
def test_terms(terms: TermBase) -> None:
    assert read_terms(write_terms(terms), "terms.tbx") == terms


@relaxed
@given(packages(gaps=True))
def test_xliff_2(package: Package) -> None:
    data = write_package(package, "2.1")
    assert read_package(data, "a.xlf") == package


@relaxed
@given(packages(gaps=False))
def test_xliff_12(package: Package) -> None:
    data = write_package(package, "1.2")
    assert read_package(data, "a.xlf") == package


@relaxed
@given(packages(gaps=True), packages(gaps=True), st.sampled_from(("1.2", "2.1")))
def test_filled_in_place(package: Package, other: Package, version: Literal["1.2", "2.1"]) -> None:
    """Targets of another package put into the file of the first are there, and nothing else is."""
    data = write_package(package, version)
    edited = {key: segment for key, segment in other.by_segment().items() if segment.target is not None}
    before = read_package(data, "a.xlf").by_segment()
    after = read_package(fill_package(data, "a.xlf", edited), "a.xlf").by_segment()
    assert after.keys() == before.keys()
    for key, segment in after.items():
        wanted = edited.get(key)
        if wanted is None:
            assert segment == before[key]
        else:
            assert wanted.target is not None and segment.target is not None
            assert segment.target.plain == wanted.target.plain
            assert (segment.state, segment.source) == (wanted.state, before[key].source)
