"""Fine-tuning of a transformers sequence-to-sequence model, in steps that are the same after any interruption.

What a step learns from follows from its number alone, and so does its dropout: a run that was killed and goes on from
its last kept state ends with the weights that it would have had.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from langsupport.engines.reference import CODES
from langsupport.engines.seq2seq import FAMILIES
from langsupport.errors import ModelDamaged, ModelError
from langsupport.training.bitext import Pair
from langsupport.training.learning import Report, descend, keep, restored
from langsupport.training.low_rank import with_adapter

TUNABLE = ("marian", "m2m100", "compact", "nllb")
LONGEST = 128
"""Tokens; longer texts are cut."""
SMOOTHING = 0.1
CLIP = 1.0
WARMUP = 0.1
"""Share of the steps."""
_ADAPTED = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
_IGNORED = -100


@dataclass(frozen=True, slots=True)
class Tuning:
    """`rank` 0 tunes all weights, else an adapter of that rank is learned and merged. `general` is the share of a
    step's `batch` sentences that is general text; `rate` the highest learning rate, None: by the kind of tuning."""

    steps: int = 1000
    batch: int = 32
    rank: int = 0
    rate: float | None = None
    general: float = 0.3
    seed: int = 1
    keep_every: int = 100

    @property
    def highest_rate(self) -> float:
        return self.rate if self.rate is not None else (5e-4 if self.rank else 5e-5)


Row = tuple[list[int], list[int]]


class Tuner:
    """A model with its tokenizer, told of one direction. Raises ModelDamaged, ModelError (not a family to tune)."""

    def __init__(self, weights: Path, name: str, family: str, source: str, target: str, tuning: Tuning, device: str):
        if family not in TUNABLE:
            detail = f"models of the family {family} can't be adapted. These can: {', '.join(TUNABLE)}."
            raise ModelError(model=name, detail=detail)
        torch.manual_seed(tuning.seed)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(weights, local_files_only=True)
            model: Any = AutoModelForSeq2SeqLM.from_pretrained(weights, local_files_only=True, dtype=torch.float32)
        except Exception as error:  # whatever the library meets in the files
            raise ModelDamaged(model=name, detail=f"its weights can't be opened ({error}).") from error
        if tuning.rank:
            model = with_adapter(model, tuning.rank, _ADAPTED)
        self._model = model.to(device)
        self._family, self._source, self._target, self._tuning = family, source, target, tuning
        self.learned: list[nn.Parameter] = [p for p in self._model.parameters() if p.requires_grad]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(self.learned, lr=tuning.highest_rate, betas=(0.9, 0.98), weight_decay=0.0)
        ]
        self._model.train()

    def tune(self, own: Sequence[Pair], general: Sequence[Pair], kept: Path, report: Report) -> None:
        """Learns up to the last step, from what is in the file `kept` on, if there is something."""
        rows, more = self._rows(own), self._rows(general)
        state = restored(self, kept)
        for step in range(state["step"], self._tuning.steps):
            torch.manual_seed(self._tuning.seed * 1_000_003 + step)
            loss = self._learn(self._batch(rows, more, step), step)
            state["step"] = step + 1
            if (step + 1) % 10 == 0 or step + 1 == self._tuning.steps:
                report({"step": step + 1, "steps": self._tuning.steps, "loss": loss})
            if (step + 1) % self._tuning.keep_every == 0 or step + 1 == self._tuning.steps:
                keep(kept, self, state)

    def save(self, folder: Path) -> None:
        """The tuned model in the hub's layout, without the tokenizer's files."""
        model = self._model.merge_and_unload() if self._tuning.rank else self._model
        model.to("cpu").eval().save_pretrained(folder)

    def _batch(self, own: Sequence[Row], general: Sequence[Row], step: int) -> list[Row]:
        other = round(self._tuning.batch * self._tuning.general) if general else 0
        return [*self._drawn(own, self._tuning.batch - other, step, 0), *self._drawn(general, other, step, 1)]

    def _drawn(self, rows: Sequence[Row], count: int, step: int, kind: int) -> list[Row]:
        """Row after row of a new order in each epoch."""
        places = range(step * count, (step + 1) * count)
        orders = {
            epoch: np.random.default_rng((self._tuning.seed, kind, epoch)).permutation(len(rows))
            for epoch in {place // len(rows) for place in places}
        }
        return [rows[orders[place // len(rows)][place % len(rows)]] for place in places]

    def _learn(self, rows: list[Row], step: int) -> float:
        config, device = self._model.config, self.learned[0].device
        sources = _padded([row[0] for row in rows], config.pad_token_id).to(device)
        labels = _padded([row[1] for row in rows], _IGNORED).to(device)
        start = torch.full((len(rows), 1), config.decoder_start_token_id, device=device)
        fed = torch.cat([start, labels[:, :-1].masked_fill(labels[:, :-1] == _IGNORED, config.pad_token_id)], 1)
        mask = torch.arange(sources.shape[1], device=device)[None] < torch.tensor(
            [[len(row[0])] for row in rows], device=device
        )
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = self._model(input_ids=sources, attention_mask=mask.long(), decoder_input_ids=fed).logits
        loss: Tensor = functional.cross_entropy(
            logits.float().flatten(0, 1), labels.flatten(), ignore_index=_IGNORED, label_smoothing=SMOOTHING
        )
        descend(self, loss, self._rate(step), CLIP)
        return float(loss.detach())

    def _rate(self, step: int) -> float:
        warmup = max(1, math.ceil(WARMUP * self._tuning.steps))
        left = (self._tuning.steps - step) / max(1, self._tuning.steps - warmup)
        return self._tuning.highest_rate * min((step + 1) / warmup, left)

    def _rows(self, pairs: Sequence[Pair]) -> list[Row]:
        encode = self._marian if self._family == "marian" else self._tagged
        return list(zip(*encode([p.source for p in pairs], [p.target for p in pairs]), strict=True)) if pairs else []

    def _marian(self, sources: list[str], targets: list[str]) -> tuple[list[list[int]], list[list[int]]]:
        known = self._tokenizer.get_vocab()
        tag = next((f"{code} " for code in FAMILIES["marian"].codes[self._target] if code in known), "")
        asked = self._tokenizer([tag + text for text in sources], truncation=True, max_length=LONGEST)
        wanted = self._tokenizer(text_target=targets, truncation=True, max_length=LONGEST)
        return asked["input_ids"], wanted["input_ids"]

    def _tagged(self, sources: list[str], targets: list[str]) -> tuple[list[list[int]], list[list[int]]]:
        """With a language's token before each text. The compact family names the target before the source, and
        nothing before the target."""
        compact = self._family == "compact"
        wanted = self._encoded(targets, self._target)
        return self._encoded(sources, self._target if compact else self._source), (
            [row[1:] for row in wanted] if compact else wanted
        )

    def _encoded(self, texts: list[str], language: str) -> list[list[int]]:
        self._tokenizer.src_lang = CODES.get(self._family, {}).get(language, language)
        rows: list[list[int]] = self._tokenizer(texts, truncation=True, max_length=LONGEST)["input_ids"]
        return rows


def _padded(rows: Sequence[Sequence[int]], pad: int) -> Tensor:
    texts = [torch.tensor(row, dtype=torch.long) for row in rows]
    return nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=pad)
