"""/api/v1/sessions/{id}/grants: the links by which people come into a session."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from langsupport.domain.live import Role
from langsupport.web.api.live_models import GrantAsked, GrantBody, GrantMade, grant_body
from langsupport.web.live.access import Entry, allowed
from langsupport.web.live.link_tokens import JOIN

router = APIRouter(prefix="/sessions", tags=["live sessions"])

ForOperators = Annotated[Entry, Depends(allowed(Role.OPERATOR))]


@router.get("/{id}/grants")
async def list_grants(entry: ForOperators) -> list[GrantBody]:
    """Who was given which role. Their tokens are kept nowhere and can't be shown again."""
    found = await entry.context.threads.quick(partial(entry.context.services.sessions.grants, entry.session.id))
    return [grant_body(grant) for grant in found]


@router.post("/{id}/grants", status_code=201)
async def make_grant(entry: ForOperators, asked: GrantAsked) -> GrantMade:
    """A link for a role. The answer holds its token, this once."""
    call = partial(
        entry.context.services.sessions.grant,
        entry.session.id,
        asked.role,
        asked.name,
        by=entry.visitor.by,
        expires_at=asked.expires_at,
        tracks=asked.tracks,
        public=asked.public,
    )
    grant, token = await entry.context.threads.quick(call)
    return GrantMade(grant=grant_body(grant), token=token, link=f"{JOIN}/{token}")


@router.delete("/{id}/grants/{grant}", status_code=204)
async def revoke_grant(entry: ForOperators, grant: str) -> None:
    """Take a link back: it opens nothing any more, and whoever is connected by it goes at once."""
    sessions = entry.context.services.sessions
    await entry.context.threads.quick(partial(sessions.revoke, entry.session.id, grant, by=entry.visitor.by))
    entry.context.attendance.revoked(grant)
