"""A compact sequence-to-sequence model: the architecture of M2M-100, small, with a deep encoder and a shallow decoder.

The source starts with the token that names the target language, so that the encoder knows it; the decoder starts with
</s>. Deep encoder and shallow decoder: Kasai et al., 2021, https://arxiv.org/abs/2006.10369
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import M2M100Config, M2M100ForConditionalGeneration

from langsupport.training.examples import TokenizedBitext, epoch
from langsupport.training.learning import Step, column, compiled, padded
from langsupport.training.texts import Ints
from langsupport.training.vocabulary import BOS, EOS, PAD


@dataclass(frozen=True, slots=True)
class Shape:
    """Layers, width and heads; `dropout` is for training only."""

    encoder_layers: int = 6
    decoder_layers: int = 2
    width: int = 512
    heads: int = 8
    inner: int = 2048
    positions: int = 256
    dropout: float = 0.1


def build_model(shape: Shape, vocabulary: int) -> Any:
    """An M2M100ForConditionalGeneration with random weights, embeddings tied."""
    config = M2M100Config(
        vocab_size=vocabulary,
        max_position_embeddings=shape.positions,
        d_model=shape.width,
        encoder_layers=shape.encoder_layers,
        decoder_layers=shape.decoder_layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.inner,
        decoder_ffn_dim=shape.inner,
        dropout=shape.dropout,
        attention_dropout=0.0,
        activation_dropout=0.0,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        activation_function="relu",
        scale_embedding=True,
        use_cache=True,
        bos_token_id=BOS,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=EOS,
    )
    config._attn_implementation = "sdpa"
    return M2M100ForConditionalGeneration(config)


class CompactLearner:
    """Learns translation from tokenized bitext, at most `budget` tokens a step, with label smoothing.

    Muon for the matrices of the layers (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/; scaled to
    AdamW's step as in https://arxiv.org/abs/2502.16982), AdamW for embeddings, biases and norms.
    """

    def __init__(
        self, model: Any, bitext: TokenizedBitext, budget: int, longest: int, smoothing: float, compile: bool
    ) -> None:
        self.learned: list[nn.Parameter] = list(model.parameters())
        self.optimizers = _optimizers(model)
        self._model, self._bitext = model, bitext
        self._budget, self._longest, self._smoothing = budget, longest, smoothing
        self._device = self.learned[0].device
        self._ids = torch.from_numpy(bitext.ids.astype(np.int32)).to(self._device)
        self._loss_of: Any = _smoothed_loss
        if compile:
            self._loss_of = compiled(_smoothed_loss, [*model.model.encoder.layers, *model.model.decoder.layers])
        model.train()

    def batches(self, seed: int) -> Iterator[Ints]:
        return epoch(self._bitext, self._budget, self._longest, seed)

    def step(self, examples: Ints) -> Step:
        source, fed, labels = self._batch(examples)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            hidden = self._model.model(input_ids=source, decoder_input_ids=fed, use_cache=False).last_hidden_state
            real = labels.flatten().ne(PAD).nonzero().squeeze(1)
            answers = labels.flatten().index_select(0, real)
            hidden = hidden.flatten(0, 1).index_select(0, real)
            loss: Tensor = self._loss_of(hidden, self._model.lm_head.weight, answers, self._smoothing)
        return Step(loss / self._budget, loss, len(real))

    def _batch(self, examples: Ints) -> tuple[Tensor, Tensor, Tensor]:
        """Source (n, s + 2), decoder input (n, t + 1) and labels (n, t + 1), the labels padded with PAD."""
        bitext = self._bitext
        source, target = (padded(bitext, self._ids, side[examples], PAD) for side in (bitext.sources, bitext.targets))
        tags = column(bitext.tags[examples], self._device)
        end = torch.full_like(tags, EOS)
        labels = torch.cat([target, torch.full_like(end, PAD)], 1)
        labels.scatter_(1, column(bitext.lengths(bitext.targets[examples]), self._device), EOS)
        return torch.cat([tags, source, end], 1), torch.cat([end, target], 1), labels


def _smoothed_loss(hidden: Tensor, weight: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Summed over the tokens."""
    logits = functional.linear(hidden, weight).float()
    return functional.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="sum")


def _optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Their rates are set at every step."""
    matrices: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and ".layers." in name else rest).append(parameter)
    muon = torch.optim.Muon(matrices, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(rest, betas=(0.9, 0.98), weight_decay=0.0, fused=rest[0].is_cuda)
    return [muon, adam]
