"""Who may do what in a session, and what texts get in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.domain.live import Role, SessionState
from langsupport.errors import InvalidRequest, UnsupportedLanguage
from langsupport.services.session_access import allowed
from langsupport.services.session_input import channel_language, clock, line, lines, machine_cue, plain_text
from langsupport.services.session_records import Grant, SessionRecord
from livecues import heard

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SESSION = SessionRecord("s", "Meeting", "", SessionState.LIVE, NOW, 1, 0)
SECRET = SessionRecord("s", "Meeting", "", SessionState.LIVE, NOW, 1, 0, confidential=True)


@pytest.mark.parametrize("held", list(Role))
def test_a_role_may_what_those_after_it_may(held: Role) -> None:
    may = {role for role in Role if allowed(SESSION, Grant("g", "s", held, "Bob", NOW), role)}
    assert (
        may
        == {
            Role.OPERATOR: set(Role),
            Role.CAPTIONER: {Role.CAPTIONER, Role.VIEWER},
            Role.VIEWER: {Role.VIEWER},
            Role.SOURCE: {Role.SOURCE},
        }[held]
    )


def test_nobody_else_may() -> None:
    grant = Grant("g", "s", Role.VIEWER, "Bob", NOW)
    public = Grant("g", "s", Role.VIEWER, "", NOW, public=True)
    assert not allowed(SESSION, None, Role.VIEWER)
    assert not allowed(SESSION, Grant("g", "other", Role.OPERATOR, "Bob", NOW), Role.VIEWER)
    assert not allowed(SESSION, Grant("g", "s", Role.VIEWER, "Bob", NOW, revoked_at=NOW), Role.VIEWER)
    expiring = Grant("g", "s", Role.VIEWER, "Bob", NOW, expires_at=NOW)
    assert allowed(SESSION, expiring, Role.VIEWER, now=NOW - timedelta(seconds=1))
    assert not allowed(SESSION, expiring, Role.VIEWER, now=NOW)
    assert allowed(SESSION, public, Role.VIEWER) and not allowed(SECRET, public, Role.VIEWER)
    assert allowed(SECRET, grant, Role.VIEWER)


@given(st.text(), st.text())
def test_cleaning_keeps_what_grew_at_its_end(before: str, more: str) -> None:
    assert plain_text(before + more) == plain_text(before) + plain_text(more)
    cleaned = plain_text(before)
    cleaned.encode()
    assert plain_text(cleaned) == cleaned and "\x00" not in cleaned and "\n" not in cleaned
    short, long = machine_cue(heard(1, before)), machine_cue(heard(1, before + more))
    assert long.stable.startswith(short.stable)


def test_the_scripts_of_the_six_languages_stay_as_they_are() -> None:
    for text in ("الرئيس\u200f، شكراً", "主席，谢谢", "Déjà vu\xa0: « oui »", "Ёлка", "👩\u200d💼"):
        assert plain_text(text) == text


def test_limits_are_told() -> None:
    assert line("  a\tb\n ", "title", 3) == "a b"
    assert lines(["b", "a", "b", "\x00"], "terms", 2, 9) == ["b", "a"]
    for call in (
        lambda: line("abcd", "title", 3),
        lambda: line(" ", "title", 3, required=True),
        lambda: lines(["a", "b", "c"], "terms", 2, 9),
        lambda: clock(-1, "The mark"),
        lambda: clock(10**12, "The mark"),
        lambda: channel_language("de", None),
        lambda: channel_language("fr", "ru"),
    ):
        with pytest.raises(InvalidRequest):
            call()
    with pytest.raises(UnsupportedLanguage):
        channel_language("floor", "de")
    assert channel_language("floor", "auto") is None and channel_language("floor", "zh-CN") == "zh"
    assert channel_language("ru", None) == channel_language("ru", "ru") == "ru"
