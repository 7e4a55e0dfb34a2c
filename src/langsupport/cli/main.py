"""The program `langsupport`. Commands are loaded when called, so that --help is quick and loads no model library."""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

import click

from langsupport import __version__
from langsupport.cli import exits
from langsupport.cli.exits import Terminated
from langsupport.cli.run import Run, common_options, error_json
from langsupport.errors import LangsupportError


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is, and what the list of commands says of it."""

    place: str  # module:name
    summary: str

    def load(self) -> click.Command:
        module, _, name = self.place.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


COMMANDS: Mapping[str, Entry] = {
    "translate": Entry("langsupport.cli.translate:translate", "Translate documents and texts."),
    "apply": Entry("langsupport.cli.apply:apply", "Make the document from a package that translators worked on."),
    "caption": Entry("langsupport.cli.caption:caption", "Caption recordings."),
    "live": Entry("langsupport.cli.live:live", "List live sessions and take their transcripts out."),
    "serve": Entry("langsupport.cli.serve:serve", "Run the web service."),
    "people": Entry("langsupport.cli.people:people", "Add, list and disable people; their passwords and tokens."),
    "memory": Entry("langsupport.cli.memory:memory", "Import, export and search the translation memory."),
    "terms": Entry("langsupport.cli.terms:terms", "Import, export and search terms."),
    "models": Entry("langsupport.cli.models:models", "List, install, verify, remove and import models."),
    "train": Entry("langsupport.cli.train:train", "Train translation models on parallel text."),
    "adapt": Entry("langsupport.cli.adapt:adapt", "Adapt an installed model to approved translations."),
    "languages": Entry("langsupport.cli.languages:languages", "Show what serves each of the 30 directions."),
    "doctor": Entry("langsupport.cli.doctor:doctor", "Say what is installed, what is missing and what to do."),
}


class LazyGroup(click.Group):
    """Commands from the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        return entry.load() if entry else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExit codes:\n" + exits.table(),
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@common_options
def cli(run: Run) -> None:
    """Documents translated and recordings captioned in Arabic, Chinese, English, French, Russian and Spanish."""


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run and exit with one of the codes of exits.py."""
    signal.signal(signal.SIGTERM, _terminate)
    run = Run()
    try:
        code = cli.main(arguments, prog_name="langsupport", standalone_mode=False, obj=run)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = exits.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("langsupport: Interrupted; nothing half-written was left.", err=True)
        code = exits.INTERRUPTED
    except Terminated:
        code = exits.TERMINATED
    except LangsupportError as error:
        code = _told(run, error)
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        code = exits.UNEXPECTED
    except Exception as error:
        code = _unexpected(run, error)
    sys.exit(code if isinstance(code, int) else exits.OK)


def _told(run: Run, error: LangsupportError) -> int:
    run.complain(error)
    run.result({"problems": [error_json(error)]})
    if run.debug:
        traceback.print_exception(error)
    return exits.exit_code(error)


def _unexpected(run: Run, error: Exception) -> int:
    run.complain(
        f"Something unexpected happened ({type(error).__name__}: {error}). Run it again with --debug to see where."
    )
    problem: dict[str, Any] = {
        "code": "unexpected",
        "message": str(error),
        "template": "{detail}",
        "fields": {"detail": str(error)},
    }
    run.result({"problems": [problem]})
    if run.debug:
        traceback.print_exception(error)
    return exits.UNEXPECTED


if __name__ == "__main__":
    main()
