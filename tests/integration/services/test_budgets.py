"""Words and money by meeting and language, from what is really with people."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import pytest

from langsupport.domain.budgets import Rate, to_micro
from langsupport.domain.tasks import Orders, TaskKind
from langsupport.domain.units import CodedText
from langsupport.errors import InvalidRequest, NotFound, UnsupportedLanguage
from langsupport.services.account_records import OPEN
from langsupport.services.assembly import Services
from langsupport.services.meetings import MeetingAsked
from langsupport.services.records import DocumentRecord

Open = Callable[..., Services]
TEN = b"One two three four five six seven eight nine ten."


def micro(amount: str) -> int:
    return to_micro(Decimal(amount))


def test_work_is_priced_by_what_fits_closest_and_held_against_the_budget(
    database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]
) -> None:
    services = open_services(url=database_url, accounts_mode="on")
    budgets = services.budgets
    meeting = services.meetings.create(MeetingAsked("WG", {"en": "Group"}), OPEN).id
    for meeting_id in (meeting, None):
        made = services.documents.upload("ten.txt", io.BytesIO(TEN), "en", ["fr", "es"], meeting_id)
        document = finish(services.documents, made.id)
        for language in ("fr", "es"):
            services.review_opening.send(document.id, language, Orders(), OPEN)
    assert all(line.unpriced and line.cost == 0 for one in budgets.report() for line in one.lines)

    budgets.put(Rate("", post_edit=micro("0.1"), revise=micro("0.05")), OPEN)
    budgets.put(Rate("", language="es", post_edit=micro("0.2")), OPEN)
    budgets.put(Rate("", meeting_id=meeting, post_edit=micro("0.3"), amount=micro("8")), OPEN)
    budgets.put(Rate("", meeting_id=meeting, language="fr", amount=micro("3")), OPEN)
    [group, none] = budgets.report()
    assert (group.meeting_id, none.meeting_id) == (meeting, None)
    lines = {line.language: line for line in group.lines}
    assert (lines["fr"].words, lines["fr"].weighted) == (10, 10.0)
    assert lines["fr"].cost == lines["es"].cost == micro("3.5"), "the meeting's price, and the revision's of all"
    assert (lines["fr"].over, group.cost, group.over) == (True, micro("7"), False)
    assert {line.language: line.cost for line in none.lines} == {"fr": micro("1.5"), "es": micro("2.5")}

    budgets.put(Rate("", meeting_id=meeting, language="fr", amount=micro("4")), OPEN)
    assert len(budgets.rates()) == 4, "it took the place of the one before"
    review = services.reviews.of_document(services.documents.list()[0].id)[0]
    task = next(task for task in review.tasks if task.kind is TaskKind.POST_EDIT)
    services.tasks.claim(task.id, OPEN)
    text = CodedText("Un deux trois quatre cinq six sept huit neuf dix.")
    assert not services.reviews.confirm(review.id, 1, OPEN, text, 1).refused
    services.tasks.complete(task.id, OPEN)
    none = budgets.report()[-1]
    assert none.spent == {"fr": micro("1"), "es": micro("2")}[review.language], "what is done"
    services.tasks.call_off(review.id, OPEN)
    assert [line.language for line in budgets.report()[-1].lines] == [{"fr": "es", "es": "fr"}[review.language]]


def test_what_makes_no_sense_is_refused(database_url: str, open_services: Open) -> None:
    budgets = open_services(url=database_url).budgets
    with pytest.raises(InvalidRequest, match="Say a price"):
        budgets.put(Rate(""), OPEN)
    with pytest.raises(InvalidRequest, match="from 0"):
        budgets.put(Rate("", amount=-1), OPEN)
    with pytest.raises(UnsupportedLanguage):
        budgets.put(Rate("", language="xx", amount=1), OPEN)
    rate = budgets.put(Rate("", amount=1), OPEN)
    with pytest.raises(NotFound):
        budgets.delete("0" * 32, OPEN)
    budgets.delete(rate.id, OPEN)
    assert budgets.rates() == []
