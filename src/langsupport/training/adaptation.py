"""Adapting an installed model to an organization: approved text in, and a new version where it is measurably better.

A run's folder:

    weights/        the model's weights as the hub has them
    state.pt        weights and optimizer, for going on
    log.jsonl       a line for each report
    tuned/          the adapted weights
    candidate/      converted, as it would be installed
    record.json     settings, hash of the data, loss, scores and the verdict; installed with the model
    plots.svg       loss and scores
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from langsupport.domain.terms import Concept
from langsupport.engines.protocols import TranslationRequest
from langsupport.engines.seq2seq import Seq2SeqTranslator
from langsupport.engines.store import RECORD, ModelStore
from langsupport.errors import Conflict, DiskFull, EngineFailure, ExtraMissing, InvalidRequest
from langsupport.training.approved import LEAST_HELD_OUT, LEAST_LEARNED, Parted, part
from langsupport.training.bitext import Pair
from langsupport.training.plots import plot_run

try:
    import torch

    from langsupport.training.judging import Judged, gate, judge
    from langsupport.training.learning import log_to
    from langsupport.training.tuning import Tuner
    from langsupport.training.tuning import Tuning as Tuning
except ImportError as error:
    raise ExtraMissing(feature="Adaptation", extra="torch") from error

MARGIN = 1.0
"""chrF that general text may lose."""
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Wish:
    """What is adapted to what. A pair's `tag` is its document. `weights`: a folder to take the weights from, None:
    where the model is installed from. `say` is told how it goes."""

    model: str
    source: str
    target: str
    own: Sequence[Pair]
    general: Sequence[Pair]
    folder: Path
    say: Callable[[str], None]
    concepts: Sequence[Concept] = ()
    weights: Path | None = None
    device: str = "cpu"
    tuning: Tuning = field(default_factory=Tuning)
    margin: float = MARGIN
    least_learned: int = LEAST_LEARNED
    least_judged: int = LEAST_HELD_OUT


@dataclass(frozen=True, slots=True)
class Outcome:
    """`promoted` is the id of the new version; None where the gate refused it, for `reasons`."""

    promoted: str | None
    reasons: tuple[str, ...]
    own: Judged
    general: Judged
    record: Path


def adapt(store: ModelStore, wish: Wish) -> Outcome:
    """Tunes, judges, and installs where the gate passes. The same call again goes on where the last one stopped.

    Raises ModelMissing, InvalidRequest (too little text), DamagedFile (wrong columns), Conflict (a folder of another
    run), ModelError, DiskFull, EngineFailure (the GPU failed). Until the gate has passed nothing installed changes.
    """
    direction = (wish.source, wish.target)
    current = store.path(store.serving(wish.model, direction))
    if wish.device == "cuda" and not torch.cuda.is_available():
        raise InvalidRequest(detail="There is no GPU that torch can use. Use the device cpu.")
    general = part(wish.general, *direction, learned=1, judged=wish.least_judged)
    kept_out = {text for pair in general.judged for text in (pair.source, pair.target)}
    own = part(wish.own, *direction, kept_out, wish.least_learned, wish.least_judged)
    guard = {plain for pair in own.judged for plain in (pair.source, pair.target)}
    mixed = [pair for pair in general.learned if pair.source not in guard and pair.target not in guard]
    try:
        facts = _begin(wish, own, general)
        tuned = _tuned(store, wish, own.learned, mixed)
        candidate = wish.folder / "candidate"
        store.convert_adapted(tuned, candidate, wish.model, direction)
        ours, theirs = (_judged(wish, found.judged, current, candidate) for found in (own, general))
        verdict = gate(ours, theirs, wish.margin)
        _write_record(wish, facts, ours, theirs, verdict.reasons)
        promoted = store.adopt(candidate) if verdict.passed else None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(path=str(wish.folder), needed="more", available="none") from error
    return Outcome(promoted, verdict.reasons, ours, theirs, wish.folder / "record.json")


def _begin(wish: Wish, own: Parted, general: Parted) -> dict[str, Any]:
    """Refuses to go on with another run's folder."""
    facts: dict[str, Any] = {
        "model": wish.model,
        "direction": f"{wish.source}-{wish.target}",
        "settings": asdict(wish.tuning) | {"margin": wish.margin},
        "data_sha256": {"own": own.data_sha256, "general": general.data_sha256},
        "pairs": {"learned": len(own.learned), "judged": len(own.judged), "general_judged": len(general.judged)},
        "dropped": dict(own.dropped),
    }
    wish.folder.mkdir(parents=True, exist_ok=True)
    place = wish.folder / "run.json"
    if place.is_file() and json.loads(place.read_text(encoding="utf-8")) != facts:
        detail = f"{wish.folder} holds a run with other text or settings ({place.name}). Name another, or remove it."
        raise Conflict(detail=detail)
    place.write_text(json.dumps(facts), encoding="utf-8")
    return facts


def _tuned(store: ModelStore, wish: Wish, own: Sequence[Pair], general: Sequence[Pair]) -> Path:
    """The tuned weights with the tokenizer's files."""
    weights = store.fetch_weights(wish.model, wish.folder / "weights", None, wish.weights)
    family = store.manifest(wish.model).family
    tuner = Tuner(weights, wish.model, family, wish.source, wish.target, wish.tuning, wish.device)
    try:
        tuner.tune(own, general, wish.folder / "state.pt", log_to(wish.folder / "log.jsonl", wish.say))
    except torch.OutOfMemoryError as error:
        batch = wish.tuning.batch
        detail = f"the GPU has too little memory for {batch} sentences a step. Take a smaller --batch and a new folder."
        raise EngineFailure(model=wish.model, detail=detail) from error
    except RuntimeError as error:
        detail = (
            f"learning stopped ({error}). What was learned is kept: when the cause is gone, the same command goes on."
        )
        raise EngineFailure(model=wish.model, detail=detail) from error
    tuned = wish.folder / "tuned"
    shutil.rmtree(tuned, ignore_errors=True)
    shutil.copytree(weights, tuned, ignore=shutil.ignore_patterns("*.safetensors*", "pytorch_model*"))
    tuner.save(tuned)
    return tuned


def _judged(wish: Wish, pairs: Sequence[Pair], current: Path, candidate: Path) -> Judged:
    """By the engine, in int8: what would be read."""
    said = [_translated(path, wish, pairs) for path in (current, candidate)]
    return judge(pairs, said[0], said[1], wish.source, wish.target, wish.concepts)


def _translated(path: Path, wish: Wish, pairs: Sequence[Pair]) -> list[str]:
    engine = Seq2SeqTranslator(path, wish.model)
    try:
        requests = [TranslationRequest(pair.source, wish.source, wish.target) for pair in pairs]
        batches = (requests[start : start + _AT_ONCE] for start in range(0, len(requests), _AT_ONCE))
        return [made.text for batch in batches for made in engine.translate(batch)]
    finally:
        engine.close()


def _write_record(wish: Wish, facts: dict[str, Any], own: Judged, general: Judged, reasons: Sequence[str]) -> None:
    """Into the run's folder, and into the candidate's record."""
    lines = map(json.loads, (wish.folder / "log.jsonl").read_text(encoding="utf-8").splitlines())
    losses = sorted({int(line["step"]): float(line["loss"]) for line in lines}.items())
    record = facts | {
        "loss": losses,
        "scores": {"own": asdict(own), "general": asdict(general)},
        "refused": list(reasons),
        "device": torch.cuda.get_device_name() if wish.device == "cuda" else wish.device,
    }
    (wish.folder / "record.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
    bars = [("own text", own.before.chrf, own.after.chrf), ("general text", general.before.chrf, general.after.chrf)]
    (wish.folder / "plots.svg").write_text(plot_run(losses, bars), encoding="utf-8")
    manifest = wish.folder / "candidate" / RECORD
    content = json.loads(manifest.read_text(encoding="utf-8")) | {"training": record}
    manifest.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
