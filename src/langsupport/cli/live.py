"""langsupport live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from langsupport.captioning.subtitles import SUBTITLE_FORMATS, SubtitleFormat
from langsupport.cli import exits
from langsupport.cli.files import write
from langsupport.cli.forms import subtitle_formats
from langsupport.cli.options import NEW_FOLDER
from langsupport.cli.report import console
from langsupport.cli.run import Run, common_options
from langsupport.domain.live import TRACKS
from langsupport.services.assembly import Services, build_services
from langsupport.services.session_records import SessionRecord
from langsupport.services.settings import load_settings

_PAGE = 100


@click.group()
def live() -> None:
    """List live sessions and take their transcripts out."""


def _services(run: Run) -> Services:
    """To read from; a service that runs on the same data is not disturbed."""
    return build_services(load_settings(run.config), launch=False)


@live.command("list")
@click.option("--search", metavar="TEXT", help="Only sessions with this in their title or meeting code.")
@common_options
def list_sessions(run: Run, search: str | None) -> int:
    """Show the sessions, newest first."""
    found: list[SessionRecord] = []
    with _services(run) as services:
        before: str | None = None
        while page := services.sessions.list(_PAGE, before, search):
            found += page
            before = page[-1].id
    run.result([_json(record) for record in found])
    if not run.json:
        _print(found)
    return exits.OK


def _json(record: SessionRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": record.title,
        "code": record.code,
        "state": record.state.value,
        "confidential": record.confidential,
        "created_at": record.created_at.isoformat(),
        "started_at": record.started_at.isoformat() if record.started_at else None,
        "ended_at": record.ended_at.isoformat() if record.ended_at else None,
        "tracks": [track.track for track in record.tracks if track.enabled],
        "second_pass": record.second_pass.value if record.second_pass else None,
    }


def _print(records: list[SessionRecord]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("session", no_wrap=True)
    table.add_column("state")
    table.add_column("date")
    table.add_column("code")
    table.add_column("title", overflow="fold")
    table.add_column("tracks")
    for record in records:
        day = (record.started_at or record.starts_at or record.created_at).date().isoformat()
        tracks = " ".join(track.track for track in record.tracks if track.enabled)
        table.add_row(record.id, record.state.value, day, record.code, record.title, tracks)
    console().print(table)


def _tracks(context: click.Context, parameter: click.Parameter, given: str) -> tuple[str, ...]:
    if given.strip().lower() == "all":
        return TRACKS
    keys = tuple(dict.fromkeys(key.strip().lower() for key in given.split(",") if key.strip()))
    unknown = [key for key in keys if key not in TRACKS]
    if unknown or not keys:
        raise click.BadParameter(f"“{', '.join(unknown)}” is unknown; there are {', '.join(TRACKS)}.")
    return keys


@live.command()
@click.argument("session")
@click.option(
    "--track", "tracks", default="floor", show_default=True, metavar="all|TRACKS", callback=_tracks,
    help="floor for the languages as they were spoken, or codes with commas; all: every track that has captions.",
)  # fmt: skip
@click.option(
    "--format", "forms", default="docx", show_default=True, metavar="FORMATS", callback=subtitle_formats,
    help=f"One or more of {', '.join(SUBTITLE_FORMATS)}, with commas.",
)  # fmt: skip
@click.option(
    "--out", type=NEW_FOLDER, default=Path(),
    help="Folder for the results, made if missing; by default where you are.",
)  # fmt: skip
@common_options
def export(run: Run, session: str, tracks: tuple[str, ...], forms: tuple[SubtitleFormat, ...], out: Path) -> int:
    """Write a session's transcripts: speakers, agenda items, corrections and all.

    SESSION is an id as `langsupport live list` shows it. A session that is still going on is written as far as it is.
    """
    written: list[dict[str, Any]] = []
    with _services(run) as services:
        exports = services.session_exports
        for track in tracks:
            if len(tracks) == len(TRACKS) and not services.sessions.cues(session, track, limit=1):
                continue
            for form in forms:
                made = exports.export(session, track, form.extension.lstrip("."))
                write(out / made.name, made.data)
                written.append({"track": track, "format": form.extension.lstrip("."), "output": str(out / made.name)})
    run.result({"files": written})
    if not run.json:
        for one in written:
            run.say(one["output"])
        if not written:
            run.say("Nothing was said in this session yet.")
    return exits.OK
