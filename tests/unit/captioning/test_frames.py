"""Frames: whatever is lost, repeated or sent again, each sample that was sent stands once at its place."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.captioning.frames import (
    MAX_CONTAINER_FRAME_BYTES,
    MAX_JUMP_S,
    PLAUSIBLE_S,
    EpochPlace,
    Frame,
    FrameClock,
    pack,
    parse,
)
from langsupport.errors import Conflict, InvalidRequest

RATE = 16_000


def frame(epoch: int, seq: int, first: int, payload: bytes = b"") -> Frame:
    return Frame(epoch, seq, first, memoryview(payload))


def test_a_head_is_16_bytes_little_endian() -> None:
    message = struct.pack("<IIQ", 7, 3, 2**40) + b"abc"
    assert pack(7, 3, 2**40, b"abc") == message
    parsed = parse(message)
    assert (parsed.epoch, parsed.seq, parsed.first, bytes(parsed.payload)) == (7, 3, 2**40, b"abc")


@given(st.binary(max_size=15))
def test_a_message_shorter_than_a_head_is_refused(message: bytes) -> None:
    with pytest.raises(InvalidRequest, match="16 bytes"):
        parse(message)


class Tape:
    """What a server would have: applies placements, each unit of sound being its own number."""

    def __init__(self) -> None:
        self.clock = FrameClock()
        self.units: dict[int, tuple[int, int]] = {}  # place on the channel's clock -> (epoch, number)
        self.at = 0

    def take(self, sent: Frame, count: int, present: int = 0) -> None:
        placed = self.clock.take(sent, count, RATE, present)
        if placed.opened:
            self.at = placed.place.origin
        self.at += placed.gap
        for number in range(sent.first + placed.skip, sent.first + count):
            assert self.at not in self.units
            assert self.at == placed.place.place(number)
            self.units[self.at] = (sent.epoch, number)
            self.at += 1


@st.composite
def journeys(draw: st.DrawFn) -> list[tuple[str, int]]:
    return draw(
        st.lists(
            st.tuples(st.sampled_from(["send", "skip", "again", "lose", "reconnect", "epoch"]), st.integers(1, 40)),
            min_size=1,
            max_size=60,
        )
    )


@settings(max_examples=300, deadline=None)
@given(journeys())
def test_every_sample_sent_stands_once_at_its_place_and_silence_elsewhere(journey: list[tuple[str, int]]) -> None:
    tape = Tape()
    epoch, seq, counter, present = 1, 0, 0, 0
    kept: list[tuple[int, int, int]] = []  # frames of this epoch: seq, first, count
    expected: set[tuple[int, int]] = set()

    def deliver(sent: tuple[int, int, int]) -> None:
        tape.take(frame(epoch, sent[0], sent[1]), sent[2], present)
        expected.update((epoch, number) for number in range(sent[1], sent[1] + sent[2]))

    for action, size in journey:
        present += size
        if action == "skip":  # the recorder lost sound
            counter += size
        elif action == "again" and kept:
            deliver(kept[-1 - size % len(kept)])
        elif action == "reconnect":
            tape.clock.connect()
            for sent in kept[-size:]:
                deliver(sent)
        elif action == "epoch":
            epoch, seq, counter, kept = epoch + 1, 0, 0, []
        else:
            sent = (seq, counter, size)
            seq, counter = seq + 1, counter + size
            if action == "lose":  # on its way: the next frame is refused, and the client sends both
                late = (seq, counter, size)
                if kept:
                    with pytest.raises(Conflict) as caught:
                        tape.take(frame(epoch, late[0], late[1]), size, present)
                    assert caught.value.fields["position"] == tape.clock.position
                deliver(sent)
                kept.append(sent)
                seq, counter, sent = seq + 1, counter + size, late
            deliver(sent)
            kept.append(sent)
    assert set(tape.units.values()) == expected
    assert len(tape.units) == len(expected)
    order = sorted(tape.units.items())
    assert [unit for _, unit in order] == sorted(expected)  # in order, in every epoch


@given(st.integers(8_000, 192_000), st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**40))
def test_positions_and_places_agree_at_any_rate(rate: int, base: int, origin: int, on: int) -> None:
    place = EpochPlace(1, rate, base, origin)
    exact = origin + on * 16_000 / rate
    assert abs(place.place(base + on) - exact) <= 0.5 + exact * 1e-15
    assert place.place(place.position(origin + on)) <= origin + on


def test_a_new_epoch_stands_at_the_present_or_after_what_is_there() -> None:
    clock = FrameClock()
    assert clock.take(frame(5, 0, 0), 100, RATE, present=4_000).place.origin == 4_000
    assert clock.take(frame(6, 0, 0), 100, RATE, present=4_050).place.origin == 4_100
    assert clock.take(frame(9, 0, 0), 100, RATE, present=90_000).place.origin == 90_000
    late = clock.take(frame(6, 1, 100), 100, RATE, present=90_000)
    assert (late.skip, late.opened) == (100, False)


def test_a_clock_that_jumps_goes_on_at_the_present() -> None:
    clock = FrameClock()
    clock.take(frame(1, 0, 0), RATE, RATE, present=0)
    far = clock.take(frame(1, 1, RATE * (MAX_JUMP_S + 2)), RATE, RATE, present=2 * RATE)
    assert (far.jumped, far.place.origin, far.gap) == (True, 2 * RATE, 0)
    on = clock.take(frame(1, 2, RATE * (MAX_JUMP_S + 3)), RATE, RATE, present=3 * RATE)
    assert (on.jumped, on.gap, on.place.place(RATE * (MAX_JUMP_S + 3))) == (False, 0, 3 * RATE)
    clock.connect()
    back = clock.take(frame(1, 0, 0), RATE, RATE, present=5 * RATE)
    assert (back.jumped, back.place.origin) == (True, 5 * RATE)


def test_a_gap_longer_than_time_went_by_is_a_jump_and_a_true_one_is_silence() -> None:
    clock = FrameClock()
    clock.take(frame(1, 0, 0), RATE, RATE, present=0)
    true = clock.take(frame(1, 1, 601 * RATE), RATE, RATE, present=600 * RATE)
    assert (true.jumped, true.gap) == (False, 600 * RATE)
    false = clock.take(frame(1, 2, 2_000 * RATE), RATE, RATE, present=602 * RATE)
    assert false.jumped
    assert false.place.origin == 602 * RATE


def test_what_an_old_repeated_frame_brings_is_passed_over_however_old() -> None:
    clock = FrameClock()
    for seq in range(PLAUSIBLE_S + 10):
        clock.take(frame(1, seq, seq * RATE), RATE, RATE, present=0)
    again = clock.take(frame(1, 0, 0), RATE, RATE, present=0)
    assert (again.skip, again.jumped) == (RATE, False)
    assert clock.position == (PLAUSIBLE_S + 10) * RATE


@pytest.mark.parametrize(
    ("first", "count", "rate", "said"),
    [
        (0, 0, RATE, "empty"),
        (0, 2 * RATE + 1, RATE, "limit is 2 s"),
        (2**63, 10, RATE, "no recorder"),
        (0, MAX_CONTAINER_FRAME_BYTES + 1, 0, "limit is 4194304"),
    ],
)
def test_impossible_frames_are_refused(first: int, count: int, rate: int, said: str) -> None:
    clock = FrameClock()
    with pytest.raises(InvalidRequest, match=said):
        clock.take(frame(1, 0, first), count, rate, present=0)
    assert clock.place is None


def test_a_container_goes_on_byte_by_byte_or_not_at_all() -> None:
    clock = FrameClock()
    with pytest.raises(Conflict, match="first byte"):
        clock.take(frame(1, 0, 10), 10, 0, present=0)
    assert clock.take(frame(1, 0, 0), 10, 0, present=700).place.origin == 700
    with pytest.raises(Conflict, match="Send again from 10"):
        clock.take(frame(1, 1, 12), 10, 0, present=0)
    assert clock.take(frame(1, 1, 5), 10, 0, present=0).skip == 5
    with pytest.raises(Conflict, match="new epoch"):
        clock.take(frame(1, 2, 15), 10, RATE, present=0)
