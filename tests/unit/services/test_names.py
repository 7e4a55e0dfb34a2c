"""Names that users give are for display only, and can't deceive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.services.files import display_name
from langsupport.services.recordings import media_type
from langsupport.services.sizes import readable


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("report.docx", "report.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\report.docx", "report.docx"),
        ("/absolute/x.txt", "x.txt"),
        ("a\x00b\n\r.docx", "ab.docx"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066x\u2069\u200f.docx", "x.docx"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
        ("", "file"),
        ("..", "file"),
        (" . ", "file"),
        ("\u202e", "file"),
        ("تقرير.docx", "تقرير.docx"),
        ("文件.docx", "文件.docx"),
    ],
)
def test_display_name(given_name: str, shown: str) -> None:
    assert display_name(given_name) == shown


@given(st.text(max_size=400))
def test_any_name_becomes_one_safe_short_component(name: str) -> None:
    shown = display_name(name)
    assert shown and len(shown.encode()) <= 200
    assert not set(shown) & set('/\\<>:"|?*\0\n\r\t')
    assert shown not in {".", ".."}
    assert display_name(shown) == shown


def test_long_names_keep_their_extension() -> None:
    shown = display_name("中" * 300 + ".docx")
    assert shown.endswith("中.docx") and len(shown.encode()) <= 200


def test_readable_sizes() -> None:
    sizes = [readable(n) for n in (5, 2000, 150_000, 5 * 1024**2, 3 * 1024**3)]
    assert sizes == ["5 B", "2.0 KB", "146 KB", "5.0 MB", "3.0 GB"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mp3", "audio/mpeg"),
        ("a.WAV", "audio/wav"),
        ("a.webm", "video/webm"),
        ("a.m4a", "audio/mp4"),
        ("a.html", "application/octet-stream"),
        ("a.svg", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_media_types_are_sound_or_video_or_nothing_a_browser_runs(name: str, kind: str) -> None:
    assert media_type(name) == kind
