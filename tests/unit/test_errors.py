import pickle
import string
from collections.abc import Iterator

import pytest

from langsupport import errors


def tree(root: type[errors.LangsupportError] = errors.LangsupportError) -> Iterator[type[errors.LangsupportError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


KINDS = list(tree())


def sample(kind: type[errors.LangsupportError]) -> errors.LangsupportError:
    names = [name for _, name, _, _ in string.Formatter().parse(kind.template) if name]
    return kind(**{name: f"<{name}>" for name in names})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_survives_a_process_boundary(kind: type[errors.LangsupportError]) -> None:
    error = sample(kind)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.fields == error.fields


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_map_at_the_top_of_the_page_names_every_error(kind: type[errors.LangsupportError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(codes) == len(set(codes))
