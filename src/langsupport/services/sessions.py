"""Live sessions: everything that lasts of them, except the sound."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable

from langsupport.services import session_rows as rows
from langsupport.services.database import Database
from langsupport.services.live_elsewhere import Elsewhere
from langsupport.services.live_hub import LiveHub
from langsupport.services.live_viewer import Subscription
from langsupport.services.session_access import allowed
from langsupport.services.session_captions import SessionCaptions
from langsupport.services.session_editions import SessionEditions
from langsupport.services.session_part import Eraser, Listener, Remover, Telling
from langsupport.services.session_records import AuditRecord, Grant
from langsupport.services.session_settings import SessionSettings


class SessionService(SessionSettings, SessionCaptions, SessionEditions):
    """All methods may be called from any thread. Raises our errors only.

    `by` says who acts, for the audit: "administrator", or the name of a grant. Every method that names a session
    raises NotFound where there is none; those that take texts raise InvalidRequest where they are too long.
    """

    def __init__(self, database: Database) -> None:
        hub, telling = LiveHub(database), Telling()
        super().__init__(database, hub, telling)
        self._elsewhere = Elsewhere(database, hub, telling.tell)
        hub.on_first = self._elsewhere.start

    def watch(
        self,
        id: str,
        tracks: Iterable[str],
        last_seq: int | None,
        on_news: Callable[[], None],
        grant: Grant | None = None,
        *,
        tails: bool = True,
    ) -> Subscription:
        """What viewers see, from a snapshot on or from what changed after `last_seq`; `grant`: what they came by, so
        that they are let go when it ends. Close it.

        Raises: NotFound, InvalidRequest, AccessDenied (tracks that the grant does not open), CapacityError.
        """
        return self._hub.watch(id, tracks, last_seq, on_news, grant, tails=tails)

    def watchers(self, id: str) -> dict[str, int]:
        """How many watch each track in this process; one stands for those of all others."""
        return self._elsewhere.watchers(id)

    def audit(self, id: str, limit: int = 500, before: int | None = None) -> builtins.list[AuditRecord]:
        """Newest first; `before` is the id of the last one of the page before. Raises NotFound."""
        with self._database.read() as connection:
            rows.session_row(connection, id)
            return rows.audit_records(connection, id, limit, before)

    def add_listener(self, listener: Listener) -> None:
        """Call it with every SessionEvent, after it was committed, in the thread of whoever did it.

        What another process did it hears of for sessions that are written or watched here, and then perhaps twice.
        """
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
        self._elsewhere.close()
        self._hub.close()


class SessionUpkeep:
    """What is done now and then (a `maintenance.Kept`)."""

    def __init__(self, service: SessionService) -> None:
        self._service = service

    def resume(self) -> None:
        """Erase the sound that could not be erased at once."""
        self._service.resume_erasing()

    def delete_older(self, created_before_ms: int) -> int:
        """Delete sessions that have ended, by age. Gives their number."""
        return self._service.delete_older(created_before_ms)


__all__ = ["SessionService", "SessionUpkeep", "allowed"]
