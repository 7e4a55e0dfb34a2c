"""The pages: server-rendered, in six languages, complete without a script.

Scripts only make them livelier: progress without reloading, files dropped on the page, captions that follow the player.
"""

from __future__ import annotations

from fastapi import FastAPI

from langsupport.domain.languages import LANGUAGES
from langsupport.services.assembly import Services
from langsupport.web.pages import (
    about,
    account,
    assets,
    budgets,
    corrections,
    documents,
    languages,
    meetings,
    notices,
    people,
    quality,
    queue,
    recordings,
    register,
    replaying,
    reviewing,
    sessions,
    sign_in,
    text,
    watching,
    webhooks,
)
from langsupport.web.pages.errors import error_response
from langsupport.web.pages.rendering import environment

_SERVING = (
    documents,
    text,
    recordings,
    meetings,
    languages,
    about,
    corrections,
    sessions,
    replaying,
    watching,
    queue,
    reviewing,
    register,
)
_COORDINATING = (budgets, quality)
_ACCOUNTS = (sign_in, account, people, notices, webhooks)
_PARTS = (*_SERVING, *_COORDINATING, *_ACCOUNTS)


def install(app: FastAPI, services: Services) -> None:
    """Add the static files and the pages. Catalogues are read now, so that a fault in one stops the start."""
    for code in LANGUAGES:
        environment(code).get_template("base.html")
    assets.version()
    app.router.routes.append(assets.route())
    for part in _PARTS:
        app.include_router(part.router)


__all__ = ["error_response", "install"]
