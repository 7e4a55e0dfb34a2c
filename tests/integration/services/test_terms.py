"""Terms on real databases of both kinds, and what documents make of memory and terms."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from langsupport.domain.matches import MemoryUnit
from langsupport.domain.terms import Concept, PartOfSpeech, Term, TermStatus
from langsupport.domain.units import CodedText
from langsupport.errors import InvalidRequest, NotFound
from langsupport.services.database import Database
from langsupport.services.memory import Imported
from langsupport.services.terms import TermService

BY = "the tests"
STATE = Concept(
    "member state",
    (
        Term("en", "Member State", TermStatus.PREFERRED, PartOfSpeech.NOUN, "capitals"),
        Term("en", "member country", TermStatus.FORBIDDEN),
        Term("fr", "État Membre"),
    ),
    "law",
    "A State that is a Member.",
)


@pytest.fixture
def terms(database: Database) -> TermService:
    return TermService(database)


def test_terms_are_kept_found_replaced_and_deleted(terms: TermService, database: Database) -> None:
    other = TermService(database)
    assert terms.add([STATE], BY, "a.csv") == Imported(1, 0)
    assert [hit.text for hit in other.lookup("All Member States", "en")] == ["Member States"]
    renamed = Concept("member state", (Term("en", "Party"), Term("fr", "Partie")))
    assert terms.add([renamed], BY, "a.csv") == Imported(0, 1)
    assert other.lookup("All Member States", "en") == []
    assert [hit.text for hit in other.lookup("All Parties", "en")] == ["Parties"]
    (kept,) = terms.list()
    terms.delete(kept.id or 0, BY)
    assert other.lookup("All Parties", "en") == [] and terms.all() == []
    with pytest.raises(NotFound):
        terms.delete(kept.id or 0, BY)


@pytest.mark.parametrize("extension", ["csv", "xlsx", "tbx"])
def test_what_is_exported_comes_back(terms: TermService, extension: str) -> None:
    terms.add([STATE], BY, "a.csv")
    data = terms.export(extension, BY)
    (before,) = terms.all()
    terms.delete(before.id or 0, BY)
    assert terms.import_file(data, f"a.{extension}", BY) == Imported(1, 0)
    (after,) = terms.all()
    assert (after.key, after.terms, after.subject, after.definition) == (
        STATE.key,
        STATE.terms,
        STATE.subject,
        STATE.definition,
    )


def test_a_column_for_each_language(terms: TermService) -> None:
    text = "en,fr,zh,subject\nMember State; State Member,État Membre,成员国,law\nChair,Président,主席,\n"
    assert terms.import_file(text.encode(), "a.csv", BY) == Imported(2, 0)
    found = {concept.key: concept for concept in terms.all()}
    assert [term.status for term in found["Member State"].in_language("en")] == ["preferred", "admitted"]
    assert [hit.text for hit in terms.lookup("各成员国的主席", "zh")] == ["成员国", "主席"]
    assert [concept.key for concept in terms.list("PRÉS")] == ["Chair"]
    assert terms.list("chair", "fr") == []
    assert [concept.key for concept in terms.list(limit=1, after="Chair")] == ["Member State"]


def test_a_bad_file_changes_nothing_and_names_the_rows(terms: TermService) -> None:
    rows = "concept,language,term,status,part_of_speech\n1,en,Chair,preferred,noun\n1,de,Stuhl,,\n,en,A,,\n"
    rows += "2,en,,,\n3,en,B,nice,\n4,en,C,,thing\n"
    with pytest.raises(InvalidRequest) as caught:
        terms.import_file(rows.encode(), "a.csv", BY)
    message = str(caught.value)
    for part in ("row 3: language is “de”", "row 4: the concept", "row 5: the term", "row 6: status", "row 7: part_of"):
        assert part in message
    assert terms.all() == []


Open = Callable[..., Any]


def test_a_document_takes_from_the_memory_and_is_checked_for_terms(
    open_services: Open, finish: Callable[..., Any]
) -> None:
    services = open_services()
    known = MemoryUnit(CodedText("The meeting is open."), CodedText("La séance est ouverte."), "en", "fr")
    services.memory.add([known], BY, "a.csv", None)
    concept = Concept("report", (Term("en", "report"), Term("fr", "rapport")))
    wrong = Concept("committee", (Term("en", "committee"), Term("fr", "committee", TermStatus.FORBIDDEN)))
    services.terms.add([concept, wrong], BY, "a.csv")
    text = b"The meeting is open.\n\nWe thank the Chair for the report.\n\nThe committee met.\n"
    record = finish(services.documents, services.documents.upload("a.txt", io.BytesIO(text), "en", ["fr"]).id)
    assert record.state == "done"
    made = services.documents.open_rendition(record.id, "fr").path.read_text("utf-8")
    assert "La séance est ouverte." in made
    found = {finding.code: finding for finding in services.documents.findings(record.id, "fr")}
    assert found["from-memory"].fields == {"count": 1, "total": 3, "context": 0}
    assert {"text": "report", "term": "rapport"} in [
        finding.fields for finding in services.documents.findings(record.id, "fr") if finding.code == "term-missing"
    ]
    again = finish(services.documents, services.documents.upload("b.txt", io.BytesIO(text), "en", ["fr"]).id)
    codes = [finding.code for finding in services.documents.findings(again.id, "fr")]
    assert codes.count("term-missing") == 1  # what is taken over from the first document is judged once
