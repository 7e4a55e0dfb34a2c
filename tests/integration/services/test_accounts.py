"""People, how they sign in, what they hold; on real databases of both kinds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from accounts import BY, PASSWORD, add, token_of
from langsupport.domain.accounts import Permission
from langsupport.errors import AccessDenied, Conflict, InvalidRequest, LangsupportError, NotFound, TooManyTries
from langsupport.services import try_limits
from langsupport.services.account_records import Caller, SignInMethod
from langsupport.services.accounts import Accounts, build_accounts
from langsupport.services.database import Database
from langsupport.services.people import FIRST_LOGIN, Profile
from langsupport.services.schema import metadata
from langsupport.services.schema_accounts import audit_trail, sign_ins
from langsupport.services.settings import Settings
from langsupport.services.sign_ins import network
from langsupport.services.try_limits import ACCOUNT, ADDRESS, LONGEST_WAIT_MS, TryLimits, wait_ms

HERE = "192.0.2.7"


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return build_accounts(Settings(), database)


def actions(accounts: Accounts) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in reversed(accounts.audit.list())]


def test_a_person_is_kept_as_said(accounts: Accounts) -> None:
    profile = Profile("Ana  Ruiz", ["translator", "captioner"], "ana@example.org", ["en-es", "fr-es"], ["es"])
    made = accounts.people.create(" Ana@Example.ORG ", profile, BY)
    found = accounts.people.by_login("ANA@example.org")
    assert found == made
    assert (found.login, found.name, found.email) == ("ana@example.org", "Ana  Ruiz", "ana@example.org")
    assert found.pairs == (("en", "es"), ("fr", "es"))
    assert found.languages == ("es",)
    assert [role.value for role in found.roles] == ["translator", "captioner"]
    with pytest.raises(Conflict):
        accounts.people.create("ana@EXAMPLE.org", profile, BY)


@pytest.mark.parametrize(
    ("login", "profile"),
    [
        ("", Profile("A", ["delegate"])),
        ("two words", Profile("A", ["delegate"])),
        ("a/b", Profile("A", ["delegate"])),
        ("a", Profile("A", [])),
        ("a", Profile("A", ["king"])),
        ("a", Profile("A", ["translator"], pairs=["en-en"])),
        ("a", Profile("A", ["translator"], pairs=["en-de"])),
        ("a", Profile("A", ["translator"], email="nobody")),
        ("a", Profile("A" * 300, ["delegate"])),
    ],
)
def test_what_is_no_person_is_refused(accounts: Accounts, login: str, profile: Profile) -> None:
    with pytest.raises(LangsupportError):
        accounts.people.create(login, profile, BY)
    assert accounts.people.list() == []


def test_signing_in_by_password(accounts: Accounts) -> None:
    add(accounts, "ana", password=PASSWORD)
    assert accounts.sign_ins.by_password("ANA", PASSWORD, HERE).login == "ana"
    for login, password in (("ana", PASSWORD + "x"), ("ana", ""), ("nobody", PASSWORD), ("ana", "\udcff")):
        with pytest.raises(AccessDenied) as refused:
            accounts.sign_ins.by_password(login, password, HERE)
        assert str(refused.value) == "The sign-in name or the password is wrong."
    assert [action for action in actions(accounts) if action[0] == "sign-in-failed"] == [
        ("sign-in-failed", "ana"),
        ("sign-in-failed", "ana"),
        ("sign-in-failed", "unknown"),  # perhaps a password in the wrong field
        ("sign-in-failed", "ana"),
    ]


def test_a_disabled_person_is_answered_as_one_who_is_not_there(accounts: Accounts) -> None:
    ana = add(accounts, "ana", password=PASSWORD)
    accounts.people.disable(ana.id, BY)
    with pytest.raises(AccessDenied, match="wrong"):
        accounts.sign_ins.by_password("ana", PASSWORD, HERE)


def test_no_secret_is_kept(accounts: Accounts, database: Database) -> None:
    ana = add(accounts, "ana", password=PASSWORD)
    secrets = [
        PASSWORD,
        accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox"),
        token_of(accounts, ana),
        accounts.people.invite(ana.id, BY),
    ]
    with database.read() as connection:
        kept = [str(row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))]
    assert any("argon2id" in row for row in kept)
    assert not [row for row in kept for secret in secrets if secret in row]


def test_guessing_gets_slower_and_survives_a_restart(accounts: Accounts, database: Database) -> None:
    add(accounts, "ana", password=PASSWORD)
    for place in range(ACCOUNT.free + 1):
        with pytest.raises(AccessDenied):
            accounts.sign_ins.by_password("ana", "wrong", f"198.51.100.{place}")
    again = build_accounts(Settings(), database)
    with pytest.raises(TooManyTries):
        again.sign_ins.by_password("ana", PASSWORD, HERE)


def test_an_address_is_slowed_down_too(accounts: Accounts) -> None:
    limits = accounts.sign_ins._limits
    for place in range(ADDRESS.free + 1):
        limits.begin([(ACCOUNT, f"somebody{place}"), (ADDRESS, network(HERE))])
    with pytest.raises(TooManyTries):
        accounts.sign_ins.by_password("somebody else", "x", HERE)
    with pytest.raises(AccessDenied):
        accounts.sign_ins.by_password("somebody else", "x", "203.0.113.1")


def test_the_wait_doubles_up_to_a_limit() -> None:
    assert [wait_ms(n, 5) for n in (0, 5, 6, 7, 8)] == [0, 0, 1_000, 2_000, 4_000]
    assert wait_ms(1_000_000, 5) == LONGEST_WAIT_MS


def test_a_success_forgives_the_account(accounts: Accounts) -> None:
    add(accounts, "ana", password=PASSWORD)
    for _ in range(3):
        for _ in range(ACCOUNT.free - 1):
            with pytest.raises(AccessDenied):
                accounts.sign_ins.by_password("ana", "wrong", HERE)
        accounts.sign_ins.by_password("ana", PASSWORD, HERE)


def test_many_guesses_at_once_are_all_counted(database: Database) -> None:
    limits, gate = TryLimits(database), threading.Barrier(8)

    def guess() -> bool:
        gate.wait()
        try:
            limits.begin([(ACCOUNT, "ana")])
        except LangsupportError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        passed = sum(future.result() for future in [pool.submit(guess) for _ in range(8)])
    assert passed == ACCOUNT.free + 1  # which starts the wait


def test_a_day_later_all_is_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = TryLimits(database)
    for _ in range(ACCOUNT.free + 1):
        limits.begin([(ACCOUNT, "ana")])
    later = try_limits.now_ms() + try_limits.FORGOTTEN_MS + 1
    monkeypatch.setattr(try_limits, "now_ms", lambda: later)
    limits.begin([(ACCOUNT, "ana")])
    limits.begin([(ACCOUNT, "ana")])


def test_networks() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network("::ffff:192.0.2.7") == network("192.0.2.7") == "192.0.2.7"
    assert network("testclient") == "testclient"


def test_a_browser_stays_signed_in_until_it_is_ended(accounts: Accounts) -> None:
    ana = add(accounts, "ana", "translator", password=PASSWORD)
    first = accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox")
    caller = accounts.sign_ins.caller_by_cookie(first, HERE)
    assert caller is not None and caller.person == ana
    assert caller.may(Permission.DOCUMENTS_WRITE) and not caller.may(Permission.PEOPLE_MANAGE)
    second = accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox", before=first)
    assert second != first
    assert accounts.sign_ins.caller_by_cookie(first, HERE) is None
    [shown] = accounts.sign_ins.list(ana.id)
    accounts.sign_ins.end(ana.id, shown.id, caller)
    assert accounts.sign_ins.caller_by_cookie(second, HERE) is None
    for wrong in ("", "x", second + "x", "x" * 10_000, "\udcff"):
        assert accounts.sign_ins.caller_by_cookie(wrong, HERE) is None


@pytest.mark.parametrize("column", ["expires_ms", "seen_ms"])
def test_a_browser_is_signed_out_by_time(accounts: Accounts, database: Database, column: str) -> None:
    ana = add(accounts, "ana")
    token = accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox")
    with database.write() as connection:
        connection.execute(sa.update(sign_ins).values({column: 1}))
    assert accounts.sign_ins.caller_by_cookie(token, HERE) is None
    assert accounts.sign_ins.list(ana.id) == []
    accounts.sign_ins.clean()
    with database.read() as connection:
        assert connection.execute(sa.select(sign_ins)).all() == []


def test_a_new_password_ends_all_browsers_and_links(accounts: Accounts) -> None:
    ana = add(accounts, "ana", password=PASSWORD)
    token = accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox")
    link = accounts.people.invite(ana.id, BY)
    accounts.people.set_password(ana.id, "another long password", BY)
    assert accounts.sign_ins.caller_by_cookie(token, HERE) is None
    with pytest.raises(AccessDenied):
        accounts.people.accept(link, PASSWORD)


def test_disabling_ends_everything_at_once(accounts: Accounts) -> None:
    ana = add(accounts, "ana", password=PASSWORD)
    browser = accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox")
    token, link = token_of(accounts, ana), accounts.people.invite(ana.id, BY)
    accounts.people.disable(ana.id, BY)
    assert accounts.sign_ins.caller_by_cookie(browser, HERE) is None
    assert accounts.sign_ins.caller_by_token(token, HERE) is None
    with pytest.raises(AccessDenied):
        accounts.people.accept(link, PASSWORD)
    with pytest.raises(AccessDenied):
        accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox")
    accounts.people.enable(ana.id, BY)
    assert accounts.sign_ins.caller_by_token(token, HERE) is None


def test_a_link_sets_a_password_once(accounts: Accounts) -> None:
    ana = add(accounts, "ana")
    link = accounts.people.invite(ana.id, BY)
    assert accounts.people.invited(link).login == "ana"
    with pytest.raises(InvalidRequest):
        accounts.people.accept(link, "short")
    accounts.people.accept(link, PASSWORD)
    assert accounts.sign_ins.by_password("ana", PASSWORD, HERE)
    for token in (link, "", "x"):
        with pytest.raises(AccessDenied):
            accounts.people.accept(token, PASSWORD)


def test_a_token_does_what_its_scopes_say_and_no_more(accounts: Accounts) -> None:
    ana = add(accounts, "ana", "administrator")
    token = token_of(accounts, ana, "documents:*", "audit:read")
    assert token.startswith("lsp_")
    caller = accounts.sign_ins.caller_by_token(token, HERE)
    assert caller is not None and caller.by_token
    assert {permission.value for permission in caller.permissions} == {
        "documents:read",
        "documents:write",
        "documents:delete",
        "audit:read",
    }
    accounts.people.create("ben", Profile("Ben", ["administrator"]), BY)
    accounts.people.change(ana.id, Profile("Ana", ["delegate"]), BY)
    caller = accounts.sign_ins.caller_by_token(token, HERE)
    assert caller is not None and caller.permissions == {Permission.DOCUMENTS_READ}


def test_a_token_ends_when_it_is_revoked_or_expires(accounts: Accounts) -> None:
    ana = add(accounts, "ana")
    record, token = accounts.tokens.create(ana.id, "nightly", ["*"], BY)
    assert accounts.sign_ins.caller_by_token(token, HERE)
    assert accounts.tokens.list(ana.id)[0].used_at is not None
    accounts.tokens.revoke(ana.id, record.id, BY)
    assert accounts.sign_ins.caller_by_token(token, HERE) is None
    assert accounts.tokens.list(ana.id) == []
    with pytest.raises(InvalidRequest):
        accounts.tokens.create(ana.id, "late", ["*"], BY, datetime.now(UTC) - timedelta(seconds=1))
    soon = datetime.now(UTC) + timedelta(milliseconds=30)
    _, token = accounts.tokens.create(ana.id, "soon", ["*"], BY, soon)
    while datetime.now(UTC) <= soon:
        pass
    assert accounts.sign_ins.caller_by_token(token, HERE) is None
    with pytest.raises(NotFound):
        accounts.tokens.revoke(add(accounts, "ben").id, record.id, BY)


def test_long_connections_learn_that_somebody_is_out(accounts: Accounts) -> None:
    ana, ben = add(accounts, "ana"), add(accounts, "ben")
    callers: list[Caller] = []
    for person in (ana, ben):
        cookie = accounts.sign_ins.begin(person, SignInMethod.PASSWORD, HERE, "Firefox")
        for caller in (
            accounts.sign_ins.caller_by_cookie(cookie, HERE),
            accounts.sign_ins.caller_by_token(token_of(accounts, person), HERE),
        ):
            assert caller is not None
            callers.append(caller)
    assert set(accounts.sign_ins.still(callers)) == {caller.key for caller in callers}
    accounts.people.disable(ana.id, BY)
    assert set(accounts.sign_ins.still(callers)) == {caller.key for caller in callers[2:]}


def test_there_is_always_an_administrator(accounts: Accounts) -> None:
    ana = add(accounts, "ana", "administrator")
    for deed in (
        lambda: accounts.people.disable(ana.id, BY),
        lambda: accounts.people.change(ana.id, Profile("Ana", ["delegate"]), BY),
    ):
        with pytest.raises(Conflict, match="last administrator"):
            deed()
    add(accounts, "ben", "administrator")
    assert not accounts.people.disable(ana.id, BY).active


def test_a_stale_change_is_refused(accounts: Accounts) -> None:
    ana = add(accounts, "ana")
    accounts.people.change(ana.id, Profile("Ana R.", ["delegate"]), BY, version=1)
    with pytest.raises(Conflict, match="meanwhile"):
        accounts.people.change(ana.id, Profile("Ana X.", ["delegate"]), BY, version=1)


def test_the_first_administrator_comes_by_a_link(accounts: Accounts) -> None:
    first = accounts.people.first_administrator()
    assert first is not None and first[0].login == FIRST_LOGIN
    again = accounts.people.first_administrator()
    assert again is not None and again[0].id == first[0].id and again[1] != first[1]
    with pytest.raises(AccessDenied):
        accounts.people.accept(first[1], PASSWORD)
    accounts.people.accept(again[1], PASSWORD)
    assert accounts.people.first_administrator() is None


def test_the_trail_tells_who_did_what(accounts: Accounts) -> None:
    ana = add(accounts, "ana", "administrator", password=PASSWORD)
    cookie = accounts.sign_ins.begin(ana, SignInMethod.PASSWORD, HERE, "Firefox")
    caller = accounts.sign_ins.caller_by_cookie(cookie, HERE)
    assert caller is not None
    ben = accounts.people.create("ben", Profile("Ben", ["delegate"]), caller)
    accounts.people.change(ben.id, Profile("Ben", ["reviser"]), caller)
    accounts.people.disable(ben.id, caller)
    assert actions(accounts) == [
        ("person", "ana"),
        ("password", "ana"),
        ("sign-in", "ana"),
        ("person", "ben"),
        ("person-changed", "ben"),
        ("person-disabled", "ben"),
    ]
    newest, changed, *_ = accounts.audit.list()
    assert (newest.by, newest.person_id, newest.address) == ("Ana", ana.id, HERE)
    assert changed.detail == {"before": ["delegate"], "after": ["reviser"]}
    assert [entry.id for entry in accounts.audit.everything()] == [entry.id for entry in accounts.audit.list()]


@pytest.mark.parametrize("act", [sa.update(audit_trail).values(by="nobody"), sa.delete(audit_trail)])
def test_the_trail_only_grows(accounts: Accounts, database: Database, act: sa.Executable) -> None:
    add(accounts, "ana")
    with pytest.raises(LangsupportError, match="only grows"), database.write() as connection:
        connection.execute(act)
    assert len(accounts.audit.list()) == 1
