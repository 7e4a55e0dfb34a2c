"""`langsupport adapt`: a better version of an installed model from the organization's own translations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from langsupport.cli import exits
from langsupport.cli.opened import opened
from langsupport.cli.options import FILE, FOLDER, LANGUAGE, NEW_FOLDER
from langsupport.cli.run import Run, common_options
from langsupport.services.adaptation import concepts_from_file, pairs_from_file, pairs_from_memory
from langsupport.services.inference import build_store
from langsupport.services.settings import load_settings
from langsupport.services.terms import TermService

if TYPE_CHECKING:
    from langsupport.training.adaptation import Outcome
    from langsupport.training.judging import Judged


@click.command()
@click.argument("model")
@click.option("--from", "source", type=LANGUAGE, required=True, help="The language that is translated.")
@click.option("--to", "target", type=LANGUAGE, required=True, help="The language that it is translated into.")
@click.option("--memory", type=FILE, help="Approved text: TMX, or TSV with source, target, document.  "
              "[default: the service's memory]")  # fmt: skip
@click.option("--general", type=FILE, required=True, help="General text against forgetting: TMX or TSV.")
@click.option("--share", type=click.FloatRange(0, 0.9), default=0.3, show_default=True, help="Of general text.")
@click.option("--terms", type=FILE, help="TBX, CSV or XLSX.  [default: the service's terms]")
@click.option("--weights", type=FOLDER, help="Folder with the weights as the hub has them, where there is no network.")
@click.option("--out", type=NEW_FOLDER, required=True, help="The run's folder.")
@click.option("--steps", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--batch", type=click.IntRange(min=2), default=32, show_default=True, help="Sentences a step.")
@click.option("--rank", type=click.IntRange(min=0), default=0, show_default=True,
              help="Of a low-rank adapter; 0 tunes all weights.")  # fmt: skip
@click.option("--rate", type=float, help="Highest learning rate.  [default: 5e-5; with --rank 5e-4]")
@click.option("--margin", type=click.FloatRange(min=0), default=1.0, show_default=True,
              help="chrF that general text may lose.")  # fmt: skip
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@common_options
def adapt(
    run: Run, model: str, source: str, target: str, memory: Path | None, general: Path, share: float,
    terms: Path | None, weights: Path | None, out: Path, steps: int, batch: int, rank: int, rate: float | None,
    margin: float, device: str,
) -> int:  # fmt: skip
    """Adapt an installed model to one direction of your approved translations.

    The new version is used only if it is better on documents that it has not seen, and not worse on general text. A run
    that was cut goes on with the same command.
    """
    from langsupport.training.adaptation import Tuning, Wish
    from langsupport.training.adaptation import adapt as adapted

    if memory and terms:
        own, concepts = pairs_from_file(memory, source, target), concepts_from_file(terms)
    else:
        with opened(run) as (database, _):
            own = pairs_from_file(memory, source, target) if memory else pairs_from_memory(database, source, target)
            concepts = concepts_from_file(terms) if terms else TermService(database).all()
    wish = Wish(
        model, source, target, own, pairs_from_file(general, source, target), out, run.say, concepts, weights, device,
        Tuning(steps, batch, rank, rate, share), margin,
    )  # fmt: skip
    done = adapted(build_store(load_settings(run.config)), wish)
    run.result({"promoted": done.promoted, "refused": list(done.reasons), "record": str(done.record)})
    return _tell(run, done)


def _tell(run: Run, done: Outcome) -> int:
    for name, judged in (("Own text", done.own), ("General text", done.general)):
        run.say(f"{name}: {_scores(judged)}")
    if done.promoted is None:
        run.tell(f"Not promoted, nothing was changed. {' '.join(done.reasons)}")
        return exits.REFUSED
    run.say(f"{done.promoted} is installed and serves from now on.")
    return exits.OK


def _scores(judged: Judged) -> str:
    before, after, found = judged.before, judged.after, judged.difference
    shares = "".join(
        f", {name} {old:.0%} -> {new:.0%}"
        for name, old, new in (("terms", before.terms, after.terms), ("entities", before.entities, after.entities))
        if old is not None and new is not None
    )
    gain = f"chrF {before.chrf:.1f} -> {after.chrf:.1f} ({found})"
    return f"{gain}, BLEU {before.bleu:.1f} -> {after.bleu:.1f}{shares}. {judged.signature}"
