"""The reference translator says the same as our engines, from the unconverted models."""

import importlib
from pathlib import Path
from typing import Any

import pytest

import tinymodels
from langsupport.engines.protocols import TranslationRequest
from langsupport.engines.reference import ReferenceTranslator
from langsupport.errors import EngineFailure, ExtraMissing, ModelDamaged


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tinymodels.marian(tmp_path_factory.mktemp("marian"))


def asked(*texts: str) -> list[TranslationRequest]:
    return [TranslationRequest(text, "en", "fr") for text in texts]


def test_it_says_what_the_model_knows(marian: Path) -> None:
    engine = ReferenceTranslator(marian, "marian", "marian")
    texts = [result.text for result in engine.translate(asked(*tinymodels.SENTENCES["en"]))]
    assert texts == tinymodels.SENTENCES["fr"]
    with pytest.raises(EngineFailure, match="positions"):
        engine.translate(asked("We thank the Chair. " * 60))
    engine.close()
    with pytest.raises(EngineFailure, match="closed"):
        engine.translate(asked("x"))


@pytest.mark.parametrize("family", ["marian", "m2m100", "nllb", "madlad", "causal"])
def test_it_goes_on_behind_a_prefix(family: str, tmp_path: Path) -> None:
    build = tinymodels.qwen2 if family == "causal" else getattr(tinymodels, family)
    engine = ReferenceTranslator(build(tmp_path / "model"), family, family)
    texts, known = tinymodels.SENTENCES["en"][:2], tinymodels.SENTENCES["fr"][:2]
    begun = [TranslationRequest(texts[0], "en", "fr", prefix="La séance est"), *asked(texts[1])]
    strange = [TranslationRequest(texts[0], "en", "fr", prefix=prefix) for prefix in ("½ ﬁn，", "Fin. ")]
    results = [result.text for result in engine.translate(begun + strange)]
    if family != "causal":
        assert results[:2] == known
    assert all(text.startswith(r.prefix) for text, r in zip(results, begun + strange, strict=True))


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="nothing-here"):
        ReferenceTranslator(tmp_path / "nothing-here", "m", "marian")


def test_without_torch_it_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without_torch(name: str, *more: Any) -> Any:
        if name == "torch":
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr("langsupport.engines.reference.import_module", without_torch)
    with pytest.raises(ExtraMissing, match=r"langsupport\[torch\]"):
        ReferenceTranslator(tmp_path, "m", "marian")
