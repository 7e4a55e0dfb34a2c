"""What routes get handed, and what they make of what they are sent."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile

from langsupport.domain.languages import language
from langsupport.errors import EmptyInput, InputTooLarge, InvalidRequest
from langsupport.services.sizes import readable
from langsupport.web.context import Context, InContext, context


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


async def whole_file(context: Context, upload: UploadFile, name: str) -> bytes:
    """An uploaded file that is worked on at once. Raises InputTooLarge, EmptyInput."""
    limit = context.services.settings.max_upload_bytes
    data: bytes = await context.threads.quick(partial(upload.file.read, limit + 1))
    if len(data) > limit:
        raise InputTooLarge(name=name, size=f"over {readable(limit)}", limit=readable(limit))
    if not data:
        raise EmptyInput(name=name)
    return data


__all__ = ["Context", "InContext", "context", "file_name", "source_code", "target_codes", "whole_file"]
