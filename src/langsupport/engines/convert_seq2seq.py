"""Sequence-to-sequence models in the hub's layout -> CTranslate2 int8, through CTranslate2's own converter.

Needs the extra `torch`. The folder keeps what the tokenizer of the family needs:

    marian   source.spm, target.spm, vocab.json
    m2m100   sentencepiece.model, vocab.json
    compact  sentencepiece.model, vocab.json
    nllb     sentencepiece.model
    madlad   sentencepiece.model
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from langsupport.errors import ExtraMissing, ModelDamaged, ModelError

KEPT_FILES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "marian": {"source.spm": "source.spm", "target.spm": "target.spm", "vocab.json": "vocab.json"},
        "m2m100": {"sentencepiece.bpe.model": "sentencepiece.model", "vocab.json": "vocab.json"},
        "compact": {"sentencepiece.bpe.model": "sentencepiece.model", "vocab.json": "vocab.json"},
        "nllb": {"sentencepiece.bpe.model": "sentencepiece.model"},
        "madlad": {"spiece.model": "sentencepiece.model"},
    }
)
"""Family -> hub's name of a file -> its name beside the converted model."""

VOCABULARY = "shared_vocabulary.json"
"""Where the converter writes the tokens of a model that uses the same ones on both sides."""


def convert_seq2seq(source: Path, target: Path, name: str, family: str, codes: Collection[str] = ()) -> None:
    """Converts the model in the folder `source` into the new folder `target`.

    `codes` are tokens that name languages and have to be in the vocabulary afterwards: a tokenizer file that
    lacks them converts without a word into a model that can't be told its languages.
    Raises ExtraMissing without torch or transformers, ModelDamaged if a file is missing or the
    converter can't read the model, ModelError for a family that is not known.
    """
    if family not in KEPT_FILES:
        raise ModelError(model=name, detail=f"no converter for the family {family}. Known: {', '.join(KEPT_FILES)}.")
    for file in KEPT_FILES[family]:
        if not (source / file).is_file():
            raise ModelDamaged(model=name, detail=f"the file {file} is missing in {source.name}.")
    try:
        import torch  # noqa: F401
        from ctranslate2.converters.transformers import TransformersConverter
    except ImportError as error:
        raise ExtraMissing(feature=f"Converting the model {name}", extra="torch") from error
    try:
        converter: Any = _with_true_scale(TransformersConverter)(str(source), low_cpu_mem_usage=True)
        converter.convert(str(target), quantization="int8")
    except ImportError as error:
        raise ExtraMissing(feature=f"Converting the model {name}", extra="torch") from error
    except OSError as error:
        if error.errno is not None:  # the disk, not the model
            raise
        raise ModelDamaged(model=name, detail=f"its files can't be read ({_first_line(error)}).") from error
    # The converter and the libraries below it raise whatever they meet in a file that is not as it should be.
    except Exception as error:
        raise ModelDamaged(model=name, detail=f"it could not be converted ({_first_line(error)}).") from error
    for file, kept in KEPT_FILES[family].items():
        shutil.copyfile(source / file, target / kept)
    vocabulary = set(json.loads((target / VOCABULARY).read_text(encoding="utf-8"))) if codes else set()
    missing = [code for code in codes if code not in vocabulary]
    if missing:
        raise ModelDamaged(model=name, detail=f"its vocabulary lacks the language codes {', '.join(missing)}.")


def _with_true_scale(converter: Any) -> Any:
    """The converter, told of T5 models whether they scale their output.

    It reads that off `tie_word_embeddings`, which transformers 5 sets for every T5 and keeps the answer in
    `scale_decoder_outputs`. Scaled wrongly, MADLAD-400 finds all tokens nearly alike, and beam search loses its way.
    """

    class Converter(converter):  # type: ignore[misc]
        def load_model(self, *given: Any, **more: Any) -> Any:
            model = super().load_model(*given, **more)
            scaled = getattr(model.config, "scale_decoder_outputs", None)
            if scaled is not None:
                model.config.tie_word_embeddings = scaled
            return model

    return Converter


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
