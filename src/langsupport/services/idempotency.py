"""Requests that carry a key (`Idempotency-Key`): each is done once, and asked again it gets the first answer.

The row is made before the request is looked at and kept in the database, so that several processes agree. Neither the
key nor the caller is kept, only a hash of both; and answers are encrypted by the key, so that nobody reads from the
database what was answered: it may be a token that is shown once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from langsupport.errors import KeyInUse, KeyReused
from langsupport.services.database import Database, insert_into, now_ms
from langsupport.services.schema import idempotency_keys

KEPT_MS = 24 * 3600 * 1000
"""So long an answer is kept."""
LEASE_MS = 10 * 60_000
"""A request that shows no sign of life for so long is lost, and its key free again."""
MOST_ANSWER_BYTES = 256 * 1024
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """One request's hold on a key. `kept`: None where it is the first, and has to be done."""

    key_sha256: str
    run: str
    cipher: bytes
    request_sha256: str | None = None
    kept: bytes | None = None

    def answer_to(self, request_sha256: str) -> Answer:
        """What the first request was answered. Raises KeyReused: it was another one."""
        if self.request_sha256 is None or not hmac.compare_digest(self.request_sha256, request_sha256):
            raise KeyReused()
        return _opened(self.cipher, self.kept or b"")


class IdempotencyKeys:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, caller: str, key: str) -> Claim:
        """`caller` is whoever the key belongs to. Raises KeyInUse: the first request with it runs still."""
        name, cipher = _derived(b"name", caller, key).hex(), _derived(b"cipher", caller, key)
        now, run = now_ms(), secrets.token_hex(16)
        table = idempotency_keys
        row = {"run": run, "until_ms": now + LEASE_MS, "created_ms": now}
        old = sa.or_(
            sa.and_(table.c.request_sha256.is_(None), table.c.until_ms < now), table.c.created_ms < now - KEPT_MS
        )
        with self._database.write() as connection:
            fresh = insert_into(table, connection.dialect.name).values(key_sha256=name, **row)
            made = fresh.on_conflict_do_nothing().returning(table.c.key_sha256)  # PostgreSQL counts no rows here
            if connection.execute(made).first() is not None:
                return Claim(name, run, cipher)
            again = sa.update(table).where(table.c.key_sha256 == name, old)
            if connection.execute(again.values(**row, request_sha256=None, answer=None)).rowcount:
                return Claim(name, run, cipher)
            found = connection.execute(sa.select(table).where(table.c.key_sha256 == name)).mappings().first()
        if found is None or found["request_sha256"] is None:  # or it came to nothing this very moment
            raise KeyInUse()
        return Claim(name, found["run"], cipher, found["request_sha256"], found["answer"])

    def keep(self, claim: Claim, request_sha256: str, answer: Answer) -> None:
        """The request is done. Does nothing where its time was up and another one took its place."""
        sealed = {"request_sha256": request_sha256, "answer": _sealed(claim.cipher, answer)}
        with self._database.write() as connection:
            connection.execute(sa.update(idempotency_keys).where(*_mine(claim)).values(sealed))

    def renew(self, claim: Claim) -> None:
        """The request goes on."""
        with self._database.write() as connection:
            later = sa.update(idempotency_keys).where(*_mine(claim)).values(until_ms=now_ms() + LEASE_MS)
            connection.execute(later)

    def forget(self, claim: Claim) -> None:
        """The request came to nothing that is kept: the same key may be tried again."""
        with self._database.write() as connection:
            connection.execute(sa.delete(idempotency_keys).where(*_mine(claim)))

    def clean(self) -> None:
        with self._database.write() as connection:
            old = idempotency_keys.c.created_ms < now_ms() - KEPT_MS
            connection.execute(sa.delete(idempotency_keys).where(old))


def _mine(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return idempotency_keys.c.key_sha256 == claim.key_sha256, idempotency_keys.c.run == claim.run


def _derived(use: bytes, caller: str, key: str) -> bytes:
    return hmac.new(key.encode(), b"langsupport idempotency " + use + b"\0" + caller.encode(), hashlib.sha256).digest()


def _sealed(cipher: bytes, answer: Answer) -> bytes:
    head = json.dumps([answer.status, list(answer.headers)]).encode()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(cipher).encrypt(nonce, head + b"\n" + answer.body, None)


def _opened(cipher: bytes, sealed: bytes) -> Answer:
    """Raises KeyReused: it was sealed by another key, which only a damaged row is."""
    try:
        plain = AESGCM(cipher).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise KeyReused() from error
    head, _, body = plain.partition(b"\n")
    status, headers = json.loads(head)
    return Answer(status, [(name, value) for name, value in headers], body)


__all__ = ["MOST_ANSWER_BYTES", "Answer", "Claim", "IdempotencyKeys"]
