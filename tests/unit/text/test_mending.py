import pytest

from langsupport.text.entities import find_entities
from langsupport.text.protection import mend


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("see C25/17(Rev.1)-E", "详见 C25/17（Rev.1）-E。", "详见 C25/17(Rev.1)-E。"),
        ("see C25/17(Rev.1)-E", "voir C25/17 (Rev.1)–E.", "voir C25/17(Rev.1)-E."),
        ("ITU-T Y.2205 (2011) applies", "ITU‑T Y.2205（2011）适用", "ITU-T Y.2205 (2011)适用"),
        ("see C25/17(Rev.1)-E", "voir C25/18(Rev.1)-E", "voir C25/18(Rev.1)-E"),
    ],
)
def test_only_the_look_of_an_entity_is_mended(source: str, target: str, expected: str) -> None:
    assert mend(find_entities(source, "en"), target) == expected
