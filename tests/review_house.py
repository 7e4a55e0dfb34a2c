"""A house in which people translate: a real server with accounts, terms and an echoing machine, and browsers in it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import httpx
from playwright.sync_api import Page, expect

from accounts import PASSWORD
from faces import PATIENCE_S, Place, Server, echo_model
from waiting import until

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)

AXE = Path(__file__).parent / "browser" / "vendor" / "axe-4.14.1.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
PEOPLE = {
    "carol": "coordinator",
    "tom": "translator",
    "tina": "translator",
    "rita": "reviser",
    "cleo": "captioner",
    "dora": "delegate",
    "root": "administrator",
}
TERMS = "id,subject,definition,en,fr,ar\n1,,A part of the organization,Committee,Comité,اللجنة\n"


@dataclass
class House:
    server: Server
    tokens: dict[str, str]
    data: Path

    def api(self, who: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=PATIENCE_S)

    def translated(self, name: str, *targets: str, data: bytes | None = None) -> str:
        """The id of a document that the machine has translated."""
        files, form = {"file": (name, data or document())}, {"source": "en", "targets": ",".join(targets)}
        with self.api("carol") as api:
            made = api.post("/api/v1/documents", files=files, data=form).raise_for_status().json()
            id: str = made[0]["document"]["id"]
            until(lambda: api.get(f"/api/v1/documents/{id}").json()["state"] == "done")
        return id

    def sent(self, name: str, language: str, *, data: bytes | None = None, **orders: Any) -> dict[str, Any]:
        """A review of such a document."""
        id = self.translated(name, language, data=data)
        with self.api("carol") as api:
            asked = {"languages": [language], **orders}
            made = api.post(f"/api/v1/documents/{id}/reviews", json=asked).raise_for_status().json()
        found: dict[str, Any] = made[0]
        return found


def document() -> bytes:
    made = docx.Document()
    made.add_paragraph("The Committee met in Geneva.")
    paragraph = made.add_paragraph("The Committee ")
    paragraph.add_run("adopted").bold = True
    paragraph.add_run(" 12 resolutions.")
    made.add_paragraph("The Committee met in Geneva.")
    made.add_paragraph("The meeting was closed.")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@contextmanager
def open_house(root: Path) -> Iterator[House]:
    place = Place(root, {"LANGSUPPORT_ACCOUNTS_MODE": "on"})
    echo_model(place.models)
    tokens = {login: place.person(login, role, password=PASSWORD) for login, role in PEOPLE.items()}
    with place.serving() as server:
        made = House(server, tokens, root / "data")
        with made.api("carol") as api:
            api.post("/api/v1/terms/import", files={"file": ("terms.csv", TERMS.encode())}).raise_for_status()
        yield made


def signed_in(guest: Visitor, who: str, language: str = "en", **options: Any) -> Page:
    page = guest.page(language, **options)
    page.goto("/sign-in")
    page.locator("[name=login]").fill(who)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def field(page: Page, number: int) -> Any:
    return page.get_by_role("textbox", name=f"Translation of segment {number}", exact=True)


def barriers(page: Page) -> list[str]:
    """What axe finds in either theme. The page must be opened with `bypass_csp`, so that axe itself may be put in."""
    page.add_script_tag(path=AXE)
    told: list[str] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found = page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_TAGS)}}})")["violations"]
        told += [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]
    return told
