"""Texts translated while the caller waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from langsupport.errors import InputTooLarge, InvalidRequest, ModelMissing, UnsupportedLanguage
from langsupport.services.assembly import Services

Open = Callable[..., Services]


def test_text_and_html(open_services: Open) -> None:
    services = open_services(launch=False)
    done = services.text.translate("The meeting of the committee is open now.", "auto", "fr")
    assert done.text == "[fr] The meeting of the committee is open now."
    assert (done.source, done.target, done.model) == ("en", "fr", "echo")
    html = services.text.translate("<p>The <b>meeting</b> is open.</p>", "en", "es", "html").text
    assert html.startswith("<p>") and "<b>" in html and "[es]" in html


def test_nothing_to_do(open_services: Open) -> None:
    services = open_services(launch=False)
    same = services.text.translate("The meeting is open.", "en", "en")
    assert (same.text, same.model) == ("The meeting is open.", None)
    assert services.text.translate("  \n", "en", "fr").text == "  \n"


def test_refusals(open_services: Open, tmp_path: object) -> None:
    services = open_services(launch=False, max_text_characters=50)
    with pytest.raises(InputTooLarge):
        services.text.translate("x" * 51, "en", "fr")
    with pytest.raises(UnsupportedLanguage):
        services.text.translate("The meeting is open.", "en", "pt")
    with pytest.raises(UnsupportedLanguage):
        services.text.translate("12345", None, "fr")
    with pytest.raises(InvalidRequest):
        services.text.translate("The meeting is open.", "en", "fr", "pdf")  # type: ignore[arg-type]


def test_without_a_model(open_services: Open, tmp_path: object) -> None:
    services = open_services(launch=False, models_dir=f"{tmp_path}/none")
    with pytest.raises(ModelMissing):
        services.text.translate("The meeting is open.", "en", "fr")
