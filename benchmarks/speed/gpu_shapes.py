"""Models of published shapes with random weights: in transformers' layout, and in CTranslate2's on disk (float16).

Speed does not depend on what a model knows. `network` gives the same weights each time it is called on one device, so
that what it returns and what `convert` wrote are one model.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

SEED = 1
FIRST_PLAIN = 10
"""Token ids below stand for something in one of the families; inputs are drawn from those above."""

_NLLB_TOKENS = ("<s>", "<pad>", "</s>", "<unk>")
_PLAIN_TOKENS = ("</s>", "<unk>")
_WHISPER_LANGUAGES = {51_865: 99, 51_866: 100}
_WHISPER_END = 50_257


@dataclass(frozen=True)
class Shape:
    """A model's size. `layers` of the encoder and of the decoder each; `vocabulary` in tokens."""

    name: str
    family: str
    layers: int
    width: int
    heads: int
    feed_forward: int
    vocabulary: int
    key_heads: int = 0
    mels: int = 0

    @property
    def spread(self) -> float:
        """Standard deviation of the random weights: with the usual 0.02 a model writes the same token for ever."""
        return 2 / self.width**0.5

    @property
    def parameters(self) -> int:
        """Roughly, to guess how long building takes."""
        stacks = 1 if self.family == "qwen2" else 2
        layer = 4 * self.width**2 + (3 if self.family == "qwen2" else 2) * self.width * self.feed_forward
        return self.vocabulary * self.width + stacks * self.layers * layer


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("opus-mt-base", "marian", 6, 512, 8, 2048, 60_000),
        Shape("opus-mt-big", "marian", 6, 1024, 16, 4096, 60_000),
        Shape("nllb-600m", "m2m100", 12, 1024, 16, 4096, 256_206),
        Shape("nllb-1.3b", "m2m100", 24, 1024, 16, 8192, 256_206),
        Shape("qwen2.5-1.5b", "qwen2", 28, 1536, 12, 8960, 151_936, key_heads=2),
        Shape("whisper-large-v3", "whisper", 32, 1280, 20, 5120, 51_866, mels=128),
        Shape("whisper-base", "whisper", 6, 512, 8, 2048, 51_865, mels=80),
    )
}


def tiny(shape: Shape) -> Shape:
    """The same model, small enough for a few CPU cores. Whisper keeps its vocabulary, whose tokens have meanings."""
    kept = shape.vocabulary if shape.family == "whisper" else 2_000
    return replace(
        shape, layers=2, width=64, heads=4, feed_forward=128, vocabulary=kept, key_heads=2 if shape.key_heads else 0
    )


def network(shape: Shape, device: str) -> Any:
    """A transformers model on `device` with random float16 weights, the same at every call."""
    import torch

    torch.manual_seed(SEED)
    with torch.device(device):
        model = _FAMILIES[shape.family](shape)
    rotary = {name: buffer.clone() for name, buffer in model.named_buffers() if name.endswith("inv_freq")}
    model.half()
    for name, buffer in rotary.items():  # stay float32, as when weights are loaded: rounded angles are wrong angles
        owner, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(owner), attribute, buffer)
    return model.eval()


def convert(shape: Shape, device: str, folder: Path) -> None:
    """Write `network`'s weights into `folder` (made here) as a CTranslate2 model, float16."""
    import torch
    from ctranslate2.converters import transformers as loaders

    loader = {
        "marian": loaders.MarianMTLoader,
        "m2m100": loaders.M2M100Loader,
        "qwen2": loaders.Qwen2Loader,
        "whisper": loaders.WhisperLoader,
    }[shape.family]()
    with torch.no_grad():
        model = network(shape, device).cpu()
        spec = loader.get_model_spec(model)
    _name_tokens(spec, shape)
    spec.validate()
    _share(spec)
    folder.mkdir(parents=True)
    spec.save(str(folder))


def rows(shape: Shape, count: int, length: int) -> list[list[int]]:
    """`count` inputs of `length` random token ids."""
    source = random.Random(SEED)
    return [[source.randrange(FIRST_PLAIN, shape.vocabulary - 1) for _ in range(length)] for _ in range(count)]


def token_names(shape: Shape) -> dict[int, str]:
    """The few tokens that the engine must know; any other token n is `tn`."""
    if shape.family == "whisper":
        return _whisper_tokens(shape)
    return dict(enumerate(_NLLB_TOKENS if shape.family == "m2m100" else _PLAIN_TOKENS))


def whisper_prompt(shape: Shape) -> list[int]:
    """Start of transcript, English, transcribe, no timestamps."""
    after_languages = _WHISPER_END + 2 + _WHISPER_LANGUAGES[shape.vocabulary]
    return [_WHISPER_END + 1, _WHISPER_END + 2, after_languages + 1, after_languages + 5]


def whisper_end() -> int:
    """The token that ends a text, to be suppressed so that every text has the same length."""
    return _WHISPER_END


def _marian(shape: Shape) -> Any:
    import transformers

    pad = shape.vocabulary - 1
    config = transformers.MarianConfig(
        vocab_size=shape.vocabulary, d_model=shape.width, encoder_layers=shape.layers, decoder_layers=shape.layers,
        encoder_ffn_dim=shape.feed_forward, decoder_ffn_dim=shape.feed_forward, encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads, max_position_embeddings=512, activation_function="swish",
        scale_embedding=True, static_position_embeddings=True, pad_token_id=pad, eos_token_id=0,
        decoder_start_token_id=pad, forced_eos_token_id=None, init_std=shape.spread, attn_implementation="sdpa",
    )  # fmt: skip
    return transformers.MarianMTModel(config)


def _m2m100(shape: Shape) -> Any:
    import transformers

    config = transformers.M2M100Config(
        vocab_size=shape.vocabulary, d_model=shape.width, encoder_layers=shape.layers, decoder_layers=shape.layers,
        encoder_ffn_dim=shape.feed_forward, decoder_ffn_dim=shape.feed_forward, encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads, max_position_embeddings=1024, activation_function="relu",
        scale_embedding=True, bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2,
        init_std=shape.spread, attn_implementation="sdpa",
    )  # fmt: skip
    return transformers.M2M100ForConditionalGeneration(config)


def _qwen2(shape: Shape) -> Any:
    import transformers

    config = transformers.Qwen2Config(
        vocab_size=shape.vocabulary, hidden_size=shape.width, intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads, num_key_value_heads=shape.key_heads,
        max_position_embeddings=4096, tie_word_embeddings=True, use_sliding_window=False, eos_token_id=0,
        initializer_range=shape.spread, attn_implementation="sdpa",
    )  # fmt: skip
    return transformers.Qwen2ForCausalLM(config)


def _whisper(shape: Shape) -> Any:
    import transformers

    config = transformers.WhisperConfig(
        vocab_size=shape.vocabulary, num_mel_bins=shape.mels, d_model=shape.width, encoder_layers=shape.layers,
        decoder_layers=shape.layers, encoder_ffn_dim=shape.feed_forward, decoder_ffn_dim=shape.feed_forward,
        encoder_attention_heads=shape.heads, decoder_attention_heads=shape.heads,
    )  # fmt: skip
    return transformers.WhisperForConditionalGeneration(config)


_FAMILIES: dict[str, Callable[[Shape], Any]] = {
    "marian": _marian,
    "m2m100": _m2m100,
    "qwen2": _qwen2,
    "whisper": _whisper,
}


def _name_tokens(spec: Any, shape: Shape) -> None:
    """Register the vocabulary and what the configuration says of it."""
    named = token_names(shape)
    tokens = [named.get(number, f"t{number}") for number in range(shape.vocabulary)]
    if shape.family == "whisper":
        spec.register_vocabulary(tokens)
        spec.config.suppress_ids = spec.config.suppress_ids_begin = []
        spec.config.lang_ids = [number for number, token in named.items() if token.startswith("<|l")]
        spec.config.alignment_heads = [(shape.layers - 1, 0)]
        return
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "</s>", "</s>", "<unk>"
    if shape.family == "qwen2":
        spec.register_vocabulary(tokens)
        spec.config.layer_norm_epsilon = 1e-6
        return
    if shape.family == "marian":
        tokens.pop()  # the loader leaves the padding token out
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.decoder_start_token = "</s>"


def _whisper_tokens(shape: Shape) -> dict[int, str]:
    languages = [f"<|l{number}|>" for number in range(_WHISPER_LANGUAGES[shape.vocabulary])]
    languages[0] = "<|len|>"
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    known = ["<|endoftext|>", "<|startoftranscript|>", *languages, *(f"<|{task}|>" for task in tasks)]
    named = dict(enumerate(known, start=_WHISPER_END))
    first_time = _WHISPER_END + len(known)
    times = {number: f"<|{(number - first_time) * 0.02:.2f}|>" for number in range(first_time, shape.vocabulary)}
    return named | times


def _share(spec: Any) -> None:
    """Tied weights are stored once. CTranslate2's own search for equal weights compares every pair."""
    from ctranslate2.specs import model_spec

    first: dict[tuple[int, tuple[int, ...]], str] = {}
    for name, variable in spec.variables(ordered=True):
        if not isinstance(variable, model_spec.PyTorchVariable):
            continue
        key = (variable.tensor.data_ptr(), tuple(variable.shape))
        if first.setdefault(key, name) != name:
            scope, _, attribute = name.rpartition("/")
            setattr(model_spec.index_spec(spec, scope), attribute, first[key])
