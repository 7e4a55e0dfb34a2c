"""The formats of captions, as commands are given them."""

from __future__ import annotations

import click

from langsupport.captioning.subtitles import SUBTITLE_FORMATS, SubtitleFormat


def subtitle_formats(context: click.Context, parameter: click.Parameter, given: str) -> tuple[SubtitleFormat, ...]:
    """`vtt,srt` as rows of the table: a callback of an option."""
    names = list(dict.fromkeys(name.strip().lower() for name in given.split(",") if name.strip()))
    unknown = [name for name in names if name not in SUBTITLE_FORMATS]
    if unknown or not names:
        raise click.BadParameter(f"“{', '.join(unknown)}” is unknown; there are {', '.join(SUBTITLE_FORMATS)}.")
    return tuple(SUBTITLE_FORMATS[name] for name in names)
