"""Files on their way out: as attachments that no browser runs, or as media for the player, with ranges."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePath
from urllib.parse import quote

from starlette.responses import FileResponse, Response

_SANDBOX = "default-src 'none'; sandbox"
_MEDIA = "default-src 'none'; media-src 'self'; sandbox"
_PLAYABLE = ("audio/", "video/")


def content_disposition(name: str, kind: str = "attachment") -> str:
    """RFC 6266: a plain name for old clients and the exact one in UTF-8 (RFC 8187)."""
    clean = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") or c in "/\\" else c for c in name)
    clean = clean.strip(" .") or "file"
    stem, suffix = _plain(PurePath(clean).stem), _plain(PurePath(clean).suffix)
    plain = (stem if any(map(str.isalnum, stem)) else "file") + suffix
    header = f'{kind}; filename="{plain}"'
    return header if plain == clean else f"{header}; filename*=UTF-8''{quote(clean, safe='')}"


def _plain(text: str) -> str:
    """ASCII that needs no quoting; other letters lose their accents or are left out."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return (
        "".join("_" if c in '"%;' else c for c in ascii_only).lstrip(" " if text.startswith(".") else " .").rstrip(" .")
    )


def attachment(path: Path, name: str, media_type: str) -> FileResponse:
    """A stored file to be saved, never shown: what people upload may hold anything."""
    headers = {"Content-Disposition": content_disposition(name), "Content-Security-Policy": _SANDBOX}
    return FileResponse(path, headers=headers, media_type=media_type)


def made_attachment(data: bytes, name: str, media_type: str) -> Response:
    """What was made for this answer, to be saved."""
    headers = {"Content-Disposition": content_disposition(name), "Content-Security-Policy": _SANDBOX}
    return Response(data, headers=headers, media_type=media_type)


def media(path: Path, name: str, media_type: str) -> FileResponse:
    """A recording for the player; anything that is neither sound nor picture goes out as an attachment."""
    if not media_type.startswith(_PLAYABLE):
        return attachment(path, name, media_type)
    headers = {"Content-Disposition": content_disposition(name, "inline"), "Content-Security-Policy": _MEDIA}
    return FileResponse(path, headers=headers, media_type=media_type)


__all__ = ["attachment", "content_disposition", "made_attachment", "media"]
