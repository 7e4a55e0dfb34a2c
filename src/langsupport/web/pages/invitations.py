"""The address of a link, and the QR code by which a phone in the room reads it."""

from __future__ import annotations

import segno
from markupsafe import Markup
from starlette.requests import Request

from langsupport.web.live.link_tokens import JOIN


def join_address(request: Request, token: str) -> str:
    """The address that is given to people, on the host by which the page was asked for."""
    return f"{request.url.scheme}://{request.url.netloc}{JOIN}/{token}"


def qr_code(address: str) -> Markup:
    """A QR code as an SVG to be put into a page: dark on white in every theme, or scanners don't read it.

    It has no styles and no identifiers of its own, so that the content security policy lets it be.
    """
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=4, light="#fff", svgclass=None, lineclass=None, omitsize=True))  # noqa: S704
