"""What protocols.Translator promises, held against a tiny real model of every family."""

import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tinymodels
from langsupport.domain.languages import DIRECTIONS
from langsupport.engines.convert_gguf import convert_gguf
from langsupport.engines.convert_seq2seq import convert_seq2seq
from langsupport.engines.options import EngineSettings
from langsupport.engines.pool import ENGINES, RECOGNIZER_FAMILIES, load_class
from langsupport.engines.protocols import (
    InterruptibleTranslator,
    Translation,
    TranslationRequest,
    Translator,
    Unfinished,
)
from langsupport.errors import EngineFailure, LangsupportError, ModelDamaged

FAMILIES = sorted(set(ENGINES) - RECOGNIZER_FAMILIES)
SIX = ("The meeting is open.", "We thank the Chair.", "The report was adopted.", "See document TD 123.", "TD 123", "x")


def build(family: str, folder: Path) -> Path:
    """An installed-like folder with a tiny model of the family."""
    original, installed = folder / "original", folder / "installed"
    if family == "echo":
        installed.mkdir()
    elif family == "causal":
        tinymodels.qwen2_gguf(original)
        convert_gguf(original / "model.gguf", installed, family)
    else:
        getattr(tinymodels, family)(original)
        convert_seq2seq(original, installed, family, family)
    (installed / "manifest.json").write_text(json.dumps({"id": family, "family": family}))
    return installed


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def family(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["family"])


def opened(folder: Path, family: str) -> Any:
    return load_class(ENGINES[family])(folder, family, EngineSettings(threads=1))


@pytest.fixture(scope="module")
def translator(folder: Path, family: str) -> Iterator[Translator]:
    engine = opened(folder, family)
    yield engine
    engine.close()


def asked(*texts: str, target: str = "fr", **more: Any) -> list[TranslationRequest]:
    return [TranslationRequest(text, "en", target, **more) for text in texts]


def test_one_result_for_each_request_in_order(translator: Translator, family: str) -> None:
    together = translator.translate(asked(*SIX))
    assert [result.model for result in together] == [family] * len(SIX)
    alone = [translator.translate(asked(text))[0] for text in SIX[:3]]
    assert [result.text for result in together[:3]] == [result.text for result in alone]


def test_a_model_that_knows_the_sentences_says_them(translator: Translator, family: str) -> None:
    if family in {"causal", "echo"}:
        pytest.skip("this one is not trained on pairs")
    results = translator.translate(asked(*tinymodels.SENTENCES["en"]))
    right = [result for result, text in zip(results, tinymodels.SENTENCES["fr"], strict=True) if result.text == text]
    assert len(right) >= len(results) - 1  # so small a model may be wrong once
    assert all(result.problems == () for result in right)
    assert all(result.score is not None and result.score > -0.3 for result in right)  # it is sure of them


def test_every_direction_in_its_own_language(translator: Translator, family: str) -> None:
    if family in {"causal", "echo", "marian"}:
        pytest.skip("this one knows one direction only, or none")
    right = 0
    for source, target in DIRECTIONS:
        requests = [TranslationRequest(text, source, target) for text in tinymodels.SENTENCES[source]]
        texts = [result.text for result in translator.translate(requests)]
        right += sum(text == known for text, known in zip(texts, tinymodels.SENTENCES[target], strict=True))
    assert right >= 0.6 * len(DIRECTIONS) * len(tinymodels.SENTENCES["en"])  # so small a model is often wrong


def test_scores_are_mean_log_probabilities(translator: Translator) -> None:
    for result in translator.translate(asked(*SIX)):
        assert result.score is not None
        assert result.score <= 0


def test_what_goes_wrong_is_told_by_known_codes(translator: Translator) -> None:
    known = {"loop", "truncated", "chatter", "residue", "empty"}
    assert {problem for result in translator.translate(asked(*SIX)) for problem in result.problems} <= known


def test_nothing_in_nothing_out(translator: Translator) -> None:
    assert translator.translate([]) == []
    empty, full = translator.translate(asked("", "We thank the Chair."))
    assert (empty.text, empty.problems) == ("", ())
    assert full.text


def test_cost_grows_with_the_text(translator: Translator) -> None:
    short, long = asked("We thank the Chair.", "We thank the Chair. " * 20)
    assert 0 < translator.cost(short) < translator.cost(long)


def test_a_text_beyond_the_positions_is_translated_whole(translator: Translator, family: str) -> None:
    if family in {"causal", "echo"}:
        pytest.skip("this one has no such limit")
    text = " ".join(tinymodels.SENTENCES["en"] * 15)
    (result,) = translator.translate(asked(text))
    assert result.text.count(".") > 10 or result.problems  # so small a model may lose its way, but not in silence


PREFIXES = (
    "La séance est", "La séance est ouverte.", "La séance est ouv", "Rien de tel que", "会议开", "½ ﬁn，", "  ",
    "Fin. ", "[fr] The", "<|im_end|>", "</s> __fr__", "⟦1⟧", "Voir le TD 123 (PLEN)",
)  # fmt: skip


def test_a_translation_begins_with_its_prefix_to_the_letter(translator: Translator) -> None:
    requests = [request for prefix in PREFIXES for request in asked(*SIX[:2], prefix=prefix)]
    for request, result in zip(requests, translator.translate(requests), strict=True):
        assert result.text.startswith(request.prefix)
        assert "\n" not in result.text
    (nothing,) = translator.translate(asked(" ", prefix="La séance"))
    assert (nothing.text, nothing.problems) == ("La séance", ())


def test_requests_with_and_without_a_prefix_in_one_batch(translator: Translator) -> None:
    plain = asked(*SIX[:3])
    mixed = translator.translate([plain[0], *asked(SIX[0], prefix="La séance"), *plain[1:]])
    alone = translator.translate(plain)
    assert [mixed[0].text, mixed[2].text, mixed[3].text] == [result.text for result in alone]


def test_a_model_that_knows_the_sentence_goes_on_with_it(translator: Translator, family: str) -> None:
    if family in {"causal", "echo"}:
        pytest.skip("this one is not trained on pairs")
    requests, wanted = [], []
    for source, known in zip(tinymodels.SENTENCES["en"], tinymodels.SENTENCES["fr"], strict=True):
        words = known.split(" ")
        for count in range(1, len(words) + 1):
            requests += asked(source, prefix=" ".join(words[:count]))
            wanted.append(known)
        requests += asked(source, prefix=known[:-1])  # a caption that was shown without its full stop
        wanted.append(known)
    results = translator.translate(requests)
    wrong = [result.text for result, known in zip(results, wanted, strict=True) if result.text != known]
    assert len(wrong) <= len(wanted) // 10, wrong  # so small a model may be wrong
    assert sum(bool(result.problems) for result in results) <= len(wrong)  # nothing more to say is no problem


def test_a_prefix_that_ends_inside_a_word_is_gone_on_with(translator: Translator, family: str) -> None:
    if family in {"causal", "echo"}:
        pytest.skip("this one is not trained on pairs")
    known = tinymodels.SENTENCES["fr"][0]
    places = range(len("La séance est "), len(known))
    results = translator.translate([r for place in places for r in asked(SIX[0], prefix=known[:place])])
    assert sum(result.text == known for result in results) >= 0.8 * len(results), [result.text for result in results]


def test_a_long_text_has_its_prefix_once(translator: Translator) -> None:
    text = " ".join(tinymodels.SENTENCES["en"] * 60)
    for prefix in ("La séance est ouverte.", " ".join(tinymodels.SENTENCES["fr"] * 30)):
        (result,) = translator.translate(asked(text, prefix=prefix))
        assert result.text.startswith(prefix)


def test_alignment_lies_within_both_texts(translator: Translator) -> None:
    text = "The report was adopted."
    (result,) = translator.translate(asked(text, want_alignment=True))
    for span in result.alignment or ():
        assert 0 <= span.source_start < span.source_end <= len(text)
        assert 0 <= span.target_start < span.target_end <= len(result.text)


def test_alignment_is_known_where_the_family_has_attention(translator: Translator, family: str) -> None:
    (result,) = translator.translate(asked("The report was adopted.", want_alignment=True))
    assert bool(result.alignment) == (family != "causal")


@pytest.mark.parametrize(
    "text", ["<|im_end|>", "</s> <unk> __fr__ >>fra<< <2ru>", "\x00\ufffd\u202e", "⟦1⟧The report⟦/1⟧", "🌍" * 40]
)
def test_strange_texts_are_only_texts(translator: Translator, text: str) -> None:
    (result,) = translator.translate(asked(text))
    assert isinstance(result, Translation)


def test_an_interrupted_translation_goes_on_where_it_was(translator: Translator) -> None:
    if not isinstance(translator, InterruptibleTranslator):
        pytest.skip("this one runs its step to the end")
    given = [*asked(*SIX), *asked(SIX[0], prefix="La séance est")]
    wanted = dict(zip(given, translator.translate(given), strict=True))
    left: list[tuple[TranslationRequest, Unfinished | None]] = [(request, None) for request in given]
    rounds = 0
    while left:
        looks = itertools.count()
        patience = 4 * len(left)
        results = translator.translate_until(
            [request for request, _ in left],
            [state for _, state in left],
            lambda looks=looks, patience=patience: next(looks) > patience,  # type: ignore[misc]
        )
        for (request, _), result in zip(left, results, strict=True):
            if isinstance(result, Translation):
                assert result.text == wanted[request].text
        left = [(r, state) for (r, _), state in zip(left, results, strict=True) if isinstance(state, Unfinished)]
        rounds += 1
        assert rounds < 1_000


def test_a_closed_model_fails_with_an_error_of_ours(folder: Path, family: str) -> None:
    engine = opened(folder, family)
    engine.close()
    engine.close()
    with pytest.raises(EngineFailure):
        engine.translate(asked("We thank the Chair."))


def test_only_our_errors_leave_an_engine(folder: Path, family: str, tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=family):
        opened(tmp_path, family)
    for name in ("model.bin", "manifest.json"):
        if (folder / name).is_file():
            (tmp_path / "manifest.json").write_text("{}" if name == "model.bin" else "not json")
            with pytest.raises(LangsupportError):
                opened(tmp_path, family)


def test_calls_from_several_threads_in_turn(translator: Translator) -> None:
    texts: list[str] = []

    def run() -> None:
        texts.append(translator.translate(asked("We thank the Chair."))[0].text)

    for _ in range(3):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert len(set(texts)) == 1
