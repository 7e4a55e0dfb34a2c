"""TBX: both versions and styles, statuses, and what was left out."""

from __future__ import annotations

import pytest

from langsupport.domain.interchange import (
    ConceptLanguage,
    ConceptTerm,
    DataCategory,
    TermBase,
    TermConcept,
)
from langsupport.domain.terms import TermStatus
from langsupport.formats.interchange.tbx import category, read_terms, status_category, write_terms

VERSION_2 = """<?xml version="1.0"?>
<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX" xml:lang="en"><martifHeader><fileDesc><sourceDesc><p>x</p></sourceDesc></fileDesc></martifHeader>
<text><body><termEntry id="c1"><descripGrp><descrip type="definition">A <hi>body</hi> of Member States</descrip>
<admin type="source">CS/Art. 4</admin></descripGrp><!-- a remark -->
<langSet xml:lang="en"><ntig><termGrp><term>Council</term><termNote type="partOfSpeech">noun</termNote></termGrp>
<admin type="customerSubset">ITU</admin></ntig></langSet>
<langSet xml:lang="fr"><tig><term>Conseil</term>
<termNote type="administrativeStatus">{status}</termNote></tig></langSet>
</termEntry></body></text></martif>"""

DCT = """<tbx type="TBX-Basic" style="dct" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"
  xmlns:min="http://www.tbxinfo.net/ns/min" xmlns:basic="http://www.tbxinfo.net/ns/basic" xmlns:own="urn:own">
<text><body><conceptEntry id="c1"><min:subjectField>radio</min:subjectField><own:rank>high</own:rank>
<langSec xml:lang="zh-CN"><basic:definition>…</basic:definition><termSec><term>理事会</term>
<min:partOfSpeech>noun</min:partOfSpeech><own:tone>4</own:tone></termSec></langSec></conceptEntry></body></text></tbx>"""


def test_version_2() -> None:
    found = read_terms(VERSION_2.format(status="deprecatedTerm-admn-sts").encode(), "t.tbx")
    (concept,) = found.concepts
    assert concept.definitions() == ("A body of Member States",)
    assert concept.data[0].group == (DataCategory("admin", "source", "CS/Art. 4"),)
    (english,), (french,) = concept.terms("en"), concept.terms("fr")
    assert (english.text, english.part_of_speech, english.status) == ("Council", "noun", None)
    assert DataCategory("admin", "customerSubset", "ITU") in english.data
    assert french.status is TermStatus.FORBIDDEN
    written = write_terms(found)
    assert b'style="dca"' in written and b"<conceptEntry" in written and b"A <hi>body</hi> of" in written
    assert read_terms(written, "t.tbx") == found


def test_dct_becomes_dca_with_private_categories_too() -> None:
    found = read_terms(DCT.encode(), "t.tbx")
    (concept,) = found.concepts
    assert concept.subjects == ("radio",) and concept.definitions("zh") == ("…",)
    (term,) = concept.terms("zh")
    assert (term.text, term.part_of_speech) == ("理事会", "noun")
    written = write_terms(found).decode()
    assert '<descrip type="rank">high</descrip>' in written
    assert '<termNote type="tone">4</termNote>' in written


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("preferredTerm", TermStatus.PREFERRED),
        ("preferredTerm-admn-sts", TermStatus.PREFERRED),
        ("admittedTerm-admn-sts", TermStatus.ADMITTED),
        ("deprecatedTerm", TermStatus.FORBIDDEN),
        ("supersededTerm-admn-sts", TermStatus.FORBIDDEN),
        ("obsoleteTerm", TermStatus.FORBIDDEN),
        ("proposedTerm", None),
    ],
)
def test_statuses(said: str, status: TermStatus | None) -> None:
    (concept,) = read_terms(VERSION_2.format(status=said).encode(), "t.tbx").concepts
    assert concept.terms("fr")[0].status is status


def test_terms_of_our_own() -> None:
    term = ConceptTerm("Conseil", (status_category(TermStatus.PREFERRED), category("partOfSpeech", "noun")))
    section = ConceptLanguage("fr", (term,), (category("definition", "Organe <directeur>", "CS"),))
    base = TermBase((TermConcept("c1", (section,), (category("note", "Pas « conseil »"),)),), header="<fileDesc/>")
    written = write_terms(base)
    assert read_terms(written, "t.tbx") == base
    assert b'<descripGrp><descrip type="definition">Organe &lt;directeur&gt;</descrip>' in written
    assert base.concepts[0].terms("fr")[0].status is TermStatus.PREFERRED


def test_what_is_left_out_is_told() -> None:
    data = DCT.replace("<term>理事会</term>", "<term> </term>").replace("</body>", DCT[DCT.index("<conceptE") :])
    data = data[: data.index("</conceptEntry></body>") + len("</conceptEntry></body></text></tbx>")]
    found = read_terms(data.encode(), "t.tbx")
    codes = [finding.code for finding in found.findings]
    assert codes == ["terms-empty", "terms-none", "terms-double-id"]
    assert all(finding.message.startswith("Line ") and finding.unit_id == "c1" for finding in found.findings)
    assert len(found.concepts) == 2
