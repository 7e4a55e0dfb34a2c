"""On which page a segment stands, from texts as PDFs give them."""

from __future__ import annotations

import pytest

from langsupport.services.review_preview import page_of

PAGES = [
    "The Committee met in Geneva.\r\nIt adopted the re-\r\nport of the Chair.",
    "اتفاقية القضاء على\r\nجميـع\r\nأشكال التمييز في عام 2001",
    "委员会在日内瓦\r\n开会。",
    "The Committee met in Geneva.",
]


@pytest.mark.parametrize(
    ("text", "guess", "page"),
    [
        ("It adopted the report of the Chair.", 4, 1),  # a line is broken within a word
        ("اتفاقية القضاء على جميع أشكال التمييز في عام 1002", 1, 2),  # numbers come in another order
        ("委员会在日内瓦开会。", 1, 3),
        ("The Committee met in Geneva.", 3, 4),  # twice: the nearest
        ("The Committee met in Geneva.", 2, 1),
        ("Nothing of this is anywhere at all.", 3, 3),
        ("12", 2, 2),
    ],
)
def test_a_text_is_found_where_most_of_it_stands(text: str, guess: int, page: int) -> None:
    assert page_of(text, PAGES, guess) == page
