"""The inference core with its real threads over a real store; the model is the deterministic one without weights."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langsupport.domain.languages import DIRECTIONS, LANGUAGES
from langsupport.engines.core import InferenceCore, InferenceOptions
from langsupport.engines.options import QUEUE_LIMITS
from langsupport.engines.protocols import Lane, TranslationRequest
from langsupport.engines.store import ModelStore
from langsupport.errors import Cancelled, EngineFailure, LangsupportError, ModelMissing, QueueFull

Start = Callable[..., InferenceCore]
TO_ENGLISH = [f"{code}-en" for code in LANGUAGES if code != "en"]
FROM_ENGLISH = [f"en-{code}" for code in LANGUAGES if code != "en"]


def install(root: Path, model: str, pairs: list[str], **more: Any) -> None:
    (root / model).mkdir(parents=True)
    facts = {"id": model, "title": model, "family": "echo", "task": "translation", "licence": "CC0-1.0"}
    facts |= {"languages": list(LANGUAGES), "pairs": pairs, "commercial_use": True, **more}
    (root / model / "manifest.json").write_text(json.dumps(facts))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    (tmp_path / "manifests").mkdir()
    cores: list[InferenceCore] = []

    def make(options: InferenceOptions | None = None, **models: dict[str, Any]) -> InferenceCore:
        for model, facts in (models or {"echo": {"pairs": ["-".join(pair) for pair in DIRECTIONS]}}).items():
            install(tmp_path / "models", model, **facts)
        cores.append(InferenceCore(ModelStore(tmp_path / "models", tmp_path / "manifests"), options))
        return cores[-1]

    yield make
    for core in cores:
        core.close()


def asked(count: int, target: str = "fr", words: int = 4) -> list[TranslationRequest]:
    return [TranslationRequest(f"sentence {n} " + "word " * words, "en", target) for n in range(count)]


def every_direction(**more: Any) -> dict[str, Any]:
    return {"pairs": ["-".join(pair) for pair in DIRECTIONS], **more}


def test_results_come_in_the_order_of_the_requests_whatever_the_directions(start: Start) -> None:
    requests = [TranslationRequest(f"text {n}", s, t) for n, (s, t) in enumerate(DIRECTIONS * 3)]
    results = start().translate(requests, Lane.BATCH).wait()
    assert [result.text for result in results] == [f"[{r.target}] {r.text}" for r in requests]


def test_a_repeated_request_is_translated_once(start: Start) -> None:
    core = start()
    results = core.translate(asked(1) * 50 + asked(2), Lane.BATCH).wait()
    assert len(results) == 52
    assert sum(row["items"] for row in core.metrics()["work"]) == 2


def test_empty_texts_come_back_without_a_model(start: Start) -> None:
    core = start()
    results = core.translate(
        [TranslationRequest(" ", "en", "fr"), TranslationRequest("", "en", "ru")], Lane.LIVE
    ).wait()
    assert [result.text for result in results] == [" ", ""]
    assert core.metrics()["loaded"]["cpu"] == {}


def test_a_live_request_overtakes_a_running_batch(start: Start) -> None:
    core = start(echo=every_direction(seconds_per_token=0.002))
    batch = core.translate(asked(2_000), Lane.BATCH)
    next(batch.results())
    core.translate(asked(1, "ru"), Lane.LIVE).wait()
    assert core.metrics()["waiting"]["batch"] > 0
    batch.cancel()


def test_results_stream_and_cancelling_stops_the_rest(start: Start) -> None:
    core = start(echo=every_direction(seconds_per_token=0.002))
    ticket = core.translate(asked(2_000), Lane.BATCH)
    results = ticket.results()
    index, result = next(results)
    assert result.text == f"[fr] {asked(2_000)[index].text}"
    ticket.cancel()
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.wait()
    assert core.metrics()["waiting"]["batch"] == 0
    assert core.translate(asked(1), Lane.BATCH).wait()


def test_a_full_queue_says_so_and_other_lanes_stay_open(start: Start) -> None:
    limits = {**QUEUE_LIMITS, Lane.INTERACTIVE: 10}
    core = start(InferenceOptions(queue_limits=limits), echo=every_direction(seconds_per_token=0.002))
    first = core.translate(asked(2_000), Lane.INTERACTIVE)
    next(first.results())
    with pytest.raises(QueueFull, match="interactive"):
        core.translate(asked(11, "ru"), Lane.INTERACTIVE)
    assert core.translate(asked(1, "ru"), Lane.LIVE).wait()
    first.cancel()


def test_one_bad_item_fails_its_own_ticket_only(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    from langsupport.engines.echo import EchoTranslator

    honest = EchoTranslator.translate_until

    def brittle(self: Any, requests: Any, states: Any, interrupt: Any) -> Any:
        if any("poison" in request.text for request in requests):
            raise RuntimeError("bad input")
        return honest(self, requests, states, interrupt)

    monkeypatch.setattr(EchoTranslator, "translate_until", brittle)
    core = start(echo=every_direction(seconds_per_token=0.001))
    hold = core.translate(asked(200, "es"), Lane.INTERACTIVE)  # so that the next two meet in one batch
    bad = core.translate([TranslationRequest("poison in here", "en", "fr")], Lane.BATCH)
    good = core.translate(asked(5), Lane.BATCH)
    assert len(good.wait()) == 5
    with pytest.raises(EngineFailure, match="bad input") as failure:
        bad.wait()
    assert isinstance(failure.value.__cause__, RuntimeError)
    assert hold.wait()
    assert core.translate(asked(1), Lane.LIVE).wait()


def test_a_pivot_goes_through_english_and_says_so(start: Start) -> None:
    core = start(first={"pairs": TO_ENGLISH}, second={"pairs": FROM_ENGLISH})
    assert core.serves("ru", "ar") == "first+second"
    (result,) = core.translate([TranslationRequest("раз два", "ru", "ar", want_alignment=True)], Lane.BATCH).wait()
    assert (result.text, result.model) == ("[ar] [en] раз два", "first+second")
    pairs = {
        ("раз два"[a.source_start : a.source_end], result.text[a.target_start : a.target_end])
        for a in result.alignment or ()
    }
    assert pairs == {("раз", "раз"), ("два", "два")}


def test_a_prefix_is_for_the_last_leg_only(start: Start) -> None:
    core = start(first={"pairs": TO_ENGLISH}, second={"pairs": FROM_ENGLISH})
    requests = [
        TranslationRequest("раз два", "ru", "ar", prefix=prefix) for prefix in ("[ar] [en] раз", "أول ثان ثالث")
    ]
    texts = [result.text for result in core.translate(requests, Lane.LIVE).wait()]
    assert texts == ["[ar] [en] раз два", "أول ثان ثالث два"]


def test_what_nobody_serves_is_refused_at_once(start: Start) -> None:
    core = start(first={"pairs": TO_ENGLISH})
    assert core.serves("en", "fr") is None
    assert core.serves("en", "en") is None
    with pytest.raises(ModelMissing, match="from en into fr"):
        core.translate(asked(1), Lane.LIVE)


def test_a_model_installed_later_is_found(start: Start, tmp_path: Path) -> None:
    core = start(first={"pairs": ["fr-en"]})
    assert core.serves("en", "fr") is None
    install(tmp_path / "models", "later", ["en-fr"])
    give_up = time.monotonic() + 30
    while core.serves("en", "fr") is None and time.monotonic() < give_up:
        time.sleep(0.05)
    assert core.translate(asked(1), Lane.LIVE).wait()[0].model == "later"


def test_a_model_that_cannot_be_opened_fails_the_ticket_and_not_the_core(start: Start, tmp_path: Path) -> None:
    core = start(broken={"pairs": ["en-ru"], "seconds_per_token": "soon"}, echo={"pairs": ["en-fr"]})
    with pytest.raises(LangsupportError, match="broken"):
        core.translate(asked(3, "ru"), Lane.BATCH).wait()
    assert len(core.translate(asked(3), Lane.BATCH).wait()) == 3


def test_closing_cancels_what_waits(start: Start) -> None:
    core = start(echo=every_direction(seconds_per_token=0.05))
    ticket = core.translate(asked(500), Lane.BATCH)
    core.close()
    core.close()
    with pytest.raises(Cancelled):
        ticket.wait()
    with pytest.raises(Cancelled):
        core.translate(asked(1), Lane.LIVE)


PROGRAM = """
import sys
from pathlib import Path
from langsupport.engines.core import InferenceCore
from langsupport.engines.protocols import Lane, TranslationRequest
from langsupport.engines.store import ModelStore
core = InferenceCore(ModelStore(Path(sys.argv[1]), Path(sys.argv[1])))
ticket = core.translate([TranslationRequest(f"text {n}", "en", "fr") for n in range(10_000)], Lane.BATCH)
next(ticket.results())
print("working", flush=True)
if sys.argv[2] == "wait":
    ticket.wait()
"""


@pytest.mark.parametrize("how", ["end", "terminate"])
def test_a_program_ends_in_the_middle_of_work(tmp_path: Path, how: str) -> None:
    install(tmp_path, "echo", **every_direction(seconds_per_token=0.01))
    wait = "wait" if how == "terminate" else "go"
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), wait]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"working\n"
        if how == "terminate":
            program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=60)
    assert program.returncode == (-signal.SIGTERM if how == "terminate" else 0), errors.decode()
    assert errors == b""
