"""What every command shares: the common options, and words for people or JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import click

from langsupport.errors import LangsupportError


@dataclass(slots=True)
class Run:
    """One run of the program. `stdout_taken`: the result itself goes to stdout, so nothing else may."""

    json: bool = False
    quiet: bool = False
    debug: bool = False
    config: str | None = None
    stdout_taken: bool = False
    said: set[str] = field(default_factory=set)

    def say(self, text: str) -> None:
        """A line for people, on stderr."""
        if not self.quiet:
            print(text, file=sys.stderr)

    def tell(self, text: str) -> None:
        """What a person must see, on stderr, also when quiet."""
        print(text, file=sys.stderr)

    def complain(self, error: LangsupportError | str) -> None:
        """One sentence on stderr, also when quiet; the same sentence only once."""
        text = str(error)
        if text not in self.said:
            self.said.add(text)
            print(f"langsupport: {text}", file=sys.stderr)  # a progress bar, where there is one, makes room for it

    def result(self, value: Any) -> None:
        """The result for machines, on stdout. Does nothing without --json."""
        if self.json:
            click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))

    @property
    def tables(self) -> bool:
        """Whether a person looks at stdout."""
        return not (self.json or self.quiet or self.stdout_taken) and sys.stdout.isatty()

    @property
    def bars(self) -> bool:
        """Whether a person looks at stderr."""
        return not self.quiet and sys.stderr.isatty()


def error_json(error: LangsupportError, file: str | None = None) -> dict[str, Any]:
    """An error as --json has it."""
    place = {} if file is None else {"file": file}
    fields = {
        name: value if isinstance(value, str | int | float | bool | None) else str(value)
        for name, value in error.fields.items()
    }
    return {**place, "code": error.code, "message": str(error), "template": error.template, "fields": fields}


Command = Callable[..., Any]


def common_options(command: Command) -> Command:
    """--json, --quiet, --config and --debug, for the program and for each command; the command gets a `run`."""

    @wraps(command)
    @click.pass_context
    def with_run(context: click.Context, /, *args: Any, **options: Any) -> Any:
        run = context.ensure_object(Run)
        run.json |= options.pop("json")
        run.quiet |= options.pop("quiet")
        run.debug |= options.pop("debug")
        run.config = options.pop("config") or run.config
        return command(run, *args, **options)

    described: Command = with_run
    for option in (
        click.option("--debug", is_flag=True, help="Show where an unexpected error came from."),
        click.option("--config", metavar="FILE", help="Settings: a TOML file, or the name of a shipped one (gpu)."),
        click.option("--quiet", "-q", is_flag=True, help="No progress and no table; errors are still told."),
        click.option("--json", is_flag=True, help="The result as JSON on stdout."),
    ):
        described = option(described)
    return described
