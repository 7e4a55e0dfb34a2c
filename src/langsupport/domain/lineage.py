"""How documents follow from each other, and the symbols by which organizations know them.

Symbols as the United Nations form them (Editorial Manual, “Document symbols”): A/C.2/80/L.5, then A/C.2/80/L.5/Rev.1,
/Add.1 or /Corr.1. A later revision takes the place of an earlier one's suffix; other suffixes are added.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from itertools import count


class Relation(StrEnum):
    """What a document is to the one before it."""

    REVISION = "revision"
    ADDENDUM = "addendum"
    CORRIGENDUM = "corrigendum"


SUFFIXES: Mapping[Relation, str] = {
    Relation.REVISION: "Rev",
    Relation.ADDENDUM: "Add",
    Relation.CORRIGENDUM: "Corr",
}
SYMBOL_CHARS = 64
_REVISED = re.compile(r"/Rev\.\d+$")


def next_symbol(symbol: str, relation: Relation, taken: Collection[str] = ()) -> str:
    """The symbol of what follows a document, the first one that isn't taken; "" where the document has none."""
    if not symbol:
        return ""
    base = _REVISED.sub("", symbol) if relation is Relation.REVISION else symbol
    given = set(taken) | {symbol}
    return next(found for n in count(1) if (found := f"{base}/{SUFFIXES[relation]}.{n}") not in given)


__all__ = ["SUFFIXES", "SYMBOL_CHARS", "Relation", "next_symbol"]
