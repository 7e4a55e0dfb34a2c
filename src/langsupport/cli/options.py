"""Arguments that several commands read alike."""

from __future__ import annotations

from pathlib import Path

import click

from langsupport.domain.languages import LANGUAGES, language

LANGUAGE = click.Choice(list(LANGUAGES))
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
"""Made if missing."""

ALL = "all"


def target_codes(given: str) -> tuple[str, ...] | None:
    """`fr,ar` as codes; None for `all`. Raises UnsupportedLanguage."""
    if given.strip().lower() == ALL:
        return None
    return tuple(dict.fromkeys(language(code, name="--to").code for code in given.split(",") if code.strip()))


def source_code(given: str, option: str) -> str | None:
    """A code, or None for `auto`. Raises UnsupportedLanguage."""
    return None if given.strip().lower() == "auto" else language(given, name=option).code


def others(source: str, targets: tuple[str, ...] | None) -> tuple[str, ...]:
    """The targets without the source language; all others for None."""
    return tuple(code for code in (LANGUAGES if targets is None else targets) if code != source)
