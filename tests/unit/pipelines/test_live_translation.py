"""The way from the floor's cues to a track's, with a scripted translator: what is shown stays, whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import CueOrigin, CueState, LiveCue
from langsupport.domain.speech import Word
from langsupport.engines.protocols import Translation, TranslationRequest
from langsupport.pipelines import live_translation
from langsupport.pipelines.live_translation import CueTranslator, CueTranslatorOptions, Piece

REPORT = "The meeting is open, and we will hear the report of the Chair on the work of the group. Thank you"


def said(request: TranslationRequest) -> Translation:
    """Each word in capitals; ends with a full stop that nobody asked for."""
    words = request.text.upper().split()
    begun = len(request.prefix.split())
    text = request.prefix + "".join(" " + word for word in words[begun:])
    text = text if text.endswith((".", "?", "!")) else text.rstrip(",") + "."
    return Translation(text.lstrip() if not request.prefix else text, "scripted")


@dataclass
class Floor:
    """One source cue and what a track makes of it; answers come at once unless taken by hand."""

    track: CueTranslator
    language: str = "en"
    id: str = "c1"
    now_ms: int = 0
    revision: int = 0
    cue: LiveCue | None = None
    seen: list[LiveCue] = field(default_factory=list)
    asked: list[TranslationRequest] = field(default_factory=list)

    def becomes(self, stable: str, state: CueState = CueState.OPEN, tail: str = "", seconds: float = 0.4) -> None:
        self.revision += 1
        self.now_ms += round(1000 * seconds)
        self.cue = LiveCue(
            self.id, "floor", "floor", self.language, 0, self.now_ms, stable, tail, state, self.revision
        )  # fmt: skip
        self.seen += self.track.take(self.cue)

    def due(self) -> list[Piece]:
        return self.track.due(self.now_ms)

    def work(self) -> None:
        while due := self.due():
            for piece in due:
                self.asked.append(piece.request)
                self.seen += self.track.put(piece, said(piece.request))

    def speak(self, text: str, seconds: float = 0.3) -> None:
        joint = " " if LANGUAGES[self.language].word_spaces else ""
        units = text.split() if joint else list(text)
        for count in range(1, len(units) + 1):
            self.becomes(joint.join(units[:count]), seconds=seconds)
            self.work()

    @property
    def shown(self) -> list[tuple[str, str, int]]:
        return [(cue.stable, cue.state.value, cue.revision) for cue in self.seen]


@pytest.fixture
def floor() -> Floor:
    return Floor(CueTranslator("fr"))


def test_clauses_are_translated_as_they_end_and_what_is_shown_stays(floor: Floor) -> None:
    floor.speak(REPORT)
    floor.becomes(REPORT, CueState.FINAL)
    floor.work()
    assert [request.text for request in floor.asked] == [
        "The meeting is open,",
        "The meeting is open, and we will hear the report of the Chair on the work",  # twelve words, but for “of”
        REPORT,  # “of the group.” was too short by itself
    ]
    assert [request.prefix for request in floor.asked] == ["", *(cue.stable for cue in floor.seen[:-1])]
    assert floor.shown == [
        ("THE MEETING IS OPEN", "open", 1),
        ("THE MEETING IS OPEN AND WE WILL HEAR THE REPORT OF THE CHAIR ON THE WORK", "open", 2),
        (
            "THE MEETING IS OPEN AND WE WILL HEAR THE REPORT OF THE CHAIR ON THE WORK OF THE GROUP. THANK YOU",
            "final",
            3,
        ),
    ]
    last = floor.seen[-1]
    assert (last.id, last.track, last.channel, last.language) == ("c1", "fr", "floor", "fr")
    assert (last.origin, last.source, last.end_ms) == (CueOrigin.TRANSLATED, f"c1@floor#{floor.revision}", floor.now_ms)
    assert (floor.track.waiting, floor.due()) == (0, [])


@pytest.mark.parametrize(
    ("language", "text", "clauses"),
    [
        ("ar", "افتتح السيد الرئيس الاجتماع، ثم شكر كل الحاضرين؛ هل توجد أي أسئلة أخرى؟", 3),
        ("zh", "各位代表早上好，会议现在开始。我们感谢主席，好", 3),
        ("ru", "Заседание сегодня объявляется открытым, слово имеет представитель Кении.", 2),
        ("es", "Sí, no, sí, bueno, ya", 1),  # too short by themselves: three, then four words
        ("en", "The draft of 1,000 pages costs 3.5 francs", 0),
    ],
)
def test_every_language_has_its_marks(language: str, text: str, clauses: int) -> None:
    floor = Floor(CueTranslator("fr"), language)
    floor.speak(text)
    assert len(floor.asked) == clauses


def test_a_slow_speaker_is_not_waited_for() -> None:
    floor = Floor(CueTranslator("fr"))
    floor.becomes("we have three", seconds=0)
    assert floor.due() == []
    floor.becomes("we have three open points")
    assert floor.due() == []
    floor.becomes("we have three open points to", seconds=4)
    [piece] = floor.due()
    assert piece.request.text == "we have three open points"  # “to” waits for what follows
    assert floor.due() == []  # one piece of a cue at a time
    floor.becomes("we have three open points to discuss here today, and", seconds=9)
    assert floor.due() == []
    floor.seen += floor.track.put(piece, said(piece.request))
    [piece] = floor.due()
    assert piece.request.text == "we have three open points to discuss here today,"


def test_newer_text_supersedes_what_was_not_sent(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    floor.becomes("The meeting is open, and the report is adopted,")
    floor.becomes("The meeting is open, and the report is adopted, thank you", CueState.FINAL)
    [piece] = floor.due()
    assert piece.final
    assert piece.request.text == floor.cue.stable if floor.cue else False
    floor.seen += floor.track.put(piece, said(piece.request))
    assert [cue.state for cue in floor.seen] == [CueState.FINAL]


def test_a_cue_that_is_translated_already_is_final_without_a_request(floor: Floor) -> None:
    floor.speak("The meeting is open.")
    floor.becomes("The meeting is open.", CueState.FINAL)
    assert floor.shown == [("THE MEETING IS OPEN.", "open", 1), ("THE MEETING IS OPEN.", "final", 2)]
    assert len(floor.asked) == 1


def test_an_empty_cue_says_nothing(floor: Floor) -> None:
    floor.becomes("", CueState.FINAL)
    assert (floor.seen, floor.due(), floor.track.waiting) == ([], [], 0)


def test_the_sentence_before_is_context_unless_it_was_taken_back(floor: Floor) -> None:
    floor.becomes("The first cue is here.", CueState.FINAL)
    floor.work()
    second = replace(floor, id="c2", revision=0)
    second.becomes("The second cue is here.", CueState.FINAL)
    [piece] = second.due()
    assert piece.request.context == "The first cue is here."
    floor.becomes("", CueState.RETRACTED)
    third = replace(floor, id="c3", revision=0)
    third.becomes("The third cue is here.", CueState.FINAL)
    assert [p.request.context for p in third.due()] == ["The second cue is here."]
    other = replace(floor, id="c4", revision=0, language="ru")
    other.becomes("Заседание сегодня открыто.", CueState.FINAL)
    assert [p.request.context for p in other.due()] == [None]  # another language is no context


def test_entities_and_terms_are_named_where_they_are_new() -> None:
    track = CueTranslator("fr", CueTranslatorOptions(terms={"en": (("Chair", "présidente"), ("quorum", "quorum"))}))
    floor = Floor(track)
    floor.speak("We now take up A/RES/70/1, and the Chair has C25/17(Rev.1)-E before her.")
    assert [request.protected for request in floor.asked] == [("A/RES/70/1",), ("C25/17(Rev.1)-E",)]
    assert [request.terms for request in floor.asked] == [(), (("Chair", "présidente"),)]
    track.set_terms({"en": (("quorum", "le quorum"),)})
    floor.becomes("The quorum is there.", CueState.CORRECTED)
    assert [piece.request.terms for piece in floor.due()] == [(("quorum", "le quorum"),)]


def test_an_entity_in_another_look_is_mended(floor: Floor) -> None:
    floor.becomes("We have C25/17(Rev.1)-E before us", CueState.FINAL)
    [piece] = floor.due()
    [cue] = floor.track.put(piece, Translation("Nous avons C25/17（Rev.1）–E sous les yeux.", "m"))
    assert cue.stable == "Nous avons C25/17(Rev.1)-E sous les yeux"


# Corrections, retractions, persons


def test_a_corrected_source_is_translated_anew_and_whole(floor: Floor) -> None:
    floor.becomes("The meeting is closed.", CueState.FINAL)
    floor.work()
    floor.becomes("The meeting is open, we begin.", CueState.CORRECTED)
    [first] = floor.due()
    floor.becomes("The meeting is open.", CueState.CORRECTED)  # corrected again before the answer
    assert not floor.track.wanted(first)
    assert floor.track.put(first, said(first.request)) == []
    floor.work()
    assert floor.asked[-1].prefix == ""
    assert floor.shown[-1] == ("THE MEETING IS OPEN.", "final", 2)
    floor.becomes("", CueState.CORRECTED)
    assert floor.shown[-1] == ("", "final", 3)
    assert floor.due() == []


def test_a_source_corrected_while_open_ends_its_target(floor: Floor) -> None:
    floor.becomes("The meeting is closed,")
    floor.work()
    floor.becomes("The meeting is open.", CueState.CORRECTED)
    floor.work()
    assert floor.shown == [("THE MEETING IS CLOSED", "open", 1), ("THE MEETING IS OPEN.", "final", 2)]
    floor.cue = replace(floor.cue, state=CueState.OPEN, revision=1) if floor.cue else None
    assert floor.cue and floor.track.take(floor.cue) == []  # an old state that comes late


def test_a_target_that_a_person_wrote_is_kept(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    [piece] = floor.due()
    floor.track.keep(LiveCue("c1", "fr", "floor", "fr", 0, 1, "À moi", state=CueState.CORRECTED, revision=7))
    assert floor.track.put(piece, said(piece.request)) == []
    for state in (CueState.OPEN, CueState.FINAL, CueState.CORRECTED):
        floor.becomes("The meeting is open, and so on.", state)
        assert (floor.seen, floor.due()) == ([], [])
    floor.becomes("", CueState.RETRACTED)  # what it translates must not stand any more
    assert floor.shown == [("", "retracted", 8)]


def test_retracted_at_once_and_for_good(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    floor.work()
    floor.becomes("The meeting is open, and we begin now,")
    [piece] = floor.due()
    floor.becomes("", CueState.RETRACTED)
    assert floor.shown[1:] == [("", "retracted", 2)]
    assert floor.track.put(piece, said(piece.request)) == []
    floor.becomes("", CueState.RETRACTED)
    floor.becomes("Again?", CueState.CORRECTED)
    assert (len(floor.seen), floor.due()) == (2, [])


def test_what_was_never_shown_is_retracted_all_the_same(floor: Floor) -> None:
    floor.becomes("The meeting")
    floor.becomes("", CueState.RETRACTED)
    assert floor.shown == [("", "retracted", 1)]  # a preview may have been


# After a restart, or long after


def logged(stable: str, state: CueState, revision: int, origin: CueOrigin = CueOrigin.TRANSLATED) -> LiveCue:
    return LiveCue("c1", "fr", "floor", "fr", 0, 1, stable, state=state, revision=revision, origin=origin)


def test_an_open_cue_of_the_log_is_gone_on_with(floor: Floor) -> None:
    cue = LiveCue("c1", "floor", "floor", "en", 0, 9, "The meeting is open, thanks.", state=CueState.FINAL, revision=9)
    floor.seen += floor.track.take(cue, logged("LA MEETING", CueState.OPEN, 4))
    floor.work()
    assert floor.shown == [("LA MEETING IS OPEN, THANKS.", "final", 5)]


def test_a_final_cue_of_the_log_is_done_until_its_source_is_corrected(floor: Floor) -> None:
    cue = LiveCue("c1", "floor", "floor", "en", 0, 9, "The meeting is open.", state=CueState.FINAL, revision=9)
    assert not floor.track.knows("c1")
    assert floor.track.take(cue, logged("LA MEETING", CueState.FINAL, 4)) == []
    assert floor.track.knows("c1")
    assert floor.due() == []
    changed = replace(cue, stable="It is closed.", state=CueState.CORRECTED, revision=10)
    floor.seen += floor.track.take(changed)
    floor.work()
    assert floor.shown == [("IT IS CLOSED.", "final", 5)]


@pytest.mark.parametrize("state", [CueState.CORRECTED, CueState.RETRACTED, CueState.FINAL])
def test_what_a_person_decided_is_read_from_the_log(floor: Floor, state: CueState) -> None:
    cue = LiveCue("c1", "floor", "floor", "en", 0, 9, "It is.", state=CueState.CORRECTED, revision=9)
    assert floor.track.take(cue, logged("À moi", state, 4, CueOrigin.HUMAN)) == []
    assert floor.due() == []


def test_a_forgotten_cue_is_corrected_and_retracted_from_what_is_told(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_translation, "REMEMBERED_LIMIT", 3)
    for number in range(8):
        one = replace(floor, id=f"c{number}", revision=0)
        one.becomes("It is open.", CueState.FINAL)
        one.work()
    assert [floor.track.knows(f"c{number}") for number in (1, 4, 5, 7)] == [False, False, True, True]
    told = replace(logged("OLD", CueState.FINAL, 6), id="c1")
    corrected = LiveCue("c1", "floor", "floor", "en", 0, 9, "It is new.", state=CueState.CORRECTED, revision=40)
    floor.track.take(corrected, told)
    floor.work()
    assert floor.shown[-1] == ("IT IS NEW.", "final", 7)
    gone = replace(corrected, id="c2", stable="", state=CueState.RETRACTED)
    [cue] = floor.track.take(gone, replace(told, id="c2"))
    assert (cue.state, cue.stable, cue.revision) == (CueState.RETRACTED, "", 7)
    [cue] = floor.track.take(replace(gone, id="c3"))  # nobody could tell
    assert cue.state is CueState.RETRACTED


def test_cues_that_wait_are_bounded(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_translation, "WAITING_LIMIT", 3)
    for number in range(9):
        replace(floor, id=f"c{number}", revision=0).becomes("It is open.", CueState.FINAL)
    assert (floor.track.waiting, floor.track.given_up) == (3, 6)
    assert [piece.cue_id for piece in floor.due()] == ["c6", "c7", "c8"]


def test_pieces_on_their_way_are_bounded(floor: Floor) -> None:
    for number in range(20):
        replace(floor, id=f"c{number}", revision=0).becomes("It is open.", CueState.FINAL)
    first = floor.due()
    assert [piece.cue_id for piece in first] == [f"c{number}" for number in range(8)]
    assert floor.due() == []
    floor.track.put(first[3], said(first[3].request))
    assert [piece.cue_id for piece in floor.due()] == ["c8"]


# What goes wrong


def test_a_failed_piece_is_made_good_by_the_next(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    [piece] = floor.due()
    assert floor.track.drop(piece) == []
    assert floor.due() == []  # the same again would fail again
    floor.becomes("The meeting is open, we begin.", CueState.FINAL)
    floor.work()
    assert floor.shown == [("THE MEETING IS OPEN, WE BEGIN.", "final", 1)]


def test_a_cue_whose_last_piece_failed_stays_with_what_it_has(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    floor.work()
    floor.becomes("The meeting is open, we begin.", CueState.FINAL)
    [piece] = floor.due()
    floor.seen += floor.track.drop(piece)
    assert floor.shown[-1] == ("THE MEETING IS OPEN", "final", 2)
    assert (floor.due(), floor.track.waiting, floor.track.drop(piece)) == ([], 0, [])
    never = replace(floor, id="c2", revision=0)
    never.becomes("We begin.", CueState.FINAL)
    [piece] = never.due()
    assert floor.track.drop(piece) == []


@pytest.mark.parametrize(
    "answer",
    [
        Translation("la la la la", "m", problems=("loop",)),
        Translation("", "m", problems=("empty",)),
        Translation("I can't.", "m", problems=("chatter",)),
    ],
)
def test_a_loop_is_not_shown(floor: Floor, answer: Translation) -> None:
    floor.becomes("The meeting is open,")
    [piece] = floor.due()
    assert floor.track.put(piece, answer) == []
    assert floor.due() == []
    floor.becomes("The meeting is open, we begin.", CueState.FINAL)
    floor.work()
    assert floor.shown == [("THE MEETING IS OPEN, WE BEGIN.", "final", 1)]


def test_an_answer_that_changes_what_is_shown_is_not_taken(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    floor.work()
    floor.becomes("The meeting is open, we begin.", CueState.FINAL)
    [piece] = floor.due()
    floor.seen += floor.track.put(piece, Translation("Autre chose.", "m"))
    assert floor.shown == [("THE MEETING IS OPEN", "open", 1), ("THE MEETING IS OPEN", "final", 2)]


def test_nothing_more_to_say_is_an_answer(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    floor.work()
    floor.becomes("The meeting is open, uh.", CueState.FINAL)
    [piece] = floor.due()
    floor.seen += floor.track.put(piece, Translation(piece.request.prefix, "m"))
    assert floor.shown[-1] == ("THE MEETING IS OPEN", "final", 2)


def test_a_machine_that_stopped_early_is_asked_again_at_the_end(floor: Floor) -> None:
    floor.becomes("The meeting is open,")
    floor.work()
    floor.becomes("The meeting is open, we begin the work now.")
    [piece] = floor.due()
    floor.seen += floor.track.put(piece, Translation(piece.request.prefix, "m", problems=("truncated",)))
    assert floor.due() == []
    floor.becomes("The meeting is open, we begin the work now.", CueState.FINAL)
    floor.work()
    assert floor.shown[-1] == ("THE MEETING IS OPEN WE BEGIN THE WORK NOW.", "final", 2)


# The track's own language on the floor


def test_the_tracks_own_language_is_copied_with_its_times() -> None:
    floor = Floor(CueTranslator("en"))
    word = Word(0, 400, "The")
    cue = LiveCue("c1", "floor", "floor", "en", 0, 400, "The", " meeting", revision=1, words=(word,))
    [copy] = floor.track.take(cue)
    assert (copy.stable, copy.tail, copy.words, copy.revision) == ("The", " meeting", (word,), 1)
    assert (copy.track, copy.origin, copy.source) == ("en", CueOrigin.HEARD, "c1@floor#1")
    [copy] = floor.track.take(replace(cue, tail=" is"))
    assert (copy.tail, copy.revision) == (" is", 1)
    assert floor.track.take(replace(cue, tail=" is")) == []
    [copy] = floor.track.take(replace(cue, stable="The end.", tail="", state=CueState.FINAL, revision=2))
    assert (copy.state, copy.stable, copy.revision) == (CueState.FINAL, "The end.", 2)
    fixed = replace(cue, stable="An end.", state=CueState.CORRECTED, revision=3, origin=CueOrigin.HUMAN, words=())
    [copy] = floor.track.take(fixed)
    assert (copy.state, copy.stable, copy.revision, copy.origin) == (CueState.FINAL, "An end.", 3, CueOrigin.HUMAN)
    assert floor.due() == []


def test_a_language_that_changes_within_a_cue_changes_nothing_shown() -> None:
    floor = Floor(CueTranslator("fr"))
    floor.becomes("The meeting is open,")
    floor.work()
    floor.language = "fr"
    floor.becomes("The meeting is open, bonjour à tous")
    floor.becomes("The meeting is open, bonjour à tous.", CueState.FINAL)
    assert floor.shown[1:] == [
        ("THE MEETING IS OPEN bonjour à tous", "open", 2),
        ("THE MEETING IS OPEN bonjour à tous.", "final", 3),
    ]
    back = Floor(CueTranslator("fr"), "fr")
    back.becomes("Bonjour à tous")
    back.language = "en"
    back.becomes("Bonjour à tous and welcome to this meeting.", CueState.FINAL)
    back.work()
    assert back.shown[-1] == ("Bonjour à tous AND WELCOME TO THIS MEETING.", "final", 2)


# Preview


def test_a_preview_shows_the_open_sentence_without_its_end() -> None:
    floor = Floor(CueTranslator("fr", CueTranslatorOptions(preview=True)))
    floor.becomes("The", tail=" meeting is now")
    floor.work()
    [cue] = floor.seen
    assert (cue.stable, cue.tail, cue.state, cue.revision) == ("", "THE MEETING", CueState.OPEN, 0)
    floor.becomes("The meeting is now open,", tail=" and we begin the", seconds=1)
    floor.work()
    assert [(c.stable, c.tail, c.revision) for c in floor.seen[1:]] == [("THE MEETING IS NOW OPEN", "", 1)]
    floor.becomes("The meeting is now open, and", tail=" we begin the", seconds=0.1)
    assert floor.due() == []  # 1.5 s between two previews
    floor.becomes("The meeting is now open, and", tail=" we begin the", seconds=0.4)
    [piece] = floor.due()
    assert (piece.preview, piece.request.prefix) == (True, "THE MEETING IS NOW OPEN")
    assert floor.due() == []
    [cue] = floor.track.put(piece, said(piece.request))
    assert (cue.stable, cue.tail, cue.revision) == ("THE MEETING IS NOW OPEN", " AND WE", 1)


def test_a_preview_gives_way_to_the_stable_text() -> None:
    floor = Floor(CueTranslator("fr", CueTranslatorOptions(preview=True)))
    floor.becomes("The", tail=" meeting is now")
    [preview] = floor.due()
    floor.becomes("The meeting is now open.")
    [piece] = floor.due()
    assert (piece.preview, floor.track.wanted(preview)) == (False, False)
    assert floor.track.put(preview, said(preview.request)) == []
    [cue] = floor.track.put(piece, said(piece.request))
    assert cue.stable == "THE MEETING IS NOW OPEN."


def test_a_preview_that_came_to_nothing_is_cleared() -> None:
    floor = Floor(CueTranslator("fr", CueTranslatorOptions(preview=True)))
    floor.becomes("", tail="The meeting is now")
    floor.work()
    floor.becomes("", CueState.FINAL)
    assert [(cue.stable, cue.tail, cue.revision) for cue in floor.seen] == [("", "THE MEETING", 0), ("", "", 0)]


# Whatever the order and the timing

WORDS = ("we", "agree", "to", "adopt", "it,", "now", "A/RES/70/1", "yes.", "the", "report;", "Chair", "no?")
STEPS = st.one_of(
    st.tuples(st.just("grow"), st.integers(0, 2), st.lists(st.sampled_from(WORDS), min_size=1, max_size=7)),
    st.tuples(st.just("tail"), st.integers(0, 2), st.lists(st.sampled_from(WORDS), max_size=4)),
    st.tuples(st.sampled_from(["final", "correct", "retract", "keep", "repeat"]), st.integers(0, 2), st.just([])),
    st.tuples(
        st.sampled_from(["ask", "ask", "answer", "answer", "late", "fail", "spoil"]), st.integers(0, 5000), st.just([])
    ),
)


@dataclass
class Play:
    """Three cues of the floor, of which anything may become, and what is promised of the track's."""

    track: CueTranslator
    now_ms: int = 0
    sources: dict[int, LiveCue] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    targets: dict[str, list[LiveCue]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    spoiled: set[str] = field(default_factory=set)

    def source(self, number: int) -> LiveCue:
        fresh = LiveCue(f"c{number}", "floor", "floor", "en", 0, 1, "", revision=0)
        return self.sources.setdefault(number, fresh)

    def take(self, number: int, **changes: object) -> None:
        before = self.source(number)
        cue = replace(before, revision=before.revision + 1, end_ms=self.now_ms, **changes)  # type: ignore[arg-type]
        self.sources[number] = cue
        self.show(self.track.take(cue))

    def show(self, cues: list[LiveCue]) -> None:
        for cue in cues:
            assert cue.id not in self.kept or cue.state is CueState.RETRACTED
            self.targets.setdefault(cue.id, []).append(cue)

    def ask(self) -> None:
        due = self.track.due(self.now_ms)
        for piece in due:
            states = self.targets.get(piece.cue_id, [])
            corrected = self.sources[int(piece.cue_id[1:])].state is CueState.CORRECTED
            assert piece.request.prefix == ("" if corrected or not states else states[-1].stable)
        self.pieces += due
        wanted = [piece.cue_id for piece in self.pieces if self.track.wanted(piece)]
        assert len(wanted) == len(set(wanted))

    def step(self, kind: str, number: int, words: list[str]) -> None:
        if kind in {"ask", "answer", "late", "fail", "spoil"}:
            self.now_ms += number
            self.machine(kind)
            return
        before = self.source(number)
        still = before.state is CueState.OPEN
        if kind == "grow" and still:
            self.take(number, stable=" ".join(filter(None, [before.stable, *words])), tail="")
        elif kind == "tail" and still:
            self.sources[number] = replace(before, tail="".join(" " + word for word in words))
            self.show(self.track.take(self.sources[number]))
        elif kind == "final" and still:
            self.take(number, state=CueState.FINAL, tail="")
        elif kind == "correct" and before.state is not CueState.RETRACTED:
            self.take(number, state=CueState.CORRECTED, stable=f"it was {number} then.", tail="")
        elif kind == "retract" and before.state is not CueState.RETRACTED:
            self.take(number, state=CueState.RETRACTED, stable="", tail="")
        elif kind == "keep" and before.state is not CueState.RETRACTED:
            known = self.targets.get(before.id, [before])[-1]
            self.kept.add(before.id)
            self.track.keep(replace(known, track="fr", stable="À moi", state=CueState.CORRECTED, revision=99))
        elif kind == "repeat":
            self.show(self.track.take(before))

    def machine(self, kind: str) -> None:
        if kind == "ask":
            self.ask()
        elif self.pieces:
            piece = self.pieces.pop(-1 if kind == "late" else 0)
            if kind in {"fail", "spoil"}:
                self.spoiled.add(piece.cue_id)
            broken = Translation("la la", "m", problems=("loop",))
            answer = broken if kind == "spoil" else said(piece.request)
            self.show(self.track.drop(piece) if kind == "fail" else self.track.put(piece, answer))

    def finish(self) -> None:
        for number, cue in list(self.sources.items()):
            if cue.state is CueState.OPEN:
                self.take(number, state=CueState.FINAL, tail="")
        for _ in range(20):
            self.ask()
            while self.pieces:
                self.machine("answer")


def check_promises(play: Play) -> None:
    for number, source in play.sources.items():
        states = play.targets.get(source.id, [])
        for before, after in pairwise(states):
            assert after.revision >= before.revision
            assert (after.revision > before.revision) == (
                (after.stable, after.state) != (before.stable, before.state) or after.source != before.source
            ) or after.tail != before.tail
            assert before.state is not CueState.RETRACTED
            if after.state is CueState.OPEN:
                assert before.state is CueState.OPEN
                assert after.stable.startswith(before.stable)
        if source.state is CueState.RETRACTED:
            assert states[-1].state is CueState.RETRACTED
            assert (states[-1].stable, states[-1].tail) == ("", "")
        elif source.id not in play.kept | play.spoiled and source.stable:
            assert states[-1].state is CueState.FINAL
            said_words = [word.strip(",.") for word in states[-1].stable.split()]
            assert said_words == [word.strip(",.") for word in source.stable.upper().split()], number


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.lists(STEPS, max_size=60))
def test_whatever_happens_the_promises_hold(preview: bool, steps: list[tuple[str, int, list[str]]]) -> None:
    play = Play(CueTranslator("fr", CueTranslatorOptions(preview=preview)))
    for step in steps:
        play.step(*step)
    play.finish()
    check_promises(play)
    assert play.track.waiting == 0
