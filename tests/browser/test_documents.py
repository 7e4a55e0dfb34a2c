"""A document's way as a reader meets it: given by button or dropped, followed, downloaded, reported on, deleted."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from faces import ENGLISH, PATIENCE_S

if TYPE_CHECKING:
    from conftest import Visitor

expect.set_options(timeout=20_000)

DROP = """({name, data}) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector("#drop").dispatchEvent(
      new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def agenda(tmp_path: Path) -> Path:
    path = tmp_path / "agenda.txt"
    path.write_text(ENGLISH, encoding="utf-8")
    return path


def row(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(".files > li", has=page.get_by_role("link", name=name, exact=True)).first


def test_from_the_button_to_the_download(visitor: Visitor, agenda: Path) -> None:
    page = visitor.page()
    page.goto("/")
    page.locator("#file").set_input_files([agenda])
    given = row(page, "agenda.txt")
    expect(given.locator(".tile.done")).to_have_count(5)  # without loading the page again
    expect(given.locator(".tile.original")).to_contain_text("English")
    given.get_by_role("link", name="agenda.txt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("agenda.txt")
    expect(page.get_by_text("Machine translation, not reviewed.")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download: French").click()
    assert waiting.value.suggested_filename == "agenda.fr.txt"
    assert "[fr]" in Path(waiting.value.path()).read_text(encoding="utf-8")


def test_dropped_on_the_page_with_chosen_languages(visitor: Visitor) -> None:
    page = visitor.page("fr")
    page.goto("/")
    page.get_by_label("Langue du document").select_option("en")
    for name in ("العربية", "中文", "Русский"):
        page.get_by_label(name).uncheck()
    page.evaluate(DROP, {"name": "dropped.txt", "data": base64.b64encode(ENGLISH.encode()).decode()})
    given = row(page, "dropped.txt")
    expect(given.locator(".tile.done")).to_have_count(2)
    expect(given.locator(".tile.none")).to_have_count(3)


def test_a_document_page_follows_the_work(visitor: Visitor, tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_text("\n\n".join(f"Paragraph {number} was adopted." for number in range(150)), encoding="utf-8")
    page = visitor.page()
    page.goto("/")
    page.locator("#file").set_input_files([long])
    row(page, "long.txt").get_by_role("link", name="long.txt").click()
    expect(page.locator(".languages .tag.good")).to_have_count(5)
    expect(page.locator("#live")).to_have_attribute("data-busy", "no")


def test_several_files_of_which_two_are_bad(visitor: Visitor, agenda: Path, tmp_path: Path) -> None:
    unknown, damaged = tmp_path / "sheet.abc", tmp_path / "broken.docx"
    unknown.write_bytes(b"what may this be?")
    damaged.write_bytes(b"%PDF-1.7 not a Word document")
    page = visitor.page("es")
    page.goto("/")
    page.locator("#file").set_input_files([unknown, damaged, agenda])
    refused = page.locator("#queue li.failed")  # refused at the door
    expect(refused).to_contain_text("sheet.abc: este tipo de archivo no se puede leer")
    expect(row(page, "agenda.txt").locator(".tile.done")).to_have_count(5)
    told = row(page, "broken.docx").locator(".message")  # found out while it was read
    expect(told).to_contain_text("broken.docx está dañado o no es lo que indica su nombre: es un archivo PDF")
    expect(row(page, "broken.docx").locator(".tile.failed")).to_have_count(6)
    refused.get_by_role("button", name="Cerrar").click()
    expect(refused).to_have_count(0)
    assert all("415" in complaint for complaint in visitor.complaints)  # the browser's own line for a refused request
    visitor.complaints.clear()


def test_a_file_over_the_limit_says_so(visitor: Visitor, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_bytes(b"word " * 900_000)
    page = visitor.page()
    page.goto("/")
    page.locator("#file").set_input_files([big])
    expect(page.locator("#queue li.failed")).to_contain_text("too large")
    visitor.complaints.clear()


def test_the_fidelity_report(visitor: Visitor, document: str) -> None:
    page = visitor.page("ru")
    page.goto(f"/documents/{document}")
    page.locator("a", has_text=re.compile("Отчёт о точности: \\d+")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Отчёт о точности")
    expect(page.locator(".findings > li").first).to_be_visible()
    summary = page.locator(".findings summary").first
    if summary.count():
        summary.click()
    expect(page.locator(".findings blockquote").first).to_contain_text("was")


def test_deleting_asks_first(visitor: Visitor, agenda: Path) -> None:
    page = visitor.page()
    page.goto("/")
    named = agenda.rename(agenda.with_name("to delete.txt"))
    page.locator("#file").set_input_files([named])
    row(page, "to delete.txt").get_by_role("link", name="to delete.txt").click()
    button = page.get_by_role("button", name="Delete for good")
    expect(button).to_be_hidden()
    page.locator("summary", has_text="Delete").click()
    page.keyboard.press("Escape")
    expect(button).to_be_hidden()
    page.locator("summary", has_text="Delete").click()
    button.click()
    expect(page.get_by_text("Deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="to delete.txt")).to_have_count(0)


def test_without_a_script(visitor: Visitor, agenda: Path) -> None:
    page = visitor.page("fr", java_script_enabled=False)
    page.goto("/")
    page.get_by_label("Choisir des documents").set_input_files(agenda)
    page.get_by_role("button", name="Traduire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("agenda.txt")
    for _ in range(PATIENCE_S):  # the page also reloads itself
        if page.locator(".languages .tag.good").count() == 5:
            break
        page.wait_for_timeout(300)
        page.reload()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Télécharger : Russe").click()
    assert waiting.value.suggested_filename == "agenda.ru.txt"


def test_without_a_script_a_bad_file_is_told_on_the_page(visitor: Visitor, tmp_path: Path) -> None:
    bad = tmp_path / "empty.txt"
    bad.write_bytes(b"")
    page = visitor.page("ar", java_script_enabled=False)
    page.goto("/")
    page.locator("#file").set_input_files(bad)
    page.locator("form#giving button").click()
    expect(page.get_by_role("alert")).to_contain_text("empty.txt")
    expect(page.get_by_role("alert")).to_contain_text("لا يتضمن")
    visitor.complaints.clear()
