"""The result of a check: severity, place, what and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    ERROR = "error"  # blocks approval
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable (`protected-missing`); `template` filled with `fields` is the sentence for people,
    translatable like an error's."""

    code: str
    severity: Severity
    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    unit_id: str | None = None
    segment_index: int | None = None

    @property
    def message(self) -> str:
        return self.template.format_map(self.fields)
