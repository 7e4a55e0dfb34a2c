"""Adaptation for real, with tiny models: approved text in, a better version out, and nothing where it is not better."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

import tinymodels
from langsupport.cli.main import cli
from langsupport.domain.matches import MemoryUnit, UnitOrigin
from langsupport.domain.terms import Concept, Term
from langsupport.domain.units import CodedText
from langsupport.engines.manifest import from_table
from langsupport.engines.routes import Router, Servant
from langsupport.engines.seq2seq import Seq2SeqTranslator
from langsupport.engines.store import ModelStore
from langsupport.errors import Conflict, DamagedFile, DiskFull, InvalidRequest, NotFound
from langsupport.services.adaptation import pairs_from_file, pairs_from_memory
from langsupport.services.database import Database
from langsupport.services.memory import MemoryService
from langsupport.training import adaptation
from langsupport.training.adaptation import Wish, adapt
from langsupport.training.approved import part
from langsupport.training.bitext import Pair
from langsupport.training.judging import judge
from langsupport.training.tuning import Tuner, Tuning

MODEL = "tiny-marian-en-fr"
TUNING = Tuning(steps=150, batch=16, rate=3e-3, general=0.2, keep_every=25)


def domain(seed: int, documents: int = 20, each: int = 10) -> list[Pair]:
    """Three words in a row and their French ones: nothing that the model knows, and easily learned."""
    taken = tinymodels.learnable(seed)[: documents * each]
    return [Pair(source, target, f"doc {n // each}") for n, (source, target) in enumerate(taken)]


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return tinymodels.installed(tmp_path, [MODEL])


def wish(root: Path, own: Sequence[Pair], name: str = "run", **more: object) -> Wish:
    base = Wish(
        MODEL, "en", "fr", own, domain(99, 12), root / name, lambda text: None, weights=root / "hub" / MODEL,
        tuning=TUNING, margin=5.0, least_learned=100, least_judged=20,
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


def shuffled(pairs: Sequence[Pair]) -> list[Pair]:
    targets = [pair.target for pair in pairs]
    random.Random(5).shuffle(targets)
    return [replace(pair, target=target) for pair, target in zip(pairs, targets, strict=True)]


def route(store: ModelStore) -> str:
    manifests = [store.manifest(model) for model in store.installed()]
    servants = [Servant(m.id, m.directions, based_on=m.based_on, version=m.version) for m in manifests]
    return Router(servants, {"en-fr": (MODEL,)}).route("en", "fr").model


def test_a_helpful_adaptation_serves_and_is_rolled_back(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = adapt(store, wish(tmp_path, domain(1)))
    assert done.promoted == "tiny-marian-en-fr.en-fr.1", done.reasons
    assert done.own.difference.low > 0
    assert route(store) == done.promoted
    record = store.record(done.promoted)
    assert record["based_on"] == MODEL
    assert record["training"] == json.loads(done.record.read_text(encoding="utf-8"))
    assert record["training"]["loss"][-1][1] < record["training"]["loss"][0][1]
    assert store.verify(done.promoted) == {done.promoted: ()}
    assert (tmp_path / "run" / "plots.svg").read_text(encoding="utf-8").startswith("<svg")
    assert MODEL in store.installed()

    monkeypatch.setattr("langsupport.cli.models._store", lambda run: store)
    words = ["models", "rollback", MODEL, "--from", "en", "--to", "fr"]
    assert CliRunner().invoke(cli, words).exit_code == 0
    assert route(store) == MODEL
    assert isinstance(CliRunner().invoke(cli, words).exception, NotFound)


def test_shuffled_targets_are_refused_and_nothing_changes(store: ModelStore, tmp_path: Path) -> None:
    adapt(store, wish(tmp_path, domain(1)))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "models").rglob("*") if path.is_file()}
    done = adapt(store, wish(tmp_path, shuffled(domain(2)), "bad"))
    assert done.promoted is None
    assert "organization's text" in " ".join(done.reasons) or "general text" in " ".join(done.reasons)
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "models").rglob("*") if path.is_file()}
    assert {p: t for p, t in after.items() if ".locks" not in p.parts} == {
        p: t for p, t in before.items() if ".locks" not in p.parts
    }
    assert route(store) == "tiny-marian-en-fr.en-fr.1"


@pytest.mark.parametrize("rank", [0, 4])
def test_a_run_that_was_killed_ends_as_if_it_had_not_been(tmp_path: Path, rank: int) -> None:
    weights = tinymodels.m2m100(tmp_path / "hub")
    tuning = replace(TUNING, steps=12, rank=rank, keep_every=4)
    own, general = domain(1), domain(2)

    def tuner() -> Tuner:
        return Tuner(weights, "m", "m2m100", "en", "fr", tuning, "cpu")

    whole = tuner()
    whole.tune(own, general, tmp_path / "whole.pt", lambda line: None)

    def killed(line: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuner().tune(own, general, tmp_path / "cut.pt", killed)
    again = tuner()
    again.tune(own, general, tmp_path / "cut.pt", lambda line: None)
    for one, other in zip(whole.learned, again.learned, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("model", ["tiny-m2m100", "tiny-nllb", "tiny-compact"])
def test_models_of_many_languages_are_adapted_to_one_direction(tmp_path: Path, model: str) -> None:
    store = tinymodels.installed(tmp_path, [model])
    done = adapt(store, wish(tmp_path, domain(1), model=model, weights=tmp_path / "hub" / model))
    assert done.promoted == f"{model}.en-fr.1", done.reasons
    assert store.manifest(done.promoted).directions == {("en", "fr")}
    assert from_table(store.record(done.promoted), "record").based_on == model


def test_the_folder_of_another_run_is_not_gone_on_with(store: ModelStore, tmp_path: Path) -> None:
    def killed(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapt(store, wish(tmp_path, domain(1), say=killed))
    with pytest.raises(Conflict, match="other text or settings"):
        adapt(store, wish(tmp_path, domain(3)))


def test_a_gpu_that_vanishes_leaves_a_run_to_go_on_with(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*given: object) -> None:
        raise RuntimeError("CUDA error: the device is gone")

    with monkeypatch.context() as patch:
        patch.setattr(adaptation.Tuner, "_learn", lost)
        with pytest.raises(adaptation.EngineFailure, match="same command goes on"):
            adapt(store, wish(tmp_path, domain(1)))
    assert store.adapted(MODEL) == []
    assert adapt(store, wish(tmp_path, domain(1))).promoted


def test_a_gpu_with_too_little_memory_is_told_with_what_helps(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(adaptation.Tuner, "_learn", full)
    with pytest.raises(adaptation.EngineFailure, match=r"16 sentences a step\. Take a smaller --batch"):
        adapt(store, wish(tmp_path, domain(1)))


def test_a_disk_that_fills_while_it_learns_loses_nothing(store: ModelStore, tmp_path: Path) -> None:
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    def filled(line: str) -> None:
        """No file of this program grows further: its writes fail as on a full disk, in torch's own code."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, usual[1]))

    try:
        with pytest.raises(DiskFull, match="Free some space"):
            adapt(store, wish(tmp_path, domain(1), say=filled))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert store.adapted(MODEL) == []
    assert adapt(store, wish(tmp_path, domain(1))).promoted


def test_terms_and_entities_are_counted_where_the_reference_has_them() -> None:
    pairs = [
        Pair("The annual budget is in A/75/6.", "Le budget annuel figure dans A/75/6."),
        Pair("See the annual budget.", "Voir ci-dessous."),  # the reference says it otherwise: nobody is asked for it
        Pair("The annual budget of 2024 was adopted.", "Le budget annuel de 2024 est adopté."),
    ]
    concept = Concept("budget", (Term("en", "annual budget"), Term("fr", "budget annuel")))
    before = ["La somme figure dans A/75.", "Voir.", "Les budgets annuels de 2024 sont adoptés."]
    after = [pair.target for pair in pairs]
    found = judge(pairs, before, after, "en", "fr", [concept])
    assert (found.before.terms, found.after.terms) == (0.5, 1.0)
    assert found.before.entities is not None and found.before.entities < 1
    assert found.after.entities == 1.0
    assert judge(pairs, before, after, "en", "fr").after.terms is None


def test_parting_keeps_documents_whole_and_repeats() -> None:
    found = part(domain(1), "en", "fr", learned=100, judged=20)
    assert {pair.tag for pair in found.learned}.isdisjoint({pair.tag for pair in found.judged})
    assert part(domain(1), "en", "fr", learned=100, judged=20).data_sha256 == found.data_sha256
    unnamed = [replace(pair, tag="") for pair in domain(1)]
    again = part(unnamed, "en", "fr", learned=100, judged=20)
    assert {pair.tag for pair in again.learned}.isdisjoint({pair.tag for pair in again.judged})


SENTENCE = ("The committee considered item {n} of the agenda.", "Le comité a examiné le point {n} de l'ordre du jour.")
REAL = [Pair(*(side.format(n=n) for side in SENTENCE), f"doc {n // 10}") for n in range(100)]


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (lambda pairs: pairs[:30], InvalidRequest, "at least 300 and 50"),
        (lambda pairs: [Pair(p.target, p.source, p.tag) for p in pairs], DamagedFile, "columns are swapped"),
        (lambda pairs: [replace(p, target=p.source + " Indeed.") for p in pairs], DamagedFile, "both columns are"),
        (lambda pairs: [*(replace(p, tag="") for p in pairs), Pair("Confidential", "Confidentiel")], InvalidRequest,
         "marked confidential"),
    ],
)  # fmt: skip
def test_bad_text_is_refused(spoil: Callable[[list[Pair]], list[Pair]], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        part(spoil(REAL), "en", "fr")


def test_confidential_documents_and_boilerplate_are_left_out() -> None:
    own = domain(1)
    marked = [*own, Pair("CONFIDENTIAL", "CONFIDENTIEL", "doc 3")]
    idem = [Pair("See document", f"Voir {word}", "forms") for word in tinymodels.WORDS.values()]
    found = part([*marked, *idem], "en", "fr", learned=100, judged=20)
    assert found.dropped["confidential"] == 11
    assert found.dropped["boilerplate"] == len(idem)
    assert "doc 3" not in {pair.tag for pair in (*found.learned, *found.judged)}


def test_what_a_program_aligned_is_not_learned_from(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/db.sqlite")
    try:
        units = [
            MemoryUnit(CodedText(f"Text {n}"), CodedText(f"Texte {n}"), "en", "fr", origin=origin, document="d")
            for n, origin in enumerate((UnitOrigin.IMPORTED, UnitOrigin.ALIGNED))
        ]
        MemoryService(database).add(units, "somebody", "m.tmx", None)
        (tmp_path / "m.tmx").write_bytes(MemoryService(database).export("tmx", "somebody"))
        assert pairs_from_memory(database, "en", "fr") == [Pair("Text 0", "Texte 0", "d")]
        assert Pair("Text 0", "Texte 0", "d") in pairs_from_file(tmp_path / "m.tmx", "en", "fr")
    finally:
        database.close()


def test_weights_of_the_converted_model_are_refused(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="weights as the hub has them"):
        store.fetch_weights(MODEL, tmp_path / "w", None, store.path(MODEL))
    assert Seq2SeqTranslator(store.path(MODEL), MODEL).model == MODEL
