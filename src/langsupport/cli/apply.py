"""langsupport apply."""

from __future__ import annotations

import time
from pathlib import Path

import click

from langsupport.cli import exits
from langsupport.cli.files import Outputs, read, write
from langsupport.cli.options import NEW_FOLDER
from langsupport.cli.report import Row, print_table
from langsupport.cli.run import Run, common_options
from langsupport.formats.interchange.xliff import read_package
from langsupport.pipelines.document import prepare
from langsupport.pipelines.names import rendition_name
from langsupport.pipelines.packages import apply_package, package_languages
from langsupport.services.settings import load_settings


@click.command()
@click.argument("package", metavar="PACKAGE", type=click.Path(path_type=Path))
@click.option(
    "--source", required=True, type=click.Path(path_type=Path), help="The document that the package was made from."
)
@click.option("--out", type=NEW_FOLDER, help="Folder for the result; made if missing.")
@common_options
def apply(run: Run, package: Path, source: Path, out: Path | None) -> int:
    """Make the finished document from an XLIFF package that came back: report.fr.xlf becomes report.fr.docx.

    Whatever does not fit the document (segments that are unknown, missing, or whose codes were broken) is told.
    """
    started = time.monotonic()
    settings = load_settings(run.config)
    limit_bytes = settings.max_upload_bytes
    given = read_package(read(package, limit_bytes), package.name)
    source_code, target_code = package_languages(given, package.name)
    data = read(source, limit_bytes)
    prepared = prepare(data, source.name, source_code)
    name = rendition_name(source.name, source_code, target_code)
    place = Outputs(out, [source, package]).place(source, name)
    applied = apply_package(data, source.name, prepared, given, target_code, settings.levels)
    write(place, applied.rendered.data)
    seconds = time.monotonic() - started
    rendered = applied.rendered
    row = Row(
        source.name, source_code, target_code, str(place), rendered.segments, rendered.words, seconds, rendered.findings
    )
    told = {**row.to_json(), "changed": len(applied.returned.changed), "reviewed": applied.reviewed}
    run.result({"files": [told], "problems": []})
    for finding in rendered.findings:
        if finding.code.startswith("package-"):
            run.say(f"{finding.unit_id or source.name}: {finding.message}")
    print_table(run, [row])
    return exits.OK
