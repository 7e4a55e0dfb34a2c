"""How sure a model may be, learned with a tiny model and kept with it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

import tinymodels
from langsupport.cli.main import cli
from langsupport.domain.confidence import GENERAL, Evidence
from langsupport.engines.core import InferenceCore
from langsupport.engines.protocols import TranslationRequest
from langsupport.engines.seq2seq import Seq2SeqTranslator
from langsupport.engines.store import ModelStore
from langsupport.errors import InvalidRequest, ModelMissing
from langsupport.services.calibration import calibrate
from langsupport.training.bitext import Pair
from langsupport.training.calibrating import Example, across, fit, levelled, reliability

MODEL = "tiny-marian-en-fr"


def known(count: int) -> list[Example]:
    """Of which the more probable are the better."""
    chance = random.Random(3)
    found = []
    for _ in range(count):
        probability = chance.uniform(0.3, 1.0)
        shown = Evidence(probability, chance.uniform(0, 0.3), 0.0, chance.uniform(0, 0.3))
        found.append(Example(shown, 100 * probability + chance.gauss(0, 12) - 10, "fr"))
    return found


def test_what_tells_good_from_bad_is_learned_and_nothing_else() -> None:
    examples = known(400)
    learned = fit(examples)
    assert learned.weights["probability"] > 3 > abs(learned.weights["faults"])
    told = reliability(examples, across(examples))
    assert told.auc > 0.85 and told.correlation > 0.7 and told.error < 0.1
    turned = reliability(examples, [1 - chance for chance in across(examples)])
    assert turned.auc == pytest.approx(1 - told.auc) and turned.error > 0.2


def test_a_direction_has_its_own_level() -> None:
    examples = known(200)
    learned = fit(examples)
    worse = [Example(one.evidence, one.chrf - 25, one.target) for one in examples[:40]]
    moved = levelled(learned, worse)
    assert moved.weights == learned.weights
    assert moved.intercept < learned.intercept - 0.5


@pytest.mark.parametrize("examples", [known(50), [Example(one.evidence, 90.0, "fr") for one in known(200)]])
def test_too_little_says_how_much_is_needed(examples: Sequence[Example]) -> None:
    with pytest.raises(InvalidRequest, match="at least 100 are needed"):
        fit(examples)


def test_what_is_too_little_is_counted_whole() -> None:
    with pytest.raises(InvalidRequest, match=r"^90 translations"):
        across(known(90))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return tinymodels.installed(tmp_path, [MODEL])


@pytest.fixture
def mixed(store: ModelStore) -> list[Pair]:
    """Half of it as the model says it, half as nobody would."""
    sources = [source for source, _ in tinymodels.learnable(1)[:300]]
    engine = Seq2SeqTranslator(store.path(MODEL), MODEL)
    said = [made.text for made in engine.translate([TranslationRequest(text, "en", "fr") for text in sources])]
    engine.close()
    wanted = [text if place % 2 else "Xyzzy plugh." for place, text in enumerate(said)]
    return [Pair(source, text, "d") for source, text in zip(sources, wanted, strict=True) if text.strip()]


def test_a_model_keeps_what_was_learned(store: ModelStore, mixed: list[Pair]) -> None:
    before = store.record(MODEL)
    figure = Pair("123", "123", "d")  # nothing in it to translate
    with pytest.raises(InvalidRequest, match="0 translations, 0 of them good"):
        calibrate(store, MODEL, "en", "fr", [figure], 150)
    done = calibrate(store, MODEL, "en", "fr", mixed, 150)
    assert (done.model, done.reliability.examples) == (MODEL, 150)
    after = store.record(MODEL)
    assert {key: value for key, value in after.items() if key != "confidence"} == {
        key: value for key, value in before.items() if key != "confidence"
    }
    assert store.verify(MODEL) == {MODEL: ()}
    kept = store.manifest(MODEL).confidence["en", "fr"]
    assert "n:150" in kept.signature
    core = InferenceCore(store)
    assert core.calibration(MODEL, "en", "fr") == kept
    assert core.calibration(f"{MODEL}+{MODEL}", "en", "fr") is GENERAL
    core.close()


def test_a_record_that_can_not_be_read_does_not_stop_the_others(store: ModelStore) -> None:
    (store.path(MODEL) / "manifest.json").write_text("{", encoding="utf-8")
    assert store.manifest(MODEL).confidence == {}
    assert MODEL in store.manifests()


def test_what_can_not_be_calibrated(store: ModelStore, mixed: list[Pair]) -> None:
    with pytest.raises(InvalidRequest, match="does not translate from fr into en"):
        calibrate(store, MODEL, "fr", "en", mixed, 150)
    with pytest.raises(InvalidRequest, match="at least 100 are needed"):
        calibrate(store, MODEL, "en", "fr", mixed[:60], 150)
    with pytest.raises(InvalidRequest, match="no text"):
        calibrate(store, MODEL, "en", "fr", [], 150)
    with pytest.raises(ModelMissing):
        calibrate(store, "opus-mt-en-fr", "en", "fr", mixed, 150)
    assert not store.record(MODEL).get("confidence")


def test_by_the_command(store: ModelStore, mixed: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langsupport.cli.models._store", lambda run: store)
    text = tmp_path / "approved.tsv"
    text.write_text("".join(f"{one.source}\t{one.target}\t{one.tag}\n" for one in mixed), encoding="utf-8")
    words = ["models", "calibrate", MODEL, "--from", "en", "--to", "fr", "--memory", str(text), "--most", "120"]
    done = CliRunner().invoke(cli, [*words, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["examples"] == 120
    assert "confidence" in store.record(MODEL)
