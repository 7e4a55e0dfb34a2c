"""Models in memory: loaded on demand, lent by with-block, counted, unloaded when memory is short.

A pool belongs to one device. Engines are named by dotted path in ENGINES, so that nothing heavy is imported
before a model of that family is needed.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, cast

import psutil

from langsupport.engines.options import EngineSettings, InferenceOptions
from langsupport.engines.protocols import Recognizer, Translator
from langsupport.errors import ConfigurationError, EngineFailure, LangsupportError, MemoryShort

Engine = Translator | Recognizer


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """What the pool must know of an installed model. `memory_bytes` is what it takes once loaded, at int8."""

    family: str
    path: Path
    memory_bytes: int


class ModelShelf(Protocol):
    """Where installed models are looked up; raises ModelMissing."""

    def __call__(self, model: str) -> ModelNeeds: ...


ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "marian": "langsupport.engines.seq2seq:Seq2SeqTranslator",
        "m2m100": "langsupport.engines.seq2seq:Seq2SeqTranslator",
        "compact": "langsupport.engines.seq2seq:Seq2SeqTranslator",
        "nllb": "langsupport.engines.seq2seq:Seq2SeqTranslator",
        "madlad": "langsupport.engines.seq2seq:Seq2SeqTranslator",
        "causal": "langsupport.engines.causal:CausalTranslator",
        "echo": "langsupport.engines.echo:EchoTranslator",
        "whisper": "langsupport.engines.whisper:WhisperRecognizer",
    }
)
"""Family -> class. Translators are opened with (path, model, EngineSettings), recognizers as whisper.py says."""

RECOGNIZER_FAMILIES = frozenset({"whisper"})

CUDA_TYPES = ("float16", "int8_float16", "int8_float32", "float32")
"""Compute types on CUDA, best first; the first that the device supports is used."""

TYPE_FACTORS: Mapping[str, float] = MappingProxyType(
    {"float32": 4.0, "float16": 2.0, "bfloat16": 2.0, "int16": 2.0, "int8_float16": 1.1, "int8_bfloat16": 1.1}
)
"""Memory of a compute type relative to int8."""


def load_class(dotted: str) -> type[Any]:
    """The class behind `package.module:Name`."""
    module, _, name = dotted.partition(":")
    return cast("type[Any]", getattr(import_module(module), name))


def devices(wish: str) -> tuple[str, ...]:
    """The devices to run on: `cpu`, or `cuda:0`, `cuda:1`, ….

    Raises:
        ConfigurationError: an unknown name, or a CUDA device that is not there.
    """
    kind, _, index = wish.partition(":")
    if kind not in {"auto", "cpu", "cuda"} or (index and not (kind == "cuda" and index.isdigit())):
        raise ConfigurationError(
            source="inference", key="device", detail=f"“{wish}” is not one of auto, cpu, cuda, cuda:N"
        )
    count = 0 if kind == "cpu" else cuda_devices()
    if kind == "cuda" and count <= int(index or 0):
        raise ConfigurationError(source="inference", key="device", detail=f"“{wish}” is wanted and {count} are present")
    if index:
        return (wish,)
    return tuple(f"cuda:{number}" for number in range(count)) or ("cpu",)


def cuda_devices() -> int:
    """How many CUDA devices CTranslate2 can use."""
    return int(import_module("ctranslate2").get_cuda_device_count())


def engine_settings(options: InferenceOptions, device: str) -> EngineSettings:
    """What the options mean on one device.

    Raises:
        ConfigurationError: the compute type does not exist on this device.
    """
    kind, _, index = device.partition(":")
    supported = import_module("ctranslate2").get_supported_compute_types(kind, int(index or 0))
    wish = options.compute_type
    if wish == "auto":
        wish = "int8" if kind == "cpu" else next(name for name in CUDA_TYPES if name in supported)
    elif wish not in supported:
        allowed = ", ".join(["auto", *sorted(supported)])
        raise ConfigurationError(
            source="inference", key="compute_type", detail=f"“{wish}” is not one of {allowed} on {device}"
        )
    return EngineSettings(device, wish, options.threads, options.beam_size)


def available_bytes(device: str) -> int:
    """Free memory of a device: what the system could give without swapping, or what CUDA reports free."""
    if device == "cpu":
        return int(psutil.virtual_memory().available)
    return _cuda_free_bytes(int(device.partition(":")[2] or 0))


def _cuda_free_bytes(index: int) -> int:
    """Asks the CUDA driver, which counts devices as CTranslate2 does."""
    context, free, total = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
    try:
        cuda = ctypes.CDLL("libcuda.so.1" if sys.platform != "win32" else "nvcuda.dll")
        failed = (
            cuda.cuInit(0)
            or cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), index)
            or cuda.cuCtxSetCurrent(context)
            or cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total))
        )
        cuda.cuDevicePrimaryCtxRelease_v2(index)
    except (OSError, AttributeError) as error:
        raise EngineFailure(model="-", detail=f"the memory of cuda:{index} can't be read ({error})") from error
    if failed:
        raise EngineFailure(model="-", detail=f"the memory of cuda:{index} can't be read (CUDA error {failed})")
    return int(free.value)


@dataclass(slots=True)
class _Loaded:
    engine: Engine
    memory_bytes: int
    users: int = 0
    last_use: float = 0.0


class ModelPool:
    """The models of one device. Safe to use from several threads; loading blocks the others."""

    def __init__(
        self,
        shelf: ModelShelf,
        settings: EngineSettings,
        reserve_bytes: int,
        available: Callable[[], int] | None = None,
    ) -> None:
        self._shelf = shelf
        self._settings = settings
        self._reserve_bytes = reserve_bytes
        self._available = available or (lambda: available_bytes(settings.device))
        self._loaded: dict[str, _Loaded] = {}
        self._lock = threading.RLock()

    @property
    def device(self) -> str:
        return self._settings.device

    @contextmanager
    def lend(self, model: str) -> Iterator[Engine]:
        """The engine of a model, loaded now if it is not; it stays loaded while lent.

        Raises:
            ModelMissing, ModelDamaged, ExtraMissing: it can't be opened.
            MemoryShort: it would not fit even without the models that nobody uses.
        """
        with self._lock:
            entry = self._loaded.get(model) or self._load(model)
            entry.users += 1
        try:
            yield entry.engine
        finally:
            with self._lock:
                entry.users -= 1
                entry.last_use = time.monotonic()

    def peek(self, model: str) -> Engine | None:
        """The engine if it is loaded."""
        entry = self._loaded.get(model)
        return entry.engine if entry else None

    def loaded(self) -> dict[str, int]:
        """Bytes (as the manifests state them) by loaded model."""
        with self._lock:
            return {model: entry.memory_bytes for model, entry in self._loaded.items()}

    def relieve(self) -> list[str]:
        """Unload idle models, least recently used first, until the reserve is free again; which ones."""
        with self._lock:
            return self._make_room(0)

    def unload(self, model: str) -> bool:
        """Unload one model if nobody uses it; whether it is gone."""
        with self._lock:
            entry = self._loaded.get(model)
            if entry and entry.users == 0:
                del self._loaded[model]
                entry.engine.close()
            return model not in self._loaded

    def close(self) -> None:
        with self._lock:
            for entry in self._loaded.values():
                entry.engine.close()
            self._loaded.clear()

    def _load(self, model: str) -> _Loaded:
        needs = self._shelf(model)
        need_bytes = int(needs.memory_bytes * TYPE_FACTORS.get(self._settings.compute_type, 1.0))
        self._make_room(need_bytes)
        free_bytes = self._available() - self._reserve_bytes
        if free_bytes < need_bytes:
            raise MemoryShort(model=model, needed=_megabytes(need_bytes), available=_megabytes(max(free_bytes, 0)))
        entry = _Loaded(self._open(model, needs), need_bytes, last_use=time.monotonic())
        self._loaded[model] = entry
        return entry

    def _make_room(self, need_bytes: int) -> list[str]:
        gone: list[str] = []
        idle = sorted((entry.last_use, model) for model, entry in self._loaded.items() if entry.users == 0)
        for _, model in idle:
            if self._available() - self._reserve_bytes >= need_bytes:
                break
            self.unload(model)
            gone.append(model)
        return gone

    def _open(self, model: str, needs: ModelNeeds) -> Engine:
        dotted = ENGINES.get(needs.family)
        if dotted is None:
            raise EngineFailure(model=model, detail=f"no engine for the family “{needs.family}”")
        settings = self._settings
        try:
            kind = load_class(dotted)
            if needs.family in RECOGNIZER_FAMILIES:
                opened = kind(needs.path, model, settings.device, settings.compute_type, settings.threads)
            else:
                opened = kind(needs.path, model, settings)
        except LangsupportError:
            raise
        except Exception as error:
            raise EngineFailure(model=model, detail=f"it could not be opened ({error})") from error
        return cast("Engine", opened)


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MB"
