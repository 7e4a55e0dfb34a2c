"""What is wrong with a machine's output."""

import pytest

from langsupport.engines.guards import behind, looping, problems, without_chatter

ENGLISH = "The working group met twice and adopted its report."
GOOD = {
    "fr": "Le groupe de travail s'est réuni deux fois et a adopté son rapport.",
    "es": "El grupo de trabajo se reunió dos veces y aprobó su informe.",
    "ru": "Рабочая группа собралась дважды и приняла свой отчет.",
    "zh": "工作组举行了两次会议，并通过了其报告。",
    "ar": "اجتمع الفريق العامل مرتين واعتمد تقريره.",
}


@pytest.mark.parametrize("target", GOOD)
def test_a_good_translation_has_no_problem(target: str) -> None:
    assert without_chatter(GOOD[target], ENGLISH) == GOOD[target]
    assert problems(ENGLISH, GOOD[target], "en", target) == ()
    assert problems(GOOD[target], ENGLISH, target, "en") == ()


@pytest.mark.parametrize("target", GOOD)
def test_the_source_given_back_is_residue(target: str) -> None:
    assert "residue" in problems(ENGLISH, ENGLISH, "en", target)
    assert "residue" in problems(GOOD[target], GOOD[target], target, "en")


@pytest.mark.parametrize(
    ("source", "text", "target"),
    [
        ("ITU-T Y.4903/L.1603", "ITU-T Y.4903/L.1603", "ar"),
        ("OpenChain", "OpenChain", "zh"),
        ("Geneva, 2024", "Geneva, 2024", "ru"),
        ("Use OpenChain ISO 5230 now", "立即使用 OpenChain ISO 5230", "zh"),
        ("See TD 123 (PLEN).", "См. TD 123 (PLEN).", "ru"),
        ("12 345,6", "12 345,6", "ar"),
    ],
)
def test_names_and_symbols_may_stay(source: str, text: str, target: str) -> None:
    assert problems(source, text, "en", target) == ()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Le groupe de travail s'est réuni deux fois.", "ru"),
        ("Рабочая группа met twice and adopted a new report today", "ru"),
        ("工作组举行了两次会议", "ar"),
        ("The 工作组 had two very long meetings about 报告", "zh"),
    ],
)
def test_another_language_in_the_answer_is_residue(text: str, target: str) -> None:
    assert "residue" in problems(ENGLISH, text, "en", target)


@pytest.mark.parametrize(
    "answer",
    [
        "Here is the translation: {}",
        "Sure! Here's the French translation:\n{}",
        "Translation: {}",
        "Traduction : {}",
        "French: {}",
        "```\n{}\n```",
        '"{}"',
        "« {} »",
        "{}\n\n(Note: the term “working group” has been kept.)",
        "{}\nAlternatively: another sentence.",
    ],
)
def test_chatter_round_the_translation_is_taken_off(answer: str) -> None:
    assert without_chatter(answer.format(GOOD["fr"]), ENGLISH) == GOOD["fr"]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("« Bonjour », dit-il.", "“Hello,” he said."),
        ("«Non»", "“No”"),
        ("Remarque : voir plus bas.", "Note: see below."),
        ("Traduction : bureau 12", "Translation: room 12"),
        ("Première ligne\nDeuxième ligne", "First line\nSecond line"),
    ],
)
def test_what_the_source_says_itself_is_not_chatter(text: str, source: str) -> None:
    assert without_chatter(text, source) == text


def test_a_refusal_or_an_essay_is_chatter() -> None:
    assert "chatter" in problems("Yes.", "I'm sorry, but I cannot translate this text for you.", "fr", "en")
    assert "chatter" in problems("Oui.", "word " * 5 + "and many others that nobody asked for at all here", "fr", "en")


def test_a_loop_is_seen_and_a_repetition_of_the_source_is_not_one() -> None:
    assert "loop" in problems(ENGLISH, "le groupe " * 12, "en", "fr")
    assert "loop" in problems(ENGLISH, "会" * 30, "en", "zh")
    assert "loop" not in problems("ha " * 30, "ha " * 30, "en", "fr")
    assert looping([1, 2, 3] + [7, 8] * 8)
    assert not looping([5] * 8)


def test_an_empty_answer_is_a_problem_only_if_something_was_asked() -> None:
    assert problems(ENGLISH, "  ", "en", "fr") == ("empty",)
    assert problems(" ", "", "en", "fr") == ()


CHAIR = "The Chair gives the floor to the delegate of Kenya, who thanks the Chair."


@pytest.mark.parametrize(
    ("prefix", "added", "expected"),
    [
        ("La présidente donne la parole au délégué du Kenya, qui remercie la présidente.", "", ()),
        ("La présidente", "", ("truncated",)),  # the source says much more
        ("La présidente donne", " la parole au délégué du Kenya.", ()),
        ("La présidente donne", " la parole" * 8, ("loop",)),
        ("la parole " * 8, "au délégué du Kenya.", ()),  # what is shown already is no fault of this one
        ("La présidente donne la parole", " to the delegate who thanks her", ()),  # the script is the same
        ("[La présidente", " donne la parole au Kenya.", ()),
        ("La présidente", " председатель предоставляет слово", ("residue",)),
        ("La présidente donne la parole à", " Kenya", ()),
        ("La présidente", " donne" + " et voici encore une chose que personne n'a dite" * 9, ("loop", "chatter")),
    ],
)
def test_a_prefix_is_not_held_against_what_follows(prefix: str, added: str, expected: tuple[str, ...]) -> None:
    assert problems(CHAIR, prefix + added, "en", "fr", prefix) == expected


def test_behind_a_prefix_no_second_try_and_no_note() -> None:
    assert behind("Le", " président.\nThe Chair.", "The Chair.") == "Le président."
    assert behind("Le ", " président\nNote: x", "The Chair.") == "Le président"
    assert behind("Fin.", "\nThe end.", "The end.") == "Fin."
    assert behind("", "“Fin.”", "The end.") == "Fin."
