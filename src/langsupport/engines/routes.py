"""Which model serves a direction: preference first, then the kind of model, then its measured score.

Kinds, best first: a direct model made for translation (one pair or many); two such legs through English where no
model is direct; a draft model (an instruction-following language model), direct. Within a kind the better measured
chrF wins; where nothing was measured, a model of one pair comes before one of many languages, and a bigger
one before a smaller one. At the end each leg goes to the newest version of its model that was adapted to its direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from langsupport.domain.languages import DIRECTIONS, LANGUAGES
from langsupport.engines.manifest import FIRST_MODELS
from langsupport.errors import ConfigurationError, InvalidRequest, ModelMissing

PIVOT = "en"
ANY_DIRECTION = "*"
Direction = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Servant:
    """A translation model as routing sees it. `scores` are measured chrF by direction."""

    model: str
    directions: frozenset[Direction]
    draft: bool = False
    memory_bytes: int = 0
    scores: Mapping[Direction, float] = field(default_factory=dict)
    based_on: str = ""
    version: int = 0

    @property
    def dedicated(self) -> bool:
        return len({source for source, _ in self.directions}) == 1


@dataclass(frozen=True, slots=True)
class Leg:
    model: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Route:
    """One leg, or two through English. `score` is chrF where it was measured for exactly this."""

    legs: tuple[Leg, ...]
    score: float | None
    draft: bool

    @property
    def model(self) -> str:
        return "+".join(leg.model for leg in self.legs)


@dataclass(frozen=True, slots=True)
class DirectionStatus:
    """What serves a direction (None: nothing installed) and how well: measured chrF, or a draft."""

    source: str
    target: str
    model: str | None
    score: float | None
    draft: bool


class Router:
    """Routes over the models that are installed now. Plain data in, plain data out."""

    def __init__(self, servants: Iterable[Servant], preferences: Mapping[str, tuple[str, ...]]) -> None:
        by_age = sorted(servants, key=lambda servant: servant.version)
        self._servants = {servant.model: servant for servant in by_age if not servant.based_on}
        self._adapted = {
            (servant.based_on, *direction): servant.model
            for servant in by_age
            if servant.based_on
            for direction in servant.directions
        }
        self._preferences = {key: tuple(models) for key, models in preferences.items()}

    def route(self, source: str, target: str) -> Route:
        """The best route of a direction.

        Raises:
            InvalidRequest: source and target are the same.
            ModelMissing: nothing installed serves it.
        """
        found = self.find(source, target)
        if found is None:
            raise ModelMissing(
                model=FIRST_MODELS["translation"],
                detail=f"No installed model translates from {source} into {target}.",
            )
        return found

    def find(self, source: str, target: str) -> Route | None:
        """The best route, or None. Raises InvalidRequest if source and target are the same."""
        if source == target:
            raise InvalidRequest(detail=f"The source and the target language are the same ({source}).")
        wanted = self._preferred(source, target)
        if wanted is not None:
            return wanted
        return (
            self._direct(source, target, draft=False)
            or self._pivot(source, target)
            or self._direct(source, target, draft=True)
        )

    def matrix(self) -> list[DirectionStatus]:
        """The 30 directions in the order of `DIRECTIONS`."""
        rows = []
        for source, target in DIRECTIONS:
            found = self.find(source, target)
            if found is None:
                rows.append(DirectionStatus(source, target, None, None, False))
            else:
                rows.append(DirectionStatus(source, target, found.model, found.score, found.draft))
        return rows

    def _preferred(self, source: str, target: str) -> Route | None:
        for key in (f"{source}-{target}", ANY_DIRECTION):
            for wish in self._preferences.get(key, ()):
                made = self._from_wish(wish, source, target)
                if made is not None:
                    return made
        return None

    def _from_wish(self, wish: str, source: str, target: str) -> Route | None:
        """A model id, or `a+b` for a pivot; None when it is not installed or does not serve the direction."""
        first, _, second = wish.partition("+")
        ways = [(source, target)] if not second else [(source, PIVOT), (PIVOT, target)]
        legs = []
        for model, (start, end) in zip([first, second], ways, strict=False):
            servant = self._servants.get(model)
            if servant is None or (start, end) not in servant.directions:
                return None
            legs.append(Leg(model, start, end))
        return self._route(tuple(legs))

    def _direct(self, source: str, target: str, *, draft: bool) -> Route | None:
        leg = self._best(source, target, draft=draft)
        return self._route((leg,)) if leg else None

    def _best(self, source: str, target: str, *, draft: bool) -> Leg | None:
        able = [s for s in self._servants.values() if s.draft is draft and (source, target) in s.directions]
        if not able:
            return None
        best = min(able, key=lambda servant: _rank(servant, (source, target)))
        return Leg(best.model, source, target)

    def _pivot(self, source: str, target: str) -> Route | None:
        if PIVOT in (source, target):
            return None
        first = self._best(source, PIVOT, draft=False)
        second = self._best(PIVOT, target, draft=False)
        return self._route((first, second)) if first and second else None

    def _route(self, legs: tuple[Leg, ...]) -> Route:
        servants = [self._servants[leg.model] for leg in legs]
        score = servants[0].scores.get((legs[0].source, legs[0].target)) if len(legs) == 1 else None
        newest = tuple(
            Leg(self._adapted.get((leg.model, leg.source, leg.target), leg.model), leg.source, leg.target)
            for leg in legs
        )
        return Route(newest, score if newest == legs else None, any(servant.draft for servant in servants))


def _rank(servant: Servant, direction: Direction) -> tuple[bool, float, bool, int, str]:
    score = servant.scores.get(direction)
    return (score is None, -(score or 0.0), not servant.dedicated, -servant.memory_bytes, servant.model)


def check_preferences(preferences: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a key that is neither `*` nor a direction such as `en-fr`.

    Raises:
        ConfigurationError: names the key and the allowed ones.
    """
    for key in preferences:
        source, _, target = key.partition("-")
        if key != ANY_DIRECTION and (source not in LANGUAGES or target not in LANGUAGES or source == target):
            raise ConfigurationError(
                source="inference", key="preferences", detail=f"“{key}” is neither * nor a direction such as en-fr"
            )
