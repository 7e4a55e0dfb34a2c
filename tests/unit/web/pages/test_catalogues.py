"""The six interface languages: none lags, and what a script shows is brought to it."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog

from langsupport.domain.languages import LANGUAGES
from langsupport.errors import DamagedFile, InputTooLarge, UnsupportedLanguage
from langsupport.web.pages import catalogue as tool
from langsupport.web.pages import live_words, watching_words
from langsupport.web.pages.assets import STATIC_DIR
from langsupport.web.pages.strings import IN_SCRIPTS
from langsupport.web.pages.translations import catalogue


@pytest.fixture(scope="module")
def template() -> Catalog:
    return tool.collect()


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_language_lags(code: str, template: Catalog) -> None:
    """Mend with: python -m langsupport.web.pages.catalogue update, then translate what came in empty."""
    assert tool.faults(code, template) == []


def test_strings_come_from_templates_code_errors_and_findings(template: Catalog) -> None:
    ids = {message.id if isinstance(message.id, str) else message.id[0] for message in template}
    assert {"Documents", "Waiting", DamagedFile.template, "The translation is empty."} <= ids
    assert "it is not a Word document (.docx)" in ids


def test_the_tool_sees_what_is_wrong(template: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    lagging = tool.read("fr")
    lagging.delete("Documents")
    lagging["Waiting"].string = ""
    lagging["Detected: {language}"].string = "Langue : {langue}"
    lagging["Ready"].flags.add("fuzzy")
    monkeypatch.setattr(tool, "read", lambda code: lagging)
    faults = tool.faults("fr", template)
    assert [fault.split(":")[1].strip() for fault in sorted(faults)] == [
        "missing",
        "not translated",
        "other placeholders than in 'Detected",
        "to be looked at again (fuzzy)",
    ]


SCRIPTS = {
    "strings": (IN_SCRIPTS, ["files", "frame", "live", "text", "viewer"]),
    "live_words": (live_words.IN_SCRIPTS, ["captioner", "console", "session-links", "speak"]),
    "watching_words": (watching_words.IN_SCRIPTS, ["replay", "watch", "watch-screen"]),
}
"""What pages bring to their scripts, and the scripts that they begin with."""


@pytest.mark.parametrize("words", SCRIPTS)
def test_pages_bring_all_that_scripts_say(words: str) -> None:
    known, begin = SCRIPTS[words]
    known = {*known, *IN_SCRIPTS}
    said = {text for module in _with_imports(begin) for text in re.findall(r'\bt\(\s*"([^"]+)"', module)}
    assert said
    assert said <= known


def test_live_pages_bring_what_their_scripts_look_up_by_name() -> None:
    """Warnings and refusals are kept in tables, and translated where they are shown."""
    scripts = STATIC_DIR / "js"
    refusals = re.findall(r'^  \w+: "(.+)",$', (scripts / "capture-panel.js").read_text("utf-8"), re.MULTILINE)
    warnings = re.findall(
        r'warning\(.+?, (?:true|false|key === "floor"), "(.+?)"', (scripts / "console-model.js").read_text("utf-8")
    )
    assert len(refusals) >= 5
    assert len(warnings) >= 8
    assert {*refusals, *warnings} <= set(live_words.IN_SCRIPTS)


def _with_imports(names: list[str]) -> list[str]:
    """The texts of these modules and of all that they import, ours among them."""
    found: dict[str, str] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found[name] = (STATIC_DIR / "js" / f"{name}.js").read_text(encoding="utf-8")
        wanted += re.findall(r'from "\./([\w-]+)\.js"', found[name])
    return list(found.values())


def test_errors_are_told_in_the_readers_language() -> None:
    error = DamagedFile(name="a.docx", detail="it is not a Word document (.docx)")
    told = {code: catalogue(code).explain(error.template, error.fields) for code in LANGUAGES}
    assert told["en"] == str(error)
    assert told["fr"].startswith(
        "a.docx est endommagé ou n’est pas ce que son nom indique : ce n’est pas un document Word"
    )
    assert len(set(told.values())) == len(LANGUAGES)
    assert all("a.docx" in sentence for sentence in told.values())


def test_details_with_fields_are_recognized() -> None:
    error = UnsupportedLanguage(name="language", detail="“xx” is not one of the six languages")
    told = catalogue("es").explain(error.template, error.fields)
    assert "«xx» no es uno de los seis idiomas" in told


def test_languages_in_sentences_are_named_in_the_readers_language() -> None:
    template = "Part of the text ({percent} %) is in another language ({language})."
    assert "allemand" in catalogue("fr").explain(template, {"percent": 30, "language": "de"})
    wrong_script = "Most of the translation is not written in the script of {language}."
    assert "арабский" in catalogue("ru").explain(wrong_script, {"language": "Arabic"})


def test_a_missing_field_leaves_the_sentence_readable() -> None:
    assert (
        catalogue("en").explain(InputTooLarge.template, {"name": "a.docx", "size": "1 MB"}).startswith("a.docx is too")
    )


@pytest.mark.parametrize(
    ("code", "number", "expected"),
    [
        ("ar", 1, "كلمة واحدة"),
        ("ar", 2, "كلمتان"),
        ("ar", 7, "%(words)s كلمات"),
        ("ru", 21, "%(words)s слово"),
        ("ru", 3, "%(words)s слова"),
        ("ru", 11, "%(words)s слов"),
        ("fr", 0, "%(words)s mot"),
        ("zh", 5, "%(words)s 个词"),
    ],
)
def test_plurals_follow_each_language(code: str, number: int, expected: str) -> None:
    assert catalogue(code).gettext.ngettext("%(words)s word", "%(words)s words", number) == expected
