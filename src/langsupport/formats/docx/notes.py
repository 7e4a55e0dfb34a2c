"""What a person should know about a Word document that was read: what was left out and what was changed."""

from __future__ import annotations

from langsupport.domain.findings import Finding, Severity
from langsupport.formats.docx.ooxml import descendants
from langsupport.formats.docx.package import Package
from langsupport.formats.docx.units import Inventory, text_parts

_TEMPLATES = {
    "revisions-accepted": (
        Severity.WARNING,
        "Tracked changes in the file: {count}. The final text was translated; the marks are gone.",
    ),
    "comments-kept": (Severity.INFO, "Comments that stay in the source language: {count}."),
    "hidden-text-kept": (Severity.INFO, "Pieces of hidden text that were not translated: {count}."),
    "field-results-kept": (
        Severity.INFO,
        "Cross-references and other fields whose words stay until Word updates them: {count}.",
    ),
    "charts-kept": (Severity.WARNING, "Charts whose text was not translated: {count}."),
    "diagrams-kept": (Severity.WARNING, "SmartArt diagrams whose text was not translated: {count}."),
    "embedded-kept": (Severity.INFO, "Embedded files that were not translated: {count}."),
    "pictures-kept": (Severity.INFO, "Pictures (text inside them was not translated): {count}."),
}


def findings_of(package: Package, inventory: Inventory, changes: int) -> tuple[Finding, ...]:
    """One finding per kind of thing, with its count."""
    pictures = sum(1 for part in text_parts(package) for _ in descendants(package.root(part), "pic:pic"))
    comments = package.related(package.main, "comments")
    notes = sum(1 for part in comments for _ in descendants(package.root(part), "w:comment"))
    counts = {
        "revisions-accepted": changes,
        "comments-kept": notes,
        "hidden-text-kept": inventory.hidden,
        "field-results-kept": inventory.kept_fields,
        "charts-kept": _related(package, "chart"),
        "diagrams-kept": _related(package, "diagramData"),
        "embedded-kept": _related(package, "package", "oleObject"),
        "pictures-kept": pictures,
    }
    return tuple(
        Finding(code, severity, template, {"count": counts[code]})
        for code, (severity, template) in _TEMPLATES.items()
        if counts[code]
    )


def _related(package: Package, *kinds: str) -> int:
    return sum(len(package.related(part, *kinds)) for part in text_parts(package))
