"""What routes get handed: the services and the threads of the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from langsupport.services.assembly import Services
from langsupport.web.callers import Callers
from langsupport.web.live.attendance import Attendance
from langsupport.web.threads import Threads


@dataclass(frozen=True, slots=True)
class Context:
    """Lives as long as the application, in `app.state.context`."""

    services: Services
    threads: Threads
    callers: Callers
    attendance: Attendance


def context(connection: HTTPConnection) -> Context:
    found = connection.app.state.context
    assert isinstance(found, Context)
    return found


InContext = Annotated[Context, Depends(context)]
