"""Whole training runs: a folder in, a model and its record out. The same call again goes on where the last one stopped.

A run's folder:

    bitext.npz or dialogues.npz   what is learned, made once
    sentencepiece.bpe.model       the compact model's vocabulary
    state.pt                      weights and optimizer, for going on
    log.jsonl                     a line for each report: loss, speed
    model/                        the compact model, converted to CTranslate2
    adapter.npz                   the adapter, as a manifest's [adapter] wants it
    record.json                   settings, hash of the data, versions, the end of the log
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from langsupport.errors import Conflict, ExtraMissing, InvalidRequest
from langsupport.training.bitext import Pair
from langsupport.training.recipe import Recipe, adapter_examples, compact_examples, load_corpus

try:
    import torch
except ImportError as error:
    raise ExtraMissing(feature="Training", extra="torch") from error

from langsupport.training.causal_lora import Dialogues, LoraSettings, load_base, save_adapter, train_adapter
from langsupport.training.compact import Shape, build_model
from langsupport.training.dialogues import make_dialogues
from langsupport.training.examples import TokenizedBitext, build, with_neighbours
from langsupport.training.export import convert, save_hub
from langsupport.training.learning import Settings, log_to, train
from langsupport.training.vocabulary import MODEL_FILE, Vocabulary, train_vocabulary

NEIGHBOURS = 0.3
VOCABULARY_SAMPLE = 100_000
LEAST_PAIRS = 1_000
"""With fewer pairs of a language nothing general is learned: a memory serves them better."""

KeptOut = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Run:
    """`seconds` is the time of the whole run; a call that was cut goes on with what is left of it."""

    corpus: Path
    folder: Path
    seconds: float
    device: str


def train_compact(run: Run, recipe: Recipe, kept_out: KeptOut, shape: Shape, pieces: int, budget: int) -> Path:
    """Trains a compact model; the folder of the converted one. Raises InvalidRequest with too little text."""
    run.folder.mkdir(parents=True, exist_ok=True)
    vocabulary, data = run.folder / MODEL_FILE, run.folder / "bitext.npz"
    _same_run(run.folder, {"kind": "compact", "pieces": pieces, "shape": asdict(shape)})
    if not data.is_file():
        corpus = _enough(load_corpus(recipe, run.corpus, kept_out))
        texts = {language: [pair.target for pair in pairs] for language, pairs in corpus.items()}
        texts["en"] = sorted({pair.source for pairs in corpus.values() for pair in pairs})
        train_vocabulary(texts, vocabulary, pieces, VOCABULARY_SAMPLE)
        known = Vocabulary(vocabulary)
        build(compact_examples(recipe, corpus), known.encode, known.language_id).save(data)
    settings = Settings(run.seconds, budget=budget, compile=run.device == "cuda")
    bitext = with_neighbours(TokenizedBitext.load(data), NEIGHBOURS, settings.longest, settings.seed)
    torch.manual_seed(settings.seed)
    torch.backends.cuda.enable_cudnn_sdp(False)  # it makes a new plan for every shape of a batch
    model: Any = build_model(shape, len(Vocabulary(vocabulary)))
    model.to(run.device)
    end = train(model, bitext, settings, run.folder, log_to(run.folder / "log.jsonl"))
    shutil.rmtree(run.folder / "model", ignore_errors=True)
    save_hub(model.to("cpu"), vocabulary, run.folder / "hub")
    convert(run.folder / "hub", run.folder / "model", "compact")
    _write_record(run, data, {"settings": asdict(settings), "end": end})
    return run.folder / "model"


def train_lora(run: Run, recipe: Recipe, kept_out: KeptOut, gguf: Path, settings: LoraSettings, workers: int) -> Path:
    """Trains an adapter of a qwen2 model in GGUF; the file. Raises InvalidRequest with too little text."""
    run.folder.mkdir(parents=True, exist_ok=True)
    data = run.folder / "dialogues.npz"
    _same_run(run.folder, {"kind": "adapter", "rank": settings.rank})
    if not data.is_file():
        corpus = _enough(load_corpus(recipe, run.corpus, kept_out))
        make_dialogues(adapter_examples(recipe, corpus), gguf).save(data)
    dialogues = Dialogues.load(data)
    torch.manual_seed(settings.seed)
    torch.backends.cuda.enable_cudnn_sdp(False)
    base = load_base(gguf, dialogues.kept, workers)
    report, kept = log_to(run.folder / "log.jsonl"), run.folder / "state.pt"
    model = train_adapter(base, dialogues, settings, torch.device(run.device), report, kept)
    target = run.folder / "adapter.npz"
    save_adapter(model, target)
    _write_record(run, data, {"settings": asdict(settings), "trained_scale": settings.alpha / settings.rank})
    return target


def _enough(corpus: dict[str, list[Pair]]) -> dict[str, list[Pair]]:
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
    lines = (run.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    record = dict(facts) | {
        "data_sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "device": torch.cuda.get_device_name() if run.device == "cuda" else run.device,
        "versions": {name: metadata.version(name) for name in ("torch", "transformers", "sentencepiece")},
        "last": json.loads(lines[-1]) if lines else {},
    }
    (run.folder / "record.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
