"""Conversion keeps what a model says: every family through the store, and GGUF token by token."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ctranslate2
import gguf
import numpy as np
import pytest
import torch
import transformers
from ctranslate2.specs import common_spec
from tokenizers import Tokenizer

import tinymodels
from langsupport.engines.convert_gguf import convert_gguf, quantize_rows
from langsupport.engines.manifest import read_manifests
from langsupport.engines.store import ModelStore
from langsupport.errors import ModelDamaged, ModelError, SourceUnavailable


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tinymodels.qwen2(tmp_path_factory.mktemp("qwen2"))


@pytest.mark.parametrize("quantization", ["F32", "F16", "Q8_0"])
def test_gguf_says_what_transformers_says(original: Path, tmp_path: Path, quantization: str) -> None:
    file = tinymodels.qwen2_gguf(tmp_path, quantization, original) / "model.gguf"
    convert_gguf(file, tmp_path / "out", "tiny")
    # what is converted is compared, not how exactly a processor multiplies bytes
    generator = ctranslate2.Generator(str(tmp_path / "out"), compute_type="float32")
    tokenizer = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    reference = transformers.Qwen2ForCausalLM.from_pretrained(original)
    fast = transformers.AutoTokenizer.from_pretrained(original)
    end = tokenizer.token_to_id("<|im_end|>")
    for text in [text[:6] for texts in tinymodels.SENTENCES.values() for text in texts]:
        prompt = tokenizer.encode(text)
        assert prompt.ids == fast(text)["input_ids"]
        expected = reference.generate(torch.tensor([prompt.ids]), max_new_tokens=20, do_sample=False)[0]
        tokens = [token for token in expected[len(prompt.ids) :].tolist() if token != end]
        [result] = generator.generate_batch(
            [prompt.tokens], max_length=20, include_prompt_in_result=False, sampling_topk=1
        )
        assert result.sequences_ids[0] == tokens, text


def test_gguf_needs_neither_torch_nor_transformers(original: Path, tmp_path: Path) -> None:
    tinymodels.qwen2_gguf(tmp_path, "F32", original)
    program = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
from pathlib import Path
from langsupport.engines.convert_gguf import convert_gguf
convert_gguf(Path(sys.argv[1], "model.gguf"), Path(sys.argv[1], "out"), "tiny")
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert ctranslate2.contains_model(str(tmp_path / "out"))


def test_llama_keeps_its_rotation(tmp_path: Path) -> None:
    """Its weights are random, so the scores of every next token are compared, not a text."""
    original = tinymodels.llama(tmp_path / "original")
    convert_gguf(tinymodels.llama_gguf(tmp_path, original) / "model.gguf", tmp_path / "out", "tiny")
    generator = ctranslate2.Generator(str(tmp_path / "out"), compute_type="float32")
    prompt = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json")).encode("See document TD 123 of the meeting")
    with torch.no_grad():
        expected = transformers.LlamaForCausalLM.from_pretrained(original)(torch.tensor([prompt.ids])).logits[0].numpy()
    found = np.array(generator.forward_batch([prompt.tokens]))[0]
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.999


def test_rows_are_quantized_as_ctranslate2_does() -> None:
    values = np.random.default_rng(3).normal(size=(50, 64)).astype(np.float32)
    values[7] = 0
    values[8] *= 1e-42
    spec = common_spec.LinearSpec()
    spec.weight = values.copy()
    spec.validate()
    spec.optimize("int8")
    weight, scale = quantize_rows(values.copy())
    np.testing.assert_array_equal(weight, spec.weight.numpy())
    np.testing.assert_array_equal(scale, spec.weight_scale.numpy())


def test_a_truncated_gguf_is_refused(original: Path, tmp_path: Path) -> None:
    file = tinymodels.qwen2_gguf(tmp_path, "F32", original) / "model.gguf"
    whole = file.read_bytes()
    for size in (0, 100, 5000, len(whole) // 2, len(whole) - 100):
        file.write_bytes(whole[:size])
        with pytest.raises(ModelDamaged):
            convert_gguf(file, tmp_path / "out", "tiny")


def test_another_architecture_is_refused_by_name(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "mamba")
    writer.add_block_count(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelError, match=r"architecture mamba is not supported.*llama, qwen2"):
        convert_gguf(tmp_path / "model.gguf", tmp_path / "out", "tiny")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return tinymodels.installed(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("model", tinymodels.MODELS)
def test_every_family_installs_from_a_local_folder(store: ModelStore, model: str) -> None:
    path = store.path(model)
    assert ctranslate2.contains_model(str(path))
    assert store.verify(model) == {model: ()}
    record = store.record(model)
    assert record["family"] == tinymodels.MODELS[model][0]
    assert record["conversion"]["kind"] == tinymodels.MODELS[model][2]
    assert record["source"]["kind"] == "folder"
    names = {file.name for file in path.iterdir()}
    assert names & {"tokenizer.json", "sentencepiece.model", "source.spm"}, "the tokenizer came along"
    assert not names & {"model.safetensors", "model.gguf"}, "the original weights did not"


def test_a_family_without_its_language_codes_is_refused(store: ModelStore, tmp_path: Path) -> None:
    """transformers reads such a tokenizer without a word, and the model would answer in any language."""
    folder = store.root.parent / "hub" / "tiny-m2m100"
    (tmp_path / "hub").mkdir()
    for file in folder.iterdir():
        content = b"{}" if file.name == "special_tokens_map.json" else file.read_bytes()
        (tmp_path / "hub" / file.name).write_bytes(content)
    tinymodels.write_manifest(tmp_path / "manifests", "tiny-m2m100")
    fresh = ModelStore(tmp_path / "models", tmp_path / "manifests")
    with pytest.raises(ModelDamaged):
        fresh.install("tiny-m2m100", source=tmp_path / "hub")
    assert fresh.installed() == {}


def test_a_damaged_weight_file_is_refused(store: ModelStore, tmp_path: Path) -> None:
    folder = store.root.parent / "hub" / "tiny-marian-en-fr"
    (tmp_path / "hub").mkdir()
    for file in folder.iterdir():
        data = file.read_bytes()
        (tmp_path / "hub" / file.name).write_bytes(data[:5000] if file.name == "model.safetensors" else data)
    fresh = ModelStore(tmp_path / "models", store.root.parent / "manifests")
    with pytest.raises(ModelDamaged, match="tiny-marian-en-fr"):
        fresh.install("tiny-marian-en-fr", source=tmp_path / "hub")
    (tmp_path / "hub" / "source.spm").unlink()
    with pytest.raises(SourceUnavailable, match=r"source\.spm"):
        fresh.install("tiny-marian-en-fr", source=tmp_path / "hub")
    assert fresh.installed() == {}


SHIPPED = Path(__file__).parents[2] / "models"


@pytest.mark.parametrize("model", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_every_shipped_manifest_is_complete(model: str) -> None:
    manifest = read_manifests(SHIPPED)[model]
    assert manifest.licence and manifest.licence_url and manifest.homepage
    assert manifest.commercial_use is ("NC" not in manifest.licence)
    assert manifest.download_bytes and manifest.disk_bytes and manifest.memory_bytes
    assert manifest.sources
    assert bool(manifest.directions) is (manifest.task == "translation")
    assert not manifest.scores or manifest.signature


def test_the_shipped_manifests_cover_all_thirty_directions_without_a_draft() -> None:
    manifests = [m for m in read_manifests(SHIPPED).values() if m.family == "marian"]
    direct = {direction for manifest in manifests for direction in manifest.directions}
    for source in tinymodels.SENTENCES:
        for target in tinymodels.SENTENCES:
            pivot = (source, "en") in direct and ("en", target) in direct
            assert source == target or (source, target) in direct or pivot
