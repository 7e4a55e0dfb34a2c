"""The causal translator against a plain loop over CTranslate2's generate_batch: sentences a second, and chrF.

Same model, machine and run; the two take turns, portion by portion, so that a busy machine slows both. The plain loop
is what one writes first: the chat prompt for every sentence, 16 at a time in the order of the text, greedy. Ours
is the product's own path: the inference core with its scheduler, in the batch lane.

    python benchmarks/speed/causal_vs_plain_loop.py --n 200 --pairs en-fr en-zh
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ctranslate2
from tokenizers import Tokenizer

from common.corpora import data_folder, flores
from common.scores import score
from common.signature import machine, model_hash, signature, versions
from langsupport.domain.languages import LANGUAGES
from langsupport.engines.core import InferenceCore, InferenceOptions
from langsupport.engines.protocols import Lane, TranslationRequest
from langsupport.engines.store import ModelStore

PLAIN_BATCH = 16
PLAIN_MAX_TOKENS = 256
PROMPT = (
    "<|im_start|>system\nYou are a professional translator.<|im_end|>\n"
    "<|im_start|>user\nTranslate the following text from {source} into {target}. "
    "Answer with the translation only.\n\n{text}<|im_end|>\n<|im_start|>assistant\n"
)


@dataclass
class Side:
    """One of the two: what it wrote, and how long it took."""

    name: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    texts: list[str] = field(default_factory=list)
    problems: int = 0

    @property
    def rate(self) -> float:
        return len(self.texts) / self.seconds


class PlainLoop:
    def __init__(self, path: Path, threads: int) -> None:
        self._tokenizer: Any = Tokenizer.from_file(str(path / "tokenizer.json"))
        self._generator: Any = ctranslate2.Generator(str(path), compute_type="int8", intra_threads=threads)

    def translate(self, texts: list[str], source: str, target: str) -> list[str]:
        names = {"source": LANGUAGES[source].english_name, "target": LANGUAGES[target].english_name}
        results: list[str] = []
        for start in range(0, len(texts), PLAIN_BATCH):
            batch = [PROMPT.format(text=text, **names) for text in texts[start : start + PLAIN_BATCH]]
            tokens = [self._tokenizer.encode(prompt, add_special_tokens=False).tokens for prompt in batch]
            done = self._generator.generate_batch(
                tokens, max_length=PLAIN_MAX_TOKENS, sampling_topk=1, include_prompt_in_result=False
            )
            results += [self._tokenizer.decode(row.sequences_ids[0]).strip() for row in done]
        return results


def compare(core: InferenceCore, plain: PlainLoop, pair: str, texts: list[str], portion: int) -> tuple[Side, Side]:
    """Both sides over the texts, in turns of `portion` sentences; who begins alternates."""
    source, target = pair.split("-")
    ours, loop = Side("langsupport"), Side("plain loop")
    for turn, start in enumerate(range(0, len(texts), portion)):
        part = texts[start : start + portion]

        def run_ours(part: list[str] = part) -> None:
            done = core.translate([TranslationRequest(text, source, target) for text in part], Lane.BATCH).wait()
            ours.texts += [result.text for result in done]
            ours.problems += sum(bool(result.problems) for result in done)

        def run_loop(part: list[str] = part) -> None:
            loop.texts += plain.translate(part, source, target)

        steps = [(ours, run_ours), (loop, run_loop)]
        for side, step in steps if turn % 2 == 0 else reversed(steps):
            started, cpu_started = time.perf_counter(), time.process_time()
            step()
            side.seconds += time.perf_counter() - started
            side.cpu_seconds += time.process_time() - cpu_started
        print(f"  {pair} {len(ours.texts)}: {ours.rate:.2f} against {loop.rate:.2f} sentences/s", flush=True)
    return ours, loop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, help="folder of installed models")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct")
    parser.add_argument("--pairs", nargs="+", default=["en-fr", "en-zh"])
    parser.add_argument("--n", type=int, default=200, help="sentences of FLORES dev")
    parser.add_argument("--portion", type=int, default=100, help="sentences in one turn")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    store = ModelStore(given.models, Path(__file__).resolve().parents[2] / "models")
    path, data = store.path(given.model), data_folder(given.data)
    options = InferenceOptions(device="cpu", threads=given.threads, preferences={"*": (given.model,)})
    core, plain = InferenceCore(store, options), PlainLoop(path, given.threads)
    rows = []
    for pair in given.pairs:
        source, target = pair.split("-")
        core.translate([TranslationRequest("Good morning.", source, target)], Lane.BATCH).wait()
        plain.translate(["Good morning."], source, target)
        texts, references = flores(data, source, given.n), flores(data, target, given.n)
        for side in compare(core, plain, pair, texts, given.portion):
            result = score(side.texts, references, target)
            per_cpu = len(side.texts) / side.cpu_seconds
            rows.append((pair, side.name, side.rate, result.chrf, result.bleu, side.problems, per_cpu))
    core.close()
    print(f"\n{'pair':6} {'engine':12} {'sent/s':>7} {'chrF':>6} {'BLEU':>6} {'problems':>8} {'sent/cpu-s':>10}")
    for pair, name, rate, chrf, bleu, problems, per_cpu in rows:
        print(f"{pair:6} {name:12} {rate:7.2f} {chrf:6.1f} {bleu:6.1f} {problems:8d} {per_cpu:10.2f}")
    for ours, loop in zip(rows[::2], rows[1::2], strict=True):
        print(
            f"{ours[0]}: {ours[2] / loop[2]:.2f} times the sentences a second, chrF {ours[3] - loop[3]:+.1f}", end="; "
        )
        print(f"{ours[6] / loop[6]:.2f} times the sentences for each second of processor time")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of both models together: {peak:.1f} GiB")
    facts = versions("ctranslate2", "sacrebleu")
    print(signature(corpus="flores200-dev", n=given.n, model=model_hash(path), device=f"cpu-{machine()}", **facts))


if __name__ == "__main__":
    main()
