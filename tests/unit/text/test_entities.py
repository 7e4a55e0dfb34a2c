"""The grammar of protected entities: every row's examples, in every kind of surrounding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.domain.entities import EntityKind
from langsupport.text.entities import GRAMMAR, find_entities

EXAMPLES = [(rule.name, rule.kind, example) for rule in GRAMMAR for example in rule.examples]
AROUND = {
    "en": ("See {}, then go on.", "({})", "{}"),
    "fr": ("Voir {}, puis continuer.",),
    "ru": ("См. {}, затем далее.",),
    "ar": ("انظر {}، ثم تابع.",),
    "zh": ("见{}，然后继续。", "见 {} 号"),
}


@pytest.mark.parametrize(("name", "kind", "example"), EXAMPLES, ids=[f"{n}: {e}" for n, _, e in EXAMPLES])
def test_every_example_is_found_whole_everywhere(name: str, kind: EntityKind, example: str) -> None:
    for language, frames in AROUND.items():
        for frame in frames:
            text = frame.format(example)
            found = [(entity.text, entity.kind) for entity in find_entities(text, language)]
            assert found == [(example, kind)], f"{name} in {text}"


@pytest.mark.parametrize(
    "text",
    [
        "either and/or both, he/she, TCP and Wi-Fi, U.S. policy, J. R. Smith",
        "The delegate of Mali said yes; e.g. this, i.e. that, etc.",
        "[see note] and [sic] are remarks, eBay and iPhone are names",
        "а также и/или, т. е. это, г-н Иванов",
        "主席说：“是的。”",
    ],
)
def test_running_text_has_no_entities(text: str) -> None:
    assert find_entities(text, "en") == []


def test_the_longest_wins_and_nothing_overlaps() -> None:
    text = "ITU-T Y.4903/L.1603 (10/2016) replaces C25/17(Rev.1)-E; see https://www.itu.int/rec/T-REC-Y.4903, p. 3."
    found = find_entities(text, "en")
    assert [entity.text for entity in found] == [
        "ITU-T Y.4903/L.1603 (10/2016)",
        "C25/17(Rev.1)-E",
        "https://www.itu.int/rec/T-REC-Y.4903",
        "3",
    ]
    assert [entity.kind for entity in found][-1] is EntityKind.NUMBER


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([e for _, _, e in EXAMPLES] + ["see", "、", "。", "(", ")", ",", "и", "في"]), max_size=12)
)
def test_entities_are_sorted_and_cover_what_they_say(parts: list[str]) -> None:
    text = " ".join(parts)
    position = 0
    for entity in find_entities(text, "en"):
        assert entity.start >= position
        assert text[entity.start : entity.end] == entity.text
        position = entity.end
