"""API tokens: what programs of a person sign in with. Each is shown once, has scopes, and can be taken back at once."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from langsupport.domain.accounts import checked_scopes
from langsupport.errors import InvalidRequest, NotFound
from langsupport.services import people_rows as rows
from langsupport.services.account_records import ApiToken, Caller
from langsupport.services.audit import note
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import milliseconds, moment, new_id
from langsupport.services.schema_accounts import api_tokens
from langsupport.services.secrets_at_rest import new_token, sha256
from langsupport.services.session_input import line
from langsupport.services.sign_ins import TOKEN_PREFIX

MOST_TOKENS = 100
"""Of one person that hold at a time."""
_SHOWN_CHARS = 8


class TokenService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        person_id: str,
        name: str,
        scopes: Iterable[str],
        by: Caller | str,
        expires_at: datetime | None = None,
    ) -> tuple[ApiToken, str]:
        """(the token's record, the token itself, which can't be had again).

        Raises: NotFound, InvalidRequest (no name, no such scope, a time that is over, too many).
        """
        name = line(name, "token's name", 200, required=True)
        kept = checked_scopes(scopes)
        expires_ms = _expiry(expires_at)
        token = TOKEN_PREFIX + new_token()
        id = new_id()
        row = {
            "id": id,
            "person_id": person_id,
            "name": name,
            "token_sha256": sha256(token),
            "beginning": token[:_SHOWN_CHARS],
            "scopes": list(kept),
            "created_ms": now_ms(),
            "expires_ms": expires_ms,
        }
        with self._database.write() as connection:
            login = rows.person_row(connection, person_id, lock=True)["login"]
            if len(_valid(connection, person_id)) >= MOST_TOKENS:
                raise InvalidRequest(detail=f"There are {MOST_TOKENS} tokens already. Revoke some first.")
            connection.execute(sa.insert(api_tokens).values(row))
            note(connection, "token", by, login, token=id, name=name, scopes=list(kept))
            return _token(_row(connection, person_id, id)), token

    def list(self, person_id: str) -> builtins.list[ApiToken]:
        """Those that hold, newest first."""
        with self._database.read() as connection:
            return _valid(connection, person_id)

    def revoke(self, person_id: str, id: str, by: Caller | str) -> None:
        """Idempotent. Raises NotFound."""
        with self._database.write() as connection:
            login = rows.person_row(connection, person_id)["login"]
            if _row(connection, person_id, id)["revoked_ms"] is None:
                connection.execute(sa.update(api_tokens).where(api_tokens.c.id == id).values(revoked_ms=now_ms()))
                note(connection, "token-revoked", by, login, token=id)


def _expiry(expires_at: datetime | None) -> int | None:
    if expires_at is None:
        return None
    if milliseconds(expires_at) <= now_ms():
        raise InvalidRequest(detail="The token would have expired already. Choose a time to come.")
    return milliseconds(expires_at)


def _valid(connection: sa.Connection, person_id: str) -> builtins.list[ApiToken]:
    query = sa.select(api_tokens).where(api_tokens.c.person_id == person_id, api_tokens.c.revoked_ms.is_(None))
    found = [_token(row) for row in connection.execute(query.order_by(api_tokens.c.id.desc())).mappings()]
    return [token for token in found if token.valid()]


def _row(connection: sa.Connection, person_id: str, id: str) -> sa.RowMapping:
    where = sa.and_(api_tokens.c.person_id == person_id, api_tokens.c.id == id)
    row = connection.execute(sa.select(api_tokens).where(where)).mappings().first()
    if row is None:
        raise NotFound(what="token", id=id)
    return row


def _token(row: sa.RowMapping) -> ApiToken:
    def maybe(name: str) -> datetime | None:
        return moment(row[name]) if row[name] is not None else None

    return ApiToken(
        id=row["id"],
        person_id=row["person_id"],
        name=row["name"],
        beginning=row["beginning"],
        scopes=tuple(row["scopes"]),
        created_at=moment(row["created_ms"]),
        expires_at=maybe("expires_ms"),
        used_at=maybe("used_ms"),
        revoked_at=maybe("revoked_ms"),
    )


__all__ = ["TokenService"]
