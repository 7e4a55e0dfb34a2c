"""Does adapting to real text help, and what does general text pay? TICO-19 by document, NTREX-128 beside it.

    python benchmarks/quality/adaptation.py --compact runs/compact --out runs/adaptation --device cuda
    python benchmarks/quality/adaptation.py --model opus-mt-en-fr --models DIR --weights HUB --pairs en-fr --out FOLDER

For each direction the model is adapted on a part of TICO-19's documents (COVID-19, seven sources) and judged on the
others, with NTREX-128 (news) mixed in, of which other documents show the forgetting. --harm does the same with shuffled
targets: the gate has to refuse it. Each has a folder with its record.json; what has one is not done again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import NTREX, SHIFTED_FRENCH, TICO, aligned, data_folder, ntrex_documents, table, tico_document
from langsupport.domain.languages import LANGUAGES
from langsupport.engines.store import ModelStore
from langsupport.training.adaptation import Tuning, Wish, adapt
from langsupport.training.bitext import Pair

PAIRS = ("en-fr", "fr-en", "en-es", "es-en")
COMPACT = "compact"
_HUB_FILES = (
    "config.json", "model.safetensors", "sentencepiece.bpe.model", "vocab.json", "tokenizer_config.json",
    "special_tokens_map.json",
)  # fmt: skip


def tico(data: Path, source: str, target: str) -> list[Pair]:
    """Pairs with their document, those left out whose French is another sentence's."""
    shifted = SHIFTED_FRENCH if "fr" in (source, target) else frozenset[str]()
    pairs = [Pair(row[source], row[target], tico_document(row)) for row in table(data, TICO)]
    return [pair for pair in pairs if pair.tag not in shifted]


def ntrex(data: Path, source: str, target: str) -> list[Pair]:
    rows = zip(aligned(data, NTREX), ntrex_documents(data), strict=True)
    return [Pair(row[source], row[target], document) for row, document in rows]


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
        f"languages = {json.dumps(list(LANGUAGES))}", "commercial_use = true", 'convert = "transformers"',
        "memory_bytes = 100_000_000", "[[sources]]", 'kind = "hub"', 'repository = "local/compact"',
        f"files = {json.dumps(_HUB_FILES)}",
    ]  # fmt: skip
    (manifests / f"{COMPACT}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = ModelStore(folder / "models", manifests)
    if COMPACT not in store.installed():
        store.install(COMPACT, source=run / "hub")
    return store, run / "hub"


def record_of(wish: Wish, store: ModelStore) -> dict[str, Any]:
    """What adapting found: of an earlier run where there was one, for its version serves now."""
    record = wish.folder / "record.json"
    if not record.is_file():
        adapt(store, wish)
    found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return found


def line_of(name: str, record: dict[str, Any]) -> str:
    cells = [f"{name:10} {'refused ' if record['refused'] else 'promoted'}"]
    for text, judged in record["scores"].items():
        before, after, gain = judged["before"], judged["after"], judged["difference"]
        cells.append(
            f"{text}: chrF {before['chrf']:.1f} -> {after['chrf']:.1f} ({gain['low']:+.1f} to {gain['high']:+.1f}), "
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
        store, weights, model = (
            ModelStore(given.models, Path(__file__).resolve().parents[2] / "models"),
            given.weights,
            given.model,
        )
    asked = [(pair, False) for pair in given.pairs] + [(pair, True) for pair in given.harm]
    for direction, harm in asked:
        source, target = direction.split("-")
        own, name = tico(data, source, target), f"{direction}{'.harm' if harm else ''}"
        wish = Wish(
            model, source, target, shuffled(own) if harm else own, ntrex(data, source, target), given.out / name,
            lambda text: None, weights=weights, device=given.device, tuning=Tuning(steps=given.steps, rate=given.rate),
        )  # fmt: skip
        print(line_of(name, record_of(wish, store)), flush=True)


if __name__ == "__main__":
    main()
