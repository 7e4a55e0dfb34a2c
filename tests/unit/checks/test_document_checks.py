"""Checks across the segments of a document."""

from __future__ import annotations

from langsupport.checks import Level, PlacedPair, SegmentPair, run_document
from langsupport.domain.findings import Severity
from langsupport.domain.units import CodedText, UnitKind

P, H = UnitKind.PARAGRAPH, UnitKind.HEADING


def document(*rows: tuple[str, str] | tuple[str, str, UnitKind]) -> list[PlacedPair]:
    return [
        PlacedPair(
            SegmentPair(CodedText(row[0]), CodedText(row[1]), "en", "fr"),
            f"u{number}",
            3,
            row[2] if len(row) > 2 else P,
        )
        for number, row in enumerate(rows)
    ]


def test_the_rarer_translation_of_a_text_is_told_with_the_usual_one() -> None:
    same = "The meeting was closed at noon."
    usual, rare = "La séance est levée à midi.", "La réunion a pris fin à midi."
    (finding,) = run_document(document((same, usual), (same, rare), (same, usual)))
    assert (finding.code, finding.severity) == ("consistency-source", Severity.WARNING)
    assert (finding.unit_id, finding.segment_index) == ("u1", 3)
    assert usual in finding.message


def test_of_as_many_the_first_is_the_usual_one() -> None:
    same = "The meeting was closed at noon."
    (finding,) = run_document(document((same, "La séance est levée à midi."), (same, "La réunion a fini à midi.")))
    assert finding.unit_id == "u1"


def test_capitals_spaces_and_end_marks_make_no_difference() -> None:
    rows = document(
        ("Adoption of the agenda today", "Adoption de l’ordre du jour"),
        ("Adoption of  the agenda today.", "ADOPTION de l’ordre du jour."),
    )
    assert run_document(rows) == []


def test_labels_are_for_information() -> None:
    apart = run_document(document(("Total", "Total"), ("Total", "Totale")))
    assert [(f.code, f.severity) for f in apart] == [("consistency-source", Severity.INFO)]
    alike = run_document(document(("Chair", "Président"), ("President", "Président")))
    assert [(f.code, f.severity) for f in alike] == [("consistency-target", Severity.INFO)]


def test_numbers_alone_are_no_texts() -> None:
    assert run_document(document(("12", "12"), ("12", "douze"), ("3.4", "12"))) == []


def test_entries_of_the_contents_follow_their_headings_in_order() -> None:
    rows = document(
        ("Contents", "Table des matières", H),
        ("1Scope12", "1Portée12"),
        ("2.1 Definitions of terms used … 14", "2.1 Définition des termes … 14"),
        ("Annex: Scope", "Annexe : Portée"),
        ("Scope", "Domaine d’application", H),
        ("Definitions of terms used", "Définition des termes", H),
    )
    (finding,) = run_document(rows)
    assert (finding.code, finding.unit_id) == ("contents-differ", "u1")
    assert "Domaine d’application" in finding.message


def test_a_paragraph_behind_its_heading_is_no_entry() -> None:
    rows = document(
        ("Scope of the work done", "Portée des travaux", H), ("Scope of the work done", "Travaux effectués")
    )
    assert [finding.code for finding in run_document(rows)] == ["consistency-source"]


def test_levels_hold_for_documents_too() -> None:
    rows = document(("The same old text", "Un texte"), ("The same old text", "Autre chose"))
    assert [f.severity for f in run_document(rows, {"consistency": Level.ERROR})] == [Severity.ERROR]
    assert run_document(rows, {"consistency": Level.OFF}) == []
