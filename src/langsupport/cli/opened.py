"""The database, for commands that need no more of the service; one that runs on the same data is not disturbed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langsupport.cli.run import Run
from langsupport.services.database import Database
from langsupport.services.settings import Settings, load_settings

BY = "the command line"
"""Who acts, for the audit trail."""


@contextmanager
def opened(run: Run) -> Iterator[tuple[Database, Settings]]:
    settings = load_settings(run.config)
    database = Database.open(settings.database)
    try:
        yield database, settings
    finally:
        database.close()
