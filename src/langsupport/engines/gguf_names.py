"""What the weights of qwen2 are called in GGUF files, and by the hub."""

from __future__ import annotations

_OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_INNER = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
VOCABULARY_WEIGHTS = frozenset({"token_embd.weight", "output.weight"})
"""Those with a row for each token, by their GGUF names."""


def hub_name(gguf_name: str) -> str | None:
    """blk.3.ffn_up.weight -> model.layers.3.mlp.up_proj.weight; None for a name that no qwen2 weight has."""
    if gguf_name in _OUTER:
        return _OUTER[gguf_name]
    pieces = gguf_name.split(".")
    if len(pieces) != 4 or pieces[0] != "blk" or pieces[2] not in _INNER:
        return None
    return f"model.layers.{pieces[1]}.{_INNER[pieces[2]]}.{pieces[3]}"
