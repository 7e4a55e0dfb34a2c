"""Documents that were read and cut into segments, kept in memory while work on them goes on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from langsupport.pipelines.document import Prepared


class PreparedDocuments:
    """At most `capacity` documents, the least recently used goes first. Each is read by one thread at a time.

    Reading the same bytes gives the same segments, so what was dropped is simply read again.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, id: str, read: Callable[[], Prepared]) -> Prepared:
        with self._lock:
            slot = self._slots.setdefault(id, _Slot())
            self._slots.move_to_end(id)
            while len(self._slots) > self._capacity:
                self._slots.popitem(last=False)
        with slot.lock:
            if slot.prepared is None:
                slot.prepared = read()
            return slot.prepared

    def drop(self, id: str) -> None:
        with self._lock:
            self._slots.pop(id, None)


class _Slot:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.prepared: Prepared | None = None
