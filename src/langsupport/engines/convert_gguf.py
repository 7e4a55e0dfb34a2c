"""Decoder-only GGUF models -> CTranslate2 int8, tensor by tensor.

The file is memory-mapped and every weight is dequantized, quantized anew and written in turn,
so the peak of memory is that of the largest single tensor, not of the model. Neither torch nor
transformers is needed.

GGUF: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langsupport.engines.adapter import Adapter
from langsupport.engines.gguf_tokenizer import build_tokenizer
from langsupport.errors import ModelDamaged, ModelError

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGUFReader, ReaderTensor
    from numpy.typing import NDArray

_BLOCK_VALUES = 16 * 1024 * 1024
"""Values dequantized at a time: 64 MiB in float32."""

Written = Callable[[int], None]
"""Told the number of source bytes of each tensor once it is written."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What differs between decoder-only families that CTranslate2 and GGUF both know.

    `rotary_interleave`: GGUF stores llama's query and key rows for rotation of neighbouring
    pairs, and qwen2's for rotation of halves.
    """

    rotary_interleave: bool


ARCHITECTURES = {
    "qwen2": Architecture(rotary_interleave=False),
    "llama": Architecture(rotary_interleave=True),
}
"""`general.architecture` -> its settings."""


def convert_gguf(
    source: Path, target: Path, name: str, written: Written | None = None, adapter: Adapter | None = None
) -> None:
    """Writes model.bin, config.json, vocabulary.json, tokenizer.json and chat.json into the folder `target`.

    An adapter is merged into the weights before they are quantized.

    chat.json holds the model's own chat template (Jinja), its context length in tokens and the names
    of its begin, end and padding tokens. Raises ModelDamaged for a file that is not whole, ModelError
    for an architecture or tokenizer that is not supported.
    """
    reader, header = _open(source, name)
    tokens: list[str] = header.require("tokenizer.ggml.tokens")
    tokenizer = _tokenizer(header)
    spec = _build_spec(_Tensors(reader, header.name, written or (lambda _: None), adapter), header)
    spec.register_vocabulary(tokens)
    for key, value in header.special_tokens(tokens).items():
        setattr(spec.config, key, value)
    spec.config.layer_norm_epsilon = float(header.require("{arch}.attention.layer_norm_rms_epsilon"))
    target.mkdir(parents=True, exist_ok=True)
    spec.validate()
    spec.save(str(target))
    tokenizer.save(str(target / "tokenizer.json"))
    chat = {
        "chat_template": header.get("tokenizer.chat_template", None),
        "context_length": int(header.require("{arch}.context_length")),
        "tokens": header.special_tokens(tokens),
    }
    (target / "chat.json").write_text(json.dumps(chat, indent=2, ensure_ascii=False), encoding="utf-8")


def read_tokenizer(source: Path) -> Any:
    """The tokenizer (of the library tokenizers) in a GGUF file. Raises as `convert_gguf` does."""
    return _tokenizer(_open(source, source.name)[1])


def _open(source: Path, name: str) -> tuple[GGUFReader, _Header]:
    from gguf import GGUFReader

    try:
        reader = GGUFReader(source)
    except (ValueError, IndexError, KeyError, OverflowError, OSError) as error:
        raise ModelDamaged(model=name, detail=f"{source.name} is not a whole GGUF file ({error}).") from error
    return reader, _Header(reader, name)


def _tokenizer(header: _Header) -> Any:
    return build_tokenizer(
        header.name,
        header.require("tokenizer.ggml.model"),
        header.get("tokenizer.ggml.pre", "default"),
        header.require("tokenizer.ggml.tokens"),
        header.require("tokenizer.ggml.token_type"),
        header.require("tokenizer.ggml.merges"),
    )


class _Header:
    """The key-value part of a GGUF file; `{arch}` in a key stands for the architecture."""

    def __init__(self, reader: GGUFReader, name: str) -> None:
        self._reader = reader
        self.name = name
        self.architecture = str(self.require("general.architecture"))
        if self.architecture not in ARCHITECTURES:
            supported = ", ".join(sorted(ARCHITECTURES))
            detail = f"the architecture {self.architecture} is not supported. Supported in GGUF: {supported}."
            raise ModelError(model=name, detail=detail)

    def get(self, key: str, default: Any) -> Any:
        field = self._reader.get_field(key.replace("{arch}", getattr(self, "architecture", "")))
        return default if field is None else field.contents()

    def require(self, key: str) -> Any:
        value = self.get(key, None)
        if value is None:
            raise ModelDamaged(model=self.name, detail=f"its GGUF file lacks the field {key}.")
        return value

    def special_tokens(self, tokens: Sequence[str]) -> dict[str, str]:
        """CTranslate2's names of the special tokens; a model without an unknown token has its padding token there."""
        end = int(self.require("tokenizer.ggml.eos_token_id"))
        padding = int(self.get("tokenizer.ggml.padding_token_id", end))
        ids = {
            "bos_token": int(self.get("tokenizer.ggml.bos_token_id", padding)),
            "eos_token": end,
            "unk_token": int(self.get("tokenizer.ggml.unknown_token_id", padding)),
        }
        return {key: tokens[index] for key, index in ids.items()}


class _Tensors:
    """The tensors of the file by name, as CTranslate2 wants them."""

    def __init__(self, reader: GGUFReader, name: str, written: Written, adapter: Adapter | None) -> None:
        self._adapter = adapter
        self._by_name: dict[str, ReaderTensor] = {tensor.name: tensor for tensor in reader.tensors}
        self._name = name
        self._written = written

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def _tensor(self, name: str) -> ReaderTensor:
        if name not in self._by_name:
            raise ModelDamaged(model=self._name, detail=f"its GGUF file lacks the tensor {name}.")
        return self._by_name[name]

    def vector(self, *names: str) -> NDArray[np.float32]:
        """The named vectors one after the other, in float32."""
        import numpy as np

        return np.concatenate([_dequantize(tensor.data, tensor) for tensor in map(self._tensor, names)])

    def set_matrix(self, spec: Any, *names: str) -> None:
        """The named matrices stacked by rows become `spec.weight`, int8 with a scale for each row."""
        spec.weight = Int8Rows([self._tensor(name) for name in names], self._written, self._adapter)
        spec.weight_scale = spec.weight.scale


def _build_spec(tensors: _Tensors, header: _Header) -> Any:
    """CTranslate2's specification with every weight set; the weights are read when it is saved."""
    from ctranslate2.specs import common_spec, transformer_spec

    if "rope_freqs.weight" in tensors:
        raise ModelError(model=header.name, detail="its rotary positions are scaled in a way that is not supported.")
    heads = int(header.require("{arch}.attention.head_count"))
    heads_kv = int(header.get("{arch}.attention.head_count_kv", heads))
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        int(header.require("{arch}.block_count")),
        heads,
        activation=common_spec.Activation.SWISH,
        pre_norm=True,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=ARCHITECTURES[header.architecture].rotary_interleave,
        rotary_base=float(header.get("{arch}.rope.freq_base", 10_000.0)),
        num_heads_kv=None if heads_kv == heads else heads_kv,
    )
    decoder = spec.decoder
    decoder.scale_embeddings = False
    tensors.set_matrix(decoder.embeddings, "token_embd.weight")
    # A model whose output shares the input embeddings has no tensor of its own for it.
    tensors.set_matrix(decoder.projection, "output.weight" if "output.weight" in tensors else "token_embd.weight")
    decoder.layer_norm.gamma = tensors.vector("output_norm.weight")
    for index, layer in enumerate(decoder.layer):
        _set_layer(layer, tensors, f"blk.{index}.")
    return spec


def _set_layer(layer: Any, tensors: _Tensors, prefix: str) -> None:
    attention, ffn = layer.self_attention, layer.ffn
    attention.layer_norm.gamma = tensors.vector(f"{prefix}attn_norm.weight")
    ffn.layer_norm.gamma = tensors.vector(f"{prefix}ffn_norm.weight")
    inputs = [f"{prefix}attn_{part}" for part in "qkv"]
    tensors.set_matrix(attention.linear[0], *(f"{part}.weight" for part in inputs))
    if f"{inputs[0]}.bias" in tensors:
        attention.linear[0].bias = tensors.vector(*(f"{part}.bias" for part in inputs))
    tensors.set_matrix(attention.linear[1], f"{prefix}attn_output.weight")
    tensors.set_matrix(ffn.linear_0, f"{prefix}ffn_gate.weight")
    tensors.set_matrix(ffn.linear_0_noact, f"{prefix}ffn_up.weight")
    tensors.set_matrix(ffn.linear_1, f"{prefix}ffn_down.weight")


def _dequantize(data: NDArray[Any], tensor: ReaderTensor) -> NDArray[np.float32]:
    import numpy as np
    from gguf.quants import dequantize

    values: NDArray[np.float32] = dequantize(data, tensor.tensor_type).astype(np.float32, copy=False)
    return values


class Int8Rows:
    """Matrices stacked by rows, quantized to int8 only when CTranslate2 writes them.

    Answers what `ctranslate2.specs.ModelSpec.save` asks of a variable. The arithmetic is CTranslate2's own:
    row * 127 / max|row|, rounded half to even. `scale` is the variable with the factors, one a row;
    it is written right after the weight (variables go by name) and knows its values from then on.
    """

    dtype = "int8"

    def __init__(self, tensors: Sequence[ReaderTensor], written: Written, adapter: Adapter | None = None) -> None:
        self._tensors = tensors
        self._written = written
        self._adapter = adapter
        # GGUF gives the fastest dimension first.
        columns = {int(tensor.shape[0]) for tensor in tensors}
        assert len(columns) == 1, "stacked matrices have the same width"
        self.shape = (sum(int(tensor.shape[1]) for tensor in tensors), columns.pop())
        self.scale = _RowScales(self.shape[0])

    def num_bytes(self) -> int:
        return self.shape[0] * self.shape[1]

    def to_bytes(self) -> bytes:
        import numpy as np

        out = np.empty(self.shape, dtype=np.int8)
        scales = np.empty(self.shape[0], dtype=np.float32)
        row = 0
        block_rows = max(1, _BLOCK_VALUES // self.shape[1])
        for tensor in self._tensors:
            rows = int(tensor.shape[1])
            for start in range(0, rows, block_rows):
                block = _dequantize(tensor.data[start : start + block_rows], tensor)
                if self._adapter is not None:
                    block = self._adapter.merged(tensor.name, block, start)
                end = row + block.shape[0]
                out[row:end], scales[row:end] = quantize_rows(block)
                row = end
            self._written(tensor.n_bytes)
        self.scale.values = scales
        return out.tobytes()


class _RowScales:
    dtype = "float32"

    def __init__(self, rows: int) -> None:
        self.shape = (rows,)
        self.values: NDArray[np.float32] | None = None

    def num_bytes(self) -> int:
        return self.shape[0] * 4

    def to_bytes(self) -> bytes:
        assert self.values is not None, "the weight is written before its scale"
        return self.values.tobytes()


def quantize_rows(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(int8 matrix, one factor a row) as CTranslate2 quantizes: value * factor rounded, factor = 127 / max|row|."""
    import numpy as np

    largest = np.amax(np.absolute(values), axis=1)
    largest[largest == 0] = 127.0
    # Keeps the factor of a row of tiny values within float32.
    largest = np.maximum(largest, np.float32(127) / np.finfo(np.float32).max)
    scale = (np.float32(127.0) / largest).astype(np.float32)
    return np.rint(values * scale[:, None]).astype(np.int8), scale
