"""From sound that arrives to captions that last: whatever happens to clients and machines, each word once, in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from langsupport.captioning.frames import pack
from langsupport.domain.live import CueState, SessionState
from langsupport.errors import CapacityError, Conflict, InvalidRequest, ModelMissing, NotFound
from langsupport.services.live_status import FeedFormat, SpoolState
from live_inference import SAYING_MS, say, silence
from live_stage import BY, Stage, until

PER_MS = 16


def test_what_is_said_is_captioned_while_it_is_said(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(silence(500))
    client.send(say(range(20)), speed=4)
    client.send(silence(1500), speed=4)
    until(lambda: stage.words(id) == list(range(20)), "all words")
    assert any(not final for final, _, _ in stage.inference.heard)
    assert all(cue.channel == cue.track == "floor" and cue.language == "en" for cue in stage.cues(id))
    until(lambda: client.feed.position().position == client.first, "the acknowledgement")


def test_what_the_spool_has_is_what_was_sent(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    sent = np.concatenate([say(range(30)), silence(1_000)])
    client.send(sent)
    until(lambda: len(stage.words(id)) == 30, "all words")
    start = stage.cues(id)[0].words[0].start_ms * PER_MS
    end = stage.services.spool.length(id, "floor")
    kept = stage.services.spool.read(id, "floor", 0, end)[-len(sent) :]
    np.testing.assert_allclose(kept, sent, atol=1e-4)
    assert abs(start - (end - len(sent))) < 400 * PER_MS


def test_every_rate_is_heard(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id, rate=44_100)
    client.send(say(range(10), 44_100))
    client.send(silence(1_000, 44_100))
    until(lambda: stage.words(id) == list(range(10)), "all words")


def test_lost_connections_lose_nothing(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    sound = np.concatenate([silence(300), say(range(60)), silence(1_000)])
    step = 16 * 730  # a connection breaks within words too
    for at in range(0, len(sound), step):
        client.send(sound[at : at + step])
        if at // step % 2:
            client.feed.close()
            client.connect()
    until(lambda: stage.words(id) == list(range(60)), "all words")


def test_frames_that_are_sent_again_are_passed_over_and_missing_ones_asked_for(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(say(range(5)))
    for seq, first, data in list(client.kept)[-5:] or [(0, 0, b"\0\0")]:
        client.feed.message(pack(1, seq, first, data))
    with pytest.raises(Conflict) as caught:
        client.feed.message(pack(1, client.seq + 3, client.first + 4800, b"\0\0"))
    assert caught.value.fields["position"] == client.first
    client.send(silence(1_000))
    until(lambda: stage.words(id) == list(range(5)), "all words")


def test_a_gap_is_silence_and_moves_nothing(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(say(range(5)))
    client.skip(16_000 * 20)
    client.send(np.concatenate([say(range(5, 10)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(10)), "all words")
    words = [word for cue in stage.cues(id) for word in cue.words]
    assert words[5].start_ms - words[4].start_ms == pytest.approx(20_000 + SAYING_MS, abs=60)


def test_a_long_gap_is_not_listened_to(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(np.concatenate([say(range(3)), silence(1_000)]))
    until(lambda: stage.words(id) == [0, 1, 2], "the first words")
    began = time.monotonic()
    client.skip(16_000 * 55)
    client.send(np.concatenate([say(range(3, 6)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(6)), "the words after the gap")
    assert time.monotonic() - began < 20
    assert len({cue.id for cue in stage.cues(id)}) == len(stage.cues(id)) == 2


def test_who_is_quicker_than_real_time_is_held_and_nothing_is_lost(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    stage.inference.held.clear()
    sound = say(range(400))  # two minutes
    sender = threading.Thread(target=client.send, args=(sound,))
    sender.start()
    status = lambda: stage.services.live.status(id).channels["floor"]  # noqa: E731
    until(lambda: status().backlog_ms >= 59_000, "the backlog")
    time.sleep(0.5)
    assert status().position_ms < 110_000
    with pytest.raises(CapacityError, match="wait to be heard"):
        client.feed.message(pack(1, 10_000, 10**9, b"\0\0"))
    stage.inference.held.set()
    sender.join(30)
    client.send(silence(1_000))
    until(lambda: stage.words(id) == list(range(400)), "all words")


def test_what_was_said_last_is_complete_when_the_connection_drops(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(say(range(6)))
    client.feed.close()
    until(lambda: [cue.state for cue in stage.cues(id)] == [CueState.FINAL], "the final caption")
    assert stage.words(id) == list(range(6))
    assert not stage.services.sessions.get(id).channels[0].connected
    client.connect()
    assert stage.services.sessions.get(id).channels[0].connected
    client.send(np.concatenate([say(range(6, 12)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(12)), "what came later")


def test_a_newer_feed_takes_over(stage: Stage) -> None:
    id = stage.session()
    old = stage.client(id)
    old.send(say(range(3)))
    new = stage.client(id, epoch=2)
    with pytest.raises(Conflict, match="took this channel over"):
        old.send(say([99]))
    with pytest.raises(Conflict, match="took this channel over"):
        old.feed.position()
    old.feed.close()
    new.send(np.concatenate([say(range(3, 6)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(6)), "all words")
    assert stage.services.live.status(id).channels["floor"].connected
    with pytest.raises(Conflict, match="epoch 3 or a later one"):
        stage.client(id, epoch=1)


def test_a_plain_feed_needs_no_frames(stage: Stage) -> None:
    id = stage.session()
    data = (np.concatenate([say(range(10)), silence(1_000)]) * 32767).astype("<i2").tobytes()
    feed = stage.services.live.open_feed(id, "floor", FeedFormat(rate=16_000))
    for at in range(0, len(data), 3_333):  # samples are cut in two
        feed.message(data[at : at + 3_333])
    until(lambda: stage.words(id) == list(range(10)), "all words")
    feed.close()
    feed = stage.services.live.open_feed(id, "floor", FeedFormat(rate=16_000))
    feed.message(data)
    until(lambda: stage.words(id) == [*range(10), *range(10)], "the second connection's words")


# Operators


def test_before_the_start_only_the_level_is_looked_at(stage: Stage) -> None:
    made = stage.services.sessions.create("Study Group", languages=(), channels=(("floor", "en"),), by=BY)
    client = stage.client(made.id)
    client.send(say(range(5)))
    assert -20 < client.feed.level_dbfs < 0
    assert client.feed.position().position == client.first
    assert stage.services.spool.length(made.id, "floor") == 0
    stage.services.live.start_session(made.id, BY)
    client.send(np.concatenate([say(range(5, 10)), silence(1_000)]))
    until(lambda: stage.words(made.id) == list(range(5, 10)), "what was said after the start")
    assert stage.cues(made.id)[0].start_ms < 3_000


def test_in_a_pause_nothing_is_kept_and_the_clock_runs_on(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(say(range(5)))
    stage.services.sessions.pause(id, BY)
    assert stage.services.live.status(id).channels["floor"].spool is SpoolState.OFF
    client.send(say(range(100, 110)))
    until(lambda: client.feed.position().position > client.first - 200, "the acknowledgement")
    stage.services.sessions.resume(id, BY)
    client.send(np.concatenate([say(range(5, 10)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(10)), "all but the pause's words")
    words = [word for cue in stage.cues(id) for word in cue.words]
    assert words[5].start_ms - words[4].start_ms == pytest.approx(11 * SAYING_MS, abs=80)
    kept = stage.services.spool.read(id, "floor", words[4].end_ms * PER_MS + 1_600, 9 * SAYING_MS * PER_MS)
    assert not kept.any()


def test_off_the_record_nothing_is_left_not_even_what_was_not_heard_yet(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(np.concatenate([say(range(10)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(10)), "the first words")
    from_ms = stage.services.sessions.cue(id, "floor", "c1").end_ms + 500
    stage.inference.held.clear()
    client.send(np.concatenate([silence(2_000), say(range(100, 120))]))
    until(lambda: stage.services.live.status(id).channels["floor"].lag_ms > 0, "that it is behind")
    stage.services.sessions.off_record(id, BY, from_ms)
    client.send(say(range(120, 130)))
    stage.inference.held.set()
    end = stage.services.spool.length(id, "floor")
    stage.services.sessions.on_record(id, BY)
    client.send(np.concatenate([silence(3_000), say(range(10, 20)), silence(1_000)]))
    until(lambda: stage.words(id) == list(range(20)), "what is on the record")
    kept = stage.services.spool.read(id, "floor", from_ms * PER_MS, end - from_ms * PER_MS)
    assert len(kept) > 0
    assert not kept.any()


def test_a_correction_of_what_is_being_said_stays_and_the_rest_comes_in_a_new_caption(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(say(range(12)), speed=4)
    until(lambda: len(stage.words(id)) >= 5, "some words")
    cue = stage.cues(id)[-1]
    assert cue.state is CueState.OPEN
    stage.services.sessions.correct(id, "floor", cue.id, cue.revision, "corrected w1000", BY)
    shown = len(cue.words)
    client.send(say(range(12, 24)), speed=4)
    client.send(silence(1_500))
    until(lambda: 23 in stage.words(id), "the last word")
    cues = stage.cues(id)
    assert [one.stable for one in cues if one.id == cue.id] == ["corrected w1000"]
    words = [number for number in stage.words(id) if number != 1000 and number >= shown]
    assert words == list(range(shown, 24))


def test_a_retracted_open_caption_does_not_come_back(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(say(range(12)), speed=4)
    until(lambda: len(stage.words(id)) >= 5, "some words")
    cue = stage.cues(id)[-1]
    stage.services.sessions.retract(id, "floor", cue.id, BY)
    client.send(say(range(12, 18)), speed=4)
    client.send(silence(1_500))
    until(lambda: 17 in stage.words(id), "the last word")
    assert cue.id not in {one.id for one in stage.cues(id)}


def test_an_interpreters_channel_is_captioned_where_its_track_comes_from_it(stage: Stage) -> None:
    id = stage.session(channels=(("floor", "en"), ("fr", "fr")))
    client = stage.client(id, "fr")
    client.send(say(range(5)))
    client.send(silence(1_000))
    until(lambda: stage.words(id, "fr") == list(range(5)), "the interpreter's words")
    assert {cue.id for cue in stage.cues(id, "fr")} == {"fr-1"}
    stage.services.sessions.set_source(id, "fr", "machine", BY)
    until(lambda: not stage.services.live.status(id).channels["fr"].heard, "the switch")
    client.send(say(range(50, 55)))
    client.send(silence(1_000))
    time.sleep(0.3)
    assert stage.words(id, "fr") == list(range(5))
    stage.services.sessions.set_source(id, "fr", "channel", BY)
    until(lambda: stage.services.live.status(id).channels["fr"].heard, "the switch back")
    client.send(say(range(5, 10)))
    client.send(silence(1_000))
    until(lambda: stage.words(id, "fr") == list(range(10)), "the interpreter's words after it")
    assert [cue.id for cue in stage.cues(id, "fr")] == ["fr-1", "fr-2"]


def test_a_channel_that_was_not_planned_is_captioned_from_when_the_operator_says_so(stage: Stage) -> None:
    id = stage.session()
    with pytest.raises(NotFound):
        stage.client(id, "fr")
    stage.services.sessions.add_channel(id, "fr", BY)
    client = stage.client(id, "fr")
    client.send(say(range(50, 55)))
    client.send(silence(1_000))
    until(lambda: client.feed.position().position == client.first, "the sound on the disk")
    assert not stage.services.live.status(id).channels["fr"].heard
    stage.services.sessions.set_source(id, "fr", "channel", BY)
    until(lambda: stage.services.live.status(id).channels["fr"].heard, "the switch")
    client.send(say(range(5)))
    client.send(silence(1_000))
    until(lambda: stage.words(id, "fr") == list(range(5)), "the interpreter's words")


def test_the_end_waits_for_the_last_word_and_then_lets_go(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(say(range(8)))
    stage.services.sessions.end(id, BY)
    with pytest.raises(Conflict, match="has ended"):
        client.send(say([9]))
    until(lambda: stage.words(id) == list(range(8)), "the last words")
    until(lambda: not stage.services.live.status(id).active, "that it lets go")
    assert all(cue.state is CueState.FINAL for cue in stage.cues(id))
    with pytest.raises(Conflict, match="takes no more sound"):
        stage.client(id)
    assert stage.services.spool.length(id, "floor") >= len(say(range(8)))


def test_a_deleted_session_leaves_no_sound(stage: Stage) -> None:
    id = stage.session()
    stage.client(id).send(say(range(8)))
    stage.services.sessions.delete(id, BY)
    assert not (stage.root / "data" / "live" / id).exists()
    with pytest.raises(NotFound):
        stage.services.live.status(id)


# What goes wrong


def test_a_hearing_that_fails_once_is_tried_again(stage: Stage) -> None:
    id = stage.session()
    stage.inference.fail_next(1)
    client = stage.client(id)
    client.send(say(range(8)))
    client.send(silence(1_000))
    until(lambda: stage.words(id) == list(range(8)), "all words")


def test_a_recognizer_that_fails_on_is_said_and_the_session_goes_on(stage: Stage) -> None:
    id = stage.session()
    stage.inference.fail_next(2)
    client = stage.client(id)
    client.send(np.concatenate([say(range(100, 108)), silence(1_000)]))
    until(lambda: not stage.inference.failures, "the failures")
    trouble = until(lambda: stage.services.live.status(id).channels["floor"].trouble, "the trouble")
    assert trouble.code == "engine-failure"
    client.send(np.concatenate([say(range(8)), silence(1_000)]))
    until(lambda: stage.words(id)[-8:] == list(range(8)), "what came later")


def test_without_a_model_a_session_does_not_start(stage: Stage) -> None:
    made = stage.services.sessions.create("Study Group", by=BY)
    stage.inference.missing = True
    with pytest.raises(ModelMissing, match="langsupport models install"):
        stage.services.live.start_session(made.id, BY)
    assert stage.services.sessions.get(made.id).state is SessionState.PLANNED


def test_a_model_that_goes_away_loses_nothing(stage: Stage) -> None:
    id = stage.session()
    stage.inference.missing = True
    client = stage.client(id)
    client.send(np.concatenate([say(range(8)), silence(1_000)]))
    until(lambda: stage.services.live.status(id).channels["floor"].trouble, "the trouble")
    stage.inference.missing = False
    until(lambda: stage.words(id) == list(range(8)), "all words")


def test_no_more_channels_than_are_set(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(max_channels=1)
    first, second = stage.session(), stage.session()
    client = stage.client(first)
    with pytest.raises(CapacityError, match=r"live\.max_channels"):
        stage.client(second)
    made = stage.services.sessions.create("Study Group", by=BY)
    with pytest.raises(CapacityError, match="captions 1 channels now"):
        stage.services.live.start_session(made.id, BY)
    client.connect()  # who has a place keeps it
    client.feed.close()
    stage.client(second)


def test_what_can_not_be_is_refused(stage: Stage) -> None:
    id = stage.session()
    with pytest.raises(NotFound):
        stage.client(id, "de")
    with pytest.raises(NotFound):
        stage.client(id, "fr")
    with pytest.raises(NotFound):
        stage.client("nothing")
    client = stage.client(id)
    for message in (b"", b"\0" * 15, pack(1, 0, 0, b""), pack(1, 0, 0, b"abc"), pack(1, 0, 0, bytes(64_002))):
        with pytest.raises(InvalidRequest):
            client.feed.message(message)
    client.send(np.concatenate([say(range(3)), silence(1_000)]))
    until(lambda: stage.words(id) == [0, 1, 2], "the words")


def test_silence_and_noise_yield_silence(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(silence(30_000))
    client.send(np.random.default_rng(1).normal(0, 0.01, 16_000 * 20).astype(np.float32))
    time.sleep(0.5)
    assert stage.cues(id) == []
    assert stage.inference.heard == []
