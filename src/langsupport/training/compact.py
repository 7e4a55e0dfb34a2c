"""A compact sequence-to-sequence model: the architecture of M2M-100, small, with a deep encoder and a shallow decoder.

The source starts with the token that names the target language, so that the encoder knows it; the decoder starts with
</s>. Deep encoder and shallow decoder: Kasai et al., 2021, https://arxiv.org/abs/2006.10369
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langsupport.errors import ExtraMissing
from langsupport.training.vocabulary import BOS, EOS, PAD

if TYPE_CHECKING:
    from transformers import M2M100ForConditionalGeneration


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


def build_model(shape: Shape, vocabulary: int) -> M2M100ForConditionalGeneration:
    """A model with random weights, embeddings tied. Raises ExtraMissing without torch or transformers."""
    try:
        from transformers import M2M100Config, M2M100ForConditionalGeneration
    except ImportError as error:
        raise ExtraMissing(feature="Training", extra="torch") from error
    common: dict[str, Any] = {
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "activation_function": "relu",
    }
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
        scale_embedding=True,
        use_cache=True,
        bos_token_id=BOS,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=EOS,
        **common,
    )
    config._attn_implementation = "sdpa"
    return M2M100ForConditionalGeneration(config)
