"""Documents through the real services: upload, translate, render, fail, retry, cancel, delete, restart."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from langsupport.engines.protocols import Lane, Ticket, Translation, TranslationRequest
from langsupport.errors import (
    Cancelled,
    Conflict,
    EmptyInput,
    EngineFailure,
    InputTooLarge,
    InvalidRequest,
    LangsupportError,
    NotFound,
    UnsupportedFormat,
    UnsupportedLanguage,
)
from langsupport.services.assembly import Services
from langsupport.services.inference import build_inference
from langsupport.services.records import DocumentRecord, DocumentState, RenditionState

Open = Callable[..., Services]
Finish = Callable[..., DocumentRecord]


class Watched:
    """The real core of the services' settings, with a gate, a log and failures on demand."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.requests: list[tuple[str, str]] = []
        self.fail: dict[str, LangsupportError] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def translate(
        self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf
    ) -> Ticket[Translation]:
        if requests and requests[0].target in self.fail:
            raise self.fail[requests[0].target]
        self.requests += [(request.text, request.target) for request in requests]
        return _Gated(self._core.translate(requests, lane, deadline), self)


class _Gated:
    def __init__(self, inner: Ticket[Translation], watched: Watched) -> None:
        self._inner, self._watched, self._cancelled = inner, watched, False

    def results(self) -> Iterator[tuple[int, Translation]]:
        self._watched.entered.set()
        while not self._watched.gate.wait(0.01):
            if self._cancelled:
                raise Cancelled
        yield from self._inner.results()

    def wait(self) -> list[Translation]:
        return [result for _, result in sorted(self.results(), key=lambda pair: pair[0])]

    def cancel(self) -> None:
        self._cancelled = True
        self._inner.cancel()


@pytest.fixture
def watched(tmp_path: Path, open_services: Open) -> Watched:
    with open_services(launch=False) as services:
        return Watched(build_inference(services.settings))


def upload(services: Services, text: str, name: str = "minutes.txt", **options: Any) -> DocumentRecord:
    return services.documents.upload(name, io.BytesIO(text.encode()), **options)


def texts(services: Services, id: str, language: str) -> str:
    return services.documents.open_rendition(id, language).path.read_text(encoding="utf-8")


def test_a_document_comes_out_in_the_other_five_languages(
    database_url: str, open_services: Open, finish: Finish, sentences: str
) -> None:
    services = open_services(url=database_url)
    record = upload(services, sentences)
    assert record.state in (DocumentState.QUEUED, DocumentState.READING)
    record = finish(services.documents, record.id)
    assert (record.state, record.source, record.error) == (DocumentState.DONE, "en", None)
    assert (record.segments, record.words) == (3, 18)
    assert [r.language for r in record.renditions] == ["ar", "zh", "fr", "ru", "es"]
    for rendition in record.renditions:
        assert (rendition.state, rendition.done_segments, rendition.total_segments) == (RenditionState.DONE, 3, 3)
        assert rendition.model == "echo" and rendition.size and rendition.finished_at
        name, kind, path = services.documents.open_rendition(record.id, rendition.language)
        assert (name, kind) == (f"minutes.{rendition.language}.txt", "text/plain")
        assert path.read_text(encoding="utf-8").count(f"[{rendition.language}] ") == 3
        assert rendition.findings_count == len(services.documents.findings(record.id, rendition.language))
    assert services.documents.open_source(record.id).path.read_text() == sentences


def test_progress_is_seen_while_it_happens(open_services: Open, watched: Watched, sentences: str) -> None:
    watched.gate.clear()
    services = open_services(watched)
    record = upload(services, sentences, targets=["fr"])
    seen = [record]
    threading.Timer(0.5, watched.gate.set).start()
    while not record.finished:
        record = services.documents.wait_for_change(record.id, record.version, 10)
        seen.append(record)
    versions = [r.version for r in seen]
    assert versions == sorted(set(versions))
    states = [r.state.value for r in seen]
    assert list(dict.fromkeys(states))[-2:] == ["translating", "done"]


def test_waiting_ends_by_itself(open_services: Open, finish: Finish, sentences: str) -> None:
    services = open_services()
    record = finish(services.documents, upload(services, sentences, targets=["fr"]).id)
    assert services.documents.wait_for_change(record.id, record.version, 0.05) == record
    with pytest.raises(NotFound):
        services.documents.wait_for_change("nothing", 1, 0.05)


def test_only_the_wanted_languages(open_services: Open, finish: Finish, sentences: str) -> None:
    services = open_services()
    record = upload(services, sentences, source="en-GB", targets=["es", "fr", "es", "en"])
    assert record.source == "en"
    assert [r.language for r in finish(services.documents, record.id).renditions] == ["es", "fr"]


@pytest.mark.parametrize(
    ("name", "data", "options", "error"),
    [
        ("a.txt", b"", {}, EmptyInput),
        ("a.txt", b"x" * 5000, {}, InputTooLarge),
        ("a.xyz", b"some text", {}, UnsupportedFormat),
        ("a.txt", b"some text", {"source": "de"}, UnsupportedLanguage),
        ("a.txt", b"some text", {"targets": ["pt"]}, UnsupportedLanguage),
        ("a.txt", b"some text", {"source": "fr", "targets": ["fr"]}, InvalidRequest),
    ],
)
def test_what_can_be_refused_at_once_leaves_nothing(
    open_services: Open, name: str, data: bytes, options: dict[str, Any], error: type[Exception]
) -> None:
    services = open_services(launch=False, max_upload_bytes=4000)
    with pytest.raises(error):
        services.documents.upload(name, io.BytesIO(data), **options)
    assert services.documents.list() == []
    assert [path for path in services.files.root.rglob("*") if path.is_file()] == []


def test_a_text_in_another_language_fails_with_the_reason(open_services: Open, finish: Finish) -> None:
    services = open_services()
    german = "Der Ausschuss hat den Bericht angenommen und dankt dem Vorsitzenden für seine Arbeit in diesem Jahr.\n"
    record = finish(services.documents, upload(services, german * 3).id)
    assert (record.state, record.renditions) == (DocumentState.FAILED, ())
    assert record.error and record.error.code == "unsupported-language"
    assert "minutes.txt" in record.error.message


def test_without_a_model_each_language_says_what_to_do(
    open_services: Open, finish: Finish, sentences: str, tmp_path: Path
) -> None:
    services = open_services(models_dir=tmp_path / "no-models")
    record = finish(services.documents, upload(services, sentences).id)
    assert record.state is DocumentState.FAILED
    assert (
        record.error and record.error.code == "model-missing" and "langsupport models install" in record.error.message
    )


def test_one_language_fails_the_others_are_done_and_a_retry_does_only_what_is_missing(
    open_services: Open, watched: Watched, finish: Finish, sentences: str
) -> None:
    watched.fail["ru"] = EngineFailure(model="echo", detail="it broke")
    services = open_services(watched)
    record = finish(services.documents, upload(services, sentences).id)
    assert record.state is DocumentState.FAILED and record.error and record.error.code == "engine-failure"
    assert {r.language: r.state.value for r in record.renditions} == {
        "ar": "done",
        "zh": "done",
        "fr": "done",
        "ru": "failed",
        "es": "done",
    }
    with pytest.raises(NotFound):
        services.documents.open_rendition(record.id, "ru")
    watched.fail.clear()
    watched.requests.clear()
    assert services.documents.retry(record.id).state is DocumentState.TRANSLATING
    record = finish(services.documents, record.id)
    assert (record.state, record.error) == (DocumentState.DONE, None)
    assert {target for _, target in watched.requests} == {"ru"}
    with pytest.raises(Conflict):
        services.documents.retry(record.id)


def test_a_reading_that_failed_can_be_retried(open_services: Open, finish: Finish) -> None:
    services = open_services()
    id = upload(services, "abc\n").id
    assert finish(services.documents, id).state is DocumentState.FAILED
    assert services.documents.retry(id).state is DocumentState.QUEUED
    assert finish(services.documents, id).state is DocumentState.FAILED


def test_cancel_stops_and_retry_goes_on(open_services: Open, watched: Watched, finish: Finish, sentences: str) -> None:
    watched.gate.clear()
    services = open_services(watched)
    record = upload(services, sentences)
    assert watched.entered.wait(20)
    record = services.documents.cancel(record.id)
    assert record.state is DocumentState.FAILED and record.error and record.error.code == "cancelled"
    watched.gate.set()
    services.documents.retry(record.id)
    assert finish(services.documents, record.id).state is DocumentState.DONE


def test_deleting_at_work_removes_rows_and_files(
    open_services: Open, watched: Watched, finish: Finish, sentences: str
) -> None:
    services = open_services(watched)
    done = finish(services.documents, upload(services, sentences).id)
    watched.gate.clear()
    watched.entered.clear()
    working = upload(services, sentences + "\nOne more sentence for the record.\n")
    assert watched.entered.wait(20)
    services.documents.delete(working.id)
    watched.gate.set()
    with pytest.raises(NotFound):
        services.documents.get(working.id)
    assert len([path for path in services.files.root.rglob("*") if path.is_file()]) == 6
    services.documents.delete(done.id)
    assert [path for path in services.files.root.rglob("*") if path.is_file()] == []
    with pytest.raises(NotFound):
        services.documents.delete(done.id)


def test_the_same_document_again_costs_no_machine_time_and_outlives_the_first(
    open_services: Open, watched: Watched, finish: Finish
) -> None:
    services = open_services(watched)
    text = "The meeting is open.\n\nThe door is closed.\n"
    first = finish(services.documents, upload(services, text, targets=["fr", "es"]).id)
    assert not services.documents.findings(first.id, "fr")  # what a check doubted is not used again
    asked = len(watched.requests)
    second = finish(services.documents, upload(services, text, targets=["fr", "es"]).id)
    assert first.id != second.id and second.state is DocumentState.DONE
    assert len(watched.requests) == asked
    services.documents.delete(first.id)
    assert "[fr] The meeting is open." in texts(services, second.id, "fr")
    assert services.documents.open_source(second.id).path.read_text() == text


def test_repeated_sentences_are_translated_once(open_services: Open, watched: Watched, finish: Finish) -> None:
    services = open_services(watched)
    record = finish(
        services.documents, upload(services, "The meeting is open.\n\n" * 5, source="en", targets=["fr"]).id
    )
    assert (record.segments, record.renditions[0].total_segments) == (5, 1)
    assert watched.requests == [("The meeting is open.", "fr")]
    assert texts(services, record.id, "fr").count("[fr] The meeting is open.") == 5


def test_the_list_is_newest_first_in_pages(open_services: Open, sentences: str) -> None:
    services = open_services(launch=False)
    ids = []
    for number in range(5):
        ids.append(upload(services, sentences, f"{number}.txt").id)
        time.sleep(0.002)
    newest = services.documents.list(limit=3)
    assert [r.id for r in newest] == ids[:1:-1]
    assert [r.id for r in services.documents.list(limit=3, before=newest[-1].id)] == ids[1::-1]


def test_a_name_never_becomes_a_path(open_services: Open, finish: Finish, sentences: str, tmp_path: Path) -> None:
    services = open_services()
    record = upload(services, sentences, "../../../evil\u202etxt.txt", targets=["fr"])
    assert record.name == "eviltxt.txt"
    opened = services.documents.open_rendition(finish(services.documents, record.id).id, "fr")
    assert opened.name == "eviltxt.fr.txt"
    assert opened.path.is_relative_to(services.files.root)
    assert "evil" not in str(opened.path.relative_to(tmp_path))


def test_closing_at_work_is_quick_and_the_next_start_finishes(
    open_services: Open, tmp_path: Path, finish: Finish, kill_bench: Any
) -> None:
    services = open_services(launch=False)
    manifest = tmp_path / "models" / "echo" / "manifest.json"
    slow = json.loads(manifest.read_text()) | {"seconds_per_token": 0.02}
    manifest.write_text(json.dumps(slow))
    watched = Watched(build_inference(services.settings))
    services.close()
    services = open_services(watched)
    record = upload(services, kill_bench.document_text(1, 20))
    assert watched.entered.wait(20)
    started = time.monotonic()
    services.close()
    assert time.monotonic() - started < 10  # generous: the machine is shared; it must not wait for the document
    manifest.write_text(json.dumps(slow | {"seconds_per_token": 0.0}))
    services = open_services()
    record = services.documents.get(record.id)
    assert not record.finished
    record = finish(services.documents, record.id)
    assert (record.state, record.error) == (DocumentState.DONE, None)


def test_many_uploads_at_once_from_many_threads(open_services: Open, finish: Finish, kill_bench: Any) -> None:
    services = open_services()
    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(upload, services, kill_bench.document_text(n, 5), f"{n}.txt") for n in range(6)]
        ids = [future.result().id for future in futures]
    for n, id in enumerate(ids):
        record = finish(services.documents, id)
        assert (record.state, record.name) == (DocumentState.DONE, f"{n}.txt")
        assert all(rendition.done_segments == 5 for rendition in record.renditions)


def test_a_lost_job_is_submitted_again_at_the_next_start(
    open_services: Open, watched: Watched, finish: Finish, sentences: str
) -> None:
    watched.gate.clear()
    services = open_services(watched)
    id = upload(services, sentences).id
    assert watched.entered.wait(20)
    services.jobs.cancel([f"{id}/{language}/1" for language in ("ar", "fr")])
    services.close()
    assert finish(open_services().documents, id).state is DocumentState.DONE


def test_old_documents_are_deleted_where_the_settings_say_so(
    open_services: Open, finish: Finish, sentences: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = open_services(retention_days=30)
    id = finish(services.documents, upload(services, sentences, targets=["fr"]).id).id
    services.maintenance.clean()
    assert services.documents.get(id)
    month = 31 * 24 * 3600 * 1000
    monkeypatch.setattr("langsupport.services.maintenance.now_ms", lambda: time.time_ns() // 10**6 + month)
    services.maintenance.clean()
    with pytest.raises(NotFound):
        services.documents.get(id)
    assert [path for path in services.files.root.rglob("*") if path.is_file()] == []


def test_a_second_process_is_refused(open_services: Open, kill_bench: Any, tmp_path: Path) -> None:
    services = open_services()
    code = (
        "import sys\nfrom langsupport.errors import Conflict\n"
        "from langsupport.services.assembly import build_services\n"
        "from langsupport.services.settings import load_settings\n"
        "try:\n    build_services(load_settings())\nexcept Conflict as error:\n    print(error)\n    sys.exit(7)\n"
    )
    environ = {"LANGSUPPORT_DATA": str(services.settings.data_dir), "LANGSUPPORT_MODELS": str(tmp_path / "models")}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 7, done.stderr
    assert "Another langsupport process" in done.stdout
