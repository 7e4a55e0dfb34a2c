"""How loud each check is: an organization may raise, lower or silence the findings of a check by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from langsupport.domain.findings import Finding, Severity


class Level(StrEnum):
    OFF = "off"  # the check is not run
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"  # blocks approval


Levels = Mapping[str, Level]
"""Names of checks to levels; a check that isn't named keeps the severities of its table."""

USUAL: Levels = MappingProxyType({})

_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def levelled(findings: Iterable[Finding], name: str, highest: Severity, levels: Levels) -> list[Finding]:
    """The findings of the check `name`, whose severest are `highest`, at the organization's level.

    The severest take the level; what the check itself gives less weight keeps its own, and the level at most.
    """
    level = levels.get(name)
    if level is None:
        return list(findings)
    if level is Level.OFF:
        return []
    wanted = Severity(level.value)
    return [replace(one, severity=_moved(one.severity, highest, wanted)) for one in findings]


def _moved(own: Severity, highest: Severity, wanted: Severity) -> Severity:
    return wanted if own is highest else max(own, wanted, key=_RANK.__getitem__)


__all__ = ["USUAL", "Level", "Levels", "levelled"]
