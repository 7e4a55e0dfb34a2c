"""A low-rank adapter that teaches an instruction-following model (qwen2 in GGUF) to translate.

The base weights are read from the GGUF file that an installation has, so the adapter is learned on the very weights
that it will be merged into. Only the rows of the vocabulary that the examples use are kept while it learns.

LoRA: Hu et al., 2021, https://arxiv.org/abs/2106.09685, by the library peft.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from langsupport.training.learning import Report, learning_rate
from langsupport.training.learning import Settings as Schedule

_NAMES = {
    "attn_norm.weight": "input_layernorm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """`budget` is tokens a step, prompts and padding counted; `seconds` the time of the run."""

    seconds: float
    rank: int = 16
    alpha: int = 32
    rate: float = 3e-4
    budget: int = 16_384
    longest: int = 320
    clip: float = 1.0
    seed: int = 1
    report_every: int = 25
    keep_every: float = 120.0
    compile: bool = False


@dataclass(frozen=True, slots=True)
class Dialogues:
    """Prompts with their answers as one run of token numbers of a reduced vocabulary.

    Example n is ids[starts[n]:starts[n + 1]]; its first prompts[n] tokens are given, the others are learned.
    `kept[k]` is the number in the model's own vocabulary of token k.
    """

    ids: NDArray[np.uint16]
    starts: NDArray[np.int64]
    prompts: NDArray[np.int64]
    kept: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.prompts)

    def lengths(self, examples: NDArray[np.int64]) -> NDArray[np.int64]:
        """In tokens, prompts included."""
        return self.starts[examples + 1] - self.starts[examples]

    def save(self, path: Path) -> None:
        lengths = np.diff(self.starts).astype(np.uint16)
        np.savez(path, ids=self.ids, lengths=lengths, prompts=self.prompts.astype(np.uint16), kept=self.kept)

    @classmethod
    def load(cls, path: Path) -> Dialogues:
        found = np.load(path)
        starts = np.concatenate([[0], np.cumsum(found["lengths"].astype(np.int64))])
        return cls(found["ids"], starts, found["prompts"].astype(np.int64), found["kept"])


def build_dialogues(prompts: list[list[int]], answers: list[list[int]]) -> Dialogues:
    """From token numbers of the model's own vocabulary. Raises ValueError above 65,536 different tokens."""
    runs = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
    flat = np.fromiter((i for run in runs for i in run), np.int64)
    kept, reduced = np.unique(flat, return_inverse=True)
    if len(kept) > 65_536:
        raise ValueError(f"{len(kept)} different tokens: more than 16 bits can number")
    starts = np.concatenate([[0], np.cumsum([len(run) for run in runs])]).astype(np.int64)
    return Dialogues(reduced.astype(np.uint16), starts, np.array([len(p) for p in prompts], np.int64), kept)


def load_base(path: Path, kept: NDArray[np.int64], workers: int) -> Any:
    """The model of a GGUF file with the vocabulary reduced to `kept`, in bfloat16 on the CPU."""
    from gguf import GGUFReader
    from transformers import Qwen2Config, Qwen2ForCausalLM

    reader = GGUFReader(path)

    def field(key: str) -> Any:
        found = reader.get_field(f"qwen2.{key}")
        assert found is not None, key
        return found.contents()

    config = Qwen2Config(
        vocab_size=len(kept),
        hidden_size=field("embedding_length"),
        intermediate_size=field("feed_forward_length"),
        num_hidden_layers=field("block_count"),
        num_attention_heads=field("attention.head_count"),
        num_key_value_heads=field("attention.head_count_kv"),
        rms_norm_eps=float(field("attention.layer_norm_rms_epsilon")),
        rope_parameters={"rope_type": "default", "rope_theta": float(field("rope.freq_base"))},
        tie_word_embeddings=True,
        max_position_embeddings=4096,
    )
    config._attn_implementation = "sdpa"
    with torch.device("meta"):
        model = Qwen2ForCausalLM(config)
    stored = [
        _Stored(path, t.name, int(t.data_offset), t.data.shape, t.data.dtype.str, int(t.tensor_type))
        for t in reader.tensors
    ]
    state: dict[str, Tensor] = {}
    with ProcessPoolExecutor(workers) as pool:
        for tensor, values in zip(stored, pool.map(_read, stored, [kept] * len(stored)), strict=True):
            state[_hub_name(tensor.name)] = torch.from_numpy(values).view(torch.bfloat16)
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, strict=True, assign=True)
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config)
    return model


@dataclass(frozen=True, slots=True)
class _Stored:
    """Where a quantized tensor lies in its file."""

    path: Path
    name: str
    offset: int
    shape: tuple[int, ...]
    dtype: str
    kind: int


def _read(tensor: _Stored, kept: NDArray[np.int64]) -> NDArray[np.int16]:
    """Its values in bfloat16, as 16-bit integers, which travel between processes as they are."""
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize

    data: Any = np.memmap(tensor.path, np.dtype(tensor.dtype), "r", tensor.offset, tensor.shape)
    if tensor.name in ("token_embd.weight", "output.weight"):
        data = data[kept]
    bits = dequantize(np.asarray(data), GGMLQuantizationType(tensor.kind)).astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return rounded.astype(np.uint16).view(np.int16)


def _hub_name(name: str) -> str:
    outer = {
        "token_embd.weight": "model.embed_tokens.weight",
        "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
    }
    if name in outer:
        return outer[name]
    _, number, rest = name.split(".", 2)
    stem, _, kind = rest.rpartition(".")
    inner = _NAMES.get(rest) or f"{_NAMES[stem]}.{kind}"
    return f"model.layers.{number}.{inner}"


def batches(dialogues: Dialogues, budget: int, longest: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """One epoch in random order: numbers of examples of about one length, at most `budget` tokens with padding."""
    chance = np.random.default_rng(seed)
    lengths = np.diff(dialogues.starts)
    chosen = np.flatnonzero(lengths <= longest)
    chosen = chosen[np.argsort(lengths[chosen] + chance.random(len(chosen)) * 2)]
    groups, end = [], len(chosen)
    while end > 0:
        count = max(1, budget // int(lengths[chosen[end - 1]]))
        groups.append(chosen[max(0, end - count) : end])
        end -= count
    for number in chance.permutation(len(groups)):
        yield groups[number]


def _loss(hidden: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
    """Mean over the tokens."""
    return functional.cross_entropy(functional.linear(hidden, weight).float(), labels)


def train_adapter(
    base: Any, dialogues: Dialogues, settings: LoraSettings, device: torch.device, report: Report, kept: Path
) -> Any:
    """The base with a trained adapter (a peft model). Stops when the time is over.

    What it needs to go on is kept in the file `kept`, every `keep_every` seconds and at the end.
    """
    from peft import LoraConfig, get_peft_model

    lora = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, lora_dropout=0.0, target_modules=list(TARGETS), bias="none"
    )
    model: Any = get_peft_model(base.to(device), lora)
    inner = model.base_model.model.model
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=settings.rate, betas=(0.9, 0.95), weight_decay=0.0)
    loss_of: Callable[..., Tensor] = _loss
    if settings.compile:
        loss_of = torch.compile(_loss, dynamic=True)
        for layer in inner.layers:
            layer.compile(dynamic=True)
    schedule = Schedule(settings.seconds, rate=settings.rate, warmup=0.03, decay_from=0.3)
    ids = torch.from_numpy(dialogues.ids.astype(np.int32)).to(device)
    model.train()
    if settings.compile:  # before the clock starts
        first = next(batches(dialogues, settings.budget, settings.longest, 0))
        torch.autograd.backward(_answer_loss(model, dialogues, ids, first, loss_of))
        optimizer.zero_grad(set_to_none=True)
    state: dict[str, Any] = {"step": 0, "epoch": 0, "batch": 0, "examples": 0, "tokens": 0, "seconds": 0.0}
    if kept.is_file():
        state = _restore(kept, learned, optimizer, device)
    began, before = time.monotonic(), state["seconds"]
    saved_at, marked = began, (began, state["tokens"])
    total = torch.zeros((), device=device)
    for examples in _order(dialogues, settings, state):
        done = (before + time.monotonic() - began) / settings.seconds
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(done, schedule)
        loss = _answer_loss(model, dialogues, ids, examples, loss_of)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(learned, settings.clip, foreach=True)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total += loss.detach()
        state["step"] += 1
        state["examples"] += len(examples)
        state["tokens"] += int(dialogues.lengths(examples).sum())
        state["seconds"] = before + time.monotonic() - began
        if state["step"] % settings.report_every == 0:
            now = time.monotonic()
            rate = (state["tokens"] - marked[1]) / (now - marked[0])
            report({**state, "loss": total.item() / settings.report_every, "tokens_per_second": round(rate)})
            total.zero_()
            marked = (now, state["tokens"])
        if time.monotonic() - saved_at > settings.keep_every:
            _save(kept, learned, optimizer, state)
            saved_at = time.monotonic()
    _save(kept, learned, optimizer, state)
    model.eval()
    return model


def _save(path: Path, learned: list[nn.Parameter], optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    content = {"learned": [p.detach() for p in learned], "optimizer": optimizer.state_dict(), "state": state}
    torch.save(content, part)
    part.replace(path)


def _restore(
    path: Path, learned: list[nn.Parameter], optimizer: torch.optim.Optimizer, device: torch.device
) -> dict[str, Any]:
    found = torch.load(path, map_location=device, weights_only=True)
    with torch.no_grad():
        for parameter, value in zip(learned, found["learned"], strict=True):
            parameter.copy_(value)
    optimizer.load_state_dict(found["optimizer"])
    state: dict[str, Any] = found["state"]
    return state


def _answer_loss(
    model: Any, dialogues: Dialogues, ids: Tensor, examples: NDArray[np.int64], loss_of: Callable[..., Tensor]
) -> Tensor:
    """Mean over the answers' tokens."""
    fed, places, labels = _batch(dialogues, ids, examples, ids.device)
    with torch.autocast(ids.device.type, torch.bfloat16):
        hidden = model.base_model.model.model(input_ids=fed, use_cache=False).last_hidden_state
        weight = model.base_model.model.lm_head.weight
        return loss_of(hidden.flatten(0, 1).index_select(0, places), weight, labels)


def _order(dialogues: Dialogues, settings: LoraSettings, state: dict[str, Any]) -> Iterator[NDArray[np.int64]]:
    """All batches of all epochs from where the state stands; notes in the state where it is."""
    while True:
        skip, seed = state["batch"], settings.seed + state["epoch"]
        for number, examples in enumerate(batches(dialogues, settings.budget, settings.longest, seed)):
            if number >= skip:
                state["batch"] = number + 1
                yield examples
        state["epoch"] += 1
        state["batch"] = 0


def _batch(
    dialogues: Dialogues, ids: Tensor, examples: NDArray[np.int64], device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens (n, t) padded at the end; the places in n x t that foretell an answer's token; those tokens."""
    lengths = dialogues.lengths(examples)
    width = int(lengths.max())
    place = np.arange(width)[None]
    flat = dialogues.starts[examples][:, None] + place
    inside = place < lengths[:, None]
    fed = ids[torch.from_numpy(np.where(inside, flat, 0)).to(device)].long()
    answer = inside & (place >= dialogues.prompts[examples][:, None])
    rows, columns = np.nonzero(answer)
    places = torch.from_numpy(rows * width + columns).to(device)
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
    np.savez(path, **found)
