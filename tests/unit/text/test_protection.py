"""Entities through a translation: masked, put back, verified, isolated in Arabic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.text.entities import find_entities
from langsupport.text.protection import LRI, PDI, isolate, mask, missing, unmask

TEXT = "TD 123 (PLEN) cites ITU-T E.119 and https://www.itu.int/ on 3 pages."


def test_mask_and_unmask_are_inverse_and_numbers_stay_in_sight() -> None:
    masked = mask(TEXT, find_entities(TEXT, "en"))
    assert len(masked.tokens) == 3
    assert "3 pages" in masked.text
    assert all(token in masked.text for token in masked.tokens)
    assert unmask(masked, masked.text) == TEXT


def test_placeholders_avoid_what_the_text_holds() -> None:
    text = "XQ1 and XZ2 are models of TD 123 (PLEN)."
    masked = mask(text, find_entities(text, "en"))
    assert unmask(masked, masked.text) == text


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda t: t.lower(), True),
        (lambda t: t.replace("XQ", "XQ "), True),
        (lambda t: t.replace("1", "１").replace("2", "٢"), True),
        (lambda t: t.replace("XQ2", ""), False),
        (lambda t: t + " XQ1", False),
        (lambda t: t.replace("XQ3", "XQ9"), False),
    ],
)  # fmt: skip
def test_what_engines_do_to_placeholders(change, kept: bool) -> None:  # type: ignore[no-untyped-def]
    masked = mask(TEXT, find_entities(TEXT, "en"))
    restored = unmask(masked, change(masked.text))
    assert (restored is not None) is kept
    if restored:
        assert missing(find_entities(TEXT, "en"), restored, "fr") == []


@pytest.mark.parametrize(
    ("source", "target", "language", "absent"),
    [
        ("See TD 123 (PLEN).", "Voir TD 123 (PLEN).", "fr", []),
        ("See TD 123 (PLEN).", "Voir TD 124 (PLEN).", "fr", ["TD 123 (PLEN)"]),
        ("E.119 and E.119", "E.119", "fr", ["E.119"]),
        ("It costs 1,234.5 in 2016.", "Es kostet 1.234,5 in 2016.", "es", []),
        ("It costs 1,234.5.", "تبلغ التكلفة ١٬٢٣٤٫٥.", "ar", []),
        ("3 million people", "300万人", "zh", []),
        ("193 States", "194 États", "fr", ["193"]),
        ("See C25/17(Rev.1)-E", f"انظر {LRI}C25/17(Rev.1)-E{PDI}", "ar", []),
    ],
)
def test_missing(source: str, target: str, language: str, absent: list[str]) -> None:
    assert [entity.text for entity in missing(find_entities(source, "en"), target, language)] == absent


def test_isolation_wraps_symbols_once_and_leaves_numbers_alone() -> None:
    source = "C25/17(Rev.1)-E and ITU-T E.119 of 2016"
    entities = find_entities(source, "en")
    target = "الوثيقة C25/17(Rev.1)-E والتوصية ITU-T E.119 لعام 2016"
    once = isolate(target, entities, "ar")
    assert once == f"الوثيقة {LRI}C25/17(Rev.1)-E{PDI} والتوصية {LRI}ITU-T E.119{PDI} لعام 2016"
    assert isolate(once, entities, "ar") == once
    assert isolate(target, entities, "fr") == target


@given(st.lists(st.sampled_from(["ITU-T E.119", "E.119", "TD 123 (PLEN)", "www.itu.int", "في", "2016"]), max_size=8))
def test_isolates_are_balanced_and_hide_nothing(parts: list[str]) -> None:
    text = " ".join(parts)
    entities = find_entities(text, "ar")
    isolated = isolate(text, entities, "ar")
    assert isolated.replace(LRI, "").replace(PDI, "") == text
    assert isolated.count(LRI) == isolated.count(PDI)
    assert isolate(isolated, entities, "ar") == isolated
