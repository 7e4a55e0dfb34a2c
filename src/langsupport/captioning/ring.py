"""The last seconds of a channel's sound, addressed by sample on the channel's clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class SampleRing:
    """Holds what was appended since the last `drop_before`: the caller drops what it needs no more.

    Storage grows in steps and is reused; `window` copies, so that a window stays as it is while sound goes on.
    """

    def __init__(self, start: int = 0) -> None:
        self._start = start
        self._used = 0
        self._data = np.zeros(_STEP_SAMPLES, dtype=np.float32)

    @property
    def start(self) -> int:
        """The first sample that is held."""
        return self._start

    @property
    def end(self) -> int:
        """One past the last sample that is held: the channel's position."""
        return self._start + self._used

    def append(self, samples: Samples) -> None:
        needed = self._used + len(samples)
        if needed > len(self._data):
            grown = np.zeros(-(-needed // _STEP_SAMPLES) * _STEP_SAMPLES, dtype=np.float32)
            grown[: self._used] = self._data[: self._used]
            self._data = grown
        self._data[self._used : needed] = samples
        self._used = needed

    def window(self, first: int, last: int) -> Samples:
        """A copy of samples [first, last), as far as they are held."""
        a, b = max(first, self._start) - self._start, max(min(last, self.end), self._start) - self._start
        return self._data[a:b].copy()

    def drop_before(self, sample: int) -> None:
        gone = min(max(0, sample - self._start), self._used)
        if gone == 0:
            return
        kept = self._used - gone
        size = max(_STEP_SAMPLES, -(-kept // _STEP_SAMPLES) * _STEP_SAMPLES)
        fresh = self._data if size >= len(self._data) else np.zeros(size, dtype=np.float32)
        fresh[:kept] = self._data[gone : self._used].copy()
        self._data = fresh
        self._start += gone
        self._used = kept


_STEP_SAMPLES = 16_000 * 8
