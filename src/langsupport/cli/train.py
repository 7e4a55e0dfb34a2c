"""`langsupport train`: models of one's own from parallel text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from langsupport.cli.run import Run, common_options

if TYPE_CHECKING:
    from langsupport.training.runs import Run as TrainingRun

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def train() -> None:
    """Train a compact model from scratch, or an adapter of a language model, on parallel text.

    The corpus is a folder with en-ar.tsv.xz, en-es.tsv.xz and so on: English, the other language, origin. The recipe
    says which origins are used, and in which proportions. A run that was cut goes on with the same command.
    """


_CORPUS = click.option("--corpus", type=FOLDER, required=True, help="Folder with the files en-XX.tsv.xz.")
_OUT = click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The run's folder.")
_RECIPE = click.option("--recipe", type=FILE, help="Default: the recipe of the embedded translators.")
_SECONDS = click.option("--seconds", type=click.FloatRange(min=1), required=True, help="Time of the whole run.")
_DEVICE = click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
_KEEP_OUT = click.option(
    "--keep-out",
    type=FILE,
    multiple=True,
    help="A file with a sentence of an evaluation set on each line, named XX.txt or name.XX.txt by its language.",
)


@train.command()
@_CORPUS
@_OUT
@_RECIPE
@_SECONDS
@_DEVICE
@_KEEP_OUT
@click.option("--pieces", type=int, default=32_000, show_default=True, help="Size of the vocabulary.")
@click.option("--layers", type=(int, int), default=(6, 2), show_default=True, help="Of the encoder and the decoder.")
@click.option("--width", type=int, default=512, show_default=True)
@click.option("--budget", type=int, default=32_768, show_default=True, help="Tokens a step.")
@common_options
def compact(
    run: Run,
    corpus: Path,
    out: Path,
    recipe: Path | None,
    seconds: float,
    device: str,
    keep_out: tuple[Path, ...],
    pieces: int,
    layers: tuple[int, int],
    width: int,
    budget: int,
) -> None:
    """A compact sequence-to-sequence model, converted for the engine."""
    from langsupport.training.recipe import read_recipe
    from langsupport.training.runs import Shape, train_compact

    shape = Shape(*layers, width=width, heads=max(1, width // 64), inner=4 * width)
    read = read_recipe(recipe or _shipped_recipe())
    made = train_compact(_run(corpus, out, seconds, device), read, _sentences(keep_out), shape, pieces, budget)
    click.echo(f"The model is in {made}.")


@train.command()
@_CORPUS
@_OUT
@_RECIPE
@_SECONDS
@_DEVICE
@_KEEP_OUT
@click.option("--gguf", type=FILE, required=True, help="The language model (qwen2) that is adapted.")
@click.option("--rank", type=int, default=16, show_default=True)
@click.option("--budget", type=int, default=14_336, show_default=True, help="Tokens a step.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes that read weights."
)
@common_options
def adapter(
    run: Run,
    corpus: Path,
    out: Path,
    recipe: Path | None,
    seconds: float,
    device: str,
    keep_out: tuple[Path, ...],
    gguf: Path,
    rank: int,
    budget: int,
    workers: int,
) -> None:
    """A low-rank adapter of an instruction-following language model."""
    from langsupport.training.recipe import read_recipe
    from langsupport.training.runs import train_lora

    read = read_recipe(recipe or _shipped_recipe())
    made = train_lora(_run(corpus, out, seconds, device), read, _sentences(keep_out), gguf, rank, budget, workers)
    click.echo(f"The adapter is in {made}.")


def _run(corpus: Path, out: Path, seconds: float, device: str) -> TrainingRun:
    from langsupport.training.runs import Run as TrainingRun

    return TrainingRun(corpus, out, seconds, device)


def _shipped_recipe() -> Path:
    from langsupport.services.settings import shipped

    return shipped("configs") / "training" / "embedded.toml"


def _sentences(files: tuple[Path, ...]) -> dict[str, list[str]]:
    """By the language that stands last before .txt in a file's name."""
    found: dict[str, list[str]] = {}
    for file in files:
        language = file.name.removesuffix(".txt").rpartition(".")[2]
        found.setdefault(language, []).extend(file.read_text(encoding="utf-8").splitlines())
    return found
