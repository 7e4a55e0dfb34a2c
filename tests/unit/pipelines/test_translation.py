from immediate import ImmediateInference, word_by_word
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin, Segment
from langsupport.engines.protocols import Translation, TranslationRequest
from langsupport.pipelines.translation import translate_segments

OPEN, CLOSE = InlineCode(4, CodeKind.OPEN), InlineCode(4, CodeKind.CLOSE)
NOTE = InlineCode(5, CodeKind.SINGLE, "note")


def segment(text: str, *codes: tuple[int, InlineCode], language: str | None = None) -> Segment:
    return Segment("u", 0, CodedText(text, codes), language)


def upper() -> ImmediateInference:
    return ImmediateInference(word_by_word(str.upper))


def codes(findings) -> set[str]:
    return {finding.code for finding in findings}


def test_a_repetition_is_translated_once() -> None:
    inference = upper()
    done = translate_segments(
        inference, [segment("the report"), segment("the agenda"), segment("the report")], "en", "fr"
    )
    assert [translation.target.text for translation in done] == ["THE REPORT", "THE AGENDA"]
    assert [request.text for request in inference.requests] == ["the report", "the agenda"]


def test_what_holds_no_words_is_copied_without_asking_the_machine() -> None:
    inference = upper()
    done = translate_segments(
        inference, [segment("12.5"), segment("TD 123 (PLEN)"), segment("https://example.org/a")], "en", "ar"
    )
    assert [translation.origin for translation in done] == [Origin.SOURCE] * 3
    assert inference.requests == []


def test_formatting_inside_a_sentence_follows_its_words() -> None:
    inference = upper()
    source = segment("the very long report", (4, OPEN), (8, CLOSE), (20, NOTE))
    (done,) = translate_segments(inference, [source], "en", "fr")
    text, placed = done.target.text, {(position, code.kind) for position, code in done.target.codes}
    assert text == "THE VERY LONG REPORT"
    assert placed == {(4, CodeKind.OPEN), (8, CodeKind.CLOSE), (20, CodeKind.SINGLE)}


def test_fields_are_translated_as_numbers_and_come_back_as_fields() -> None:
    first, second = InlineCode(0, CodeKind.SINGLE, "field"), InlineCode(1, CodeKind.SINGLE, "field")
    inference = ImmediateInference(lambda request: request.text.replace("Page", "Страница").replace("of", "из"))
    (done,) = translate_segments(inference, [segment("Page  of ", (5, first), (9, second))], "en", "ru")
    assert inference.requests[0].text == "Page 7 of 8"
    assert done.target == CodedText("Страница  из ", ((9, first), (13, second)))
    assert not done.findings


def test_a_field_whose_number_is_lost_is_placed_by_estimate() -> None:
    field = InlineCode(0, CodeKind.SINGLE, "field")
    inference = ImmediateInference(lambda request: "voir la figure ci-dessous")
    (done,) = translate_segments(inference, [segment("see figure  below", (11, field))], "en", "fr")
    assert done.target.code_counts() == {field: 1}
    assert done.target.text.split() == ["voir", "la", "figure", "ci-dessous"]


def test_without_alignment_markers_are_tried() -> None:
    def swapped(request: TranslationRequest) -> str:
        return (
            request.text.replace("alpha", "ZZZ").replace("beta", "YYY").replace("gamma", "XXX").replace("delta", "WWW")
        )

    inference = ImmediateInference(swapped)
    source = segment("alpha beta gamma delta", (6, OPEN), (10, CLOSE))
    (done,) = translate_segments(inference, [source], "en", "fr")
    assert done.target.text == "ZZZ YYY XXX WWW"
    (first, _), (last, _) = done.target.codes
    assert done.target.text[first:last] == "YYY"
    assert "codes-estimated" not in codes(done.findings)


def test_markers_that_do_not_come_back_leave_an_estimate_and_say_so() -> None:
    inference = ImmediateInference(lambda request: "ZZZ YYY XXX WWW")
    source = segment("alpha beta gamma delta", (6, OPEN), (10, CLOSE))
    (done,) = translate_segments(inference, [source], "en", "fr")
    assert done.target.code_counts() == source.source.renumbered(source.source.canonical_ids()).code_counts()
    assert "codes-estimated" in codes(done.findings)


def test_a_lost_symbol_is_brought_back_by_masking() -> None:
    def careless(request: TranslationRequest) -> str:
        return (
            request.text.replace("C25/17(Rev.1)-E", "C25/17").replace("see", "voir").replace("document", "le document")
        )

    (done,) = translate_segments(ImmediateInference(careless), [segment("see document C25/17(Rev.1)-E")], "en", "fr")
    assert "C25/17(Rev.1)-E" in done.target.text
    assert "protected-missing" not in codes(done.findings)


def test_a_symbol_that_stays_lost_is_kept_by_translating_in_parts() -> None:
    def forgetful(request: TranslationRequest) -> str:
        return {"see document": "voir le document", "for details": "pour les détails"}.get(request.text, "voir")

    source = segment("see document C25/17(Rev.1)-E for details")
    (done,) = translate_segments(ImmediateInference(forgetful), [source], "en", "fr")
    assert done.target.text == "voir le document C25/17(Rev.1)-E pour les détails"
    assert "translated-in-parts" in codes(done.findings)
    assert "protected-missing" not in codes(done.findings)


def test_symbols_are_isolated_in_arabic() -> None:
    (done,) = translate_segments(
        ImmediateInference(lambda _: "انظر الوثيقة C25/17(Rev.1)-E من فضلك"),
        [segment("see document C25/17(Rev.1)-E please")],
        "en",
        "ar",
    )
    assert "\u2066C25/17(Rev.1)-E\u2069" in done.target.text


def test_what_the_engine_admits_becomes_a_finding() -> None:
    def looping(request: TranslationRequest) -> Translation:
        return Translation("le le le le", "m", problems=("loop",))

    (done,) = translate_segments(ImmediateInference(looping), [segment("the report was adopted")], "en", "fr")
    assert "machine-loop" in codes(done.findings)


def test_an_empty_answer_keeps_the_source_text() -> None:
    inference = ImmediateInference(lambda _: Translation("", "m", problems=("empty",)))
    (done,) = translate_segments(inference, [segment("the report was adopted")], "en", "fr")
    assert done.target.text == "the report was adopted"
    assert "machine-empty" in codes(done.findings)


def test_a_segment_in_another_language_is_translated_from_it_or_left() -> None:
    inference = upper()
    french, target, foreign = (
        segment("le rapport final", language="fr"),
        segment("informe final", language="es"),
        segment("o relatório final", language="pt"),
    )
    done = translate_segments(inference, [french, target, foreign], "en", "es")
    assert [request.source for request in inference.requests] == ["fr"]
    assert [translation.origin for translation in done] == [Origin.MACHINE, Origin.SOURCE, Origin.SOURCE]
    assert "foreign-language" in codes(done[2].findings)
