"""/docs in a real browser: Swagger UI under our content security policy, from this server alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from langsupport.web.pages.assets import STATIC_DIR


def test_the_api_is_shown_and_can_be_tried(visitor: Any) -> None:
    page = visitor.page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs")
    expect(page.get_by_role("heading", name="langsupport")).to_be_visible()
    expect(page.get_by_text("/api/v1/documents/{id}/events")).to_be_visible()
    page.get_by_text("/healthz").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table")).to_contain_text('"status": "ok"')
    own = page.url.rsplit("/docs")[0]
    assert all(url.startswith((own, "data:")) for url in asked), asked


def test_the_vendored_files_are_what_the_package_has() -> None:
    folder = Path(STATIC_DIR) / "vendor" / "swagger-ui"
    sums = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text("ascii").splitlines())
    assert "swagger-ui-bundle.js" in sums
    for name, expected in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name
