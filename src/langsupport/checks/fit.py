"""Text that must fit: into a cell or a title of known size, and into the time for which a cue is shown."""

from __future__ import annotations

import math

from langsupport.checks.base import BIDI, SegmentPair
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES

_TOO_FAST = 1.7
"""So many times what people read is a warning, for hardly a translated cue is so fast; above what they read at all is
for information: where the speaker is quick, translators exceed it in every second cue."""


def check(pair: SegmentPair) -> list[Finding]:
    count = _shown(pair.target.text)
    findings = []
    if pair.most_characters is not None and count > pair.most_characters:
        template = "The translation has {count} characters; there is room for {limit}."
        findings.append(
            Finding("fit-long", Severity.WARNING, template, {"count": count, "limit": pair.most_characters})
        )
    if pair.duration_ms:
        findings += _reading_speed(pair, count, pair.duration_ms)
    return findings


def _reading_speed(pair: SegmentPair, count: int, duration_ms: int) -> list[Finding]:
    limit = LANGUAGES[pair.target_language].caption_chars_per_second
    speed = count * 1000 / duration_ms
    if speed <= limit:
        return []
    severity = Severity.WARNING if speed > _TOO_FAST * limit else Severity.INFO
    template = "Readers would need {speed} characters a second for this cue; {limit} is what they can read."
    return [Finding("fit-speed", severity, template, {"speed": math.ceil(speed), "limit": limit})]


def _shown(text: str) -> int:
    """Characters that take room: without direction controls and the space around."""
    return len(BIDI.sub("", text).strip())
