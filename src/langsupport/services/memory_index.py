"""The index of the translation memory: which units may be like a text. In memory, made from the table, never saved.

An inverted index: each key (a word; in Chinese a pair of characters) knows its units. A text that is at least 70 % like
another shares all but 30 % of its keys; so at least one of its rarest 30 % + 1 is shared, and only the lists of those
need to be read (the prefix filter of Chaudhuri, Ganti, Kaushik 2006). About 120 bytes a unit.

New units come as small blocks, which are merged as in a log-structured tree: each block is less than half of the one
before. What was deleted is found out by readers, who look candidates up in the table: they tell by `forget`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint32]
Units = npt.NDArray[np.int32]

_NOWHERE = -1
"""The scope of a unit that was deleted."""
MOST_POSTINGS = 60_000
"""Entries that are read for one text and block, once the rarest keys are read. Bounds the time, where all is common."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """`keys`: see `text.similarity.index_keys`. `scope`: the meeting whose memory it is in; None: everybody's."""

    id: int
    keys: bytes
    scope: str | None


@dataclass(frozen=True, slots=True)
class _Block:
    """`units[starts[i]:starts[i + 1]]` are the places in `ids` of the units that have `keys[i]`; `keys` rise."""

    keys: Keys
    starts: Ints
    units: Units
    ids: Ints
    sizes: Units
    scopes: Units

    @classmethod
    def of(cls, keys: Keys, units: Units, ids: Ints, sizes: Units, scopes: Units) -> _Block:
        """`keys` and `units` are of one length: an entry for each key of each unit."""
        order = np.argsort(keys, kind="stable")
        distinct, firsts = np.unique(keys[order], return_index=True)
        starts = np.append(firsts, len(keys)).astype(np.int64)
        return cls(distinct, starts, units[order], ids, sizes, scopes)

    def joined(self, other: _Block) -> _Block:
        keys = np.concatenate([np.repeat(b.keys, np.diff(b.starts)) for b in (self, other)])
        units = np.concatenate([self.units, other.units + np.int32(len(self.ids))])
        ids = np.concatenate([self.ids, other.ids])
        sizes = np.concatenate([self.sizes, other.sizes])
        return _Block.of(keys, units, ids, sizes, np.concatenate([self.scopes, other.scopes]))

    def like(self, keys: Keys, least: float, scopes: Units, count: int) -> tuple[npt.NDArray[np.float64], Ints]:
        """(bound of the likeness, id) of those that share the most with `keys`, `count` at most."""
        places = np.searchsorted(self.keys, keys)
        places = places[places < len(self.keys)]
        places = places[np.isin(self.keys[places], keys)]
        lengths = self.starts[places + 1] - self.starts[places]
        places = places[np.argsort(lengths, kind="stable")]
        needed = len(keys) - int(np.ceil(least * len(keys))) + 1
        used = max(1, min(needed, len(places)), int((np.cumsum(np.sort(lengths)) <= MOST_POSTINGS).sum()))
        lists = [self.units[self.starts[i] : self.starts[i + 1]] for i in places[:used]]
        if not lists:
            return np.empty(0), np.empty(0, np.int64)
        found, shared = np.unique(np.concatenate(lists), return_counts=True)
        here = np.isin(self.scopes[found], scopes)
        found, shared = found[here], shared[here]
        longer = np.maximum(self.sizes[found], len(keys))
        smaller = np.minimum(self.sizes[found], len(keys))
        bound = np.minimum(shared + max(0, len(places) - used), smaller) / longer
        kept = np.flatnonzero(bound >= least)
        if len(kept) > count:
            kept = kept[np.argpartition(-(bound[kept] + 1e-3 * shared[kept]), count)[:count]]
        return bound[kept] + 1e-3 * shared[kept], self.ids[found[kept]]


class MemoryIndex:
    """All methods may be called from any thread. One direction is one index, since texts are of one language."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: dict[tuple[str, str], tuple[_Block, ...]] = {}
        self._scopes: dict[str | None, int] = {None: 0}

    def count(self, source: str, target: str) -> int:
        """Units that were ever added."""
        return sum(len(block.ids) for block in self._blocks.get((source, target), ()))

    def add(self, source: str, target: str, rows: Iterable[IndexRow]) -> None:
        """Units that the index doesn't have yet."""
        given = list(rows)
        if not given:
            return
        arrays = [np.frombuffer(row.keys, np.uint32) for row in given]
        sizes = np.array([len(array) for array in arrays], np.int32)
        units = np.repeat(np.arange(len(given), dtype=np.int32), sizes)
        ids = np.array([row.id for row in given], np.int64)
        with self._lock:
            scopes = np.array([self._scopes.setdefault(row.scope, len(self._scopes)) for row in given], np.int32)
            blocks = [*self._blocks.get((source, target), ())]
            blocks.append(_Block.of(np.concatenate(arrays), units, ids, sizes, scopes))
            while len(blocks) > 1 and 2 * len(blocks[-1].ids) >= len(blocks[-2].ids):
                last = blocks.pop()
                blocks[-1] = blocks[-1].joined(last)
            self._blocks[source, target] = tuple(blocks)

    def forget(self, source: str, target: str, ids: Collection[int]) -> None:
        """Units that are no more."""
        gone = np.array(sorted(ids), np.int64)
        with self._lock:
            for block in self._blocks.get((source, target), ()):
                block.scopes[np.isin(block.ids, gone)] = _NOWHERE

    def candidates(
        self, source: str, target: str, keys: bytes, scopes: Collection[str | None], least: float, count: int
    ) -> list[int]:
        """Ids of the units that are most likely to be like a text with these keys, the likeliest first.

        `scopes`: the meetings whose memories are looked at; None is the organization's. `least`: 0 to 1.
        """
        wanted = np.frombuffer(keys, np.uint32)
        if not len(wanted):
            return []
        numbers = np.array([self._scopes[scope] for scope in scopes if scope in self._scopes], np.int32)
        found = [block.like(wanted, least, numbers, count) for block in self._blocks.get((source, target), ())]
        if not found:
            return []
        bounds = np.concatenate([bound for bound, _ in found])
        ids = np.concatenate([each for _, each in found])
        return [int(id) for id in ids[np.argsort(-bounds, kind="stable")[:count]]]


__all__ = ["IndexRow", "MemoryIndex"]
