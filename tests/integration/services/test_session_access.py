"""Who may do what in a session: grants by token, on real databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from langsupport.domain.live import Role
from langsupport.errors import AccessDenied, InvalidRequest, NotFound
from langsupport.services.database import Database
from langsupport.services.schema import session_grants
from langsupport.services.sessions import SessionService


def test_a_token_is_found_again_and_only_its_hash_is_kept(
    sessions: SessionService, meeting: str, database_url: str
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    grant, token = sessions.grant(meeting, "captioner", "Bob", "Ann", soon, ["fr", "floor"])
    assert sessions.resolve(token) == grant == sessions.grants(meeting)[0]
    assert (grant.role, grant.name, grant.created_by, grant.tracks) == (Role.CAPTIONER, "Bob", "Ann", ("fr", "floor"))
    assert grant.expires_at and abs(grant.expires_at - soon) < timedelta(milliseconds=2)
    for wrong in ("", token[:-1], token.swapcase(), "x" * 1000, "\ud800"):
        assert sessions.resolve(wrong) is None
    database = Database.open(database_url)
    with database.read() as connection:
        assert token not in str(connection.execute(sa.select(session_grants)).all())
    database.close()
    assert token not in str(sessions.audit(meeting))


def test_a_grant_ends_when_it_is_taken_back(sessions: SessionService, meeting: str) -> None:
    grant, token = sessions.grant(meeting, "viewer", "Bob", "Ann")
    other, other_token = sessions.grant(meeting, "viewer", "Cleo", "Ann")
    seen, others = (
        sessions.watch(meeting, ["fr"], None, lambda: None, one) for one in (sessions.resolve(token), other)
    )
    seen.take()
    assert sessions.revoke(meeting, grant.id, "Ann").revoked_at is not None
    sessions.revoke(meeting, grant.id, "Ann")
    assert [message["code"] for message in seen.take()] == ["revoked"] and seen.closed and seen.take() == []
    assert not others.closed and len(others.take()) == 2
    assert sessions.resolve(token) is None and sessions.resolve(other_token) == other
    assert [record.action for record in sessions.audit(meeting)].count("revoke") == 1
    with pytest.raises(NotFound, match="link"):
        sessions.revoke(meeting, "0" * 32, "Ann")


def test_a_grant_ends_by_itself(sessions: SessionService, meeting: str) -> None:
    with pytest.raises(InvalidRequest, match="expired already"):
        sessions.grant(meeting, "viewer", "Bob", "Ann", datetime.now(UTC) - timedelta(seconds=1))
    grant, token = sessions.grant(meeting, "viewer", "Bob", "Ann", datetime.now(UTC) + timedelta(milliseconds=400))
    seen = sessions.watch(meeting, ["fr"], None, lambda: None, grant)
    while grant.valid():
        pass
    assert sessions.resolve(token) is None
    assert [message["code"] for message in seen.take()] == ["expired"] and seen.closed


def test_there_is_one_public_link_and_none_where_it_is_confidential(sessions: SessionService, meeting: str) -> None:
    _, first = sessions.grant(meeting, "viewer", "", "Ann", public=True)
    grant, second = sessions.grant(meeting, "viewer", "", "Ann", public=True)
    assert sessions.resolve(first) is None and sessions.resolve(second) == grant
    with pytest.raises(InvalidRequest, match="viewers only"):
        sessions.grant(meeting, "captioner", "All", "Ann", public=True)
    seen = sessions.watch(meeting, ["fr"], None, lambda: None, grant)
    sessions.change(meeting, "Ann", confidential=True)
    assert [message["code"] for message in seen.take()] == ["revoked"] and sessions.resolve(second) is None
    with pytest.raises(AccessDenied, match="confidential"):
        sessions.grant(meeting, "viewer", "", "Ann", public=True)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"role": "king"}, "operator, captioner, viewer, source"),
        ({"name": " "}, "name is empty"),
        ({"name": "x" * 201}, "201 characters"),
        ({"tracks": ["de"]}, "no track"),
    ],
)
def test_what_can_not_be_granted_is_refused(
    sessions: SessionService, meeting: str, given: dict[str, object], error: str
) -> None:
    with pytest.raises(InvalidRequest, match=error):
        sessions.grant(meeting, **{"role": "viewer", "name": "Bob", "by": "Ann", **given})  # type: ignore[arg-type]
    assert sessions.grants(meeting) == []


def test_a_grant_for_some_tracks_opens_no_others(sessions: SessionService, meeting: str) -> None:
    grant, _ = sessions.grant(meeting, "viewer", "Bob", "Ann", None, ["fr"])
    with pytest.raises(AccessDenied, match="fr"):
        sessions.watch(meeting, ["fr", "ru"], None, lambda: None, grant)
    seen = sessions.watch(meeting, ["fr"], None, lambda: None, grant)
    with pytest.raises(AccessDenied):
        seen.set_tracks(["ru"])
    seen.close()
