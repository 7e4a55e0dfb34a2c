"""Where the text for an adaptation comes from: files, or the service's own memory and terms."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from langsupport.domain.matches import MemoryUnit, UnitOrigin
from langsupport.domain.terms import Concept
from langsupport.services.account_records import Confidentiality
from langsupport.services.database import Database
from langsupport.services.memory import MemoryService
from langsupport.services.memory_exchange import read_tmx
from langsupport.services.schema_accounts import meetings
from langsupport.services.term_exchange import concepts_of
from langsupport.training.bitext import Pair, read_tsv


def pairs_from_file(path: Path, source: str, target: str) -> list[Pair]:
    """The pairs of a TMX file in one direction, or of a TSV file; the tag is the document.

    Raises DamagedFile, HostileFile, InvalidRequest.
    """
    if path.suffix.lower() != ".tmx":
        return list(read_tsv(path))
    units = read_tmx(path.read_bytes(), path.name, UnitOrigin.IMPORTED, "")
    return [_pair(unit) for unit in units if (unit.source_language, unit.target_language) == (source, target)]


def pairs_from_memory(database: Database, source: str, target: str, *, confidential: bool = True) -> list[Pair]:
    """What people approved here or took over from another memory, not what a program aligned. `confidential`: that of
    confidential meetings too."""
    units = MemoryService(database).units(None, source, target)
    left_out = set() if confidential else _confidential_codes(database)
    return [_pair(unit) for unit in units if unit.origin is not UnitOrigin.ALIGNED and unit.meeting not in left_out]


def _confidential_codes(database: Database) -> set[str]:
    query = sa.select(meetings.c.code).where(meetings.c.confidentiality == Confidentiality.LIST)
    with database.read() as connection:
        return set(connection.scalars(query))


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """As `pairs_from_file` reads them."""
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for pair in pairs:
            lines.write("\t".join(" ".join(text.split()) for text in (pair.source, pair.target, pair.tag)) + "\n")


def concepts_from_file(path: Path) -> list[Concept]:
    """Terms of a TBX, CSV or XLSX file. Raises as `TermService.import_file` does."""
    return concepts_of(path.read_bytes(), path.name)


def _pair(unit: MemoryUnit) -> Pair:
    """A line for each text: a break inside one is a space for the model."""
    return Pair(" ".join(unit.source.text.split()), " ".join(unit.target.text.split()), unit.document)
