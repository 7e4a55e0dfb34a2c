"""Plain text: paragraphs, line breaks and encodings."""

from __future__ import annotations

import pytest

from langsupport.domain.units import CodedText
from langsupport.errors import DamagedFile, EmptyInput, InputTooLarge
from langsupport.formats import charset
from langsupport.formats.base import Mark
from langsupport.formats.plain import PlainText

RUSSIAN = "Комиссия рассмотрела доклад о работе сектора и приняла решение.\nНовый пункт повестки дня.\n"
ARABIC = "نظرت اللجنة في التقرير عن أعمال القطاع واعتمدت القرار.\nبند جديد من جدول الأعمال.\n"
CHINESE = "委员会审议了关于部门工作的报告，并通过了决定。\n议程的新项目。\n"
FRENCH = "La Commission a examiné le rapport présenté à l’Assemblée générale, à Genève.\n"


def texts(data: bytes) -> list[str]:
    return [unit.source.text for unit in PlainText().read(data, "a.txt").units]


def write(data: bytes, targets: dict[str, str], mark: Mark | None = None, target: str = "fr") -> bytes:
    return PlainText().write(data, "a.txt", {k: CodedText(v) for k, v in targets.items()}, "en", target, mark)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (RUSSIAN, "cp866"), (RUSSIAN, "iso8859-5"),
        (ARABIC, "cp1256"), (ARABIC, "iso8859-6"), (CHINESE, "gb18030"), (CHINESE, "gbk"), (FRENCH, "cp1252"),
        (RUSSIAN, "utf-16"), (ARABIC, "utf-8-sig"), (CHINESE, "utf-16-le"), (FRENCH, "utf-16-be"), (CHINESE, "utf-32"),
    ],
)  # fmt: skip
def test_encodings(text, encoding):
    data = text.encode(encoding)
    assert texts(data) == text.splitlines()
    assert write(data, {}) == data


def test_written_text_is_unicode():
    out = write(RUSSIAN.encode("cp1251"), {"line1": "Une décision."})
    assert out.decode("utf-8").splitlines() == ["Une décision.", "Новый пункт повестки дня."]
    assert write(RUSSIAN.encode("utf-16"), {"line1": "Été"}).decode("utf-16").startswith("Été\n")


@pytest.mark.parametrize(
    "data",
    [b"\x81\x8d\x8f\x90\x9d", bytes(range(128, 256)), b"a\xe9b\xffc\x81\x00"],
    ids=["undefined", "every byte", "binary"],
)
def test_undecidable_encoding(data):
    with pytest.raises(DamagedFile) as raised:
        PlainText().read(data, "old.txt")
    assert "UTF-8" in str(raised.value) or "binary" in str(raised.value)


def test_empty_and_too_large(monkeypatch):
    for data in (b"", b" \n\t\r\n", "\ufeff".encode("utf-16")):
        with pytest.raises(EmptyInput):
            PlainText().read(data, "a.txt")
    monkeypatch.setattr(charset, "MAX_TEXT_BYTES", 10)
    with pytest.raises(InputTooLarge):
        PlainText().read(b"x" * 11, "a.txt")


WRAPPED = (
    "  The Council considered the report of the Secretary-General on the\r\n"
    "  implementation of the strategic plan and thanked the membership for\r\n"
    "  its support.\r\n"
    "\r\n"
    "- first item\r\n"
    "- second item\r\n"
    "12 345\r\n"
)


def test_lines_broken_to_fill_a_column_are_one_paragraph():
    assert texts(WRAPPED.encode()) == [
        "The Council considered the report of the Secretary-General on the implementation of the strategic plan and"
        " thanked the membership for its support.",
        "- first item",
        "- second item",
    ]


def test_they_are_broken_again_at_the_same_width():
    target = (
        "Le Conseil a examiné le rapport du Secrétaire général sur la mise en œuvre du plan stratégique"
        " et a remercié les membres."
    )
    out = write(WRAPPED.encode(), {"line1": target, "line5": "- premier"}).decode()
    assert out.split("\r\n") == [
        "  Le Conseil a examiné le rapport du Secrétaire général sur la mise",
        "  en œuvre du plan stratégique et a remercié les membres.",
        "",
        "- premier",
        "- second item",
        "12 345",
        "",
    ]


def test_short_lines_stay_lines():
    poem = "One short line\nanother short line\nand a third\n"
    assert texts(poem.encode()) == poem.splitlines()


def test_mark_is_the_first_line():
    out = write(b"Hello there\r\n", {"line1": "Bonjour"}, Mark("Note.", "machine")).decode()
    assert out == "[Note.]\r\n\r\nBonjour\r\n"
