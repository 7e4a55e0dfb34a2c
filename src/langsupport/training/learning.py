"""The training loop: a time budget a run, cut at any minute and taken up again.

The learning rate rises, stays, and falls to nothing as the time runs out, so that a run of any length ends annealed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from langsupport.errors import DiskFull
from langsupport.training.texts import Ints, Texts

_DISK_FULL = ("PytorchStreamWriter", "file write", "unexpected pos")
"""torch's words when its archive can't be written to its end."""

Examples = Ints
"""Numbers of the examples of one batch."""
Report = Callable[[dict[str, Any]], None]
State = dict[str, Any]
"""step, epoch, batch (of the epoch), tokens, examples, seconds: where a run stands."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`seconds` is the time of the whole run, earlier parts included; `warmup` and `decay_from` are shares of it."""

    seconds: float
    rate: float
    warmup: float = 0.02
    decay_from: float = 0.4
    clip: float = 1.0
    seed: int = 1
    report_every: int = 100
    keep_every: float = 120.0


@dataclass(frozen=True, slots=True)
class Step:
    """`objective` is what is minimized, `loss` the sum over `tokens` learned tokens, for reports."""

    objective: Tensor
    loss: Tensor
    tokens: int


class Kept(Protocol):
    """What a run's state is made of."""

    @property
    def learned(self) -> list[nn.Parameter]:
        """Always in the same order."""

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]: ...


class Learner(Kept, Protocol):
    """Something that learns from numbered examples."""

    def batches(self, seed: int) -> Iterator[Examples]:
        """One epoch, the same for the same seed."""

    def step(self, examples: Examples) -> Step: ...


def learning_rate(done: float, schedule: Schedule) -> float:
    """At the share `done` (0 to 1) of the run."""
    if done < schedule.warmup:
        return schedule.rate * max(done / schedule.warmup, 1e-3)
    left = (1 - done) / (1 - schedule.decay_from)
    return schedule.rate * max(0.01, min(1.0, left))


def padded(texts: Texts, ids: Tensor, wanted: Ints, pad: int) -> Tensor:
    """Texts as a tensor (n, t), `pad` behind the shorter ones; `ids` are the texts' on the device of the result."""
    lengths = texts.lengths(wanted)
    starts, counts = column(texts.starts[wanted], ids.device), column(lengths, ids.device)
    place = torch.arange(int(lengths.max()), device=ids.device)[None]
    inside = place < counts
    return torch.where(inside, ids[torch.where(inside, starts + place, 0)].long(), pad)


def column(values: Ints, device: torch.device) -> Tensor:
    """(n, 1)."""
    return torch.from_numpy(values).to(device, non_blocking=True)[:, None]


def compiled(loss: Callable[..., Tensor], layers: Iterable[Any]) -> Any:
    """The loss, compiled, and the layers, each in place: being alike they compile once, for texts of any length."""
    for layer in layers:
        layer.compile(dynamic=True)
    return torch.compile(loss, dynamic=True)


def learn(learner: Learner, schedule: Schedule, kept: Path, report: Report) -> State:
    """Learns until the time is over; where the run stands then.

    What it needs to go on is in the file `kept`, written about every `keep_every` seconds and at the end.
    """
    state = restored(learner, kept)
    _warm_up(learner, schedule)
    meter = _Meter(schedule, state)
    for examples in _order(learner, schedule, state):
        done = meter.seconds() / schedule.seconds
        if done >= 1:
            break
        _update(learner, examples, learning_rate(done, schedule), schedule.clip, meter)
        state["step"] += 1
        state["seconds"] = meter.seconds()
        if state["step"] % schedule.report_every == 0:
            report({**state, **meter.figures()})
        if meter.keep_now():
            keep(kept, learner, state)
    keep(kept, learner, state)
    return state


def _warm_up(learner: Learner, schedule: Schedule) -> None:
    """One batch for nothing: what compiles at first use does so before the clock starts."""
    torch.autograd.backward(learner.step(next(learner.batches(schedule.seed))).objective)
    for optimizer in learner.optimizers:
        optimizer.zero_grad(set_to_none=True)


def _update(learner: Learner, examples: Examples, rate: float, clip: float, meter: _Meter) -> None:
    step = learner.step(examples)
    descend(learner, step.objective, rate, clip)
    meter.add(step, len(examples))


def descend(learner: Kept, objective: Tensor, rate: float, clip: float) -> None:
    """One step of all optimizers down the objective's gradient, whose norm is at most `clip`."""
    torch.autograd.backward(objective)
    nn.utils.clip_grad_norm_(learner.learned, clip, foreach=True)
    for optimizer in learner.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


class _Meter:
    """Time, speed and loss of the part of a run that this call does; counts into the state."""

    def __init__(self, schedule: Schedule, state: State) -> None:
        self._schedule, self._state = schedule, state
        self._began, self._before = time.monotonic(), float(state["seconds"])
        self._kept = self._marked = self._began
        self._losses: list[Tensor] = []
        self._tokens = 0

    def seconds(self) -> float:
        """Of the whole run, earlier parts included."""
        return self._before + time.monotonic() - self._began

    def add(self, step: Step, examples: int) -> None:
        self._losses.append(step.loss.detach())
        self._tokens += step.tokens
        self._state["tokens"] += step.tokens
        self._state["examples"] += examples

    def figures(self) -> dict[str, float]:
        """Mean loss a token and tokens a second since the last call."""
        now = time.monotonic()
        found = {
            "loss": float(torch.stack(self._losses).sum()) / max(1, self._tokens),
            "tokens_per_second": round(self._tokens / (now - self._marked)),
        }
        self._losses, self._tokens, self._marked = [], 0, now
        return found

    def keep_now(self) -> bool:
        if time.monotonic() - self._kept < self._schedule.keep_every:
            return False
        self._kept = time.monotonic()
        return True


def _order(learner: Learner, schedule: Schedule, state: State) -> Iterator[Examples]:
    """All batches of all epochs from where the state stands; notes in the state where it is."""
    while True:
        skip = state["batch"]
        for number, examples in enumerate(learner.batches(schedule.seed + state["epoch"])):
            if number >= skip:
                state["batch"] = number + 1
                yield examples
        state["epoch"] += 1
        state["batch"] = 0


def keep(path: Path, learner: Kept, state: State) -> None:
    """What a run needs to go on, whole or not at all: one that is killed while it writes finds its last state.

    Raises DiskFull.
    """
    content = {
        "learned": [parameter.detach() for parameter in learner.learned],
        "optimizers": [optimizer.state_dict() for optimizer in learner.optimizers],
        "state": state,
    }
    part = path.with_suffix(".part")
    try:
        torch.save(content, part)
    except RuntimeError as error:
        if not any(words in str(error) for words in _DISK_FULL):
            raise
        raise DiskFull(path=str(path.parent), needed="more", available="none") from error
    part.replace(path)


def restored(learner: Kept, path: Path) -> State:
    """Sets the learner to what was kept; the state of a new run where nothing was."""
    if not path.is_file():
        return {"step": 0, "epoch": 0, "batch": 0, "examples": 0, "tokens": 0, "seconds": 0.0}
    found = torch.load(path, map_location=learner.learned[0].device, weights_only=True)
    with torch.no_grad():
        for parameter, value in zip(learner.learned, found["learned"], strict=True):
            parameter.copy_(value)
    for optimizer, saved in zip(learner.optimizers, found["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    state: State = found["state"]
    return state


def log_to(path: Path, say: Callable[[str], None]) -> Report:
    """Appends a line of JSON for each report, and tells it."""

    def report(line: dict[str, Any]) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        told = (f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}" for key, value in line.items())
        say(" ".join(told))

    return report
