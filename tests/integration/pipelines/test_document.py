"""Whole documents through the pipeline: nothing lost, nothing changed that must stay."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from immediate import ImmediateInference, word_by_word
from langsupport.domain.languages import LANGUAGES
from langsupport.errors import EmptyInput, UnsupportedLanguage
from langsupport.pipelines.document import prepare, render, translate_document, translate_html, translate_text

ROOT = Path(__file__).parents[3]
OPENCHAIN = ROOT / "examples" / "openchain-spec-1.1.fr.docx"
DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", ROOT.parent / "shared" / "data"))
E119 = DATA / "documents" / "itu_E.119_E.docx"
SYMBOL = re.compile(r"ITU[-‑]T [A-Z]\.\d+(?:\.\d+)?")


def marked() -> ImmediateInference:
    """Every word gets a tilde, so that what was translated can be told from what was not."""
    return ImmediateInference(word_by_word(lambda word: f"{word}~" if word.isalpha() else word))


def plain(data: bytes, name: str, source: str) -> list[str]:
    return [unit.source.text for unit in prepare(data, name, source).document.units]


@pytest.mark.parametrize("target", ["ar", "zh", "en", "ru", "es"])
def test_every_unit_of_a_real_document_is_translated_and_none_is_lost(target: str) -> None:
    data = OPENCHAIN.read_bytes()
    prepared = prepare(data, OPENCHAIN.name)
    assert prepared.source == "fr"
    rendered = translate_document(marked(), data, OPENCHAIN.name, prepared, target, mark=False)
    after = plain(rendered.data, OPENCHAIN.name, target)
    before = [unit.source.text for unit in prepared.document.units]
    assert len(after) == len(before)
    words = Counter(word.strip("~") for text in after for word in re.findall(r"\w+", text))
    assert not Counter(word for text in before for word in re.findall(r"\w+", text)) - words
    assert sum("~" in text for text in after) > 0.85 * len(before)  # its annex has addresses and English titles


def test_the_rendition_says_that_a_machine_made_it() -> None:
    data = OPENCHAIN.read_bytes()
    prepared = prepare(data, OPENCHAIN.name)
    rendered = translate_document(marked(), data, OPENCHAIN.name, prepared, "es")
    first = plain(rendered.data, OPENCHAIN.name, "es")
    assert any("Traducción automática no oficial del francés" in text for text in first[:3])


def test_a_job_may_stop_after_any_segment_and_what_is_missing_is_told() -> None:
    data = OPENCHAIN.read_bytes()
    prepared = prepare(data, OPENCHAIN.name)
    rendered = render(data, OPENCHAIN.name, prepared, "en", {}, mark=False)
    missing = [finding for finding in rendered.findings if finding.code == "not-translated"]
    assert len(missing) == len(prepared.segments)
    assert plain(rendered.data, OPENCHAIN.name, "fr") == [unit.source.text for unit in prepared.document.units]


@pytest.mark.skipif(not E119.exists(), reason="the shared test documents are not on this machine")
@pytest.mark.parametrize("target", ["ar", "zh", "fr", "ru", "es"])
def test_a_recommendation_keeps_every_symbol(target: str) -> None:
    data = E119.read_bytes()
    prepared = prepare(data, E119.name)
    rendered = translate_document(marked(), data, E119.name, prepared, target)
    before = Counter(s for unit in prepared.document.units for s in SYMBOL.findall(unit.source.text))
    after = Counter(s for text in plain(rendered.data, E119.name, target) for s in SYMBOL.findall(text))
    assert before == after
    assert len(before) > 3
    assert not [finding for finding in rendered.findings if finding.code.startswith("codes")]


def test_a_text_in_another_language_is_refused_by_name() -> None:
    text = "Os participantes da reunião não aprovaram o relatório da comissão e pediram uma nova votação amanhã."
    with pytest.raises(UnsupportedLanguage, match="pt"):
        prepare(text.encode(), "ata.txt")


def test_a_document_without_words_is_refused() -> None:
    with pytest.raises(EmptyInput, match=r"numbers\.txt"):
        prepare(b"  \n \n", "numbers.txt")


def test_lines_and_space_of_a_text_stay() -> None:
    source = "Agenda\n\n  1. Opening of the session\n\tAdoption of the report.\n"
    target = translate_text(marked(), source, "en", "fr")
    assert target == "Agenda~\n\n  1. Opening~ of~ the~ session~\n\tAdoption~ of~ the~ report.\n"


@pytest.mark.parametrize("target", sorted(set(LANGUAGES) - {"en"}))
def test_tags_of_a_fragment_stay(target: str) -> None:
    source = '<p>The <b>final</b> report is <a href="https://example.org/r">here</a>.</p>'
    text = translate_html(marked(), source, "en", target)
    assert re.findall(r"</?[a-z]+", text) == re.findall(r"</?[a-z]+", source)
    assert 'href="https://example.org/r"' in text
    assert "<b>final~</b>" in text
