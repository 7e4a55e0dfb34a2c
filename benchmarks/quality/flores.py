"""Translation quality on FLORES-200 dev: chrF and BLEU per direction, of one installed model or of what serves.

    python benchmarks/quality/flores.py --models DIR --model qwen2.5-coder-1.5b-translator --n 32 --scores out.json

With --scores the results are added to a JSON file as they come, so that a long run can be done in pieces; --toml
prints the file's content as the [scores] table of a manifest.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import data_folder, flores
from common.scores import score
from common.signature import machine, model_hash, signature, versions
from langsupport.domain.languages import DIRECTIONS
from langsupport.engines.core import InferenceCore, InferenceOptions
from langsupport.engines.protocols import Lane, TranslationRequest
from langsupport.engines.store import ModelStore


def measure(core: InferenceCore, data: Path, source: str, target: str, count: int) -> dict[str, object]:
    """One direction: scores, speed, problems that stayed, and how it was measured."""
    requests = [TranslationRequest(text, source, target) for text in flores(data, source, count)]
    started = time.perf_counter()
    results = core.translate(requests, Lane.BATCH).wait()
    seconds = time.perf_counter() - started
    found = score([result.text for result in results], flores(data, target, count), target)
    return {
        "n": count,
        "model": results[0].model,
        "chrf": round(found.chrf, 1),
        "bleu": round(found.bleu, 1),
        "sentences_per_second": round(count / seconds, 2),
        "problems": sum(bool(result.problems) for result in results),
        "chrf_signature": found.chrf_signature,
        "bleu_signature": found.bleu_signature,
    }


def toml_table(rows: dict[str, dict[str, object]], facts: str) -> str:
    """The [scores] table of a model's manifest."""
    lines = ["[scores]", f'signature = "{facts}"']
    return "\n".join(lines + [f'"{pair}" = {row["chrf"]}' for pair, row in sorted(rows.items())])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, help="folder of installed models")
    parser.add_argument("--model", help="one installed model; without it, whatever serves each direction")
    parser.add_argument("--pairs", nargs="+", default=["-".join(pair) for pair in DIRECTIONS])
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--scores", type=Path, help="JSON file to add the results to; directions in it are skipped")
    parser.add_argument("--toml", action="store_true")
    given = parser.parse_args()
    store = ModelStore(given.models, Path(__file__).resolve().parents[2] / "models")
    preferences = {"*": (given.model,)} if given.model else {}
    options = InferenceOptions(device=given.device, compute_type=given.compute_type, preferences=preferences)
    core, data = InferenceCore(store, options), data_folder(given.data)
    rows: dict[str, dict[str, object]] = {}
    if given.scores and given.scores.is_file():
        rows = json.loads(given.scores.read_text(encoding="utf-8"))
    print(f"{'pair':6} {'chrF':>6} {'BLEU':>6} {'sent/s':>7} {'problems':>8}  model")
    for pair in given.pairs:
        if pair not in rows:
            rows[pair] = measure(core, data, *pair.split("-"), given.n)
            if given.scores:
                given.scores.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        row = rows[pair]
        rate, problems = row["sentences_per_second"], row["problems"]
        print(f"{pair:6} {row['chrf']:6} {row['bleu']:6} {rate:7} {problems:8}  {row['model']}", flush=True)
    core.close()
    first = next(iter(rows.values()))
    facts = {"corpus": "flores200-dev", "n": first["n"], "compute": given.compute_type, "device": given.device}
    facts |= {"arch": machine(), **versions("ctranslate2", "sacrebleu")}
    if given.model:
        facts["model"] = model_hash(store.path(given.model))
    line = signature(**facts)
    print(line)
    print(
        f"chrF {first['chrf_signature']}\nBLEU " + " ".join(sorted({str(r["bleu_signature"]) for r in rows.values()}))
    )
    if given.toml:
        print(toml_table(rows, f"chrF2 | {line}"))


if __name__ == "__main__":
    main()
