"""Static files. An address holds the hash of the whole tree, so a browser may keep a file for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from langsupport.errors import NotFound
from langsupport.web.needs import for_anybody

STATIC_DIR = Path(__file__).parent.parent / "static"
PREFIX = "/static"
_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_COMPRESSIBLE = ("text/", "image/svg")


@lru_cache(maxsize=1)
def version() -> str:
    """Twelve hex characters over the names and bytes of all static files."""
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(path.relative_to(STATIC_DIR).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> list[Path]:
    return [path for path in STATIC_DIR.rglob("*") if path.is_file()]


def address(name: str) -> str:
    """Where a static file is: address("css/base.css")."""
    return f"{PREFIX}/{version()}/{name}"


@lru_cache(maxsize=512)  # more than there are files: 5 MB of fonts, 300 kB of the rest
def _read(name: str) -> tuple[bytes, bytes | None, str] | None:
    """(bytes, gzipped or None, media type), or None if there is no such file inside the folder."""
    path = (STATIC_DIR / name).resolve()
    if not path.is_relative_to(STATIC_DIR.resolve()) or not path.is_file():
        return None
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    data = path.read_bytes()
    packed = gzip.compress(data, mtime=0) if kind.startswith(_COMPRESSIBLE) else None
    return data, packed, kind


@for_anybody
def serve(request: Request) -> Response:
    """A file under its hashed address, kept for ever, or under its plain one, checked each time by ETag."""
    first, _, rest = request.path_params["path"].partition("/")
    hashed = first == version()
    found = _read(rest if hashed else request.path_params["path"])
    if found is None:
        raise NotFound(what="file", id=request.path_params["path"])
    data, packed, kind = found
    tag = f'"{version()}"'
    headers = {"Cache-Control": _FOR_EVER if hashed else "no-cache", "ETag": tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        data = packed
    media_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return Response(data, media_type=media_type, headers=headers)


def route() -> Route:
    return Route(PREFIX + "/{path:path}", serve, methods=["GET", "HEAD"], name="static")
