"""A language model (qwen2) from its GGUF file as transformers holds it, with a part of its vocabulary."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from langsupport.engines.gguf_names import VOCABULARY_WEIGHTS, hub_name


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
            state[hub_name(tensor.name) or tensor.name] = torch.from_numpy(values).view(torch.bfloat16)
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
    if tensor.name in VOCABULARY_WEIGHTS:
        data = data[kept]
    bits = dequantize(np.asarray(data), GGMLQuantizationType(tensor.kind)).astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return rounded.astype(np.uint16).view(np.int16)
