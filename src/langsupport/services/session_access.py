"""Who may do what in a session: grants, held by tokens of which only a hash is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from langsupport.domain.live import ALLOWS, Role
from langsupport.errors import AccessDenied, InvalidRequest, NotFound
from langsupport.services import session_rows as rows
from langsupport.services.database import now_ms
from langsupport.services.document_rows import milliseconds, moment, new_id
from langsupport.services.schema import session_grants, sessions
from langsupport.services.secrets_at_rest import looked_up, new_token, sha256
from langsupport.services.session_input import GRANTS, NAME_CHARS, line, track_key
from langsupport.services.session_part import SessionPart
from langsupport.services.session_records import Grant, SessionRecord
from langsupport.services.visibility import is_confidential

TOKEN_BYTES = 24


def allowed(session: SessionRecord, grant: Grant | None, role: Role, *, now: datetime | None = None) -> bool:
    """Whether somebody may act in a role in a session by a link: it needs a valid grant of this very session.

    The public link of a session that became confidential opens nothing.
    """
    if grant is None or grant.session_id != session.id or not grant.valid(now):
        return False
    if grant.public and session.confidential:
        return False
    return role in ALLOWS[grant.role]


class GrantBook(SessionPart):
    """A part of the session service."""

    def grant(
        self,
        id: str,
        role: Role | str,
        name: str,
        by: str,
        expires_at: datetime | None = None,
        tracks: Sequence[str] | None = None,
        *,
        public: bool = False,
    ) -> tuple[Grant, str]:
        """(the grant, its token). The token can't be had again. A new public link replaces the old one.

        Raises: NotFound, InvalidRequest (no name, a time that is over, too many), AccessDenied (a public link to
        a confidential session).
        """
        role = _role(role)
        name = line(name, "name", NAME_CHARS, required=not public)
        chosen = None if tracks is None else [track_key(track) for track in dict.fromkeys(tracks)]
        if public and role is not Role.VIEWER:
            raise InvalidRequest(detail="A public link is for viewers only; give other roles to persons, by name.")
        token = new_token(TOKEN_BYTES)
        grant_id = new_id()
        row = {
            "id": grant_id,
            "session_id": id,
            "role": role,
            "name": name,
            "token_sha256": sha256(token),
            "public": public,
            "tracks": chosen,
            "created_by": by,
            "created_ms": now_ms(),
            "expires_ms": _expiry(expires_at),
        }
        with self._locked(id) as (connection, session):
            listed = rows.confidential_meetings(connection, {session["meeting_id"]} - {None})
            if public and (session["confidential"] or listed):
                raise AccessDenied(detail="The session is confidential: it has no public link. Give links to persons.")
            _check_room(connection, id)
            replaced = self._revoke_public(connection, id, by) if public else []
            connection.execute(sa.insert(session_grants).values(row))
            rows.audit(connection, id, by, "grant", grant=grant_id, role=role, name=name, public=public)
            found = _grant(_row(connection, id, grant_id))
        self._dismiss(id, replaced)
        return found, token

    def grants(self, id: str) -> list[Grant]:
        """Newest first; revoked and expired ones among them. Raises NotFound."""
        with self._database.read() as connection:
            rows.session_row(connection, id)
            query = sa.select(session_grants).where(session_grants.c.session_id == id)
            query = query.order_by(session_grants.c.id.desc()).limit(2 * GRANTS)
            return [_grant(row) for row in connection.execute(query).mappings()]

    def revoke(self, id: str, grant_id: str, by: str) -> Grant:
        """Its holder sees nothing more from now on. Idempotent. Raises NotFound."""
        with self._locked(id) as (connection, _):
            row = _row(connection, id, grant_id)
            if row["revoked_ms"] is None:
                self._revoke(connection, id, [grant_id], by)
                rows.change(connection, id)  # so that other processes look
            found = _grant(_row(connection, id, grant_id))
        self._dismiss(id, [grant_id])
        return found

    def resolve(self, token: str) -> Grant | None:
        """The grant that a token holds; None where there is none, or it is over."""
        key = looked_up(token)
        if key is None:
            return None
        query = sa.select(session_grants).where(session_grants.c.token_sha256 == key)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        found = _grant(row) if row is not None else None
        return found if found is not None and found.valid() else None

    def close_public(self, by: str) -> None:
        """Take back the public links of sessions whose meeting is confidential (by now)."""
        table = session_grants
        joined = sa.join(table, sessions, table.c.session_id == sessions.c.id)
        open_still = sa.and_(table.c.public.is_(sa.true()), table.c.revoked_ms.is_(None))
        with self._database.write() as connection:
            query = (
                sa.select(sessions.c.id).select_from(joined).where(open_still, is_confidential(sessions.c.meeting_id))
            )
            ids = connection.scalars(query.distinct()).all()
            ended = {id: self._revoke_public(connection, id, by) for id in ids}
        for id, grants in ended.items():
            self._dismiss(id, grants)

    def _revoke_public(self, connection: sa.Connection, id: str, by: str) -> list[str]:
        table = session_grants
        where = sa.and_(table.c.session_id == id, table.c.public.is_(sa.true()), table.c.revoked_ms.is_(None))
        ids = list(connection.scalars(sa.select(table.c.id).where(where)))
        self._revoke(connection, id, ids, by)
        return ids

    def _revoke(self, connection: sa.Connection, id: str, grant_ids: Sequence[str], by: str) -> None:
        for grant_id in grant_ids:
            where = session_grants.c.id == grant_id
            connection.execute(sa.update(session_grants).where(where).values(revoked_ms=now_ms()))
            rows.audit(connection, id, by, "revoke", grant=grant_id)

    def _dismiss(self, id: str, grant_ids: Sequence[str]) -> None:
        for grant_id in grant_ids:
            self._hub.dismiss(id, "revoked", "This link was taken back.", grant_id=grant_id)


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise InvalidRequest(detail=f"There is no such role. The roles are: {', '.join(Role)}.") from None


def _expiry(expires_at: datetime | None) -> int | None:
    if expires_at is None:
        return None
    if milliseconds(expires_at) <= now_ms():
        raise InvalidRequest(detail="The link would have expired already. Choose a time to come.")
    return milliseconds(expires_at)


def _check_room(connection: sa.Connection, id: str) -> None:
    table = session_grants
    current = sa.and_(table.c.session_id == id, table.c.revoked_ms.is_(None))
    if (connection.scalar(sa.select(sa.func.count()).select_from(table).where(current)) or 0) >= GRANTS:
        raise InvalidRequest(detail=f"The session has {GRANTS:,} links already. Take some back first.")


def _row(connection: sa.Connection, id: str, grant_id: str) -> sa.RowMapping:
    where = sa.and_(session_grants.c.session_id == id, session_grants.c.id == grant_id)
    row = connection.execute(sa.select(session_grants).where(where)).mappings().first()
    if row is None:
        raise NotFound(what="link", id=grant_id)
    return row


def _grant(row: sa.RowMapping) -> Grant:
    return Grant(
        id=row["id"],
        session_id=row["session_id"],
        role=Role(row["role"]),
        name=row["name"],
        created_at=moment(row["created_ms"]),
        created_by=row["created_by"],
        expires_at=moment(row["expires_ms"]) if row["expires_ms"] is not None else None,
        revoked_at=moment(row["revoked_ms"]) if row["revoked_ms"] is not None else None,
        tracks=tuple(row["tracks"]) if row["tracks"] is not None else None,
        public=row["public"],
    )
