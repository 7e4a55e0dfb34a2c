"""Token numbers of many texts in one array, and archives that are whole or not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.uint16]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Texts:
    """`starts` has one more entry than there are texts: text n is ids[starts[n]:starts[n + 1]]."""

    ids: Ids
    starts: Ints

    def lengths(self, texts: Ints) -> Ints:
        """In tokens."""
        return self.starts[texts + 1] - self.starts[texts]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For an archive; `from_arrays` reads them."""
        return {"ids": self.ids, "lengths": np.diff(self.starts).astype(np.uint16)}


def from_arrays(found: Mapping[str, NDArray[Any]]) -> tuple[Ids, Ints]:
    return found["ids"], starts_of(found["lengths"])


def starts_of(lengths: Iterable[int] | NDArray[Any]) -> Ints:
    starts: Ints = np.concatenate([[0], np.cumsum(np.asarray(lengths, np.int64))]).astype(np.int64)
    return starts


def save_whole(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """A run that is killed while it writes leaves nothing of the file behind under its name."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    part.replace(path)
