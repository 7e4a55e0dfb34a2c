"""One channel's sound between who sends it and who hears it: on the disk, and in memory while the disk is full."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from langsupport.captioning.audio import Samples
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import DiskFull
from langsupport.services.live_status import SpoolState
from langsupport.services.spool import Epoch, Spool
from langsupport.services.spool_files import SpoolFile

OVERHANG_SAMPLES = 120 * SAMPLE_RATE
"""Sound kept in memory while the disk is full, 7.7 MB a channel (and one message); the oldest that was heard goes."""
_READ_SAMPLES = 30 * SAMPLE_RATE


class Tape:
    """Thread-safe: one thread writes, another reads. Positions are samples at 16 kHz on the session's clock."""

    def __init__(self, spool: Spool, session: str, channel: str) -> None:
        """Raises DiskFull: not even an empty file can be made."""
        self._spool = spool
        self._key = session, channel
        self._lock = threading.RLock()
        self._file: SpoolFile = spool.file(session, channel)
        self._over: deque[tuple[int, Samples]] = deque()  # (position, samples): bounded by OVERHANG_SAMPLES
        self._over_samples = 0
        self._epoch: Epoch | None = None  # not on the disk yet
        self.end = self._file.length
        """What has come, silence included."""
        self.heard = 0
        """Told by the reader: before this nothing is needed in memory."""
        self.full = False

    @property
    def safe(self) -> int:
        """What is on the disk: everything before this survives a crash."""
        with self._lock:
            return self._file.length

    @property
    def room(self) -> bool:
        """False: the disk is full, and as much as fits in memory was not heard yet."""
        return not self.full or self.end - self.heard < OVERHANG_SAMPLES

    @property
    def state(self) -> SpoolState:
        return SpoolState.FULL if self.full else SpoolState.OK

    def begin(self, epoch: Epoch) -> None:
        """Note where an epoch stands, before its first sample."""
        with self._lock:
            self._epoch = epoch
            self._save_epoch()

    def append(self, at: int, samples: Samples) -> None:
        """Write at `at`, which is `end` or later. Look at `room` before."""
        if not len(samples):
            return
        with self._lock:
            if not self.full:
                try:
                    self._file.append(at, samples)
                    self.end = self._file.length
                    return
                except DiskFull:
                    self.full = True
            self._keep(at, samples)
            self.end = at + len(samples)

    def skip(self, to: int) -> None:
        """Silence up to `to`."""
        with self._lock:
            if to <= self.end:
                return
            if not self.full:
                try:
                    self._file.extend(to)
                except DiskFull:
                    self.full = True
            self.end = to

    def _keep(self, at: int, samples: Samples) -> None:
        while self._over and self._over_samples + len(samples) > OVERHANG_SAMPLES:
            place, oldest = self._over[0]
            if place + len(oldest) > self.heard:
                break  # not heard yet: `room` holds whoever sends it
            self._over.popleft()
            self._over_samples -= len(oldest)
        self._over.append((at, np.array(samples, dtype=np.float32)))
        self._over_samples += len(samples)

    def read(self, start: int, count: int) -> Samples:
        """At most `count` samples (and 30 s) from `start`; none where nothing has come yet."""
        with self._lock:
            stop = min(start + min(count, _READ_SAMPLES), self.end)
            if start >= stop:
                return np.zeros(0, dtype=np.float32)
            if stop <= self._file.length:
                return self._file.read(start, stop - start)
            samples = np.zeros(stop - start, dtype=np.float32)
            if start < self._file.length:
                part = self._file.read(start, min(stop, self._file.length) - start)
                samples[: len(part)] = part
            for place, block in self._over:
                first, last = max(start, place), min(stop, place + len(block))
                if first < last:
                    samples[first - start : last - start] = block[first - place : last - place]
            return samples

    def erase(self, start: int, stop: int | None) -> None:
        """In memory; on the disk the spool does it for all channels."""
        with self._lock:
            for place, block in self._over:
                first, last = max(0, start - place), len(block) if stop is None else max(0, stop - place)
                block[first:last] = 0

    def retry(self) -> bool:
        """Put what waits in memory on the disk, if there is room again. True: nothing waits any more."""
        with self._lock:
            if not self.full:
                return True
            try:
                self._save_epoch()
                while self._over:
                    at, samples = self._over[0]
                    self._file.append(at, samples)
                    self._over.popleft()
                    self._over_samples -= len(samples)
                self._file.extend(self.end)
            except DiskFull:
                return False
            self.full = self._epoch is not None
            return not self.full

    def _save_epoch(self) -> None:
        if self._epoch is None:
            return
        try:
            self._spool.save_epoch(*self._key, self._epoch)
            self._epoch = None
        except DiskFull:
            self.full = True
