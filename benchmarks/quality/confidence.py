"""How far confidence estimates can be relied on: against chrF on FLORES-200 dev, by cross-validation.

    python benchmarks/quality/confidence.py --models DIR --model qwen2.5-coder-1.5b-translator --n 40 --answers out.json

Translations are kept in the file of --answers as they come, so that a long run can be done in pieces. For each
direction a calibration is learned with the weights of all and its own level; --toml prints them as the [confidence]
table of a manifest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import data_folder, flores
from common.signature import machine, model_hash, signature, versions
from langsupport.domain.confidence import FEATURES
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import DIRECTIONS
from langsupport.domain.units import CodedText, Segment
from langsupport.engines.core import InferenceCore, InferenceOptions
from langsupport.engines.store import ModelStore
from langsupport.pipelines.confidence import evidence
from langsupport.pipelines.translation import translate_segments
from langsupport.training.calibrating import PARTS, Example, example, fit, levelled, reliability

TO_AND_FROM_ENGLISH = ["-".join(pair) for pair in DIRECTIONS if "en" in pair]


def translations(core: InferenceCore, data: Path, pair: str, count: int) -> list[dict[str, Any]]:
    """What the machine makes of sentences, with what is known about it."""
    source, target = pair.split("-")
    texts = [CodedText(text) for text in flores(data, source, count)]
    segments = [Segment("u", place, text) for place, text in enumerate(texts)]
    made = {one.key: one for one in translate_segments(core, segments, source, target)}
    references = flores(data, target, count)
    return [
        {
            "source": segment.source.text,
            "said": made[segment.key].target.text,
            "reference": reference,
            "score": made[segment.key].score,
            "findings": [[finding.code, finding.severity] for finding in made[segment.key].findings],
        }
        for segment, reference in zip(segments, references, strict=True)
    ]


def examples(rows: Sequence[dict[str, Any]], pair: str) -> list[Example]:
    source, target = pair.split("-")
    return [
        example(
            evidence(
                row["source"],
                row["said"],
                row["score"],
                (source, target),
                [Finding(code, Severity(severity), "") for code, severity in row["findings"]],
            ),
            row["said"],
            row["reference"],
            target,
        )
        for row in rows
        if row["score"] is not None
    ]


def levelled_across(by_pair: dict[str, list[Example]]) -> list[tuple[str, Example, float]]:
    """Pair, example and its chance, each by what was learned from the four fifths that it is not in."""
    found: list[tuple[str, Example, float]] = []
    for part in range(PARTS):
        rest = {p: [one for n, one in enumerate(own) if n % PARTS != part] for p, own in by_pair.items()}
        whole = fit([one for own in rest.values() for one in own])
        for pair, own in by_pair.items():
            level = levelled(whole, rest[pair])
            found += [(pair, one, level.chance(one.evidence)) for one in own[part::PARTS]]
    return found


def show(name: str, found: Sequence[Example], chances: Sequence[float]) -> None:
    told = reliability(found, chances)
    figures = f"{told.good:6.0%} {told.correlation:12.2f} {told.auc:6.2f} {told.error:18.2f}"
    print(f"{name:12} {told.examples:9} {figures}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, help="folder of installed models")
    parser.add_argument("--model", required=True)
    parser.add_argument("--pairs", nargs="+", default=TO_AND_FROM_ENGLISH)
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--data", type=Path)
    parser.add_argument(
        "--answers", type=Path, required=True, help="JSON file for the translations; what is in it is not made anew"
    )
    parser.add_argument("--toml", action="store_true")
    given = parser.parse_args()
    store = ModelStore(given.models, Path(__file__).resolve().parents[2] / "models")
    core = InferenceCore(store, InferenceOptions(preferences={"*": (given.model,)}))
    kept: dict[str, Any] = {}
    if given.answers.is_file():
        kept = json.loads(given.answers.read_text(encoding="utf-8"))
    for pair in given.pairs:
        if len(kept.get(pair, ())) != given.n:
            kept[pair] = translations(core, data_folder(given.data), pair, given.n)
            given.answers.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
            print(f"{pair} is translated", file=sys.stderr, flush=True)
    core.close()
    by_pair = {pair: examples(kept[pair], pair) for pair in given.pairs}
    told = levelled_across(by_pair)
    print(f"{'direction':12} {'sentences':>9} {'good':>6} {'correlation':>12} {'AUC':>6} {'calibration error':>18}")
    every = [one for _, one, _ in told]
    show("all", every, [chance for *_, chance in told])
    show("probability", every, [one.evidence.probability for one in every])
    for side, place in (("from English", 1), ("into English", 0)):
        own = [(one, chance) for pair, one, chance in told if pair.split("-")[place] != "en"]
        if own:
            show(side, [one for one, _ in own], [chance for _, chance in own])
    facts = {"corpus": "flores200-dev", "n": given.n, "arch": machine(), **versions("ctranslate2", "sacrebleu")}
    line = signature(**facts, model=model_hash(store.path(given.model)))
    print(line)
    if given.toml:
        whole = fit(every, f"sentence chrF2 | {line}")
        print("\n[confidence]\n" + "\n".join(_row(pair, levelled(whole, by_pair[pair])) for pair in given.pairs))


def _row(pair: str, learned: Any) -> str:
    cells = ", ".join(
        f"{name} = {value:g}"
        for name, value in [("intercept", learned.intercept), *((n, learned.weights[n]) for n in FEATURES)]
    )
    return f"{pair} = {{ {cells} }}"


if __name__ == "__main__":
    main()
