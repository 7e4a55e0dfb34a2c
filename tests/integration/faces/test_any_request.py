"""Whatever is sent to the API, by its own description and beside it: a clear answer, never an error of the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from accounts import add, token_of
from langsupport.services.settings import AccountSettings
from live_faces import live_server

EXAMPLES = 8
"""Of each operation, as described; and as many that are not."""
LASTING = re.compile(r"events|/hls/|/media|/audio|/sound")
"""Answers that go on until the client leaves."""
ONES_OWN = re.compile(r"account/(password|sign-ins|tokens)|people/\{id\}/")
"""What would end the caller's own token."""
UNEXPECTED = {500, 502, 504}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str]]]:
    with live_server(tmp_path_factory.mktemp("any"), accounts=AccountSettings(mode="on")) as server:
        accounts = server.services.accounts
        headers = {"Authorization": f"Bearer {token_of(accounts, add(accounts, 'root', 'administrator'))}"}
        yield schemathesis.openapi.from_url(f"{server.url}/openapi.json", headers=headers), headers


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_nothing_breaks_the_service(api: tuple[Any, dict[str, str]], mode: GenerationMode) -> None:
    schema, headers = api
    broken: list[str] = []
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if LASTING.search(operation.path) or ONES_OWN.search(operation.path):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            nonlocal tried
            answer = case.call(headers=headers)
            tried += 1
            assert answer.status_code != 401, "the stage: the caller's token must hold"
            if answer.status_code in UNEXPECTED:
                broken.append(f"{case.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}")

        with suppress(Unsatisfiable):  # nothing can be wrong about it
            ask()
    assert tried > 500
    assert broken == []
