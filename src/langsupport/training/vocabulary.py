"""One SentencePiece vocabulary that all languages of a model share.

The pieces' numbers are SentencePiece's own: <s> 0, <pad> 1, </s> 2, <unk> 3, as M2M-100 has them; behind them come
M2M-100's hundred language tokens and its eight unused ones, in its order, so that its tokenizer and its converter read
the vocabulary as their own.

SentencePiece: Kudo and Richardson, 2018, https://arxiv.org/abs/1808.06226
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import sentencepiece

BOS, PAD, EOS, UNK = 0, 1, 2, 3
LANGUAGE_TOKENS, UNUSED_TOKENS = 100, 8
LANGUAGE_PLACES: Mapping[str, int] = MappingProxyType({"ar": 2, "zh": 98, "en": 18, "fr": 24, "ru": 73, "es": 19})
"""Among M2M-100's language tokens."""
MODEL_FILE = "sentencepiece.bpe.model"
"""The name that M2M-100's tokenizer and its converter look for."""


def train_vocabulary(texts: Mapping[str, Sequence[str]], target: Path, size: int, sample: int, seed: int = 1) -> None:
    """Writes a unigram model of `size` pieces, or of as many as the texts give, to the file `target`.

    `texts` holds sentences by language; at most `sample` of each language are looked at, so that a language with ten
    times the text does not get ten times the pieces. Text is taken as it is (full-width punctuation stays), digits
    stand alone, and characters that are not in the vocabulary are written as bytes, so that nothing is unknown.
    """
    chosen = random.Random(seed)  # noqa: S311

    def sentences() -> Iterator[str]:
        for _, lines in sorted(texts.items()):
            yield from lines if len(lines) <= sample else chosen.sample(list(lines), sample)

    with target.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=sentences(),
            model_writer=file,
            vocab_size=size,
            model_type="unigram",
            character_coverage=0.9998,
            byte_fallback=True,
            split_digits=True,
            hard_vocab_limit=False,
            normalization_rule_name="identity",
            bos_id=BOS,
            pad_id=PAD,
            eos_id=EOS,
            unk_id=UNK,
            shuffle_input_sentence=False,
            minloglevel=1,
        )


class Vocabulary:
    """Sentences <-> token numbers."""

    def __init__(self, model: Path) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(model))
        self._first = int(self._pieces.get_piece_size())

    def __len__(self) -> int:
        return self._first + LANGUAGE_TOKENS + UNUSED_TOKENS

    def language_id(self, code: str) -> int:
        """The number of the token that names a language."""
        return self._first + LANGUAGE_PLACES[code]

    def encode(self, texts: Sequence[str], threads: int = -1) -> list[list[int]]:
        """Without begin, end and language tokens."""
        found: list[list[int]] = self._pieces.encode(list(texts), num_threads=threads)
        return found

    def decode(self, ids: Sequence[int]) -> str:
        """Control and language tokens are left out."""
        text: str = self._pieces.decode([int(i) for i in ids if UNK < i < self._first])
        return text

    def tokens(self) -> dict[str, int]:
        """Piece -> number, the content of M2M-100's vocab.json: the language tokens are not in it."""
        return {str(self._pieces.id_to_piece(number)): number for number in range(self._first)}
