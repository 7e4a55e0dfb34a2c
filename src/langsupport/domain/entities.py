"""Protected entities: what must come out as it went in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntityKind(StrEnum):
    DOCUMENT_SYMBOL = "document-symbol"  # TD 123 (PLEN), C25/17(Rev.1)-E, A/RES/70/1
    RECOMMENDATION = "recommendation"  # ITU-T Y.4903/L.1603 (10/2016), ISO/IEC 5230:2020
    QUESTION = "question"  # Q1/20
    URL = "url"
    EMAIL = "email"
    IDENTIFIER = "identifier"  # DOI, ISBN, file names, versions, code
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class ProtectedEntity:
    """A span [start, end) of a text that is copied verbatim."""

    start: int
    end: int
    text: str
    kind: EntityKind
