"""What routes get handed: the services and the threads of the application."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.requests import HTTPConnection

from langsupport.domain.languages import language
from langsupport.errors import InvalidRequest
from langsupport.services.assembly import Services
from langsupport.web.access import Access
from langsupport.web.live.attendance import Attendance
from langsupport.web.threads import Threads


@dataclass(frozen=True, slots=True)
class Context:
    """Lives as long as the application, in `app.state.context`."""

    services: Services
    threads: Threads
    access: Access
    attendance: Attendance


def context(connection: HTTPConnection) -> Context:
    found = connection.app.state.context
    assert isinstance(found, Context)
    return found


InContext = Annotated[Context, Depends(context)]


def file_name(upload: UploadFile) -> str:
    """The last part of the name that the client gave; some send whole paths."""
    name = PurePosixPath((upload.filename or "").replace("\\", "/")).name.strip()
    if not name:
        raise InvalidRequest(detail="A file was sent without a name.")
    return name


def source_code(given: str | None) -> str | None:
    """`auto` or nothing: to be told from the content."""
    given = (given or "").strip()
    return None if given.lower() in ("", "auto") else language(given, name="source").code


def target_codes(given: list[str]) -> tuple[str, ...] | None:
    """Codes from repeated fields or separated by commas; None (all others) for nothing or `all`, () for `none`."""
    codes = [code.strip() for item in given for code in item.split(",") if code.strip()]
    if not codes or codes == ["all"]:
        return None
    if codes == ["none"]:
        return ()
    return tuple(dict.fromkeys(language(code, name="targets").code for code in codes))
