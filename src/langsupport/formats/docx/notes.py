"""What a person should know about a Word document that was read: what was left out and what was changed."""

from __future__ import annotations

from langsupport.domain.findings import Finding, Severity
from langsupport.formats.docx.ooxml import descendants
from langsupport.formats.docx.package import Package
from langsupport.formats.docx.units import Inventory, text_parts


def findings_of(package: Package, inventory: Inventory, changes: int) -> tuple[Finding, ...]:
    """One finding per kind of thing, with its count."""
    pictures = sum(1 for part in text_parts(package) for _ in descendants(package.root(part), "pic:pic"))
    comments = [part for part in package.related(package.main, "comments")]
    notes = sum(1 for part in comments for _ in descendants(package.root(part), "w:comment"))
    counted = (
        ("revisions-accepted", Severity.WARNING, changes, "{count} tracked changes: the final text was translated, without the marks."),
        ("comments-kept", Severity.INFO, notes, "{count} comments stay in the source language."),
        ("hidden-text-kept", Severity.INFO, inventory.hidden, "{count} pieces of hidden text were not translated."),
        (
            "field-results-kept", Severity.INFO, inventory.kept_fields,
            "{count} field results with words (such as cross-references) stay as they are until Word updates the fields.",
        ),
        ("charts-kept", Severity.WARNING, _related(package, "chart"), "{count} charts: their text was not translated."),
        ("diagrams-kept", Severity.WARNING, _related(package, "diagramData"), "{count} SmartArt diagrams: their text was not translated."),
        (
            "embedded-kept", Severity.INFO, _related(package, "package", "oleObject"),
            "{count} embedded files were not translated.",
        ),
        ("pictures-kept", Severity.INFO, pictures, "{count} pictures: text inside pictures was not translated."),
    )  # fmt: skip
    return tuple(Finding(code, severity, text, {"count": count}) for code, severity, count, text in counted if count)


def _related(package: Package, *kinds: str) -> int:
    return sum(len(package.related(part, *kinds)) for part in text_parts(package))
