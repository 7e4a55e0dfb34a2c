from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from langsupport.web.downloads import content_disposition


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("report.docx", "report.docx"),
        ("état des lieux.docx", "etat des lieux.docx"),
        ("会议记录.docx", "file.docx"),
        ("محضر.fr.docx", "fr.docx"),
        ('a"b;c%d.txt', "a_b_c_d.txt"),
        ("../../etc/passwd", "etc passwd"),
        ("", "file"),
        ("...", "file"),
    ],
)
def test_a_plain_name_for_old_clients(name: str, plain: str) -> None:
    found = re.match(r'attachment; filename="([^"]*)"', content_disposition(name))
    assert found and found[1] == plain


@pytest.mark.parametrize("name", ["会议记录.docx", "état.docx", "протокол (2).txt", 'a"b.txt'])
def test_the_exact_name_for_all_others(name: str) -> None:
    encoded = content_disposition(name).partition("filename*=UTF-8''")[2]
    assert unquote(encoded) == name
    assert re.fullmatch(r"[A-Za-z0-9!#$&+.^_`|~%-]+", encoded), "RFC 8187 allows no others"


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x=1.txt", "a\0b.txt", "exe\u202etxt.js", "a\u2028b"])
def test_nothing_that_breaks_a_header_or_deceives(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii() and header.isprintable()
    assert "%E2%80%AE" not in header
