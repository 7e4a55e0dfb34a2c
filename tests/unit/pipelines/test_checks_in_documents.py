"""The checks on a document's way: levels reach them, findings across segments and of the written file are placed."""

from __future__ import annotations

from immediate import ImmediateInference
from langsupport.checks import Level
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.terms import Concept, Term, TermStatus
from langsupport.domain.units import CodedText, SegmentTranslation
from langsupport.engines.protocols import Lane
from langsupport.pipelines.document import prepare, render, translate_segments, written_findings
from langsupport.pipelines.leverage import term_findings
from langsupport.text.term_matcher import TermMatcher

TEXT = b"The group adopted 12 reports.\n\nThe chair closed the meeting at noon.\n"


def of(findings: tuple[Finding, ...] | list[Finding], code: str) -> list[Severity]:
    return [finding.severity for finding in findings if finding.code == code]


def test_levels_reach_the_checks_of_segments() -> None:
    prepared = prepare(TEXT, "a.txt", "en")
    inference = ImmediateInference(lambda request: request.text.replace("12", "13"))

    def made(levels: dict[str, Level]) -> list[Finding]:
        done = translate_segments(inference, prepared.segments, "en", "fr", Lane.BATCH, levels=levels)  # type: ignore[arg-type]
        return [finding for item in done for finding in item.findings]

    assert of(made({}), "number-missing") == [Severity.ERROR]
    assert of(made({"numbers": Level.WARNING}), "number-missing") == [Severity.WARNING]
    assert of(made({"numbers": Level.OFF}), "number-missing") == []


def test_checks_across_segments_are_made_with_the_rendition() -> None:
    prepared = prepare(TEXT, "a.txt", "en")
    same = CodedText("Le même texte pour les deux.")
    translations = {one.key: SegmentTranslation(one.key, same) for one in prepared.segments}
    rendered = render(TEXT, "a.txt", prepared, "fr", translations)
    (finding,) = [one for one in rendered.findings if one.code == "consistency-target"]
    assert (finding.severity, finding.unit_id) == (Severity.WARNING, prepared.segments[1].unit_id)
    silent = render(TEXT, "a.txt", prepared, "fr", translations, levels={"consistency": Level.OFF})
    assert of(silent.findings, "consistency-target") == []


def test_a_written_file_is_counted_as_the_organization_wants_it() -> None:
    source, written = b"# A\n\n![alt](x.png)\n", b"# A\n"
    assert of(written_findings(source, written, "a.md"), "export-differs") == [Severity.ERROR]
    lowered = written_findings(source, written, "a.md", {"export": Level.WARNING})
    assert of(lowered, "export-differs") == [Severity.WARNING]
    assert written_findings(source, written, "a.md", {"export": Level.OFF}) == []


def test_levels_of_terms() -> None:
    terms = (Term("en", "chair"), Term("fr", "président"), Term("fr", "chaise", TermStatus.FORBIDDEN))
    matcher, there = (TermMatcher([Concept("chair", terms)], code) for code in ("en", "fr"))

    def found(levels: dict[str, Level]) -> list[tuple[str, Severity]]:
        texts = "The chair spoke.", "La chaise a parlé."
        return [(one.code, one.severity) for one in term_findings(*texts, matcher, there, "fr", levels)]

    assert found({}) == [("term-missing", Severity.WARNING), ("term-forbidden", Severity.ERROR)]
    assert found({"terms": Level.OFF, "forbidden": Level.INFO}) == [("term-forbidden", Severity.INFO)]
