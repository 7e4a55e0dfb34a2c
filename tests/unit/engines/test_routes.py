"""Which model serves a direction."""

import pytest

from langsupport.domain.languages import DIRECTIONS
from langsupport.engines.routes import Leg, Router, Servant, check_preferences
from langsupport.errors import ConfigurationError, InvalidRequest, ModelMissing

EVERY = frozenset(DIRECTIONS)


def one(model: str, source: str, target: str, **more: object) -> Servant:
    return Servant(model, frozenset({(source, target)}), **more)  # type: ignore[arg-type]


DRAFT = Servant("qwen", EVERY, draft=True, scores={("en", "fr"): 57.1})
MANY = Servant("nllb", EVERY)


def router(*servants: Servant, **preferences: tuple[str, ...]) -> Router:
    return Router(servants, {key.replace("_", "-"): value for key, value in preferences.items()})


def test_a_model_of_one_pair_before_one_of_many_before_a_draft() -> None:
    dedicated = one("opus-en-fr", "en", "fr")
    assert router(DRAFT, MANY, dedicated).route("en", "fr").model == "opus-en-fr"
    assert router(DRAFT, MANY).route("en", "fr").model == "nllb"
    assert router(DRAFT).route("en", "fr").model == "qwen"


def test_the_better_measured_score_wins_among_models_made_for_translation() -> None:
    small = one("opus-en-fr", "en", "fr", scores={("en", "fr"): 64.0})
    big = Servant("nllb", EVERY, scores={("en", "fr"): 67.0})
    assert router(small, big).route("en", "fr").model == "nllb"


def test_direct_before_pivot_and_pivot_before_draft() -> None:
    to_english, from_english = one("opus-ru-en", "ru", "en"), one("opus-en-fr", "en", "fr")
    pivot = router(DRAFT, to_english, from_english).route("ru", "fr")
    assert pivot.legs == (Leg("opus-ru-en", "ru", "en"), Leg("opus-en-fr", "en", "fr"))
    assert (pivot.model, pivot.draft, pivot.score) == ("opus-ru-en+opus-en-fr", False, None)
    assert (
        router(DRAFT, to_english, from_english, one("opus-ru-fr", "ru", "fr")).route("ru", "fr").model == "opus-ru-fr"
    )


def test_preference_beats_everything_where_it_can_serve() -> None:
    chosen = router(DRAFT, MANY, en_fr=("not-installed", "qwen"))
    assert chosen.route("en", "fr").model == "qwen"
    assert chosen.route("fr", "en").model == "nllb"
    legs = router(MANY, one("a", "ru", "en"), one("b", "en", "fr"), ru_fr=("a+b",)).route("ru", "fr")
    assert legs.model == "a+b"


def test_a_preference_for_all_directions() -> None:
    everywhere = Router([DRAFT, MANY], {"*": ("qwen",), "en-ru": ("nllb",)})
    assert everywhere.route("ar", "zh").model == "qwen"
    assert everywhere.route("en", "ru").model == "nllb"


def test_nothing_installed_says_what_to_install() -> None:
    with pytest.raises(ModelMissing, match=r"from ar into zh.*langsupport models install"):
        router(one("opus-en-fr", "en", "fr")).route("ar", "zh")


def test_a_language_into_itself_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        router(MANY).route("fr", "fr")


def test_the_matrix_has_the_thirty_directions_with_score_or_draft() -> None:
    rows = {(row.source, row.target): row for row in router(DRAFT, one("opus-en-ru", "en", "ru")).matrix()}
    assert list(rows) == list(DIRECTIONS)
    assert (rows["en", "fr"].model, rows["en", "fr"].score, rows["en", "fr"].draft) == ("qwen", 57.1, True)
    assert (rows["en", "ru"].model, rows["en", "ru"].score, rows["en", "ru"].draft) == ("opus-en-ru", None, False)
    assert all(row.model is None for row in router().matrix())


@pytest.mark.parametrize("key", ["en", "en-de", "fr-fr", "en_fr", ""])
def test_a_mistyped_preference_stops_the_start(key: str) -> None:
    with pytest.raises(ConfigurationError, match="preferences"):
        check_preferences({key: ("nllb",)})
    check_preferences({"*": (), "en-fr": ()})
