"""Examples as an instruction-following model meets them: the prompt of the engine, then the translation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langsupport.engines.prompts import CHAT_FORMATS, static_prompt
from langsupport.training.recipe import Example

if TYPE_CHECKING:
    from langsupport.training.causal_lora import Dialogues

CHAT = CHAT_FORMATS["chatml"]


def make_dialogues(examples: Sequence[Example], gguf: Path) -> Dialogues:
    """Token numbers of prompts and answers by the tokenizer in the GGUF file. Raises what reading it raises."""
    from langsupport.engines.convert_gguf import read_tokenizer
    from langsupport.training.causal_lora import build_dialogues

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
