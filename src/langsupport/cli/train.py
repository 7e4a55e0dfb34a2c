"""`langsupport train`: models of one's own from parallel text."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from langsupport.cli import exits
from langsupport.cli.options import FILE, FOLDER, NEW_FOLDER
from langsupport.cli.run import Command, Run, common_options
from langsupport.services.settings import shipped

if TYPE_CHECKING:
    from langsupport.training.runs import Run as Learning


@click.group()
def train() -> None:
    """Train a compact model from scratch, or an adapter of a language model, on parallel text.

    The corpus is a folder with en-ar.tsv.xz, en-es.tsv.xz and so on: English, the other language, origin. The recipe
    says which origins are used, and in which proportions. A run that was cut goes on with the same command.
    """


def _learning(budget: int) -> Callable[[Command], Command]:
    """The options that both kinds of runs have; the command gets the `learning` that they ask for."""

    def with_options(command: Command) -> Command:
        @common_options
        @wraps(command)
        def with_learning(
            run: Run,
            corpus: Path,
            out: Path,
            recipe: Path | None,
            seconds: float,
            device: str,
            keep_out: tuple[Path, ...],
            budget: int,
            **options: Any,
        ) -> Any:
            from langsupport.training.recipe import read_recipe
            from langsupport.training.runs import Run as Learning

            read = read_recipe(recipe or shipped("configs") / "training" / "embedded.toml")
            learning = Learning(corpus, out, read, _sentences(keep_out), seconds, device, budget, run.say)
            return command(run, learning, **options)

        described: Command = with_learning
        for option in (
            click.option("--budget", type=int, default=budget, show_default=True, help="Tokens a step."),
            click.option(
                "--keep-out",
                type=FILE,
                multiple=True,
                help="A file with a sentence of an evaluation set on each line, named XX.txt or name.XX.txt.",
            ),
            click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True),
            click.option("--seconds", type=click.FloatRange(min=1), required=True, help="Time of the whole run."),
            click.option("--recipe", type=FILE, help="Default: the recipe of the embedded translators."),
            click.option("--out", type=NEW_FOLDER, required=True, help="The run's folder."),
            click.option("--corpus", type=FOLDER, required=True, help="Folder with the files en-XX.tsv.xz."),
        ):
            described = option(described)
        return described

    return with_options


@train.command()
@click.option("--pieces", type=int, default=32_000, show_default=True, help="Size of the vocabulary.")
@click.option("--layers", type=(int, int), default=(6, 2), show_default=True, help="Of the encoder and the decoder.")
@click.option("--width", type=int, default=512, show_default=True)
@_learning(budget=32_768)
def compact(run: Run, learning: Learning, pieces: int, layers: tuple[int, int], width: int) -> int:
    """A compact sequence-to-sequence model, converted for the engine."""
    from langsupport.training.runs import Shape, train_compact

    shape = Shape(*layers, width=width, heads=max(1, width // 64), inner=4 * width)
    made = train_compact(learning, shape, pieces)
    run.result({"model": str(made)})
    run.say(f"The model is in {made}.")
    return exits.OK


@train.command()
@click.option("--gguf", type=FILE, required=True, help="The language model (qwen2) that is adapted.")
@click.option("--rank", type=int, default=16, show_default=True)
@click.option(
    "--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes that read weights."
)
@_learning(budget=14_336)
def adapter(run: Run, learning: Learning, gguf: Path, rank: int, workers: int) -> int:
    """A low-rank adapter of an instruction-following language model."""
    from langsupport.training.runs import train_lora

    made = train_lora(learning, gguf, rank, workers)
    run.result({"adapter": str(made)})
    run.say(f"The adapter is in {made}.")
    return exits.OK


def _sentences(files: tuple[Path, ...]) -> dict[str, list[str]]:
    """By the language that stands last before .txt in a file's name."""
    found: dict[str, list[str]] = {}
    for file in files:
        language = file.name.removesuffix(".txt").rpartition(".")[2]
        found.setdefault(language, []).extend(file.read_text(encoding="utf-8").splitlines())
    return found
