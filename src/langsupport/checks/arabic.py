"""What goes wrong in Arabic targets: Latin punctuation, stretched letters, direction controls left open."""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity

_LATIN_MARK = re.compile(r"[\u0621-\u064a\u064b-\u0652][,;?](?=\s|$)")
_WANTED = {",": "،", ";": "؛", "?": "؟"}
_STRETCHED = re.compile(r"(?<![\u0621-\u064a])(?![وف]?(?:[بلك]|ال|لل)\u0640)[\u0621-\u064a]+\u0640+[\u0621-\u064a]")
"""Kashida inside a word; after a prefix, as in لـITU, it is good usage."""
_OPEN_ISOLATES, _CLOSE_ISOLATE = "\u2066\u2067\u2068", "\u2069"
_OPEN_EMBEDDINGS, _CLOSE_EMBEDDING = "\u202a\u202b\u202d\u202e", "\u202c"


def check(pair: SegmentPair) -> list[Finding]:
    if pair.target_language != "ar":
        return []
    target = running_text(pair)[1]
    findings = []
    marks = sorted({match.group()[-1] for match in _LATIN_MARK.finditer(target)})
    for mark in marks:
        template = "{found} stands where Arabic writes {wanted}."
        findings.append(
            Finding("arabic-punctuation", Severity.WARNING, template, {"found": mark, "wanted": _WANTED[mark]})
        )
    if _STRETCHED.search(target):
        findings.append(
            Finding("arabic-kashida", Severity.WARNING, "A word is stretched with kashida (ـ), which breaks searching.")
        )
    if not _balanced(pair.target.text):
        template = "Direction controls (Unicode isolates or embeddings) are opened and not closed."
        findings.append(Finding("arabic-bidi", Severity.WARNING, template))
    return findings


def _balanced(text: str) -> bool:
    isolates = embeddings = 0
    for character in text:
        isolates += (character in _OPEN_ISOLATES) - (character == _CLOSE_ISOLATE)
        embeddings += (character in _OPEN_EMBEDDINGS) - (character == _CLOSE_EMBEDDING)
        if isolates < 0 or embeddings < 0:
            return False
    return isolates == 0 and embeddings == 0
