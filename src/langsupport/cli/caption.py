"""langsupport caption."""

from __future__ import annotations

import io
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import click

from langsupport.captioning.subtitles import SUBTITLE_FORMATS, SubtitleFormat
from langsupport.cli import exits
from langsupport.cli.files import STDIN, Outputs, read_stdin, unreadable, write, write_stdout
from langsupport.cli.forms import subtitle_formats
from langsupport.cli.options import NEW_FOLDER, others, source_code, target_codes
from langsupport.cli.progress import Bar, bar
from langsupport.cli.report import Row, print_table
from langsupport.cli.run import Run, common_options, error_json
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Transcript
from langsupport.engines.protocols import Inference, Lane
from langsupport.errors import LangsupportError
from langsupport.pipelines import recording
from langsupport.pipelines.names import rendition_name
from langsupport.services.inference import build_inference
from langsupport.services.settings import load_settings

STDIN_LIMIT_BYTES = 512 * 1024**2
"""A recording from stdin is held in memory."""


@dataclass(slots=True)
class _Work:
    """What all files of one command share."""

    run: Run
    inference: Inference
    bar: Bar
    outputs: Outputs
    language: str | None
    targets: tuple[str, ...] | None
    forms: tuple[SubtitleFormat, ...]
    to_stdout: bool
    rows: list[Row] = field(default_factory=list)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--language", default="auto", show_default=True, metavar="auto|CODE", help="The spoken language.")
@click.option("--to", default="", metavar="all|CODES", help="Languages to translate the captions into: all, or fr,es …")
@click.option(
    "--format", "forms", default="vtt", show_default=True, metavar="FORMATS", callback=subtitle_formats,
    help=f"One or more of {', '.join(SUBTITLE_FORMATS)}, with commas.",
)  # fmt: skip
@click.option("--out", type=NEW_FOLDER, help="Folder for the results; made if missing.")
@common_options
def caption(
    run: Run, files: tuple[str, ...], language: str, to: str, forms: tuple[SubtitleFormat, ...], out: Path | None
) -> int:
    """Caption recordings: talk.mp4 becomes talk.en.vtt, beside it or in --out.

    “-” reads stdin and writes stdout. Sound and video of all usual kinds are read; a bad file is told on stderr and the
    others go on.
    """
    spoken, targets = source_code(language, "--language"), target_codes(to)
    to_stdout = STDIN in files and out is None
    if to_stdout and (run.json or len(files) > 1 or len(forms) > 1 or targets is None or len(targets) > 1):
        raise click.UsageError(
            "- writes to stdout: give it alone, with one format and one language at most, or with --out."
        )
    run.stdout_taken = to_stdout
    settings = load_settings(run.config)
    paths = list(dict.fromkeys(Path(file).expanduser() for file in files))
    failures: list[LangsupportError] = []
    problems = []
    with closing(build_inference(settings)) as inference, bar(run) as shown:
        outputs = Outputs(out, [path for path in paths if str(path) != STDIN])
        work = _Work(run, inference, shown, outputs, spoken, targets, forms, to_stdout)
        for path in paths:
            try:
                _caption_file(work, None if str(path) == STDIN else path)
            except LangsupportError as error:
                run.complain(error)
                failures.append(error)
                problems.append(error_json(error, str(path)))
    run.result({"files": [row.to_json() for row in work.rows], "problems": problems})
    print_table(run, work.rows, segments="cues")
    return exits.first_exit_code(failures)


def _caption_file(work: _Work, path: Path | None) -> None:
    name = path.name if path else "stdin"
    started = time.monotonic()
    work.bar.start(name)
    spoken = _recognize(work, path, name)
    targets = others(spoken.language, work.targets)
    places = {code: _places(work, path, name, spoken.language, code) for code in (spoken.language, *targets)}
    if not (work.to_stdout and targets):
        _write(work, name, spoken, spoken, places[spoken.language], started)
    for target in targets:
        started = time.monotonic()
        work.bar.start(f"{name}: {spoken.language} → {target}")
        translated = recording.translate(spoken, target, work.inference, Lane.BATCH, work.bar)
        _write(work, name, spoken, translated, places[target], started)


def _recognize(work: _Work, path: Path | None, name: str) -> Transcript:
    if path is None:
        stream = io.BytesIO(read_stdin(STDIN_LIMIT_BYTES))
        return recording.recognize(stream, name, work.inference, work.language, Lane.BATCH, work.bar)
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise unreadable(path, error) from error
    return recording.recognize(path, name, work.inference, work.language, Lane.BATCH, work.bar)


def _places(work: _Work, path: Path | None, name: str, spoken: str, code: str) -> list[Path]:
    if work.to_stdout:
        return []
    names = [rendition_name(name, spoken, code, form.extension.lstrip(".")) for form in work.forms]
    return [work.outputs.place(path, each) for each in names]


def _write(
    work: _Work, name: str, spoken: Transcript, transcript: Transcript, places: list[Path], started: float
) -> None:
    for form, place in zip(work.forms, places, strict=False):
        write(place, form.write(transcript))
    if work.to_stdout:
        write_stdout(work.forms[0].write(transcript))
    output = ", ".join(map(str, places)) or "stdout"
    counts = len(transcript.cues), _words(transcript)
    seconds = time.monotonic() - started
    work.rows.append(Row(name, spoken.language, transcript.language, output, *counts, seconds, transcript.findings))


def _words(transcript: Transcript) -> int:
    """Words; characters where the language writes no spaces."""
    texts = [cue.text for cue in transcript.cues]
    if LANGUAGES[transcript.language].word_spaces:
        return sum(len(text.split()) for text in texts)
    return sum(character.isalnum() for text in texts for character in text)
