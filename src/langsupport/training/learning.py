"""The training loop: a token budget a step, a time budget a run, cut at any minute and taken up again.

Optimizer: Muon for the matrices of the layers (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/; scaled
to AdamW's step as in https://arxiv.org/abs/2502.16982), AdamW for embeddings, biases and norms.
The learning rate rises, stays, and falls to nothing as the time runs out, so that a run of any length ends annealed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from langsupport.training.examples import Ints, TokenizedBitext, epoch
from langsupport.training.vocabulary import EOS, PAD

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """`budget` is tokens a step on the longer side; `seconds` is the time of the whole run, earlier parts included."""

    seconds: float
    budget: int = 32_768
    longest: int = 100
    rate: float = 2e-3
    smoothing: float = 0.1
    warmup: float = 0.02
    decay_from: float = 0.4
    clip: float = 1.0
    seed: int = 1
    report_every: int = 100
    keep_every: float = 120.0
    compile: bool = False


def learning_rate(done: float, settings: Settings) -> float:
    """At the share `done` (0 to 1) of the run."""
    if done < settings.warmup:
        return settings.rate * max(done / settings.warmup, 1e-3)
    left = (1 - done) / (1 - settings.decay_from)
    return settings.rate * max(0.01, min(1.0, left))


class _Gather:
    """Makes padded batches from the flat tokens, on the device."""

    def __init__(self, bitext: TokenizedBitext, device: torch.device) -> None:
        self._bitext = bitext
        self._ids = torch.from_numpy(bitext.ids.astype(np.int32)).to(device)
        self._device = device

    def __call__(self, examples: Ints) -> tuple[Tensor, Tensor, Tensor]:
        """Source (n, s + 2), decoder input (n, t + 1) and labels (n, t + 1), the labels padded with PAD."""
        bitext = self._bitext
        source = self._rows(bitext.sources[examples])
        target = self._rows(bitext.targets[examples])
        tags = self._column(bitext.tags[examples])
        end = torch.full_like(tags, EOS)
        labels = torch.cat([target, torch.full_like(end, PAD)], 1)
        lengths = self._column(bitext.lengths(bitext.targets[examples]))
        labels.scatter_(1, lengths, EOS)
        return torch.cat([tags, source, end], 1), torch.cat([end, target], 1), labels

    def _column(self, values: Ints) -> Tensor:
        return torch.from_numpy(values).to(self._device, non_blocking=True)[:, None]

    def _rows(self, sentences: Ints) -> Tensor:
        lengths = self._bitext.lengths(sentences)
        starts, counts = self._column(self._bitext.starts[sentences]), self._column(lengths)
        place = torch.arange(int(lengths.max()), device=self._device)[None]
        inside = place < counts
        found = self._ids[torch.where(inside, starts + place, 0)].long()
        return torch.where(inside, found, PAD)


def _losses(
    model: Any, batch: tuple[Tensor, Tensor, Tensor], loss_of: Callable[..., Tensor], settings: Settings
) -> tuple[Tensor, int]:
    """The loss summed over the target tokens, and their number."""
    source, fed, labels = batch
    with torch.autocast(source.device.type, torch.bfloat16, enabled=source.device.type == "cuda"):
        hidden = model.model(input_ids=source, decoder_input_ids=fed, use_cache=False).last_hidden_state
        real = labels.flatten().ne(PAD).nonzero().squeeze(1)
        answers = labels.flatten().index_select(0, real)
        hidden = hidden.flatten(0, 1).index_select(0, real)
        return loss_of(hidden, model.lm_head.weight, answers, settings.smoothing), len(real)


def _loss(hidden: Tensor, weight: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Summed over the tokens."""
    logits = functional.linear(hidden, weight).float()
    return functional.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="sum")


def optimizers(model: nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for the rest."""
    matrices: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (matrices if parameter.ndim == 2 and ".layers." in name else rest).append(parameter)
    muon = torch.optim.Muon(matrices, lr=rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.0, fused=next(model.parameters()).is_cuda)
    return [muon, adam]


def train(
    model: Any,
    bitext: TokenizedBitext,
    settings: Settings,
    folder: Path,
    report: Report,
    validate: Callable[[Any], dict[str, float]] | None = None,
) -> dict[str, Any]:
    """Trains in place until the time is over; the last state of the run.

    What it needs to go on is kept in `folder`/state.pt, about every `keep_every` seconds and at the end.
    """
    device = next(model.parameters()).device
    gather, chosen = _Gather(bitext, device), optimizers(model, settings.rate)
    state: dict[str, Any] = {"step": 0, "epoch": 0, "batch": 0, "seconds": 0.0, "tokens": 0}
    kept = folder / "state.pt"
    if kept.is_file():
        found = torch.load(kept, map_location=device, weights_only=True)
        model.load_state_dict(found["model"])
        for optimizer, saved in zip(chosen, found["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        state = found["state"]
    loss_of: Any = _loss
    if settings.compile:
        loss_of = torch.compile(_loss, dynamic=True)
        for layer in [*model.model.encoder.layers, *model.model.decoder.layers]:
            layer.compile(dynamic=True)
    model.train()
    if settings.compile:  # before the clock starts
        first = gather(next(epoch(bitext, settings.budget, settings.longest, 0)))
        torch.autograd.backward(_losses(model, first, loss_of, settings)[0])
        model.zero_grad(set_to_none=True)
    began, before, saved_at = time.monotonic(), state["seconds"], time.monotonic()
    total, counted, marked = torch.zeros((), device=device), 0, (time.monotonic(), state["tokens"])
    for examples in _order(bitext, settings, state):
        done = (before + time.monotonic() - began) / settings.seconds
        if done >= 1:
            break
        for optimizer in chosen:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(done, settings)
        loss, words = _losses(model, gather(examples), loss_of, settings)
        torch.autograd.backward(loss / settings.budget)
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip, foreach=True)
        for optimizer in chosen:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        total += loss.detach()
        counted += words
        state["step"] += 1
        state["tokens"] += words
        state["seconds"] = before + time.monotonic() - began
        if state["step"] % settings.report_every == 0:
            now = time.monotonic()
            rate = (state["tokens"] - marked[1]) / (now - marked[0])
            report({**state, "loss": total.item() / counted, "tokens_per_second": round(rate)})
            total.zero_()
            counted, marked = 0, (now, state["tokens"])
        if time.monotonic() - saved_at > settings.keep_every:
            _keep(kept, model, chosen, state)
            saved_at = time.monotonic()
    _keep(kept, model, chosen, state)
    model.eval()
    return state | (validate(model) if validate else {})


def _order(bitext: TokenizedBitext, settings: Settings, state: dict[str, Any]) -> Iterator[Ints]:
    """All batches of all epochs from where the state stands; notes in the state where it is."""
    while True:
        skip = state["batch"]
        for number, examples in enumerate(
            epoch(bitext, settings.budget, settings.longest, settings.seed + state["epoch"])
        ):
            if number >= skip:
                state["batch"] = number + 1
                yield examples
        state["epoch"] += 1
        state["batch"] = 0


def _keep(path: Path, model: nn.Module, chosen: list[torch.optim.Optimizer], state: dict[str, Any]) -> None:
    """Whole or not at all: a run that is killed while it writes finds its last state."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(
        {
            "model": model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in chosen],
            "state": state,
        },
        part,
    )
    part.replace(path)


def log_to(path: Path) -> Report:
    """Appends a line of JSON for each report, and prints it."""

    def report(line: dict[str, Any]) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(
            " ".join(
                f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}" for key, value in line.items()
            ),
            flush=True,
        )

    return report
