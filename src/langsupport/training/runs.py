"""Whole training runs: a folder in, a model and its record out. The same call again goes on where the last one stopped.

A run's folder:

    bitext.npz or dialogues.npz   what is learned, made once
    sentencepiece.bpe.model       the compact model's vocabulary
    state.pt                      weights and optimizer, for going on
    log.jsonl                     a line for each report: loss, speed
    model/                        the compact model, converted to CTranslate2
    adapter.npz                   the adapter, as a manifest's [adapter] wants it
    record.json                   settings, hash of the data, versions, where the run stood at its end
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from langsupport.errors import Conflict, ExtraMissing, InvalidRequest
from langsupport.training.bitext import Pair
from langsupport.training.recipe import Recipe, adapter_examples, compact_examples, load_corpus

try:
    import torch

    from langsupport.training.causal_lora import AdapterLearner, save_adapter
    from langsupport.training.compact import CompactLearner, build_model
    from langsupport.training.compact import Shape as Shape
except ImportError as error:
    raise ExtraMissing(feature="Training", extra="torch") from error

from langsupport.training.dialogues import Dialogues, make_dialogues
from langsupport.training.examples import TokenizedBitext, build, with_neighbours
from langsupport.training.export import convert, save_hub
from langsupport.training.gguf_base import load_base
from langsupport.training.learning import Schedule, learn, log_to
from langsupport.training.low_rank import SCALE
from langsupport.training.vocabulary import MODEL_FILE, Vocabulary, train_vocabulary

STATE, LOG = "state.pt", "log.jsonl"
COMPACT_RATE, ADAPTER_RATE = 2e-3, 3e-4
COMPACT_LONGEST, ADAPTER_LONGEST = 100, 320
"""Tokens; longer texts are not learned from."""
SMOOTHING = 0.1
NEIGHBOURS = 0.3
"""How many of the examples are joined with the next one or two."""
VOCABULARY_SAMPLE = 100_000
LEAST_PAIRS = 1_000
"""With fewer pairs of a language nothing general is learned: a memory serves them better."""


@dataclass(frozen=True, slots=True)
class Run:
    """What runs of both kinds are told.

    `kept_out`: sentences of evaluation sets by language. `seconds` is the time of the whole run; a call that was cut
    goes on with what is left of it. `budget`: tokens a step. `say` is told how it goes.
    """

    corpus: Path
    folder: Path
    recipe: Recipe
    kept_out: Mapping[str, Iterable[str]]
    seconds: float
    device: str
    budget: int
    say: Callable[[str], None]

    @property
    def compiled(self) -> bool:
        """Compiling takes a minute, which only a GPU earns back."""
        return self.device == "cuda"


def train_compact(run: Run, shape: Shape, pieces: int) -> Path:
    """Trains a compact model; the folder of the converted one. Raises InvalidRequest with too little text."""
    _begin(run, {"kind": "compact", "pieces": pieces, "shape": asdict(shape)})
    vocabulary, data = run.folder / MODEL_FILE, run.folder / "bitext.npz"
    if not data.is_file():
        corpus = _corpus(run)
        texts = {language: [pair.target for pair in pairs] for language, pairs in corpus.items()}
        texts["en"] = sorted({pair.source for pairs in corpus.values() for pair in pairs})
        train_vocabulary(texts, vocabulary, pieces, VOCABULARY_SAMPLE)
        known = Vocabulary(vocabulary)
        build(compact_examples(run.recipe, corpus), known.encode, known.language_id).save(data)
    schedule = Schedule(run.seconds, COMPACT_RATE)
    bitext = with_neighbours(TokenizedBitext.load(data), NEIGHBOURS, COMPACT_LONGEST, schedule.seed)
    model = build_model(shape, len(Vocabulary(vocabulary))).to(run.device)
    learner = CompactLearner(model, bitext, run.budget, COMPACT_LONGEST, SMOOTHING, run.compiled)
    end = learn(learner, schedule, run.folder / STATE, log_to(run.folder / LOG, run.say))
    shutil.rmtree(run.folder / "model", ignore_errors=True)
    save_hub(model.to("cpu").eval(), vocabulary, run.folder / "hub")
    convert(run.folder / "hub", run.folder / "model", "compact")
    _write_record(run, data, {"schedule": asdict(schedule), "budget": run.budget, "end": end})
    return run.folder / "model"


def train_lora(run: Run, gguf: Path, rank: int, workers: int) -> Path:
    """Trains an adapter of a qwen2 model in GGUF; the file. Raises InvalidRequest with too little text."""
    _begin(run, {"kind": "adapter", "rank": rank})
    data = run.folder / "dialogues.npz"
    if not data.is_file():
        corpus = _corpus(run)
        make_dialogues(adapter_examples(run.recipe, corpus), gguf).save(data)
    dialogues = Dialogues.load(data)
    schedule = Schedule(run.seconds, ADAPTER_RATE, warmup=0.03, decay_from=0.3, report_every=25)
    base, device = load_base(gguf, dialogues.kept, workers), torch.device(run.device)
    learner = AdapterLearner(base, dialogues, rank, run.budget, ADAPTER_LONGEST, device, run.compiled)
    end = learn(learner, schedule, run.folder / STATE, log_to(run.folder / LOG, run.say))
    save_adapter(learner.model, run.folder / "adapter.npz")
    _write_record(run, data, {"schedule": asdict(schedule), "budget": run.budget, "end": end, "scale": SCALE})
    return run.folder / "adapter.npz"


def _begin(run: Run, facts: Mapping[str, Any]) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    _same_run(run.folder, facts)
    torch.manual_seed(1)
    torch.backends.cuda.enable_cudnn_sdp(False)  # it makes a new plan for every shape of a batch


def _corpus(run: Run) -> dict[str, list[Pair]]:
    corpus = load_corpus(run.recipe, run.corpus, run.kept_out)
    few = {language: len(pairs) for language, pairs in corpus.items() if len(pairs) < LEAST_PAIRS}
    if few:
        found = ", ".join(f"en-{language} {count}" for language, count in few.items())
        detail = f"Too few pairs to learn from: {found}; at least {LEAST_PAIRS} of each language are needed."
        raise InvalidRequest(detail=detail)
    return corpus


def _same_run(folder: Path, facts: Mapping[str, Any]) -> None:
    """Refuses to go on with a run of other settings in the same folder."""
    place = folder / "run.json"
    if place.is_file() and json.loads(place.read_text(encoding="utf-8")) != facts:
        detail = f"{folder} holds a run with other settings ({place.name}). Name another folder, or remove it."
        raise Conflict(detail=detail)
    place.write_text(json.dumps(facts), encoding="utf-8")


def _write_record(run: Run, data: Path, facts: Mapping[str, Any]) -> None:
    record = dict(facts) | {
        "data_sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "device": torch.cuda.get_device_name() if run.device == "cuda" else run.device,
        "versions": {name: metadata.version(name) for name in ("torch", "transformers", "sentencepiece")},
    }
    (run.folder / "record.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
