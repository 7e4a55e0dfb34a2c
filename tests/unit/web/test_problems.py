from __future__ import annotations

import string
from collections.abc import Iterator

import pytest

from langsupport import errors
from langsupport.cli import exits
from langsupport.web.problems import Problem, problem_of, status_of


def tree(root: type[errors.LangsupportError] = errors.LangsupportError) -> Iterator[type[errors.LangsupportError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def sample(kind: type[errors.LangsupportError]) -> errors.LangsupportError:
    names = [name for _, name, _, _ in string.Formatter().parse(kind.template) if name]
    return kind(**dict.fromkeys(names, "x"))


@pytest.mark.parametrize("kind", list(tree()), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_an_exit_code_and_a_problem(kind: type[errors.LangsupportError]) -> None:
    problem = problem_of(sample(kind))
    assert 400 <= problem.status < 600 and problem.title
    assert problem.detail == str(sample(kind))
    assert exits.exit_code(sample(kind)) in exits.MEANINGS
    body = problem.body()
    assert body["status"] == problem.status and body["type"].endswith(kind.code)


def test_a_class_that_is_not_in_the_table_has_its_ancestors_status() -> None:
    assert status_of(errors.DamagedFile) == status_of(errors.InputError) == 422
    assert status_of(errors.SignInRequired) == 401 and status_of(errors.AccessDenied) == 403


def test_status_and_exit_code_of_each_family() -> None:
    wanted = {
        errors.UnsupportedFormat: (415, 3),
        errors.InputTooLarge: (413, 3),
        errors.NoAudio: (422, 3),
        errors.ModelMissing: (503, 4),
        errors.QueueFull: (503, 5),
        errors.DiskFull: (507, 5),
        errors.ConfigurationError: (500, 6),
        errors.NotFound: (404, 3),
    }
    assert {kind: (status_of(kind), exits.exit_code(sample(kind))) for kind in wanted} == wanted


def test_when_to_come_back_and_how_to_sign_in() -> None:
    assert problem_of(sample(errors.QueueFull)).headers == {"Retry-After": "5"}
    assert problem_of(sample(errors.SignInRequired)).headers == {"WWW-Authenticate": "Bearer"}


def test_fields_of_any_kind_become_plain() -> None:
    body = Problem(400, "invalid", "{path} {n}", {"path": ValueError("x"), "n": 3}).body()
    assert body["fields"] == {"path": "x", "n": 3} and body["detail"] == "x 3"
