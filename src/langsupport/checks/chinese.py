"""What goes wrong in Chinese targets: half-width punctuation, spaces between characters, traditional characters."""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity

_HALF_WIDTH = re.compile(r"(?<=[\u3400-\u9fff])[,;:?!](?=\s*[\u3400-\u9fff]|\s*$)")
_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_MANY_SPACES, _LONGEST_WORD = 4, 4
"""So many spaces, and no more characters than that between them on average, and the words are set apart as a machine
sets them. Otherwise many a house sets a name or a button's label apart by spaces."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_SPACE = re.compile(r"[\u3400-\u9fff][ \u00a0]+[\u3400-\u9fff]")


def check(pair: SegmentPair) -> list[Finding]:
    if pair.target_language != "zh":
        return []
    target = running_text(pair)[1]
    findings = []
    for mark in sorted({match.group() for match in _HALF_WIDTH.finditer(target)}):
        template = "The half-width {found} stands where Chinese writes {wanted}."
        findings.append(
            Finding("chinese-punctuation", Severity.WARNING, template, {"found": mark, "wanted": _FULL[mark]})
        )
    stray = _SPACE.findall(target)
    if stray and not _is_list(target):
        template = "There is a space between two Chinese characters ({count} in all)."
        severity = Severity.WARNING if _in_words(target, len(stray)) else Severity.INFO
        findings.append(Finding("chinese-space", severity, template, {"count": len(stray)}))
    return findings


def _in_words(text: str, spaces: int) -> bool:
    parts = [part for part in text.split() if _HAN.search(part)]
    return spaces >= _MANY_SPACES and sum(map(len, parts)) <= _LONGEST_WORD * len(parts)


def _is_list(text: str) -> bool:
    """Names and titles set apart by spaces: no more than four characters between them, and no sentence."""
    return not text.rstrip().endswith(("。", "！", "？")) and all(len(part) <= 4 for part in text.split())
