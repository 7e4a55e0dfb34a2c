"""Live sessions: everything that lasts of them, except the sound."""

from __future__ import annotations

import builtins

from langsupport.services import session_rows as rows
from langsupport.services.database import Database
from langsupport.services.live_hub import LiveHub
from langsupport.services.session_access import allowed
from langsupport.services.session_captions import SessionCaptions
from langsupport.services.session_part import Eraser, Listener, Remover, Telling
from langsupport.services.session_records import AuditRecord
from langsupport.services.session_settings import SessionSettings


class SessionService(SessionSettings, SessionCaptions):
    """All methods may be called from any thread. Raises our errors only.

    `by` says who acts, for the audit: "administrator", or the name of a grant. Every method that names a session
    raises NotFound where there is none; those that take texts raise InvalidRequest where they are too long.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, LiveHub(database), Telling())

    def audit(self, id: str, limit: int = 500, before: int | None = None) -> builtins.list[AuditRecord]:
        """Newest first; `before` is the id of the last one of the page before. Raises NotFound."""
        with self._database.read() as connection:
            rows.session_row(connection, id)
            return rows.audit_records(connection, id, limit, before)

    def add_listener(self, listener: Listener) -> None:
        """Call it with every SessionEvent, after it was committed, in the thread of whoever did it."""
        self._telling.listeners.append(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Idempotent."""
        if listener in self._telling.listeners:
            self._telling.listeners.remove(listener)

    def add_eraser(self, eraser: Eraser) -> None:
        """Call it for every stretch that goes off the record, until it succeeded."""
        self._telling.erasers.append(eraser)

    def add_remover(self, remover: Remover) -> None:
        """Call it for every session that is deleted."""
        self._telling.removers.append(remover)

    def close(self) -> None:
        """Let all who watch go; they may come again. Idempotent."""
        self._hub.close()


__all__ = ["SessionService", "allowed"]
