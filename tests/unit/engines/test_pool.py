"""Models lent, counted and unloaded when memory is short; the memory is the test's, the engines are real."""

import json
from pathlib import Path

import pytest

from langsupport.engines.options import EngineSettings, InferenceOptions
from langsupport.engines.pool import ModelNeeds, ModelPool, devices, engine_settings
from langsupport.engines.protocols import TranslationRequest
from langsupport.errors import ConfigurationError, EngineFailure, MemoryShort, ModelDamaged

MB = 2**20


class Machine:
    """So much memory; what is loaded takes its share."""

    def __init__(self, folder: Path, total_mb: int, sizes_mb: dict[str, int]) -> None:
        self.sizes = sizes_mb
        self.total_mb = total_mb
        self.folder = folder
        for model in sizes_mb:
            (folder / model).mkdir()
            (folder / model / "manifest.json").write_text(json.dumps({"family": "echo"}))
        self.pool = ModelPool(self.needs, EngineSettings(), reserve_bytes=10 * MB, available=self.available)

    def needs(self, model: str) -> ModelNeeds:
        return ModelNeeds("echo", self.folder / model, self.sizes[model] * MB)

    def available(self) -> int:
        return self.total_mb * MB - sum(self.pool.loaded().values())

    def use(self, model: str) -> None:
        with self.pool.lend(model):
            pass


def test_a_model_is_loaded_once_and_lent_again(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 20})
    with machine.pool.lend("a") as first, machine.pool.lend("a") as second:
        assert first is second
    assert machine.pool.peek("a") is first


def test_the_least_recently_used_idle_model_goes_first(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 40, "b": 40, "c": 40})
    machine.use("a")
    machine.use("b")
    machine.use("a")
    machine.use("c")
    assert set(machine.pool.loaded()) == {"a", "c"}


def test_an_unloaded_model_is_closed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 60, "b": 60})
    with machine.pool.lend("a") as engine:
        pass
    machine.use("b")
    with pytest.raises(EngineFailure):
        engine.translate([TranslationRequest("x", "en", "fr")])


def test_a_model_in_use_is_never_unloaded(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 60, "b": 60})
    with machine.pool.lend("a"), pytest.raises(MemoryShort) as short, machine.pool.lend("b"):
        pass
    assert short.value.fields == {"model": "b", "needed": "60 MB", "available": "30 MB"}
    assert set(machine.pool.loaded()) == {"a"}
    machine.use("b")


def test_pressure_from_outside_unloads_idle_models(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 20, "b": 20})
    machine.use("a")
    machine.use("b")
    assert machine.pool.relieve() == []
    machine.total_mb = 35
    assert machine.pool.relieve() == ["a"]


def test_a_wider_compute_type_needs_more(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 30})
    wide = ModelPool(machine.needs, EngineSettings(compute_type="float32"), 10 * MB, lambda: 100 * MB)
    with pytest.raises(MemoryShort, match="120 MB"), wide.lend("a"):
        pass


def test_a_damaged_folder_and_an_unknown_family_are_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 1})
    (tmp_path / "a" / "manifest.json").write_text("{")
    with pytest.raises(ModelDamaged, match=r"manifest\.json"):
        machine.use("a")
    strange = ModelPool(lambda model: ModelNeeds("abacus", tmp_path, 0), EngineSettings(), 0, lambda: MB)
    with pytest.raises(EngineFailure, match="abacus"), strange.lend("a"):
        pass


def test_closing_gives_everything_back(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 100, {"a": 1, "b": 1})
    machine.use("a")
    machine.use("b")
    machine.pool.close()
    machine.pool.close()
    assert machine.pool.loaded() == {}


@pytest.mark.parametrize("wish", ["gpu", "cpu:1", "cuda:x", "cuda:99"])
def test_a_device_that_is_not_there_stops_the_start(wish: str) -> None:
    with pytest.raises(ConfigurationError, match="device"):
        devices(wish)


def test_the_cpu_computes_in_int8_unless_told_otherwise() -> None:
    assert devices("cpu") == ("cpu",)
    assert engine_settings(InferenceOptions(), "cpu").compute_type == "int8"
    assert engine_settings(InferenceOptions(compute_type="float32"), "cpu").compute_type == "float32"
    with pytest.raises(ConfigurationError, match="not one of"):
        engine_settings(InferenceOptions(compute_type="int3"), "cpu")
