"""Examples as an instruction-following model meets them: the prompt of the engine, then the translation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from langsupport.engines.convert_gguf import read_tokenizer
from langsupport.engines.prompts import CHAT_FORMATS, static_prompt
from langsupport.training.recipe import Example
from langsupport.training.texts import Ints, Texts, from_arrays, save_whole, starts_of

CHAT = CHAT_FORMATS["chatml"]


@dataclass(frozen=True, slots=True)
class Dialogues(Texts):
    """Prompts with their answers, in token numbers of a reduced vocabulary.

    The first prompts[n] tokens of text n are given, the others are learned. `kept[k]` is the number in the model's own
    vocabulary of token k.
    """

    prompts: Ints
    kept: Ints

    def __len__(self) -> int:
        return len(self.prompts)

    def save(self, path: Path) -> None:
        save_whole(path, self.arrays() | {"prompts": self.prompts.astype(np.uint16), "kept": self.kept})

    @classmethod
    def load(cls, path: Path) -> Dialogues:
        found = np.load(path)
        return cls(*from_arrays(found), found["prompts"].astype(np.int64), found["kept"])


def build_dialogues(prompts: list[list[int]], answers: list[list[int]]) -> Dialogues:
    """From token numbers of the model's own vocabulary. Raises ValueError above 65,536 different tokens."""
    runs = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
    flat = np.fromiter((i for run in runs for i in run), np.int64)
    kept, reduced = np.unique(flat, return_inverse=True)
    if len(kept) > 65_536:
        raise ValueError(f"{len(kept)} different tokens: more than 16 bits can number")
    starts = starts_of([len(run) for run in runs])
    return Dialogues(reduced.astype(np.uint16), starts, np.array([len(p) for p in prompts], np.int64), kept)


def batches(dialogues: Dialogues, budget: int, longest: int, seed: int) -> Iterator[Ints]:
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


def make_dialogues(examples: Sequence[Example], gguf: Path) -> Dialogues:
    """Token numbers of prompts and answers by the tokenizer in the GGUF file. Raises what reading it raises."""
    tokenizer = read_tokenizer(gguf)
    opened = {
        direction: _template(tokenizer, static_prompt(CHAT, *direction, style="adapted"))
        for direction in {(example.source_language, example.target_language) for example in examples}
    }
    closed = _template(tokenizer, CHAT.turn_end + CHAT.opening("assistant"))
    end = _template(tokenizer, CHAT.stop[0])
    prompts = [
        opened[example.source_language, example.target_language] + ids + closed
        for example, ids in zip(examples, _plain(tokenizer, [e.source for e in examples]), strict=True)
    ]
    answers = [ids + end for ids in _plain(tokenizer, [e.target for e in examples])]
    return build_dialogues(prompts, answers)


def _plain(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    tokenizer.encode_special_tokens = True  # a text that spells out a control token is just text
    return [list(found.ids) for found in tokenizer.encode_batch(texts, add_special_tokens=False)]


def _template(tokenizer: Any, text: str) -> list[int]:
    tokenizer.encode_special_tokens = False
    return list(tokenizer.encode(text, add_special_tokens=False).ids)
