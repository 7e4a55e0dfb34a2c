"""Every route with every role, at a real server. The table is role_stage.py's.

What links open in live sessions besides is test_live_access.py's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIWebSocketRoute, iter_route_contexts
from starlette.applications import Starlette

from langsupport.web.needs import check_declared
from role_stage import (
    BEYOND,
    CALLERS,
    LIBRETRANSLATE,
    NOBODY,
    OWN_WORDS,
    PAGE,
    PROGRAM,
    WHO,
    Stage,
    ask,
    entry_of,
    role_stage,
    things_of,
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with role_stage(tmp_path_factory.mktemp("matrix")) as made:
        yield made


def test_every_route_is_in_the_table(stage: Stage) -> None:
    found = set()
    for route in iter_route_contexts(stage.server.app.routes):
        socket = isinstance(route.original_route, APIWebSocketRoute)
        methods = {"SOCKET"} if socket else set(route.methods or {"MOUNT"}) - {"HEAD"}
        found |= {entry_of(route, method) for method in methods}
    assert found == set(WHO)


@pytest.mark.parametrize("kind", ["route", "socket", "plain", "mount"])
def test_a_route_that_does_not_say_what_it_needs_does_not_start(kind: str) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    check_declared(app)

    async def endpoint() -> None: ...

    match kind:
        case "route":
            app.get("/new")(endpoint)
        case "socket":
            app.websocket("/new")(endpoint)
        case "plain":
            app.add_route("/new", endpoint)
        case _:
            app.mount("/new", Starlette())
    with pytest.raises(RuntimeError, match="/new does not say what it needs"):
        check_declared(app)


@pytest.mark.parametrize("entry", sorted(WHO))
def test_who_may_use_it(stage: Stage, entry: str) -> None:
    things = things_of(stage, entry)
    libre = entry == PROGRAM or entry.partition(" ")[2].startswith(LIBRETRANSLATE)
    for who in sorted(set(CALLERS) - WHO[entry]):
        status, problem = ask(stage, who, entry, things)
        expected = (303 if entry == PAGE else 403 if libre else 401) if who in NOBODY else 403
        if who == "unscoped" and "{session}" in entry:  # a token that may nothing in sessions is nobody there
            assert status in (401, 403), (who, status, problem)
        else:
            assert status == expected, (who, status, problem)
    for who in sorted(WHO[entry]):
        status, problem = ask(stage, who, entry, things_of(stage, entry))
        if entry in OWN_WORDS:
            assert status == OWN_WORDS[entry], (who, status, problem)
        else:
            assert status < 400 or status in BEYOND.get(entry, set()), (who, status, problem)
