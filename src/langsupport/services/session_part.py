"""What the parts of the session service share: the database, who watches, who listens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from langsupport.services import session_rows as rows
from langsupport.services.database import Database
from langsupport.services.live_hub import LiveHub
from langsupport.services.session_records import EventKind, SessionEvent, SessionRecord

log = logging.getLogger(__name__)

Listener = Callable[[SessionEvent], None]
Eraser = Callable[[str, int, int], None]
"""(session, from_ms, to_ms): make the sound of a stretch unreadable. Called again if it failed or the process died."""
Remover = Callable[[str], None]
"""(session): remove everything that is kept of a session outside the database."""


class Telling:
    """Those who are told what happened, after it was committed, in the thread of whoever did it."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.erasers: list[Eraser] = []
        self.removers: list[Remover] = []

    def tell(self, event: SessionEvent) -> None:
        """What a listener does wrong harms nobody else: what it is told of has happened."""
        for listener in list(self.listeners):
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on %s of session %s", event.kind, event.session_id)


class SessionPart:
    """A part of the service. `by` says who acts, for the audit."""

    def __init__(self, database: Database, hub: LiveHub, telling: Telling) -> None:
        self._database = database
        self._hub = hub
        self._telling = telling

    def get(self, id: str) -> SessionRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.record(connection, id)

    @contextmanager
    def _locked(self, id: str) -> Iterator[tuple[sa.Connection, sa.RowMapping]]:
        """A transaction that has a session for itself. Raises NotFound."""
        with self._database.write() as connection:
            yield connection, rows.session_row(connection, id, lock=True)

    def _tell(self, kind: EventKind, id: str) -> SessionRecord:
        """The session as it is now, which viewers and listeners are told of."""
        record = self.get(id)
        self._hub.update(record)
        self._telling.tell(SessionEvent(kind, id, record))
        return record
