"""Reviews for other programs: packages edited by another library and brought back, tables, the document, its pages."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import docx
import pytest
from openpyxl import load_workbook
from translate.storage.xliff import xlifffile

from langsupport.domain.tasks import Orders
from langsupport.domain.units import CodedText, State
from langsupport.errors import (
    Conflict,
    DamagedFile,
    HostileFile,
    InvalidRequest,
    UnsupportedFormat,
    UnsupportedLanguage,
)
from langsupport.formats.office import find_office
from langsupport.services.account_records import OPEN
from langsupport.services.assembly import Services
from langsupport.services.records import DocumentRecord
from langsupport.services.review_records import ReviewRecord

Open = Callable[..., Services]
TEXT = "The Committee met in Geneva.\n\nIt adopted 12 resolutions.\n\nThe meeting was closed.\n"
FRENCH = {1: "Le Comité s’est réuni à Genève.", 2: "Il a adopté 12 résolutions.", 3: "La réunion a été levée."}


@pytest.fixture
def services(database_url: str, open_services: Open) -> Services:
    return open_services(url=database_url)


@pytest.fixture
def review(services: Services, finish: Callable[..., DocumentRecord]) -> ReviewRecord:
    document = finish(
        services.documents, services.documents.upload("r.txt", io.BytesIO(TEXT.encode()), "en", ["fr"]).id
    )
    made = services.review_opening.send(document.id, "fr", Orders(), OPEN)
    services.tasks.claim(made.tasks[0].id, OPEN)
    return made


def confirm(services: Services, review: ReviewRecord, number: int, text: str) -> None:
    segment = services.reviews.segment(review.id, number, OPEN)
    assert not services.reviews.confirm(review.id, number, OPEN, CodedText(text), segment.version).refused


def edited(package: bytes, texts: dict[str, str]) -> bytes:
    """XLIFF 1.2 with targets put in, and approved, by the Translate Toolkit; `texts` by source."""
    store = xlifffile.parsestring(package)
    for unit in store.units:
        if unit.source in texts:
            unit.target = texts[unit.source]
            unit.xmlelement.find(f"{{{unit.namespace}}}target").set("state", "translated")
    out = io.BytesIO()
    store.serialize(out)
    return out.getvalue()


def states(services: Services, review: ReviewRecord) -> list[tuple[str, State]]:
    return [(one.target.text, one.state) for one in services.reviews.segments(review.id, OPEN)]


SOURCES = TEXT.strip().split("\n\n")


def test_a_package_that_another_program_edited_comes_back(services: Services, review: ReviewRecord) -> None:
    confirm(services, review, 3, FRENCH[3])
    package = services.review_packages.package(review.id, "1.2")
    assert package.name == "r.txt.fr.xlf"
    back = edited(package.data, {SOURCES[0]: FRENCH[1], SOURCES[1]: FRENCH[2]})
    found = services.review_packages.take_back(review.id, back, "r.xlf", OPEN)
    assert (found.confirmed, found.drafts, found.conflicts, found.refused) == ((1, 2), (), (), ())
    assert found.unchanged == 1
    assert states(services, review) == [(text, State.TRANSLATED) for text in FRENCH.values()]
    again = services.review_packages.take_back(review.id, back, "r.xlf", OPEN)
    assert (again.confirmed, again.unchanged) == ((), 3), "twice is once"


def test_what_was_changed_here_meanwhile_stays_and_both_texts_are_told(
    services: Services, review: ReviewRecord
) -> None:
    package = services.review_packages.package(review.id, "1.2").data
    confirm(services, review, 1, "Le Comité a siégé à Genève.")
    found = services.review_packages.take_back(review.id, edited(package, {SOURCES[0]: FRENCH[1]}), "r.xlf", OPEN)
    [one] = found.conflicts
    assert (one.number, one.theirs, one.mine) == (1, "Le Comité a siégé à Genève.", FRENCH[1])
    segment = services.reviews.segment(review.id, 1, OPEN)
    assert segment.target.text == "Le Comité a siégé à Genève."
    assert segment.draft is not None
    assert segment.draft.target.text == FRENCH[1]


def test_what_the_checks_refuse_and_what_is_not_called_translated_are_drafts(
    services: Services, review: ReviewRecord
) -> None:
    package = services.review_packages.package(review.id, "1.2").data
    back = edited(package, {SOURCES[1]: "Il a adopté treize résolutions."})
    found = services.review_packages.take_back(review.id, back, "r.xlf", OPEN)
    assert [one.number for one in found.refused] == [2]
    assert "12" in found.refused[0].reason
    draft = services.reviews.segment(review.id, 2, OPEN).draft
    assert draft is not None
    assert draft.target.text == "Il a adopté treize résolutions."
    later = services.review_packages.package(review.id, "2.1").data.decode()
    later = re.sub(r"(<target[^>]*>)[^<]*The meeting was closed\.", rf"\g<1>{FRENCH[3]}", later)
    found = services.review_packages.take_back(review.id, later.encode(), "r.xlf", OPEN)
    assert (found.confirmed, found.drafts) == ((), (3,)), "its state is still initial"


def test_a_package_of_something_else_is_refused(
    services: Services, review: ReviewRecord, finish: Callable[..., DocumentRecord]
) -> None:
    packages = services.review_packages
    made = services.documents.upload("o.txt", io.BytesIO(b"Another text."), "en", ["fr"])
    other = services.review_opening.send(finish(services.documents, made.id).id, "fr", Orders(), OPEN)
    foreign = packages.package(other.id, "2.1").data
    with pytest.raises(InvalidRequest, match=r"another document \(o\.txt\)"):
        packages.take_back(review.id, foreign, "o.xlf", OPEN)
    spanish = packages.package(review.id, "2.1").data.replace(b'trgLang="fr"', b'trgLang="es"')
    with pytest.raises(InvalidRequest, match="other languages"):
        packages.take_back(review.id, spanish, "r.xlf", OPEN)
    with pytest.raises(UnsupportedLanguage):
        packages.take_back(review.id, spanish.replace(b'trgLang="es"', b'trgLang="de"'), "r.xlf", OPEN)
    with pytest.raises(DamagedFile):
        packages.take_back(review.id, foreign[:300], "r.xlf", OPEN)
    with pytest.raises(UnsupportedFormat):
        packages.take_back(review.id, b"<tmx version='1.4'/>", "r.tmx", OPEN)
    bomb = b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><xliff version="1.2">&c;</xliff>'
    with pytest.raises(HostileFile):
        packages.take_back(review.id, bomb, "r.xlf", OPEN)
    assert all(state is State.INITIAL for _, state in states(services, review))


def test_only_ones_own_tasks_take_a_package(services: Services, review: ReviewRecord) -> None:
    back = edited(services.review_packages.package(review.id, "1.2").data, {SOURCES[0]: FRENCH[1]})
    services.tasks.hand_back(review.tasks[0].id, OPEN)
    found = services.review_packages.take_back(review.id, back, "r.xlf", OPEN)
    assert [one.number for one in found.refused] == [1]
    segment = services.reviews.segment(review.id, 1, OPEN)
    assert (segment.state, segment.draft is not None) == (State.INITIAL, True), "nothing is lost"
    services.tasks.call_off(review.id, OPEN)
    with pytest.raises(Conflict):
        services.review_packages.take_back(review.id, back, "r.xlf", OPEN)


def test_states_and_comments_go_out(services: Services, review: ReviewRecord) -> None:
    confirm(services, review, 1, FRENCH[1])
    services.reviews.comment(review.id, 2, OPEN, "Twelve or thirteen?")
    for version in ("1.2", "2.1"):
        data = services.review_packages.package(review.id, version).data.decode()  # type: ignore[arg-type]
        assert "Twelve or thirteen?" in data
        assert 'state="translated"' in data
        assert FRENCH[1] in data


def test_the_table_and_the_document_hold_what_is_now(services: Services, review: ReviewRecord) -> None:
    confirm(services, review, 1, FRENCH[1])
    services.reviews.save_draft(review.id, 2, OPEN, CodedText("Un brouillon."), 1)
    sheet: Any = load_workbook(io.BytesIO(services.review_packages.table(review.id, "xlsx").data)).active
    rows = list(sheet.values)
    assert rows[0][:4] == ("number", "kind", "source", "target")
    assert rows[1][2:5] == (SOURCES[0], FRENCH[1], "translated")
    made = services.review_packages.document(review.id, OPEN)
    text = made.data.decode()
    assert made.name == "r.fr.draft.txt"
    assert FRENCH[1] in text
    assert "Un brouillon." not in text
    assert "Traduction automatique" in text, "it isn't approved"
    assert "Un brouillon." in services.review_packages.document(review.id, OPEN, drafts=True).data.decode()


@pytest.mark.office
@pytest.mark.skipif(find_office() is None, reason="LibreOffice is not installed")
def test_the_page_of_a_segment_is_shown_with_the_drafts_of_who_looks(
    services: Services, finish: Callable[..., DocumentRecord]
) -> None:
    source = docx.Document()
    for number in range(60):
        source.add_paragraph(f"Paragraph {number} of the report was adopted by the Committee without a vote. " * 4)
    data = io.BytesIO()
    source.save(data)
    data.seek(0)
    document = finish(services.documents, services.documents.upload("long.docx", data, "en", ["fr"]).id)
    review = services.review_opening.send(document.id, "fr", Orders(), OPEN)
    preview = services.review_preview
    first, last = preview.look(review.id, 1, OPEN), preview.look(review.id, 240, OPEN)
    assert first.page == 1
    assert last.page == last.pages > 1
    assert first.stamp == last.stamp
    picture = preview.picture(review.id, 1, OPEN)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert preview.picture(review.id, last.pages + 1, OPEN) is None
    services.reviews.save_draft(review.id, 1, OPEN, CodedText("Zéro brouillon."), 1)
    changed = preview.look(review.id, 1, OPEN)
    assert (changed.page, changed.stamp != first.stamp) == (1, True)
    assert "Zéro brouillon" in preview._pages(review.id, OPEN)[1].texts[0]
    made = preview.pdf(review.id, OPEN)
    assert (made.name, made.data[:5]) == ("long.fr.draft.pdf", b"%PDF-")
