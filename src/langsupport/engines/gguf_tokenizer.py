"""A `tokenizers` tokenizer rebuilt from the metadata of a GGUF file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langsupport.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Token types of the GGUF specification that have to be matched as a whole, never split.
_CONTROL = 3
_USER_DEFINED = 4


@dataclass(frozen=True, slots=True)
class PreTokenizer:
    """How a byte-level BPE cuts text into words before merging.

    `pattern` is the regular expression of the model's own tokenizer. `ignore_merges`: a word that is
    in the vocabulary is taken whole. `nfc`: text is normalized first.
    """

    pattern: str
    nfc: bool
    ignore_merges: bool


_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{digits}"
    r"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

PRE_TOKENIZERS = {
    "qwen2": PreTokenizer(_WORDS.format(digits=r"\p{N}"), nfc=True, ignore_merges=False),
    "llama-bpe": PreTokenizer(_WORDS.format(digits=r"\p{N}{1,3}"), nfc=False, ignore_merges=True),
}
"""`tokenizer.ggml.pre` -> how it cuts. A model with another cut needs a row here."""


def build_tokenizer(
    name: str, kind: str, pre: str, tokens: Sequence[str], types: Sequence[int], merges: Sequence[str]
) -> Tokenizer:
    """The tokenizer of a GGUF file of byte-level BPE kind (`tokenizer.ggml.model` "gpt2").

    `tokens` in the order of their ids, `types` GGUF token types, `merges` "left right" in order of rank.
    Raises ModelError if the kind or the cut is not known.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    if kind != "gpt2" or pre not in PRE_TOKENIZERS:
        supported = ", ".join(sorted(PRE_TOKENIZERS))
        detail = f"its tokenizer ({kind}/{pre}) is not supported. Supported byte-level BPE kinds: {supported}."
        raise ModelError(model=name, detail=detail)
    cut = PRE_TOKENIZERS[pre]
    pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=cut.ignore_merges))
    if cut.nfc:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(cut.pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    whole = [
        AddedToken(token, normalized=False, special=kind_ == _CONTROL)
        for token, kind_ in zip(tokens, types, strict=True)
        if kind_ in (_CONTROL, _USER_DEFINED)
    ]
    tokenizer.add_tokens(whole)
    return tokenizer
