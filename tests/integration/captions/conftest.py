"""A real Whisper in a real inference core, if one is installed under LANGSUPPORT_MODELS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from langsupport.engines.core import InferenceCore, InferenceOptions
from langsupport.engines.store import ModelStore

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def model_store() -> ModelStore:
    root = Path(os.environ.get("LANGSUPPORT_MODELS") or platformdirs.user_data_path("langsupport") / "models")
    return ModelStore(root, REPOSITORY / "models")


def core_with(store: ModelStore, *models: str, live_batch: int = 0) -> Iterator[InferenceCore]:
    """A core that recognizes with the first of `models` that is installed; skips without one.

    In float32: what a small model hears in int8 depends on how a processor multiplies bytes.
    """
    present = [model for model in models if model in store.installed()]
    if not present:
        pytest.skip(f"none of {', '.join(models)} is installed in {store.root}")
    options = InferenceOptions(
        device="cpu", compute_type="float32", threads=2, recognizers=(present[0],), live_batch=live_batch
    )
    core = InferenceCore(store, options)
    yield core
    core.close()


@pytest.fixture(scope="session")
def english(model_store: ModelStore) -> Iterator[InferenceCore]:
    yield from core_with(model_store, "whisper-tiny-en", "whisper-base")


@pytest.fixture
def together(model_store: ModelStore) -> Iterator[InferenceCore]:
    """Hears up to four live windows in one step."""
    yield from core_with(model_store, "whisper-tiny-en", "whisper-base", live_batch=4)


@pytest.fixture(scope="session")
def multilingual(model_store: ModelStore) -> Iterator[InferenceCore]:
    yield from core_with(model_store, "whisper-base", "whisper-small")
