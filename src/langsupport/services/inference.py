"""The models and the inference core, as the settings say. Apart from assembly.py: commands that need no more than these
start without the libraries of database and jobs."""

from __future__ import annotations

from langsupport.engines.core import InferenceCore
from langsupport.engines.options import QUEUE_LIMITS, InferenceOptions
from langsupport.engines.protocols import Lane
from langsupport.engines.store import ModelStore
from langsupport.services.settings import Settings


def build_store(settings: Settings) -> ModelStore:
    """The models: what can be installed, and what is."""
    return ModelStore(settings.models_dir, settings.manifests_dir)


def build_inference(settings: Settings, store: ModelStore | None = None) -> InferenceCore:
    """The inference core. Models are loaded when they are first needed."""
    given = settings.inference
    limits = {Lane[lane.upper()]: limit for lane, limit in given.queue_limits.items()}
    options = InferenceOptions(
        device=given.device,
        compute_type=given.compute_type,
        threads=given.threads,
        beam_size=given.beam_size,
        token_budget=given.token_budget,
        step_seconds=given.step_seconds,
        queue_limits={**QUEUE_LIMITS, **limits},
        preferences=given.preferences,
        recognizers=given.recognizers,
        live_recognizers=given.live_recognizers,
        live_batch=given.live_batch,
        memory_reserve_bytes=given.memory_reserve_bytes,
    )
    return InferenceCore(store or build_store(settings), options)
