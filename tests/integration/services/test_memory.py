"""The translation memory on real databases of both kinds."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from openpyxl import Workbook, load_workbook

from accounts import add
from langsupport.domain.matches import MatchKind, MemoryUnit, UnitOrigin
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin, Segment, SegmentTranslation, State
from langsupport.errors import Conflict, DamagedFile, EmptyInput, InvalidRequest, NotFound, UnsupportedFormat
from langsupport.services.account_records import OPEN, Caller, Confidentiality
from langsupport.services.accounts import Accounts, build_accounts
from langsupport.services.database import Database
from langsupport.services.meetings import MeetingAsked, MeetingService
from langsupport.services.memory import Approved, Imported, MemoryService, Provenance, asked
from langsupport.services.settings import Settings
from langsupport.services.visibility import sight

BY = "the tests"
NOW = "The Council adopted the resolution on cybersecurity on 12 May 2026."


@pytest.fixture
def memory(database: Database) -> MemoryService:
    return MemoryService(database)


@pytest.fixture
def meeting(database: Database) -> str:
    return MeetingService(database).create(MeetingAsked("C26", {"en": "Council"}), OPEN).id


def unit(source: str, target: str, **more: object) -> MemoryUnit:
    return MemoryUnit(CodedText(source), CodedText(target), "en", "fr", **more)  # type: ignore[arg-type]


def enter(memory: MemoryService, database: Database, source: str, target: str, **more: str) -> int:
    final = SegmentTranslation("", CodedText(target), Origin.HUMAN, State.FINAL)
    approved = Approved(Segment("u1", 0, CodedText(source)), final, **more)
    with database.write() as connection:
        return memory.enter(connection, [approved], "en", "fr", Provenance("a.docx", "d1", None, "Ana"))


def test_what_was_approved_is_found_again(memory: MemoryService, database: Database) -> None:
    assert enter(memory, database, "The meeting is open.", "La séance est ouverte.", before="Welcome.") == 1
    (found,) = memory.search(asked("The meeting is open.", "en", "fr"))
    assert (found.kind, found.score, found.target.text) == (MatchKind.EXACT, 100, "La séance est ouverte.")
    assert (found.unit.document, found.unit.by, found.unit.origin) == ("a.docx", "Ana", UnitOrigin.APPROVED)
    (found,) = memory.search(asked("The meeting is open.", "en", "fr", before="Welcome."))
    assert found.kind is MatchKind.CONTEXT
    assert memory.search(asked("The meeting is open.", "fr", "en")) == []
    assert memory.search(asked("Something else entirely was said.", "en", "fr")) == []


def test_only_final_text_enters(memory: MemoryService, database: Database) -> None:
    draft = SegmentTranslation("", CodedText("Brouillon"), Origin.HUMAN, State.REVIEWED)
    wrong = Approved(Segment("u1", 0, CodedText("Draft")), draft)
    with pytest.raises(InvalidRequest, match="approved"), database.write() as connection:
        memory.enter(connection, [wrong], "en", "fr", Provenance("a.docx", None, None, BY))
    assert list(memory.units()) == []


def test_a_newer_translation_takes_the_place_of_the_older(memory: MemoryService, database: Database) -> None:
    assert enter(memory, database, "Open.", "Ouvert.") == 1
    assert enter(memory, database, "Open.", "Ouverte.") == 0
    assert enter(memory, database, "Open.", "Ouverts.", before="Others.") == 1  # another place is another unit
    assert [unit.target.text for unit in memory.units()] == ["Ouverte.", "Ouverts."]


def test_what_people_approved_gives_way_to_people_only(memory: MemoryService, database: Database) -> None:
    enter(memory, database, "Open.", "Ouverte.")
    others = [unit("Open.", "Ouvrir.", origin=UnitOrigin.IMPORTED), unit("Shut.", "A", origin=UnitOrigin.IMPORTED)]
    assert memory.add(others, BY, "a.csv", None) == Imported(1, 0, 1)
    assert [unit.target.text for unit in memory.units()] == ["Ouverte.", "A"]
    assert memory.add([replace(others[1], target=CodedText("Close."))], BY, "a.csv", None) == Imported(0, 1)
    enter(memory, database, "Open.", "Ouvert.")
    assert [unit.target.text for unit in memory.units()] == ["Ouvert.", "Close."]


def test_fuzzy_matches_are_capped_and_numbers_replaced(memory: MemoryService) -> None:
    memory.add(
        [
            unit("The Council adopted the resolution on cybersecurity on 3 May 2022.", "Le Conseil, 3 mai 2022."),
            unit("The Council adopted the decision on cybersecurity on 12 May 2026.", "Une décision."),
            unit("The Council never adopted the resolution on cybersecurity on 12 May 2026.", "Jamais."),
            unit("Something that has nothing to do with it.", "Autre chose."),
        ],
        BY,
        "old.csv",
        None,
    )
    found = memory.search(asked(NOW, "en", "fr"), least=60)
    assert [match.target.text for match in found] == ["Le Conseil, 12 mai 2026.", "Une décision.", "Jamais."]
    assert [match.kind for match in found] == [MatchKind.FUZZY] * 3
    assert found[0].substituted == (("3", "12"), ("2022", "2026")) and found[0].score == 98
    assert found[2].score == 69  # the cap of a negation


def test_the_index_sees_what_others_add_and_delete(memory: MemoryService, database: Database) -> None:
    other = MemoryService(database)
    for number in range(40):
        other.add([unit(f"Item {number} of the agenda was opened by delegate {number}", "x")], BY, "a.csv", None)
        for known in (0, number // 2, number):
            best = memory.search(asked(f"Item {known} of an agenda was opened by delegate {known}", "en", "fr"))[0]
            assert best.unit.source.text == f"Item {known} of the agenda was opened by delegate {known}"
    for entry in list(other.units()):
        other.delete(entry.id or 0, BY)
    assert memory.search(asked("Item 1 of an agenda was opened by delegate 1", "en", "fr")) == []
    with pytest.raises(NotFound):
        other.delete(1, BY)


def test_what_was_deleted_is_in_nobodys_way(memory: MemoryService, database: Database, meeting: str) -> None:
    text = "The Council took note of the report of the working group on audit"
    memory.add([unit(f"{text} {n}", "x", before=f"{n}") for n in range(300)], BY, "a.csv", meeting)
    memory.add([unit(f"{text} and budget yesterday", "reste")], BY, "a.csv", None)
    other = MemoryService(database)
    assert len(other.search(asked(f"{text} today", "en", "fr"), meeting, limit=1_000)) > 10
    memory.clear(meeting, BY)
    assert [match.target.text for match in other.search(asked(f"{text} today", "en", "fr"), meeting)] == ["reste"]


@pytest.mark.parametrize(
    "language, now, then",
    [
        ("ar", "اعتمد المجلس القرار بشأن الأمن السيبراني أمس", "اعتمد المجلس القرار بشأن الأمن السيبراني اليوم"),
        ("zh", "理事会昨天通过了关于网络安全的决议", "理事会今天通过了关于网络安全的决议"),
        (
            "ru",
            "Совет вчера принял резолюцию о сетях",
            "Совет сегодня принял резолюцию о сетях",
        ),
        (
            "es",
            "El Consejo aprobó ayer la resolución final",
            "El Consejo aprobó hoy la resolución final",
        ),
        ("fr", "Le Conseil a adopté hier la résolution finale", "Le Conseil a adopté ce jour la résolution finale"),
    ],
)
def test_every_language_has_fuzzy_matches(memory: MemoryService, language: str, now: str, then: str) -> None:
    memory.add([MemoryUnit(CodedText(then), CodedText("It was adopted."), language, "en")], BY, "a.csv", None)
    (found,) = memory.search(asked(now, language, "en"))
    assert 70 <= found.score < 99


def test_a_meetings_memory_is_its_own(memory: MemoryService, database: Database, meeting: str) -> None:
    memory.add([unit("The same text.", "Le même texte, C26.")], BY, "a.csv", meeting)
    memory.add([unit("The same text.", "Le même texte.")], BY, "a.csv", None)
    assert [match.target.text for match in memory.search(asked("The same text.", "en", "fr"))] == ["Le même texte."]
    both = memory.search(asked("The same text.", "en", "fr"), meeting)
    assert [match.unit.meeting for match in both] == ["C26", ""]
    assert memory.search(asked("The very same text.", "en", "fr"), "0" * 32)[0].unit.meeting == ""
    with pytest.raises(NotFound):
        memory.add([unit("A", "B")], BY, "a.csv", "0" * 32)
    with pytest.raises(Conflict, match="translation memory"):
        MeetingService(database).delete(meeting, OPEN)
    assert memory.clear(meeting, BY) == 1
    MeetingService(database).delete(meeting, OPEN)


def test_a_confidential_meetings_memory_is_not_there_for_others(memory: MemoryService, database: Database) -> None:
    accounts: Accounts = build_accounts(Settings(), database)
    members = [add(accounts, login, "coordinator") for login in ("inside", "outside")]
    inside, outside = (Caller(person.name, person.permissions, person, "s") for person in members)
    secret = MeetingAsked("S1", {"en": "Secret"}, confidentiality=Confidentiality.LIST)
    meeting_id = MeetingService(database).create(secret, inside).id
    memory.add([unit("The secret plan.", "Le plan secret.")], inside, "a.csv", meeting_id)
    ((kept),) = memory.units(sight(inside))
    assert list(memory.units(sight(outside))) == []
    assert memory.concordance("secret", "en", "fr", sight(outside)) == []
    assert b"secret" not in memory.export("csv", outside, sight(outside))
    with pytest.raises(NotFound):
        memory.delete(kept.id or 0, outside, sight(outside))
    with pytest.raises(NotFound):
        memory.clear(meeting_id, outside, sight(outside))
    assert len(memory.concordance("SECRET plan", "en", "fr", sight(inside))) == 1
    trail = accounts.audit.list()
    assert {entry.action for entry in trail} >= {"memory-import", "memory-export"}
    assert "secret plan" not in str(trail)


def test_concordance_looks_in_both_texts_page_by_page(memory: MemoryService) -> None:
    memory.add([unit(f"Budget line {n} of 100%", f"Ligne Élargie {n}") for n in range(5)], BY, "a.csv", None)
    first = memory.concordance("élargie", "en", "fr", limit=3)
    rest = memory.concordance("élargie", "en", "fr", limit=3, before=first[-1].id)
    assert [len(first), len(rest)] == [3, 2]
    assert len(memory.concordance("100%", "en", "fr")) == 5 and memory.concordance("1%0", "en", "fr") == []
    with pytest.raises(InvalidRequest):
        memory.concordance(" ", "en", "fr")


@pytest.mark.parametrize("extension", ["csv", "xlsx", "tmx"])
def test_what_is_exported_comes_back(memory: MemoryService, meeting: str, extension: str) -> None:
    given = [
        unit("=1+1 is a formula", "'quoted", before="Before", after="After", document="a.docx", by="Ana"),
        unit("One, two; “three”\nand four", "Un, deux; « trois »", by=BY),
        unit("-", "–", by=BY, origin=UnitOrigin.IMPORTED),
    ]
    memory.add(given, BY, "a.csv", None)
    before = [replace(unit, id=None, at=None) for unit in memory.units()]
    data = memory.export(extension, BY)
    assert memory.import_file(data, f"memory.{extension}", BY) == Imported(0, 1, 2)
    assert [replace(unit, id=None, at=None) for unit in memory.units()] == before
    for kept in list(memory.units()):
        memory.delete(kept.id or 0, BY)
    assert memory.import_file(data, f"memory.{extension}", BY) == Imported(3, 0)
    after = [replace(unit, id=None, at=None) for unit in memory.units()]
    assert after == [replace(unit, origin=UnitOrigin.IMPORTED) for unit in before]
    if extension == "xlsx":
        (sheet,) = load_workbook(io.BytesIO(data)).worksheets
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_files_of_others_are_read(memory: MemoryService) -> None:
    text = "Source;Target\nThe end.;La fin.\n\nNext.;Suivant.\n"
    assert memory.import_file(text.encode("utf-16"), "a.csv", BY, "en", "fr") == Imported(2, 0)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["source", "target", None], ["Item 5", 5], [None, None]):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    assert memory.import_file(data.getvalue(), "a.xlsx", BY, "en", "fr", origin=UnitOrigin.ALIGNED) == Imported(1, 0)
    assert memory.search(asked("Item 5", "en", "fr"))[0].score == 96


def test_a_bad_file_changes_nothing_and_names_the_rows(memory: MemoryService) -> None:
    rows = "source_language,target_language,source,target,date\n"
    rows += "en,fr,One,Un,2026-03-31\nen,xx,Two,Deux,\nen,fr,,Trois,\nen,fr,Four,Quatre,yesterday\n"
    with pytest.raises(InvalidRequest) as caught:
        memory.import_file(rows.encode(), "old.csv", BY)
    message = str(caught.value)
    assert "old.csv" in message and "row 2" not in message
    for part in ("row 3: target_language is “xx”", "row 4: the source is empty", "row 5: the date"):
        assert part in message
    assert list(memory.units()) == []


@pytest.mark.parametrize(
    "name, data, error, match",
    [
        ("a.tsv", b"source\n", UnsupportedFormat, "csv, xlsx"),
        ("a.csv", b"source,target\n", EmptyInput, "a.csv"),
        ("a.csv", b"source,target\nab,\xff\n", DamagedFile, "line 2"),
        ("a.csv", b'source,target\n"ab,c\n', DamagedFile, "no CSV"),
        ("a.csv", b"source,other\na,b\n", InvalidRequest, "target"),
        ("a.csv", b"source,source\na,b\n", DamagedFile, "twice"),
        ("a.xlsx", b"PK\x03\x04 nothing", DamagedFile, "workbook"),
        ("a.xlsx", b"source,target\n", DamagedFile, "workbook"),
    ],
)
def test_what_is_no_table_is_refused(
    memory: MemoryService, name: str, data: bytes, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        memory.import_file(data, name, BY, "en", "fr")


def test_a_documents_segments_come_from_the_memory(memory: MemoryService, database: Database) -> None:
    bold = ((0, InlineCode(7, CodeKind.OPEN)), (3, InlineCode(7, CodeKind.CLOSE)))
    texts = [CodedText("Welcome."), CodedText("The end."), CodedText("The last word.", bold), CodedText("Never seen.")]
    segments = [Segment("u", index, text) for index, text in enumerate(texts)]
    target = CodedText("La fin.")
    enter(memory, database, "The end.", "La fin.", before="Welcome.", after="The last word.")
    coded = CodedText("Le dernier mot.", ((0, InlineCode(0, CodeKind.OPEN)), (2, InlineCode(0, CodeKind.CLOSE))))
    memory.add([replace(unit("The last word.", ""), source=texts[2], target=coded)], BY, "a.csv", None)
    memory.add([unit("Welcome.", "Bienvenue.", origin=UnitOrigin.ALIGNED)], BY, "a.csv", None)
    keys = [segment.key for segment in segments]
    known = memory.known(segments, keys, "en", "fr", None)
    assert {key: (item.origin, item.target) for key, item in known.items()} == {
        keys[1]: (Origin.CONTEXT, target),
        keys[2]: (Origin.EXACT, coded),
    }
    plain = [Segment("u", 0, CodedText("The last word."))]
    (without,) = memory.known(plain, [plain[0].key], "en", "fr", None).values()
    assert without.target == CodedText("Le dernier mot.")


def test_no_character_breaks_a_search(memory: MemoryService) -> None:
    memory.add([unit("A\x00B 100% _ \\ end", "x")], BY, "a.csv", None)
    assert len(memory.concordance("b 100% _ \\\x00 end", "en", "fr")) == 1
    assert memory.search(asked("A\x00B 100% _ \\ end", "en", "fr"))[0].score == 100


TMX = """<?xml version="1.0"?>
<tmx version="1.4"><header creationtool="x" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en"
 srclang="{source}" datatype="plaintext"/><body>
<tu><prop type="x-context-pre">Before</prop>
 <tuv xml:lang="en-GB"><seg>The <bpt i="4" type="bold"/>Council<ept i="4"/> met.</seg></tuv>
 <tuv xml:lang="fr" changeid="Ana" changedate="20260512T080000Z">
 <seg>Le <bpt i="4"/>Conseil<ept i="4"/> s’est réuni.</seg></tuv>
 <tuv xml:lang="es"><seg>El <bpt i="4"/>Consejo<ept i="4"/> se reunió.</seg></tuv>
 <tuv xml:lang="de"><seg>Der Rat trat zusammen.</seg></tuv></tu>
</body></tmx>"""


@pytest.mark.parametrize(
    ("source", "directions"),
    [("en", {("en", "fr"), ("en", "es")}), ("*all*", {(a, b) for a in ("en", "fr", "es") for b in ("en", "fr", "es")})],
)
def test_a_tmx_unit_of_several_languages_is_taken_with_its_codes(
    memory: MemoryService, source: str, directions: set[tuple[str, str]]
) -> None:
    memory.import_file(TMX.format(source=source).encode(), "their.tmx", BY)
    found = list(memory.units())
    assert {(unit.source_language, unit.target_language) for unit in found} == {(a, b) for a, b in directions if a != b}
    (french,) = [unit for unit in found if (unit.source_language, unit.target_language) == ("en", "fr")]
    assert (french.by, french.before, french.target.text) == ("Ana", "Before", "Le Conseil s’est réuni.")
    assert french.source.canonical_ids() == french.target.canonical_ids() == {0: 0}
    data = memory.export("tmx", BY, source="en", target="fr")
    memory.delete(french.id or 0, BY)
    assert memory.import_file(data, "ours.tmx", BY) == Imported(1, 0)
    (again,) = memory.units(None, "en", "fr")
    assert replace(again, id=None) == replace(french, id=None)


def test_a_tmx_without_the_six_languages_takes_nothing_over(memory: MemoryService) -> None:
    data = TMX.format(source="de").replace('"en-GB"', '"it"').replace('"fr"', '"pt"').replace('"es"', '"nl"').encode()
    with pytest.raises(InvalidRequest, match="two of the languages"):
        memory.import_file(data, "their.tmx", BY)
    with pytest.raises(DamagedFile):
        memory.import_file(TMX[:500].encode(), "their.tmx", BY)
    assert not list(memory.units())
