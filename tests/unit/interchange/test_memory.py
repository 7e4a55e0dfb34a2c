"""TMX: what a unit's codes, dates and languages become, and broken codes told."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from langsupport.domain.interchange import (
    InterchangeText,
    MemoryHeader,
    MemoryUnit,
    MemoryVariant,
    NativeCode,
    Provenance,
    six_language,
)
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.formats.interchange.tmx import read_memory, write_memory

HEAD = (
    '<tmx version="1.4"><header srclang="*all*" adminlang="en"/><body>'
    '<tu tuid="t" creationdate="{}"><tuv xml:lang="{}">'
)
TAIL = "</tuv></tu></body></tmx>"


def read(seg: str, language: str = "en", date: str = "20250618T093000Z") -> MemoryUnit:
    (unit,) = read_memory((HEAD.format(date, language) + f"<seg>{seg}</seg>" + TAIL).encode(), "m.tmx")[1]
    return unit


def written(*units: MemoryUnit) -> str:
    file = io.BytesIO()
    write_memory(file, MemoryHeader(), units)
    return file.getvalue().decode()


def kinds(text: InterchangeText) -> list[tuple[int, int, str, str]]:
    return [(position, code.id, code.kind.value, code.role) for position, code in text.coded.codes]


def test_every_inline_element() -> None:
    unit = read(
        'A <bpt i="1" x="5" type="link">&lt;a></bpt>link<ept i="1">&lt;/a></ept>, <hi x="6">high</hi>, '
        '<ph x="7" type="lb"/>end<it pos="end" x="8"/>'
    )
    text = unit.variants[0].text
    assert text.plain == "A link, high, end"
    assert kinds(text) == [
        (2, 5, "open", "link"),
        (6, 5, "close", "link"),
        (8, 6, "open", "other"),
        (12, 6, "close", "other"),
        (14, 7, "single", "break"),
        (17, 8, "close", "format"),
    ]
    assert unit.findings == ()


def test_text_inside_a_code_is_not_text_and_not_lost() -> None:
    seg = 'See<ph x="1" type="fnote">{\\fn <sub type="footnote">Note <ph x="2">&lt;br></ph> here</sub>}</ph>.'
    unit = read(seg)
    assert unit.variants[0].text.plain == "See."
    back = written(unit)
    assert '{\\fn <sub type="footnote">Note <ph x="2">&lt;br&gt;</ph> here</sub>}' in back


def test_codes_are_the_same_in_every_language_although_they_change_places() -> None:
    both = (
        '<seg><bpt i="1" x="1"/>black<ept i="1"/> <bpt i="2" x="2"/>cat<ept i="2"/></seg></tuv><tuv xml:lang="fr"><seg>'
        '<bpt i="1" x="2"/>chat<ept i="1"/> <bpt i="2" x="1"/>noir<ept i="2"/></seg>'
    )
    (unit,) = read_memory((HEAD.format("20250618T093000Z", "en") + both + TAIL).encode(), "m.tmx")[1]
    first, second = (variant.text.coded for variant in unit.variants)
    assert first.code_counts() == second.code_counts()
    assert [code.id for _, code in second.codes] == [2, 2, 1, 1]


def test_broken_codes_are_told_and_their_text_is_kept() -> None:
    unit = read('a <bpt i="1"/>b <ept i="2"/>c <bold>d</bold>')
    assert unit.variants[0].text.plain == "a b c d"
    assert [finding.code for finding in unit.findings] == ["memory-codes"] * 3
    messages = " ".join(finding.message for finding in unit.findings)
    assert "bpt 1 has no end" in messages and "ept 2 ends nothing" in messages and "<bold>" in messages
    assert all(finding.message.startswith("Line 1") and finding.unit_id == "t" for finding in unit.findings)


def test_a_pair_that_lost_its_end_keeps_what_the_file_says_of_it() -> None:
    whole = read('a <bpt i="1" x="1">&lt;b></bpt>b<ept i="1">&lt;/b></ept>').variants[0].text
    half = whole.dressed(CodedText("ab", whole.coded.codes[:1]))
    back = written(MemoryUnit((MemoryVariant("en", half),)))
    assert '<it x="1" pos="begin">&lt;b&gt;</it>' in back


def test_dates_are_dates_and_odd_ones_are_kept_as_they_are() -> None:
    assert read("x").provenance.created == datetime(2025, 6, 18, 9, 30, tzinfo=UTC)
    for odd in ("yesterday", "2025618T093000Z", "20250618"):
        unit = read("x", date=odd)
        assert unit.provenance.created is None
        assert f'creationdate="{odd}"' in written(unit)


def test_region_variants_belong_to_the_six_and_foreign_languages_are_kept() -> None:
    unit = MemoryUnit(
        tuple(MemoryVariant(tag, InterchangeText(CodedText(tag))) for tag in ("pt-BR", "ZH-cn", "es-419"))
    )
    assert [six_language(one.language) for one in unit.variants] == [None, "zh", "es"]
    assert six_language("zh-TW") is None and six_language("") is None
    spanish = unit.variant("es")
    assert spanish is not None and spanish.text.plain == "es-419"
    assert unit.variant("ar") is None
    assert 'xml:lang="pt-BR"' in written(unit)


def test_older_files_say_lang_without_xml() -> None:
    data = HEAD.format("x", "en").replace("xml:lang", "lang") + "<seg>x</seg>" + TAIL
    (unit,) = read_memory(data.encode(), "m.tmx")[1]
    assert unit.variants[0].language == "en"


def test_what_xml_cannot_hold_is_left_out_and_crossing_highlights_become_pairs() -> None:
    codes = (
        (0, InlineCode(1, CodeKind.OPEN, "other")),
        (1, InlineCode(2, CodeKind.OPEN, "other")),
        (2, InlineCode(1, CodeKind.CLOSE, "other")),
        (3, InlineCode(2, CodeKind.CLOSE, "other")),
    )
    natives = (NativeCode("hi", (("type", "a"),)), NativeCode("hi", (("type", "b"),)), None, None)
    text = InterchangeText(CodedText("a\x07bcd", codes), natives)
    unit = MemoryUnit((MemoryVariant("en", text),), provenance=Provenance())
    (back,) = read_memory(written(unit).encode(), "m.tmx")[1]
    assert back.variants[0].text.plain == "abcd"
    assert [code for _, code in back.variants[0].text.coded.codes] == [code for _, code in codes]


def test_an_empty_memory_and_one_without_a_header() -> None:
    header, units = read_memory(b'<tmx version="1.4"><header srclang="fr"/><body/></tmx>', "m.tmx")
    assert header.source_language == "fr" and list(units) == []
