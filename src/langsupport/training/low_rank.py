"""Low-rank adapters (LoRA: Hu et al., 2021, https://arxiv.org/abs/2106.09685), by the library peft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peft import LoraConfig, get_peft_model

SCALE = 2.0
"""How many times an adapter's product counts in training."""


def with_adapter(base: Any, rank: int, targets: Sequence[str]) -> Any:
    """The model with a new adapter at its matrices of these names; only the adapter learns."""
    lora = LoraConfig(
        r=rank, lora_alpha=round(SCALE * rank), lora_dropout=0.0, target_modules=list(targets), bias="none"
    )
    return get_peft_model(base, lora)
