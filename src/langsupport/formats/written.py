"""A written file beside its source file: nothing that is no text may be lost on the way, or be there twice."""

from __future__ import annotations

from langsupport.domain.findings import Finding, Severity
from langsupport.errors import InputError
from langsupport.formats import for_name


def export_findings(source: bytes, written: bytes, name: str) -> list[Finding]:
    """What the written file has less or more of than the source file of that name, or that it can't be opened."""
    form = for_name(name, source)
    given = form.census(source, name)
    try:
        found = form.census(written, name)
    except InputError as error:
        template = "The file that was written can’t be opened: {problem}"
        return [Finding("export-damaged", Severity.ERROR, template, {"problem": str(error)})]
    template = "{things}: {given} in the source file, {found} in the file that was written."
    return [
        Finding(
            "export-differs",
            Severity.ERROR,
            template,
            {"things": things, "given": given[things], "found": found[things]},
        )
        for things in sorted(given.keys() | found.keys())
        if given[things] != found[things]
    ]


__all__ = ["export_findings"]
