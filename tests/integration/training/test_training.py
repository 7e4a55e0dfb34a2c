"""Training for real, with very small models: from a corpus on the disk to a model that the engine opens."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import bitext_maker
import tinymodels
from langsupport.cli.main import cli
from langsupport.engines.causal import CausalTranslator
from langsupport.engines.protocols import TranslationRequest
from langsupport.engines.seq2seq import Seq2SeqTranslator
from langsupport.engines.store import ModelStore
from langsupport.errors import Conflict, InvalidRequest, ModelDamaged


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bitext_maker.write_corpus(tmp_path_factory.mktemp("corpus"))


def train(command: str, corpus: Path, out: Path, seconds: int, *more: str) -> None:
    words = ["train", command, "--corpus", str(corpus), "--out", str(out), "--seconds", str(seconds), *more]
    done = CliRunner().invoke(cli, words, catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output


SMALL = ("--pieces", "500", "--layers", "1", "1", "--width", "64", "--budget", "1024")


def last_loss(out: Path) -> float:
    """As it was reported last, after a hundred steps for the first time."""
    log = out / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return float(json.loads(lines[-1])["loss"]) if lines else math.inf


def said(out: Path) -> str:
    """What the model makes of a sentence, opened by the engine."""
    model = out / "model"
    (model / "manifest.json").write_text(json.dumps({"family": "compact"}), encoding="utf-8")
    text = bitext_maker.SENTENCES["en"].format(n=3, m=4, thing="report")
    (made,) = Seq2SeqTranslator(model, "compact").translate([TranslationRequest(text, "en", "fr")])
    return made.text


def test_a_compact_model_is_learned_cut_and_gone_on_with(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train("compact", corpus, out, 6, *SMALL)
    first = json.loads((out / "record.json").read_text(encoding="utf-8"))["end"]
    seconds = 14
    train("compact", corpus, out, seconds, *SMALL)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    assert record["end"]["step"] > first["step"]
    assert record["end"]["seconds"] >= 14
    while (last_loss(out) >= 6.2 or not said(out)) and seconds < 300:  # the steps it takes are sure, the time is not
        seconds += 20
        train("compact", corpus, out, seconds, *SMALL)
    assert last_loss(out) < 6.2, "below what knowing nothing of 600 tokens costs"
    assert said(out)
    with pytest.raises(Conflict, match="other settings"):
        train("compact", corpus, out, seconds + 20, *SMALL[:-4], "--width", "128", "--budget", "1024")


def test_a_run_that_is_over_before_its_first_report_leaves_a_whole_record(corpus: Path, tmp_path: Path) -> None:
    train("compact", corpus, tmp_path / "run", 1, *SMALL)
    record = json.loads((tmp_path / "run" / "record.json").read_text(encoding="utf-8"))
    assert record["end"]["step"] < 100 and not (tmp_path / "run" / "log.jsonl").exists()


def test_an_adapter_is_learned_and_merged_when_its_model_is_installed(corpus: Path, tmp_path: Path) -> None:
    gguf = tinymodels.qwen2_gguf(tmp_path / "base") / "model.gguf"
    out = tmp_path / "run"
    train("adapter", corpus, out, 4, "--gguf", str(gguf), "--rank", "4", "--budget", "2048")
    train("adapter", corpus, out, 10, "--gguf", str(gguf), "--rank", "4", "--budget", "2048")
    content = (out / "adapter.npz").read_bytes()
    with np.load(out / "adapter.npz") as found:
        assert any(name.endswith("lora_B") and np.any(found[name]) for name in found.files), "something was learned"

    manifests = tmp_path / "manifests"
    file = tinymodels.write_manifest(manifests, "tiny-qwen2", prompt="adapted")
    (manifests / "adapter.1").write_bytes(content[:5000])
    (manifests / "adapter.2").write_bytes(content[5000:])
    digest = hashlib.sha256(content).hexdigest()
    more = f'[adapter]\nscale = 2.0\nsha256 = "{digest}"\nparts = ["adapter.1", "adapter.2"]\n'
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    store = ModelStore(tmp_path / "models", manifests)
    adapted = store.install("tiny-qwen2", source=gguf.parent)
    assert store.record("tiny-qwen2")["prompt"] == "adapted"
    plain = tinymodels.installed(tmp_path / "plain", ["tiny-qwen2"]).path("tiny-qwen2")
    assert (adapted / "model.bin").read_bytes() != (plain / "model.bin").read_bytes()
    (made,) = CausalTranslator(adapted, "tiny-qwen2").translate([TranslationRequest("A report.", "en", "fr")])
    assert made.model == "tiny-qwen2"

    store.remove("tiny-qwen2")
    (manifests / "adapter.2").write_bytes(b"damaged")
    with pytest.raises(ModelDamaged, match="SHA-256"):
        ModelStore(tmp_path / "models", manifests).install("tiny-qwen2", source=gguf.parent)


def test_too_little_text_says_how_much_is_needed(tmp_path: Path) -> None:
    few = bitext_maker.write_corpus(tmp_path / "few", count=30)
    with pytest.raises(InvalidRequest, match="at least 1000"):
        train("compact", few, tmp_path / "run", 2, *SMALL)
    with pytest.raises(InvalidRequest, match=r"holds no en-ar\.tsv"):
        train("compact", tmp_path, tmp_path / "other", 2, *SMALL)
