"""/live/join/TOKEN: the address that people are given. Leaves the token in a cookie and goes on to the role's page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.live import Role
from langsupport.web.context import InContext
from langsupport.web.live.access import grant_of_link, remember
from langsupport.web.live.link_tokens import JOIN, given_token
from langsupport.web.needs import ANYBODY

router = APIRouter(include_in_schema=False)

PAGES = {
    Role.VIEWER: "/live/{id}",
    Role.CAPTIONER: "/live/{id}/captioner",
    Role.OPERATOR: "/live/{id}/console",
    Role.SOURCE: "/live/{id}/speak",
}


@router.get(JOIN, dependencies=[ANYBODY])
async def join(request: Request, context: InContext) -> Response:
    token = given_token(request)
    grant = await grant_of_link(context, token)
    response = RedirectResponse(PAGES[grant.role].format(id=grant.session_id), 303)
    remember(response, grant, token or "", secure=request.url.scheme == "https")
    return response
