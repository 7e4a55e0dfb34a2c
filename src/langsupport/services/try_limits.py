"""Guessing is slow: after some failures each further one doubles the wait, for an account and for an address.

Kept in the database, so that a restart forgives nothing, and by a name's hash, whether there is such an account or not.
A try is counted before the password is looked at: many at once gain nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from langsupport.errors import TooManyTries
from langsupport.services.database import Database, insert_into, now_ms
from langsupport.services.schema_accounts import sign_in_tries
from langsupport.services.secrets_at_rest import sha256

FIRST_WAIT_MS = 1_000
LONGEST_WAIT_MS = 15 * 60 * 1000
FORGOTTEN_MS = 24 * 3600 * 1000
"""After a day without a failure an account or address begins anew."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` failures cost no wait."""

    kind: str
    free: int


ACCOUNT = Limit("account", 5)
ADDRESS = Limit("address", 30)
"""Many people may come from behind one address."""


def wait_ms(failures: int, free: int) -> int:
    """How long after so many failures until the next try."""
    over = failures - free
    return 0 if over <= 0 else min(FIRST_WAIT_MS * 2 ** min(over - 1, 20), LONGEST_WAIT_MS)


class TryLimits:
    """All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, tries: Sequence[tuple[Limit, str]]) -> None:
        """Count a try of each (limit, name), as a failure until `succeeded` takes it back. Raises TooManyTries."""
        keyed = sorted((_key(limit, name), limit.free) for limit, name in tries)
        with self._database.write() as connection:
            kept = {key: _row(connection, key) for key, _ in keyed}
            now = now_ms()  # after whoever had the rows before us
            blocked = max((row["blocked_until_ms"] for row in kept.values()), default=0)
            if blocked > now:
                raise TooManyTries(seconds=-(-(blocked - now) // 1000))
            for key, free in keyed:
                row = kept[key]
                failures = 1 + (row["failures"] if now - row["last_ms"] < FORGOTTEN_MS else 0)
                wait = wait_ms(failures, free)
                values = {"failures": failures, "last_ms": now, "blocked_until_ms": now + wait if wait else 0}
                connection.execute(sa.update(sign_in_tries).where(sign_in_tries.c.key == key).values(values))

    def succeeded(self, account: tuple[Limit, str], address: tuple[Limit, str]) -> None:
        """The account begins anew; of the address this one try is taken back, for others may be guessing from there."""
        with self._database.write() as connection:
            connection.execute(sa.delete(sign_in_tries).where(sign_in_tries.c.key == _key(*account)))
            key, less = _key(*address), sign_in_tries.c.failures - 1
            values = {"failures": less, "blocked_until_ms": 0}
            connection.execute(sa.update(sign_in_tries).where(sign_in_tries.c.key == key).values(values))

    def forget(self) -> None:
        """Those that are long over."""
        with self._database.write() as connection:
            old = sign_in_tries.c.last_ms < now_ms() - FORGOTTEN_MS
            connection.execute(sa.delete(sign_in_tries).where(old))


def _key(limit: Limit, name: str) -> str:
    return sha256(f"{limit.kind}\0{name}")


def _row(connection: sa.Connection, key: str) -> sa.RowMapping:
    """Locked; made where it is not there, so that two first tries at once are two."""
    values = {"key": key, "failures": 0, "last_ms": now_ms(), "blocked_until_ms": 0}
    connection.execute(insert_into(sign_in_tries, connection.dialect.name).values(values).on_conflict_do_nothing())
    query = sa.select(sign_in_tries).where(sign_in_tries.c.key == key).with_for_update()
    return connection.execute(query).mappings().one()


__all__ = ["ACCOUNT", "ADDRESS", "Limit", "TryLimits", "wait_ms"]
