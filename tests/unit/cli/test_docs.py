"""docs/cli.md says what the program does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from langsupport.cli import exits
from langsupport.cli.main import COMMANDS, cli

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "cli.md").read_text("utf-8")


def commands() -> Iterator[tuple[str, click.Command]]:
    for name, entry in COMMANDS.items():
        command = entry.load()
        if isinstance(command, click.Group):
            yield from ((f"{name} {part}", child) for part, child in command.commands.items())
        else:
            yield name, command


def section(heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section “{heading}”"
    return found[1]


def options(command: click.Command) -> set[str]:
    return {name for option in command.params if isinstance(option, click.Option) for name in option.opts}


COMMON = options(cli) - {"--version"}


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_option_is_described_and_no_other(name: str, command: click.Command) -> None:
    described = set(re.findall(r"^\| `(--[a-z-]+)", section(f"langsupport {name}"), re.MULTILINE))
    assert described == options(command) - COMMON
    assert command.help


def test_the_common_options_are_those_of_every_command() -> None:
    text = section("Options of every command")
    assert all(f"`{option}" in text for option in COMMON)
    assert all(options(command) >= COMMON for _, command in commands())


def test_the_exit_codes_are_those_of_the_program() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", section("Exit codes"), re.MULTILINE)
    assert {int(code): meaning for code, meaning in rows} == dict(exits.MEANINGS)
