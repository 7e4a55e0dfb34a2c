"""A trained compact model in the hub's layout, and converted to CTranslate2."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from langsupport.engines.convert_seq2seq import convert_seq2seq
from langsupport.training.vocabulary import MODEL_FILE, Vocabulary

FAMILY = "compact"


def save_hub(model: Any, vocabulary: Path, folder: Path) -> None:
    """Writes the model in float32 with its tokenizer files, laid out as M2M-100's, so that transformers loads it."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    shutil.copyfile(vocabulary, folder / MODEL_FILE)
    tokens = Vocabulary(vocabulary).tokens()
    (folder / "vocab.json").write_text(json.dumps(tokens, ensure_ascii=False), encoding="utf-8")
    settings = {"tokenizer_class": "M2M100Tokenizer", "src_lang": "en", "tgt_lang": "fr", "num_madeup_words": 8}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    special = {"additional_special_tokens": language_tokens(), "eos_token": "</s>", "pad_token": "<pad>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(special), encoding="utf-8")


def language_tokens() -> list[str]:
    """M2M-100's, in its order."""
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    return [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]


def convert(folder: Path, target: Path, name: str) -> None:
    """int8 for the engine; raises what convert_seq2seq raises."""
    convert_seq2seq(folder, target, name, FAMILY)
