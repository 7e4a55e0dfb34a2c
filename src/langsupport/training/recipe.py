"""What a training run learns from: which origins of a corpus, in which proportions (configs/training/*.toml)."""

from __future__ import annotations

import random
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langsupport.domain.languages import LANGUAGES
from langsupport.errors import ConfigurationError, InvalidRequest
from langsupport.training.bitext import Pair, clean, read_tsv

Direction = tuple[str, str]
Corpus = Mapping[str, Sequence[Pair]]
"""Pairs with English as their source, by the language of the target."""

SHORT_WORDS, BRIEF_WORDS, LONG_WORDS = 5, 9, 18
LEAST_WORDS_BETWEEN = 8


@dataclass(frozen=True, slots=True)
class Recipe:
    """`kinds` is tag -> kind; the weights are by kind, and for the compact model by language too."""

    languages: tuple[str, ...]
    kinds: Mapping[str, str]
    compact_kinds: Mapping[str, float]
    compact_targets: Mapping[str, float]
    adapter_kinds: Mapping[str, float]
    adapter_directions: Mapping[Direction, int]
    between: int
    longest: int
    seed: int


@dataclass(frozen=True, slots=True)
class Example:
    source_language: str
    target_language: str
    source: str
    target: str


def read_recipe(path: Path) -> Recipe:
    """Raises ConfigurationError that names the file and the key."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        recipe = _recipe(table)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(source=str(path), key="(whole file)", detail=str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            source=str(path), key=str(error), detail="it is missing or not as it must be."
        ) from error
    for language in recipe.languages:
        if language not in LANGUAGES or language == "en":
            detail = f"“{language}” is not one of the other five languages."
            raise ConfigurationError(source=str(path), key="languages", detail=detail)
    return recipe


def _recipe(table: Mapping[str, Any]) -> Recipe:
    adapter, compact = table["adapter"], table["compact"]
    directions = {tuple(key.split("-")): int(count) for key, count in adapter["directions"].items()}
    return Recipe(
        languages=tuple(table["languages"]),
        kinds={tag: str(row["kind"]) for tag, row in table["tags"].items()},
        compact_kinds={kind: float(value) for kind, value in compact["kinds"].items()},
        compact_targets={code: float(value) for code, value in compact["targets"].items()},
        adapter_kinds={kind: float(value) for kind, value in adapter["kinds"].items()},
        adapter_directions={(source, target): count for (source, target), count in directions.items()},
        between=int(adapter["between"]),
        longest=int(adapter["longest"]),
        seed=int(adapter["seed"]),
    )


def load_corpus(recipe: Recipe, folder: Path, kept_out: Mapping[str, Iterable[str]]) -> dict[str, list[Pair]]:
    """The clean pairs of en-XX.tsv.xz (or .tsv) by language. `kept_out`: sentences of evaluation sets by language.

    Raises InvalidRequest where a file is not there, and what `clean` raises.
    """
    corpus = {}
    for language in recipe.languages:
        found = [
            path for ending in (".tsv.xz", ".tsv.gz", ".tsv") if (path := folder / f"en-{language}{ending}").is_file()
        ]
        if not found:
            raise InvalidRequest(detail=f"{folder} holds no en-{language}.tsv.xz, .tsv.gz or .tsv.")
        kept = [*kept_out.get("en", ()), *kept_out.get(language, ())]
        cleaned = clean(read_tsv(found[0]), "en", language, kept_out=kept, tags=recipe.kinds.__contains__)
        corpus[language] = cleaned.pairs
    return corpus


def compact_examples(recipe: Recipe, corpus: Corpus) -> dict[Direction, list[tuple[str, str, float]]]:
    """Both directions of every pair, with how often an epoch shows it."""
    examples: dict[Direction, list[tuple[str, str, float]]] = {}
    for language, pairs in corpus.items():
        often = recipe.compact_targets[language]
        shares = [often * recipe.compact_kinds[recipe.kinds[pair.tag]] for pair in pairs]
        examples["en", language] = [(p.source, p.target, share) for p, share in zip(pairs, shares, strict=True)]
        examples[language, "en"] = [(p.target, p.source, share) for p, share in zip(pairs, shares, strict=True)]
    return examples


def adapter_examples(recipe: Recipe, corpus: Corpus) -> list[Example]:
    """A weighted sample without replacement (Efraimidis and Spirakis, 2006), longer sentences more often, shuffled."""
    chance = random.Random(recipe.seed)  # noqa: S311
    examples = []
    for (source, target), count in recipe.adapter_directions.items():
        able = [pair for pair in corpus[target if source == "en" else source] if len(pair.source) < recipe.longest]
        keyed = [(chance.random() ** (1 / _likely(recipe, pair)), number) for number, pair in enumerate(able)]
        for _, number in sorted(keyed, reverse=True)[:count]:
            pair = able[number]
            sides = (pair.source, pair.target) if source == "en" else (pair.target, pair.source)
            examples.append(Example(source, target, *sides))
    examples += _between(recipe, corpus, chance)
    chance.shuffle(examples)
    return examples


def _likely(recipe: Recipe, pair: Pair) -> float:
    words = len(pair.source.split())
    share = 0.15 if words < SHORT_WORDS else 0.5 if words < BRIEF_WORDS else 1.5 if words >= LONG_WORDS else 1.0
    return share * recipe.adapter_kinds[recipe.kinds[pair.tag]]


def _between(recipe: Recipe, corpus: Corpus, chance: random.Random) -> list[Example]:
    """Pairs of two other languages that meet in an English sentence; Arabic is the target more often than by chance."""
    met: dict[str, dict[str, str]] = defaultdict(dict)
    for language, pairs in corpus.items():
        for pair in pairs:
            enough = len(pair.source.split()) >= LEAST_WORDS_BETWEEN and len(pair.source) < 0.8 * recipe.longest
            if enough and recipe.kinds[pair.tag] != "machine":
                met[pair.source][language] = pair.target
    several = [versions for versions in met.values() if len(versions) >= 2]
    found = []
    for versions in chance.sample(several, min(recipe.between, len(several))):
        source, target = chance.sample(sorted(versions), 2)
        if "ar" in versions and "ar" not in (source, target) and chance.random() < 0.4:
            target = "ar"
        found.append(Example(source, target, versions[source], versions[target]))
    return found
