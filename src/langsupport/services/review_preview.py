"""The pages of a document as it would be now, beside the editor: pictures, where LibreOffice is installed."""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from langsupport.formats.office import Pages, to_pdf
from langsupport.services import review_rows
from langsupport.services.account_records import Caller
from langsupport.services.database import Database
from langsupport.services.review_packages import Made, ReviewPackages
from langsupport.services.schema import review_segments, reviews, segment_drafts

_KEPT = 8
"""Documents whose pages are held in memory."""
_LOOKED_FOR = 120
"""Characters of a segment's text by which its page is found."""
_ENOUGH = 0.6
_ALIKE = 0.02

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class PreviewRecord:
    """`stamp` changes with what is shown; `page` is where the segment stands, counted from 1."""

    stamp: str
    pages: int
    page: int


class ReviewPreview:
    """All methods may be called from any thread. Of one review and person one document is made at a time."""

    def __init__(self, database: Database, packages: ReviewPackages) -> None:
        self._database = database
        self._packages = packages
        self._lock = threading.Lock()
        self._making: dict[tuple[str, str], threading.Lock] = {}
        self._made: OrderedDict[tuple[str, str], tuple[Stamp, Pages]] = OrderedDict()

    def look(self, id: str, number: int, caller: Caller) -> PreviewRecord:
        """The pages with what holds now and the caller's drafts. Raises NotFound, ProgramMissing, UnsupportedFormat,
        DamagedFile."""
        stamp, pages = self._pages(id, caller)
        return PreviewRecord("-".join(map(str, stamp)), len(pages), self._page_of(id, number, caller, pages))

    def picture(self, id: str, page: int, caller: Caller) -> bytes | None:
        """One page as PNG; None where there is no such page."""
        _, pages = self._pages(id, caller)
        return pages.picture(page) if 1 <= page <= len(pages) else None

    def pdf(self, id: str, caller: Caller) -> Made:
        """The document as it would be now, without drafts, as PDF. Raises as `look`."""
        made = self._packages.document(id, caller)
        return Made(f"{made.name.rpartition('.')[0]}.pdf", to_pdf(made.data, made.name))

    def _pages(self, id: str, caller: Caller) -> tuple[Stamp, Pages]:
        key = (id, review_rows.holder(caller))
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            stamp = self._stamp(*key)
            with self._lock:
                known = self._made.get(key)
            if known is not None and known[0] == stamp:
                return known
            made = self._packages.document(id, caller, drafts=True)
            pages = Pages(to_pdf(made.data, made.name))
            with self._lock:
                self._made[key] = (stamp, pages)
                self._made.move_to_end(key)
                while len(self._made) > _KEPT:
                    old, _ = self._made.popitem(last=False)
                    self._making.pop(old, None)
            return stamp, pages

    def _stamp(self, id: str, person: str) -> Stamp:
        """Of the review's changes and of the person's drafts."""
        mine = sa.and_(segment_drafts.c.review_id == id, segment_drafts.c.person_id == person)
        drafts = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(segment_drafts.c.version), 0)).where(mine)
        with self._database.read() as connection:
            seq = connection.scalar(sa.select(reviews.c.seq).where(reviews.c.id == id)) or 0
            count, versions = connection.execute(drafts).one()
        return int(seq), int(count), int(versions)

    def _page_of(self, id: str, number: int, caller: Caller, pages: Pages) -> int:
        """By the segment's text; where it isn't found, by its place in the document."""
        with self._database.read() as connection:
            row = review_rows.segment_row(connection, id, number)
            draft = review_rows.drafts_of(connection, id, review_rows.holder(caller)).get(number)
            last = connection.scalar(
                sa.select(sa.func.max(review_segments.c.place)).where(review_segments.c.review_id == id)
            )
        text = draft.target.text if draft is not None else review_rows.segment_record(row).target.text
        guess = min(1 + (row["place"] - 1) * len(pages) // max(last or 1, 1), max(len(pages), 1))
        return page_of(text, pages.texts, guess)


def page_of(text: str, pages: Sequence[str], guess: int) -> int:
    """On which page a text stands, counted from 1: the one that has most of its groups of three letters.

    Not by the text as a whole: lines are broken, and a PDF's Arabic comes out with its numbers in another order. Of
    pages that are alike the one nearest to `guess` is meant, which is it too where too little is found.
    """
    wanted = _groups(text[:_LOOKED_FOR])
    if not wanted:
        return guess
    shares = {page: len(wanted & _groups(shown)) / len(wanted) for page, shown in enumerate(pages, 1)}
    best = max(shares.values(), default=0.0)
    if best < _ENOUGH:
        return guess
    return min((page for page, share in shares.items() if share >= best - _ALIKE), key=lambda page: abs(page - guess))


def _groups(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).casefold()
    return {letters[start : start + 3] for start in range(len(letters) - 2)}


__all__ = ["PreviewRecord", "ReviewPreview", "page_of"]
