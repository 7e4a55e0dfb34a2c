"""How sure the machine is, from its engine to the queue."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from langsupport.domain.units import CodedText
from langsupport.services.database import Database
from langsupport.services.schema import review_segments, segment_translations
from langsupport.services.tasks import TaskOrder, TaskView
from review_room import Room


@pytest.fixture
def database(room: Room, database_url: str) -> Iterator[Database]:
    """The room's, opened a second time."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


def unsure(database: Database, review: str, *numbers: int) -> None:
    """The machine doubts these segments and no other."""
    table = review_segments.c
    with database.write() as connection:
        mine = table.review_id == review
        connection.execute(sa.update(review_segments).where(mine).values(confidence=0.9))
        connection.execute(sa.update(review_segments).where(mine, table.number.in_(numbers)).values(confidence=0.1))


def test_a_machine_translation_carries_it_into_its_review(room: Room, database: Database) -> None:
    with database.read() as connection:
        stored = connection.scalars(sa.select(segment_translations.c.confidence)).all()
    assert stored and all(one is not None and 0 < one < 1 for one in stored)
    review = room.send()
    assert {room.segment(review, number).confidence for number in range(1, 6)} <= set(stored)


def test_the_queue_puts_what_is_doubted_first(room: Room, database: Database) -> None:
    review = room.send(parts=2)
    first, second = (room.task(review, index=index) for index in (0, 1))
    unsure(database, review.id, *range(second.first, second.last + 1))
    carol, tom = room.people["carol"], room.people["tom"]
    tasks = room.services.tasks
    doubted = tasks.list(TaskView.OPEN, carol, order=TaskOrder.DOUBTFUL)
    assert (doubted[0].id, doubted[0].doubtful) == (second.id, second.words)
    assert {(one.id, one.doubtful) for one in doubted[1:]} >= {(first.id, 0)}
    assert [one.id for one in tasks.list(TaskView.FREE, tom, order=TaskOrder.DOUBTFUL)] == [second.id, first.id]


def test_of_a_segment_that_was_cut_anew_nothing_is_known(room: Room, database: Database) -> None:
    review = room.send()
    unsure(database, review.id, 2)
    room.claim("tom", review)
    tom, segment = room.people["tom"], room.segment(review, 2)
    cutting = room.services.review_cutting
    cutting.split(review.id, 2, tom, segment.version, segment.source.text.index("adopted"))
    assert room.segment(review, 2).confidence is None
    assert room.task(review).doubtful == 0


def test_a_task_without_words_is_no_error(room: Room, database: Database) -> None:
    review = room.send()
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE tasks SET words = 0")
    found = room.services.tasks.list(TaskView.OPEN, room.people["carol"], order=TaskOrder.DOUBTFUL)
    assert {one.review_id for one in found} == {review.id}


def test_what_a_person_writes_leaves_the_figure_of_the_proposal(room: Room, database: Database) -> None:
    review, text = room.send(), "Le Comité s’est réuni à Genève."
    unsure(database, review.id, 1)
    room.claim("tom", review)
    room.confirm("tom", review, 1, text)
    kept = room.segment(review, 1)
    assert (kept.confidence, kept.target) == (0.1, CodedText(text))
