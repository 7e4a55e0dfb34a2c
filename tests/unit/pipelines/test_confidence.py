from __future__ import annotations

import pytest

from langsupport.domain.findings import Finding, Severity
from langsupport.pipelines.confidence import evidence

ENGLISH = "The committee adopted the report of the working group without a vote."
FRENCH = "Le comité a adopté sans vote le rapport du groupe de travail."


def test_a_usual_translation_shows_nothing_against_it() -> None:
    found = evidence(ENGLISH, FRENCH, -0.2, ("en", "fr"), ())
    assert found.probability == pytest.approx(0.819, abs=0.001)
    assert found.stretch < 0.4 and found.copied < 0.2, "“vote” is a word of both"
    assert found.faults == 0


@pytest.mark.parametrize(
    ("source", "target", "languages", "least"),
    [
        (ENGLISH, ENGLISH, ("en", "fr"), 0.9),
        (ENGLISH, "Le committee a adopté the report", ("en", "fr"), 0.3),
        ("委员会未经表决通过了报告。", "The 委员会 adopted the report", ("zh", "en"), 0.3),
        ("The report of Fatima Hassan", "Fatima Hassan rapport", ("en", "fr"), 0.0),
    ],
)
def test_what_was_not_translated(source: str, target: str, languages: tuple[str, str], least: float) -> None:
    copied = evidence(source, target, -0.2, languages, ()).copied
    assert copied >= least and (least > 0 or copied == 0)


def test_lengths_are_those_of_the_languages() -> None:
    fitting = evidence(ENGLISH, "委员会未经表决通过了工作组的报告。", -0.2, ("en", "zh"), ()).stretch
    halved = evidence(ENGLISH, "委员会通过了。", -0.2, ("en", "zh"), ()).stretch
    assert fitting < halved
    assert evidence(ENGLISH, "", -0.2, ("en", "zh"), ()).stretch == 1
    assert evidence("Olá a todos os delegados", "Hello delegates", -0.2, ("pt", "en"), ()).stretch < 1


def test_findings_count_by_their_weight() -> None:
    found = [Finding("numbers", severity, "") for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)]
    assert evidence(ENGLISH, FRENCH, -0.2, ("en", "fr"), found).faults == 0.75
    assert evidence(ENGLISH, FRENCH, -0.2, ("en", "fr"), found * 5).faults == 1
