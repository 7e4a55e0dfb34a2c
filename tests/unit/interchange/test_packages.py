"""XLIFF: states, origins, codes and other programs' ways of writing them; what comes back against what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from langsupport.domain.findings import Severity
from langsupport.domain.interchange import (
    InterchangeText,
    Package,
    PackagedGap,
    PackagedSegment,
    PackagedUnit,
    PackageNote,
)
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin, State
from langsupport.formats.interchange.comparison import compare
from langsupport.formats.interchange.xliff import fill_package, read_package, write_package

BOLD = (InlineCode(1, CodeKind.OPEN), InlineCode(1, CodeKind.CLOSE))
NOTE = InlineCode(2, CodeKind.SINGLE, "note")


def text(plain: str, *codes: tuple[int, InlineCode]) -> InterchangeText:
    return InterchangeText(CodedText(plain, codes))


def sent(target: InterchangeText | None = None) -> Package:
    first = PackagedSegment("s1", text("One two.", (0, BOLD[0]), (3, BOLD[1]), (8, NOTE)), target)
    if target is not None:
        first = replace(first, state=State.TRANSLATED, origin=Origin.MACHINE)
    second = PackagedSegment("s2", text("Three."), text("Trois."), State.TRANSLATED, Origin.MACHINE)
    unit = PackagedUnit("u1", (first, PackagedGap(text(" ")), second), "p0", "paragraph")
    return Package("a.docx", "en", "fr", (unit,), "00ff")


WHOLE = text("Un deux.", (0, BOLD[0]), (2, BOLD[1]), (8, NOTE))


def in_12(target: str, unit: str = "") -> PackagedSegment:
    data = (
        '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a" source-language="en" '
        f'target-language="fr" datatype="x"><body><trans-unit id="1" {unit}><source>One</source>{target}</trans-unit>'
        "</body></file></xliff>"
    )
    (found,) = read_package(data.encode(), "a.xlf").units
    return found.segments[0]


@pytest.mark.parametrize(
    ("target", "unit", "state"),
    [
        ("", "", State.INITIAL),
        ("<target/>", 'approved="yes"', State.INITIAL),
        ("<target>Un</target>", "", State.TRANSLATED),
        ('<target state="new">Un</target>', "", State.INITIAL),
        ('<target state="needs-translation">Un</target>', 'approved="yes"', State.INITIAL),
        ('<target state="needs-review-l10n">Un</target>', "", State.TRANSLATED),
        ('<target state="translated">Un</target>', 'approved="no"', State.TRANSLATED),
        ('<target state="translated">Un</target>', 'approved="yes"', State.FINAL),
        ('<target state="signed-off">Un</target>', "", State.REVIEWED),
        ('<target state="final">Un</target>', "", State.FINAL),
        ('<target state="x-odd">Un</target>', "", State.TRANSLATED),
    ],
)
def test_states_of_12(target: str, unit: str, state: State) -> None:
    assert in_12(target, unit).state is state


@pytest.mark.parametrize(
    ("qualifier", "origin"),
    [
        ("leveraged-mt", Origin.MACHINE),
        ("leveraged-tm", Origin.EXACT),
        ("id-match", Origin.CONTEXT),
        ("fuzzy-match", Origin.FUZZY),
        ("x-odd", None),
    ],
)
def test_origins_of_12(qualifier: str, origin: Origin | None) -> None:
    assert in_12(f'<target state-qualifier="{qualifier}">Un</target>').origin is origin


def test_machine_text_is_said_to_need_a_look_in_12() -> None:
    data = write_package(sent(WHOLE), "1.2").decode()
    assert 'state="needs-review-translation" state-qualifier="mt-suggestion"' in data


def test_segmented_units_of_12() -> None:
    """As Trados and memoQ write them: seg-source and mrk."""
    data = (
        b'<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a" source-language="en" '
        b'target-language="fr" datatype="x"><body><trans-unit id="7"><source>One. Two.</source><seg-source>'
        b'<mrk mtype="seg" mid="a">One.</mrk> <g id="1"><mrk mtype="seg" mid="b">Two.</mrk></g></seg-source>'
        b'<target><mrk mtype="seg" mid="a">Un.</mrk> </target></trans-unit></body></file></xliff>'
    )
    first, second = read_package(data, "a.xlf").units[0].segments
    assert (first.id, first.source.plain, first.target and first.target.plain) == ("a", "One.", "Un.")
    assert (second.id, second.source.plain, second.target) == ("b", "Two.", None)
    edited = {("7", "b"): replace(second, target=text("Deux."), state=State.FINAL)}
    assert b'<mrk mtype="seg" mid="b">Deux.</mrk></target>' in (filled := fill_package(data, "a.xlf", edited))
    assert [one.target and one.target.plain for one in read_package(filled, "a").units[0].segments] == ["Un.", "Deux."]


def test_codes_that_cross_segments_and_each_other() -> None:
    a, b = InlineCode(1, CodeKind.OPEN, "link"), InlineCode(2, CodeKind.OPEN)
    a_end, b_end = InlineCode(1, CodeKind.CLOSE, "link"), InlineCode(2, CodeKind.CLOSE)
    first = PackagedSegment("s1", text("one two", (0, a), (2, b)))
    second = PackagedSegment("s2", text("three", (1, a_end), (3, b_end)))
    package = Package("a", "en", "fr", (PackagedUnit("u1", (first, second)),))
    data = write_package(package, "2.1").decode()
    assert data.count("<sc ") == data.count('<ec canCopy="no"') == 2 and "isolated" not in data
    for version in ("1.2", "2.1"):
        (unit,) = read_package(write_package(package, version), "a").units
        assert unit.parts == (first, second)


@pytest.mark.parametrize("version", ["1.2", "2.1"])
def test_codes_that_cross_within_a_segment(version: Literal["1.2", "2.1"]) -> None:
    other = InlineCode(3, CodeKind.OPEN), InlineCode(3, CodeKind.CLOSE)
    crossing = text("abcd", (0, BOLD[0]), (1, other[0]), (2, BOLD[1]), (3, other[1]))
    package = Package("a", "en", "fr", (PackagedUnit("u1", (PackagedSegment("s1", crossing, crossing),)),))
    (unit,) = read_package(write_package(package, version), "a").units
    assert unit.segments[0].source == unit.segments[0].target == crossing


def test_a_code_alone_is_said_to_be_alone_in_21() -> None:
    unit = PackagedUnit("u1", (PackagedSegment("s1", text("one", (0, InlineCode(1, CodeKind.OPEN)))),))
    data = write_package(Package("a", "en", "fr", (unit,)), "2.1").decode()
    assert 'isolated="yes"' in data


def test_other_programs_codes_come_back_as_they_were() -> None:
    data = (
        b'<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="ar-SA"><file id="f">'
        b'<unit id="u"><originalData><data id="d1">[b]</data></originalData><segment><source>A <mrk id="m" '
        b'type="comment" value="Mind this"><pc id="c7" dataRefStart="d1">b</pc></mrk> <cp hex="0007"/><ph id="3" '
        b'equiv="BR"/>\n   c</source></segment></unit></file></xliff>'
    )
    (segment,) = read_package(data, "a.xlf").units[0].segments
    assert segment.source.plain == "A b \x07 c", "white space is single where it does not count"
    assert segment.notes == (PackageNote("Mind this", "", "comment"),)
    moved = CodedText("ب", tuple((0, code) for _, code in segment.source.coded.codes))
    edited = {("u", "s1"): replace(segment, target=InterchangeText(moved), state=State.TRANSLATED)}
    filled = fill_package(data, "a.xlf", edited).decode()
    assert '<target><pc id="c7" dataRefStart="d1"/><ph id="3" equiv="BR"/>ب</target>' in filled
    assert '<data id="d1">[b]</data>' in filled and "Mind this" in filled


def test_what_is_not_understood_is_told() -> None:
    data = write_package(sent(WHOLE), "2.1").decode().replace("Trois.", '<blink>Trois.</blink><cp hex="zz"/>')
    package = read_package(data.encode(), "a.xlf")
    assert package.by_segment()["u1", "s2"].target == text("Trois.")
    assert [finding.code for finding in package.findings] == ["package-inline"] * 2
    assert all("Line" in finding.message for finding in package.findings)


def back(package: Package, version: Literal["1.2", "2.1"] = "2.1", *replacing: str) -> Package:
    data = write_package(package, version).decode()
    for old, new in zip(replacing[::2], replacing[1::2], strict=True):
        assert old in data
        data = data.replace(old, new)
    return read_package(data.encode(), "a.fr.xlf")


@pytest.mark.parametrize("version", ["1.2", "2.1"])
def test_nothing_changed(version: Literal["1.2", "2.1"]) -> None:
    returned = compare(sent(WHOLE), back(sent(WHOLE), version))
    assert returned.changed == () and returned.findings == ()


def test_an_edited_text_is_a_persons() -> None:
    returned = compare(sent(WHOLE), back(sent(WHOLE), "2.1", "Trois.", "Trois !"))
    assert returned.changed == (("u1", "s2"),)
    segment = returned.segments["u1", "s2"]
    assert segment.target == text("Trois !") and segment.origin is Origin.HUMAN
    assert returned.segments["u1", "s1"].origin is Origin.MACHINE


def test_a_state_alone_is_a_change_too() -> None:
    approved = back(sent(WHOLE), "1.2", '<trans-unit id="u1.s2"', '<trans-unit id="u1.s2" approved="yes"')
    assert compare(sent(WHOLE), approved).changed == (("u1", "s2"),)


def findings(sent_package: Package, returned_package: Package) -> dict[str, str]:
    return {finding.code: finding.message for finding in compare(sent_package, returned_package).findings}


@pytest.mark.parametrize("version", ["1.2", "2.1"])
def test_broken_codes_are_counted(version: Literal["1.2", "2.1"]) -> None:
    lost = replace(sent(WHOLE).units[0].segments[0], target=text("Un deux.", (0, NOTE), (8, NOTE)))
    unit = replace(sent().units[0], parts=(lost, sent().units[0].segments[1]))
    told = compare(sent(WHOLE), back(replace(sent(), units=(unit,)), version))
    messages = {finding.code: finding.message for finding in told.findings}
    assert "(<1>, </1>)" in messages["package-codes-missing"] and "“Un deux.”" in messages["package-codes-missing"]
    assert "(<2/>)" in messages["package-codes-added"]
    assert all(finding.severity is Severity.ERROR and finding.unit_id == "u1" for finding in told.findings)
    assert told.segments["u1", "s1"].target == text("Un deux.", (0, NOTE), (8, NOTE)), "what came is kept"


def test_a_program_that_forgets_what_a_code_is_breaks_nothing() -> None:
    forgetful = back(sent(WHOLE), "2.1", ' type="other" subType="ls:note"', "")
    returned = compare(sent(WHOLE), forgetful)
    assert returned.findings == () and returned.segments["u1", "s1"].target == WHOLE


def test_missing_and_unknown_segments() -> None:
    unit = sent(WHOLE).units[0]
    only_first = replace(sent(WHOLE), units=(replace(unit, parts=unit.parts[:1]),))
    told = findings(sent(WHOLE), back(only_first))
    assert "s2 did not come back" in told["package-missing"]
    told = findings(only_first, back(sent(WHOLE)))
    assert "was not sent (u1, s2): “Trois.”" in told["package-unknown"]


def test_a_segment_that_came_twice() -> None:
    unit = sent(WHOLE).units[0]
    again = replace(unit.segments[1], target=text("Tres."))
    told = findings(sent(WHOLE), back(replace(sent(WHOLE), units=(replace(unit, parts=(*unit.parts, again)),))))
    assert "“Trois.” was taken, “Tres.” was not" in told["package-double"]


def test_a_changed_source_an_emptied_target_and_another_language() -> None:
    told = findings(sent(WHOLE), back(sent(WHOLE), "2.1", "Three.", "Four.", ">Trois.<", "><", '"fr"', '"es"'))
    assert "“Four.”, not “Three.”" in told["package-source"]
    assert "“Trois.” was kept" in told["package-empty"]
    assert "came back for es and was sent for fr" in told["package-language"]


def test_a_region_of_the_language_is_the_language() -> None:
    assert findings(sent(WHOLE), back(sent(WHOLE), "2.1", '"fr"', '"fr-CA"')) == {}
