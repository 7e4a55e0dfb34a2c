"""langsupport translate, as a separate process."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import time
from pathlib import Path

import docx
import pytest

from badfiles import DOCUMENTS, PORTUGUESE, Bad, word_document
from faces import ENGLISH, PATIENCE_S, Place, command, echo_model, sentences


def text_file(folder: Path, name: str = "minutes.txt", text: str = ENGLISH) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_all_five_other_languages_beside_the_source(place: Place, tmp_path: Path) -> None:
    source = text_file(tmp_path / "in")
    done = place.run("translate", source, "--to", "all")
    assert done.returncode == 0, done.stderr
    assert names(source.parent) == {"minutes.txt", *(f"minutes.{code}.txt" for code in ("ar", "zh", "fr", "ru", "es"))}
    assert "[fr] The meeting was opened by the Chair." in (source.parent / "minutes.fr.txt").read_text("utf-8")
    assert done.stdout == b"" and done.stderr == b"", "a pipe gets neither a table nor bars"


def test_json_tells_what_was_done(place: Place, tmp_path: Path) -> None:
    source = text_file(tmp_path / "in")
    done = place.run("translate", source, "--to", "fr,ar", "--out", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    assert [row["language"] for row in told["files"]] == ["fr", "ar"]
    row = told["files"][0]
    assert row["file"] == "minutes.txt" and row["source"] == "en" and row["segments"] == 2
    assert row["words"] == len(ENGLISH.split()) and row["seconds"] >= 0
    assert Path(row["output"]) == tmp_path / "out" / "minutes.fr.txt"
    assert told["problems"] == []


def test_the_code_of_the_source_language_in_the_name_is_replaced(place: Place, tmp_path: Path) -> None:
    source = text_file(tmp_path, "minutes.en.txt")
    assert place.run("translate", source, "--to", "fr", "--out", tmp_path / "out").returncode == 0
    assert names(tmp_path / "out") == {"minutes.fr.txt"}


def test_stdin_to_stdout_and_nothing_else_there(place: Place) -> None:
    done = place.run("translate", "-", "--from", "en", "--to", "fr", stdin=b"Good morning, delegates.\n")
    assert done.returncode == 0
    assert done.stdout.decode() == "[fr] Good morning, delegates.\n"


def test_a_word_document_from_stdin(place: Place, tmp_path: Path) -> None:
    given = word_document("The meeting was opened by the Chair.")
    done = place.run("translate", "-", "--stdin-name", "a.docx", "--from", "en", "--to", "es", stdin=given)
    result = tmp_path / "result.docx"
    result.write_bytes(done.stdout)
    assert "[es] The meeting was opened by the Chair." in [p.text for p in docx.Document(str(result)).paragraphs]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], dict[str, str], int]:
    """One command over every bad file and a good one: the folder, sentences and codes by file, the exit code."""
    root = tmp_path_factory.mktemp("mixed")
    place = Place(root / "installation")
    echo_model(place.models)
    for bad in DOCUMENTS:
        (root / "in").mkdir(exist_ok=True)
        (root / "in" / bad.name).write_bytes(bad.make())
    text_file(root / "in")
    sources = sorted((root / "in").iterdir())
    done = place.run("translate", *sources, "--to", "fr,es", "--out", root / "out", "--json")
    assert b"Traceback" not in done.stderr
    told = {bad.name: line for line in sentences(done.stderr) for bad in DOCUMENTS if bad.name in line}
    codes = {Path(problem["file"]).name: problem["code"] for problem in json.loads(done.stdout)["problems"]}
    assert len(sentences(done.stderr)) == len(DOCUMENTS)
    return root, told, codes, done.returncode


@pytest.mark.parametrize("bad", DOCUMENTS, ids=lambda bad: bad.name)
def test_a_bad_file_gets_one_sentence(mixed: tuple[Path, dict[str, str], dict[str, str], int], bad: Bad) -> None:
    _, told, codes, _ = mixed
    assert bad.name in told and len(told[bad.name]) < 400
    assert codes[bad.name] in bad.codes


def test_the_good_files_of_the_same_command_go_on(mixed: tuple[Path, dict[str, str], dict[str, str], int]) -> None:
    root, _, _, code = mixed
    assert code == 3
    assert names(root / "out") == {"minutes.fr.txt", "minutes.es.txt"}
    assert names(root / "in") == {"minutes.txt", *(bad.name for bad in DOCUMENTS)}, "nothing is left beside the sources"


def test_missing_files_folders_and_too_large_ones(place: Place, tmp_path: Path) -> None:
    good, large = text_file(tmp_path / "in"), text_file(tmp_path / "in", "large.txt", ENGLISH * 100)
    small = Place(place.root, {"LANGSUPPORT_MAX_UPLOAD_BYTES": "1000"})
    missing, folder = tmp_path / "missing.txt", tmp_path / "in"
    done = small.run("translate", missing, folder, large, good, "--to", "fr", "--out", tmp_path / "out")
    assert done.returncode == 3
    told = sentences(done.stderr)
    assert len(told) == 3
    assert "no such file" in told[0] and "is a directory" in told[1] and "large.txt is too large" in told[2]
    assert names(tmp_path / "out") == {"minutes.fr.txt"}


def test_a_language_that_is_none_of_the_six_is_refused_by_name(place: Place, tmp_path: Path) -> None:
    source = text_file(tmp_path, "ata.txt", PORTUGUESE)
    done = place.run("translate", source, "--to", "fr")
    assert done.returncode == 3 and b"(pt)" in done.stderr
    done = place.run("translate", source, "--to", "de")
    assert done.returncode == 3 and "“de”" in done.stderr.decode()


def test_a_file_that_is_in_the_target_language_already(place: Place, tmp_path: Path) -> None:
    done = place.run("translate", text_file(tmp_path), "--to", "en")
    assert done.returncode == 3 and b"minutes.txt is already in English" in done.stderr


def test_without_a_model_the_sentence_says_how_to_get_one(tmp_path: Path) -> None:
    done = Place(tmp_path / "bare").run("translate", text_file(tmp_path), "--to", "fr,es")
    assert done.returncode == 4
    told = sentences(done.stderr)
    assert len(told) == 1 and "langsupport models install" in told[0]
    assert names(tmp_path) == {"minutes.txt"}


def test_two_files_never_share_a_name(place: Place, tmp_path: Path) -> None:
    first, second = text_file(tmp_path / "a"), text_file(tmp_path / "b", text="Another meeting was opened today.\n")
    done = place.run("translate", first, second, "--to", "fr", "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "would both be written to" in sentences(done.stderr)[0]
    assert "The meeting was opened by the Chair" in (tmp_path / "out" / "minutes.fr.txt").read_text("utf-8")


def test_a_source_is_never_overwritten(place: Place, tmp_path: Path) -> None:
    english = text_file(tmp_path)
    french = text_file(tmp_path, "minutes.fr.txt", "La réunion a été ouverte par le président de la commission.\n")
    before = french.read_bytes()
    done = place.run("translate", english, french, "--to", "fr,es")
    assert done.returncode == 3 and "would be overwritten" in sentences(done.stderr)[0]
    assert french.read_bytes() == before


def test_a_full_disk_leaves_nothing_half_written(place: Place, tmp_path: Path) -> None:
    source, out = text_file(tmp_path / "in", text=ENGLISH * 200), tmp_path / "out"

    def hardly_any_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = place.run("translate", source, "--to", "fr", "--out", out, preexec_fn=hardly_any_room)
    assert done.returncode == 5, done.stderr
    assert "Not enough room" in sentences(done.stderr)[0]
    assert names(out) == set()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_whole_files_only(tmp_path: Path, number: int, code: int) -> None:
    slow = Place(tmp_path / "slow")
    echo_model(slow.models, seconds_per_token=0.02)
    source, out = text_file(tmp_path / "in", text=ENGLISH * 2), tmp_path / "out"
    arguments = command("translate", source, "--to", "fr,es,ru,ar,zh", "--out", out)

    def heard() -> None:  # where the tests run in the background, the shell has SIGINT ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = subprocess.Popen(arguments, env=slow.environment, stderr=subprocess.PIPE, preexec_fn=heard)
    deadline = time.monotonic() + PATIENCE_S
    while not (out / "minutes.fr.txt").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, told
    assert b"Traceback" not in told
    left = names(out)
    assert 1 <= len(left) < 5 and all(name.startswith("minutes.") for name in left)
    assert "[fr]" in (out / "minutes.fr.txt").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [("-", "--to", "all"), ("-", "a.txt", "--to", "fr"), ("-", "--to", "fr", "--json"), ("--to", "fr"), ("a.txt",)],
)
def test_a_wrong_command_line(place: Place, arguments: tuple[str, ...]) -> None:
    done = place.run("translate", *arguments, stdin=ENGLISH.encode())
    assert done.returncode == 2 and b"Usage:" in done.stderr
