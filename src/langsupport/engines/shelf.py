"""The installed models as the core sees them: what serves what, where it lies, what it takes.

The store is asked anew at most once in REFRESH_S, so that an install is seen while the service runs.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from langsupport.domain.confidence import GENERAL, Calibration
from langsupport.engines.options import InferenceOptions
from langsupport.engines.pool import RECOGNIZER_FAMILIES, ModelNeeds
from langsupport.engines.routes import Router, Servant
from langsupport.errors import ModelMissing

if TYPE_CHECKING:
    from pathlib import Path

    from langsupport.engines.manifest import Manifest
    from langsupport.engines.store import ModelStore

REFRESH_S = 1.0


class Shelf:
    """A view of a ModelStore. Safe to use from several threads."""

    def __init__(self, store: ModelStore, options: InferenceOptions) -> None:
        self._store = store
        self._options = options
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._paths: dict[str, Path] = {}
        self._manifests: dict[str, Manifest] = {}
        self._router = Router((), {})

    def router(self) -> Router:
        """Routes over the translation models that are installed."""
        self._refresh()
        return self._router

    def calibration(self, model: str, source: str, target: str) -> Calibration:
        """How sure a model's translations are in a direction; of what isn't calibrated (a pivot, too): in general."""
        self._refresh()
        manifest = self._manifests.get(model)
        return manifest.confidence.get((source, target), GENERAL) if manifest else GENERAL

    def needs(self, model: str) -> ModelNeeds:
        """Where a model lies and what it takes. Raises ModelMissing."""
        self._refresh()
        if model not in self._paths:
            raise ModelMissing(model=model, detail=f"Model {model} is not installed.")
        manifest = self._manifests[model]
        return ModelNeeds(manifest.family, self._paths[model], manifest.memory_bytes)

    def recognizer(self, language: str | None, *, live: bool = False) -> str:
        """The recognizer for a language (None: any of the six): as preferred, else the biggest one installed.

        `live`: the preferences for live captions come first.

        Raises:
            ModelMissing: none is installed for it.
        """
        self._refresh()
        able = [
            manifest
            for manifest in self._manifests.values()
            if manifest.family in RECOGNIZER_FAMILIES
            and (language in manifest.languages if language else len(manifest.languages) > 1)
        ]
        if not able:
            what = f"speech in “{language}”" if language else "speech in any language"
            raise ModelMissing(model="whisper-base", detail=f"No installed model recognizes {what}.")
        preferred = (*(self._options.live_recognizers if live else ()), *self._options.recognizers)
        wishes = {model: place for place, model in reversed(list(enumerate(preferred)))}
        best = min(able, key=lambda m: (wishes.get(m.id, len(wishes)), -m.memory_bytes, m.id))
        return best.id

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() - self._read_at < REFRESH_S:
                return
            self._paths = dict(self._store.installed())
            known = self._store.manifests()
            self._manifests = {model: known[model] for model in self._paths if model in known}
            servants = [
                Servant(m.id, m.directions, m.draft, m.memory_bytes, m.scores, m.based_on, m.version)
                for m in self._manifests.values()
                if m.task == "translation"
            ]
            self._router = Router(servants, self._options.preferences)
            self._read_at = time.monotonic()
