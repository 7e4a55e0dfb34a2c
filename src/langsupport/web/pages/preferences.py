"""What a reader chose: the interface's language and the theme. Kept in two cookies that hold nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from langsupport.domain.languages import LANGUAGES

LANGUAGE_COOKIE = "langsupport_language"
THEME_COOKIE = "langsupport_theme"
THEMES = ("auto", "light", "dark")
COOKIE_SECONDS = 365 * 24 * 3600
DEFAULT_LANGUAGE = "en"
_MAX_HEADER_CHARS = 400


@dataclass(frozen=True, slots=True)
class Preferences:
    language: str
    theme: str


def preferences(request: Request) -> Preferences:
    """From `?lang=`, else the cookie, else what the browser accepts."""
    asked = request.query_params.get("lang", "")
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    language = next((code for code in (asked, kept) if code in LANGUAGES), None)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return Preferences(
        language or accepted_language(request.headers.get("accept-language", "")),
        theme if theme in THEMES else "auto",
    )


def accepted_language(header: str) -> str:
    """The first of the six in order of the header's weights (RFC 9110, 12.5.4)."""
    weighted: list[tuple[float, int, str]] = []
    for index, part in enumerate(header[:_MAX_HEADER_CHARS].split(",")):
        tag, _, parameters = part.strip().partition(";")
        code = tag.strip().lower().partition("-")[0]
        weight = _weight(parameters)
        if code in LANGUAGES and weight > 0:
            weighted.append((-weight, index, code))
    return min(weighted)[2] if weighted else DEFAULT_LANGUAGE


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def remember(response: Response, request: Request, cookie: str, value: str) -> None:
    response.set_cookie(
        cookie, value, max_age=COOKIE_SECONDS, path="/", samesite="lax", secure=request.url.scheme == "https"
    )


def with_query(request: Request, **changes: str | None) -> str:
    """This page's own address with other query parameters; None takes one away."""
    query = {name: value for name, value in request.query_params.items() if name not in ("part", "lang")}
    for name, value in changes.items():
        query[name] = value  # type: ignore[assignment]
    given = {name: value for name, value in query.items() if value is not None}
    return f"{request.url.path}?{urlencode(given)}" if given else request.url.path


def local_path(address: str) -> str:
    """The path and query of an address for going back to; never to another host."""
    parts = urlsplit(address)
    if not parts.path.startswith("/") or parts.path.startswith("//") or "\\" in parts.path:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
