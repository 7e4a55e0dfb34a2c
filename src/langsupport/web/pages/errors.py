"""Pages for what went wrong, and the sign-in page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from langsupport.web.pages.preferences import local_path
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.strings import N_
from langsupport.web.problems import Problem

HEADINGS = {
    400: N_("This can't be done"),
    401: N_("Sign in first"),
    403: N_("This is not allowed"),
    404: N_("This page does not exist"),
    405: N_("This can't be done"),
    409: N_("This is not possible now"),
    413: N_("This is too large"),
    415: N_("This kind of file can't be read"),
    422: N_("This can't be used"),
    429: N_("Too many tries"),
    500: N_("Something went wrong"),
    503: N_("This is not possible now"),
    507: N_("The disk is full"),
}


def error_response(request: Request, problem: Problem) -> Response:
    """A problem as a page in the reader's language, with a way back."""
    words = strings(request)
    heading = words.gettext.gettext(HEADINGS.get(problem.status, HEADINGS[500]))
    if problem.code == "not-found" and problem.template == "{detail}":  # no route: the framework's own words
        detail = words.gettext.gettext(_NO_PAGE)
    else:
        detail = words.explain(problem.template, problem.fields)
    response = render(
        request, "problem.html", problem.status, problem=problem, heading=heading, detail=detail, back=_back(request)
    )
    response.headers.update(problem.headers)
    return response


_NO_PAGE = N_("There is nothing at this address. It may have been deleted, or the address is mistyped.")


def _back(request: Request) -> str | None:
    referer = urlsplit(request.headers.get("referer", ""))
    same_host = bool(referer.netloc) and referer.netloc == request.headers.get("host")
    where = local_path(referer.path) if same_host else None
    return where if where != request.url.path or request.method != "GET" else None
