"""Does adapting to real text help, and what does general text pay? TICO-19 by document, NTREX-128 beside it.

    python benchmarks/quality/adaptation.py --compact runs/compact --out runs/adaptation --device cuda
    python benchmarks/quality/adaptation.py --model opus-mt-en-fr --models DIR --weights HUB --pairs en-fr --out FOLDER

For each direction the model is adapted on a part of TICO-19's documents (COVID-19, seven sources) and judged on the
others, with NTREX-128 (news) mixed in, of which other documents show the forgetting. --harm does the same with shuffled
targets: the gate has to refuse it. Rows are added to rows.jsonl in the folder as they come, ready ones not done again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import data_folder
from langsupport.engines.store import ModelStore
from langsupport.training.adaptation import Outcome, Tuning, Wish, adapt
from langsupport.training.bitext import Pair

PAIRS = ("en-fr", "fr-en", "en-es", "es-en")
COMPACT = "compact"
_HUB_FILES = (
    "config.json", "model.safetensors", "sentencepiece.bpe.model", "vocab.json", "tokenizer_config.json",
    "special_tokens_map.json",
)  # fmt: skip


def tico(data: Path, source: str, target: str) -> list[Pair]:
    """Pairs with their document: an id `CMU_1:12` is the twelfth sentence of CMU_1."""
    head, *rows = (data / "text" / "tico19" / "tico19.sixway.tsv").read_text(encoding="utf-8").splitlines()
    names = head.split("\t")
    cells = (dict(zip(names, row.split("\t"), strict=True)) for row in rows)
    return [Pair(row[source], row[target], row["id"].rpartition(":")[0]) for row in cells]


def ntrex(data: Path, source: str, target: str) -> list[Pair]:
    folder = data / "text" / "ntrex128"
    files = (folder / name for name in (f"ntrex.{source}.txt", f"ntrex.{target}.txt", "DOCUMENT_IDS.tsv"))
    columns = [file.read_text(encoding="utf-8").splitlines() for file in files]
    return [Pair(*row) for row in zip(*columns, strict=True)]


def shuffled(pairs: list[Pair]) -> list[Pair]:
    targets = [pair.target for pair in pairs]
    random.Random(5).shuffle(targets)
    return [replace(pair, target=target) for pair, target in zip(pairs, targets, strict=True)]


def compact_store(run: Path, folder: Path) -> tuple[ModelStore, Path]:
    """A store that holds the compact model of a run of `langsupport train compact`, and its weights."""
    manifests = folder / "manifests"
    manifests.mkdir(parents=True, exist_ok=True)
    lines = [
        f'id = "{COMPACT}"', 'title = "Compact"', 'family = "compact"', 'task = "translation"', 'licence = "CC0-1.0"',
        'languages = ["ar", "zh", "en", "fr", "ru", "es"]', "commercial_use = true", 'convert = "transformers"',
        "memory_bytes = 100_000_000", "[[sources]]", 'kind = "hub"', 'repository = "local/compact"',
        f"files = {json.dumps(_HUB_FILES)}",
    ]  # fmt: skip
    (manifests / f"{COMPACT}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = ModelStore(folder / "models", manifests)
    if COMPACT not in store.installed():
        store.install(COMPACT, source=run / "hub")
    return store, run / "hub"


def row_of(direction: str, harm: bool, done: Outcome, steps: int, seconds: float) -> dict[str, object]:
    record = json.loads(done.record.read_text(encoding="utf-8"))
    return {
        "direction": direction,
        "targets": "shuffled" if harm else "as they are",
        "promoted": done.promoted is not None,
        "reasons": done.reasons,
        "own": asdict(done.own),
        "general": asdict(done.general),
        "pairs": record["pairs"],
        "device": record["device"],
        "steps": steps,
        "seconds": round(seconds),
    }


def line_of(row: dict[str, object]) -> str:
    cells = [f"{row['direction']:6} {row['targets']:12} {'promoted' if row['promoted'] else 'refused ':8}"]
    for name in ("own", "general"):
        judged: dict[str, dict[str, float]] = row[name]  # type: ignore[assignment]
        before, after, gain = judged["before"], judged["after"], judged["difference"]
        cells.append(
            f"{name}: chrF {before['chrf']:.1f} -> {after['chrf']:.1f} ({gain['low']:+.1f} to {gain['high']:+.1f}), "
            f"BLEU {before['bleu']:.1f} -> {after['bleu']:.1f}"
        )
    return " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compact", type=Path, help="folder of a run of `langsupport train compact`")
    parser.add_argument("--model", help="an installed model, instead of --compact")
    parser.add_argument("--models", type=Path, help="folder of installed models")
    parser.add_argument("--weights", type=Path, help="the model's weights as the hub has them")
    parser.add_argument("--pairs", nargs="*", default=PAIRS)
    parser.add_argument("--harm", nargs="*", default=["en-fr"], help="directions adapted with shuffled targets as well")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    data = data_folder(given.data)
    if given.compact:
        (store, weights), model = compact_store(given.compact, given.out), COMPACT
    else:
        store, weights, model = ModelStore(given.models, Path("models")), given.weights, given.model
    rows = given.out / "rows.jsonl"
    ready = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()] if rows.is_file() else []
    asked = [(pair, False) for pair in given.pairs] + [(pair, True) for pair in given.harm]
    for direction, harm in asked:
        targets = "shuffled" if harm else "as they are"
        row = next((row for row in ready if (row["direction"], row["targets"]) == (direction, targets)), None)
        if row is None:
            source, target = direction.split("-")
            own = tico(data, source, target)
            wish = Wish(
                model, source, target, shuffled(own) if harm else own, ntrex(data, source, target),
                given.out / f"{direction}{'.harm' if harm else ''}", lambda text: None, weights=weights,
                device=given.device, tuning=Tuning(steps=given.steps, rate=given.rate),
            )  # fmt: skip
            started = time.perf_counter()
            row = row_of(direction, harm, adapt(store, wish), given.steps, time.perf_counter() - started)
            with rows.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(line_of(row), flush=True)


if __name__ == "__main__":
    main()
