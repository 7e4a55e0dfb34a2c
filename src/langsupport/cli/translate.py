"""langsupport translate."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import click

from langsupport.checks import Levels
from langsupport.cli import exits
from langsupport.cli.files import STDIN, Outputs, read, read_stdin, write, write_stdout
from langsupport.cli.options import NEW_FOLDER, others, source_code, target_codes
from langsupport.cli.progress import Bar, bar
from langsupport.cli.report import Row, print_table
from langsupport.cli.run import Run, common_options, error_json
from langsupport.domain.languages import LANGUAGES
from langsupport.engines.protocols import Inference, Lane
from langsupport.errors import InvalidRequest, LangsupportError
from langsupport.formats.interchange.xliff import Version, write_package
from langsupport.pipelines.document import Prepared, prepare, render, translate_segments
from langsupport.pipelines.names import rendition_name
from langsupport.pipelines.packages import package_of
from langsupport.services.inference import build_inference
from langsupport.services.settings import load_settings


@dataclass(slots=True)
class _Work:
    """What all files of one command share."""

    run: Run
    inference: Inference
    bar: Bar
    outputs: Outputs
    source: str | None
    targets: tuple[str, ...] | None
    limit_bytes: int
    stdin_name: str
    folder: Path | None
    xliff: Version | None
    levels: Levels
    rows: list[Row] = field(default_factory=list)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--to", "to", required=True, metavar="all|CODES", help="Languages to translate into: all, or fr,ar …")
@click.option(
    "--from", "from_", default="auto", show_default=True, metavar="auto|CODE", help="The language of the files."
)
@click.option("--out", type=NEW_FOLDER, help="Folder for the results; made if missing.")
@click.option("--stdin-name", default="stdin.txt", show_default=True, help="What comes from -, to tell its kind.")
@click.option(
    "--xliff", type=click.Choice(["1.2", "2.1"]), help="Write an XLIFF package for translators beside each result too."
)
@common_options
def translate(
    run: Run,
    files: tuple[str, ...],
    to: str,
    from_: str,
    out: Path | None,
    stdin_name: str,
    xliff: Version | None,
) -> int:
    """Translate documents: report.docx becomes report.fr.docx, beside it or in --out.

    “-” reads stdin and writes stdout. With several files, a bad one is told on stderr and the others go on; the exit
    code is that of the first failure.
    """
    source, targets = source_code(from_, "--from"), target_codes(to)
    _check_stdin(run, files, targets, out, xliff)
    settings = load_settings(run.config)
    paths = list(dict.fromkeys(Path(file).expanduser() for file in files))
    failures: list[LangsupportError] = []
    problems = []
    with closing(build_inference(settings)) as inference, bar(run) as shown:
        outputs = Outputs(out, [path for path in paths if str(path) != STDIN])
        limit_bytes, levels = settings.max_upload_bytes, settings.levels
        work = _Work(run, inference, shown, outputs, source, targets, limit_bytes, stdin_name, out, xliff, levels)
        for path in paths:
            try:
                _translate_file(work, None if str(path) == STDIN else path)
            except LangsupportError as error:
                run.complain(error)
                failures.append(error)
                problems.append(error_json(error, str(path)))
    run.result({"files": [row.to_json() for row in work.rows], "problems": problems})
    print_table(run, work.rows)
    return exits.first_exit_code(failures)


def _check_stdin(
    run: Run, files: tuple[str, ...], targets: tuple[str, ...] | None, out: Path | None, xliff: Version | None
) -> None:
    if STDIN not in files or out is not None:
        return
    if xliff:
        raise click.UsageError("- writes to stdout, where no package can go beside it: give --out with --xliff.")
    if run.json:
        raise click.UsageError("- writes the translation to stdout, where --json writes too; give --out as well.")
    if len(files) > 1 or targets is None or len(targets) != 1:
        raise click.UsageError("- writes to stdout: give it alone and with one language, or with --out.")
    run.stdout_taken = True


def _translate_file(work: _Work, path: Path | None) -> None:
    name = path.name if path else work.stdin_name
    work.bar.start(name)
    data = read(path, work.limit_bytes) if path else read_stdin(work.limit_bytes)
    prepared = prepare(data, name, work.source)
    targets = others(prepared.source, work.targets)
    if not targets:
        raise InvalidRequest(detail=f"{name} is already in {LANGUAGES[prepared.source].english_name}.")
    to_stdout = path is None and work.folder is None
    places = {} if to_stdout else _places(work, path, name, prepared.source, targets)
    wanted = bool(work.xliff) and not to_stdout
    packages = _places(work, path, name, prepared.source, targets, "xlf") if wanted else {}
    for target in targets:
        _translate_into(work, data, name, prepared, target, places.get(target), packages.get(target))


def _places(
    work: _Work, path: Path | None, name: str, source: str, targets: tuple[str, ...], extension: str | None = None
) -> dict[str, Path]:
    """All paths of a file before the first is written, so that a clash costs no work."""
    return {target: work.outputs.place(path, rendition_name(name, source, target, extension)) for target in targets}


def _translate_into(
    work: _Work, data: bytes, name: str, prepared: Prepared, target: str, place: Path | None, package: Path | None
) -> None:
    started = time.monotonic()
    work.bar.start(f"{name}: {prepared.source} → {target}")
    direction = prepared.source, target
    done = translate_segments(work.inference, prepared.segments, *direction, Lane.BATCH, work.bar, levels=work.levels)
    translations = {translation.key: translation for translation in done}
    rendered = render(data, name, prepared, target, translations, mark=place is not None, levels=work.levels)
    if place is None:
        write_stdout(rendered.data)
    else:
        write(place, rendered.data)
    if package is not None and work.xliff is not None:
        write(package, write_package(package_of(data, name, prepared, target, translations), work.xliff))
    seconds = time.monotonic() - started
    output = str(place) if place else "stdout"
    row = Row(name, prepared.source, target, output, rendered.segments, rendered.words, seconds, rendered.findings)
    work.rows.append(row)
