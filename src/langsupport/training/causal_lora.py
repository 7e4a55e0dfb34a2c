"""A low-rank adapter that teaches an instruction-following model to translate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from langsupport.training.dialogues import Dialogues, batches
from langsupport.training.learning import Examples, Step, compiled, padded
from langsupport.training.low_rank import with_adapter
from langsupport.training.texts import save_whole

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class AdapterLearner:
    """Learns the answers of dialogues, at most `budget` tokens a step, prompts and padding counted."""

    def __init__(
        self,
        base: Any,
        dialogues: Dialogues,
        rank: int,
        budget: int,
        longest: int,
        device: torch.device,
        compile: bool,
    ) -> None:
        self.model = with_adapter(base.to(device), rank, TARGETS)
        self.learned: list[nn.Parameter] = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(self.learned, betas=(0.9, 0.95), weight_decay=0.0)
        ]
        self._dialogues, self._budget, self._longest, self._device = dialogues, budget, longest, device
        self._ids = torch.from_numpy(dialogues.ids.astype(np.int32)).to(device)
        self._inner = self.model.base_model.model.model
        self._weight = self.model.base_model.model.lm_head.weight
        self._loss_of: Any = _mean_loss
        if compile:
            self._loss_of = compiled(_mean_loss, self._inner.layers)
        self.model.train()

    def batches(self, seed: int) -> Iterator[Examples]:
        return batches(self._dialogues, self._budget, self._longest, seed)

    def step(self, examples: Examples) -> Step:
        fed, places, labels = _batch(self._dialogues, self._ids, examples)
        with torch.autocast(self._device.type, torch.bfloat16):
            hidden = self._inner(input_ids=fed, use_cache=False).last_hidden_state
            loss: Tensor = self._loss_of(hidden.flatten(0, 1).index_select(0, places), self._weight, labels)
        return Step(loss, loss * len(labels), len(labels))


def _mean_loss(hidden: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(functional.linear(hidden, weight).float(), labels)


def _batch(dialogues: Dialogues, ids: Tensor, examples: Examples) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens (n, t) padded at the end; the places in n x t that foretell an answer's token; those tokens."""
    fed = padded(dialogues, ids, examples, 0)
    width, lengths = fed.shape[1], dialogues.lengths(examples)
    place = np.arange(width)[None]
    answer = (place < lengths[:, None]) & (place >= dialogues.prompts[examples][:, None])
    rows, columns = np.nonzero(answer)
    places = torch.from_numpy(rows * width + columns).to(ids.device)
    return fed, places - 1, fed.flatten().index_select(0, places)


def save_adapter(model: Any, path: Path) -> None:
    """The matrices in float16 under their names in the base model: `model.layers.0.mlp.up_proj.lora_A` and so on."""
    found = {
        name.removeprefix("base_model.model.").replace(".default.weight", ""): value.detach()
        .to("cpu", torch.float16)
        .numpy()
        for name, value in model.named_parameters()
        if "lora_" in name
    }
    save_whole(path, found)
