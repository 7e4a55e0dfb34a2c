from __future__ import annotations

import pytest

from langsupport.domain.accounts import (
    COMMON_PASSWORDS,
    PASSWORD_LEAST,
    ROLE_MAY,
    Permission,
    PersonRole,
    check_password,
    checked_roles,
    checked_scopes,
    known_scopes,
    permissions_of,
    scoped,
    session_role,
)
from langsupport.domain.live import Role
from langsupport.errors import InvalidRequest

READS = {"documents:read", "recordings:read", "captions:watch", "machine:use", "terms:read", "meetings:read"}
EXPECTED = {
    "delegate": READS,
    "translator": READS | {"documents:write", "memory:read", "tasks:read", "tasks:work"},
    "reviser": READS | {"documents:write", "memory:read", "tasks:read", "tasks:work"},
    "captioner": READS | {"recordings:write", "captions:correct"},
    "coordinator": set(Permission) - {"meetings:all", "people:manage", "audit:read", "webhooks:manage", "tasks:work"},
    "administrator": set(Permission),
}


def test_who_may_what() -> None:
    assert {role.value: set(ROLE_MAY[role]) for role in PersonRole} == EXPECTED


def test_several_roles_add_up() -> None:
    both = permissions_of([PersonRole.TRANSLATOR, PersonRole.CAPTIONER])
    assert both == ROLE_MAY[PersonRole.TRANSLATOR] | ROLE_MAY[PersonRole.CAPTIONER]
    assert permissions_of([]) == frozenset()


def test_scopes_only_take_away() -> None:
    delegate = ROLE_MAY[PersonRole.DELEGATE]
    assert scoped(delegate, ["documents:read"]) == {Permission.DOCUMENTS_READ}
    assert scoped(delegate, ["documents:*"]) == {Permission.DOCUMENTS_READ}
    assert scoped(delegate, ["*"]) == delegate
    assert scoped(delegate, ["people:manage", "docu", "documents"]) == frozenset()


def test_what_a_role_is_in_a_live_session() -> None:
    found = {role.value: session_role(ROLE_MAY[role]) for role in PersonRole}
    assert found == {
        "administrator": Role.OPERATOR,
        "coordinator": Role.OPERATOR,
        "captioner": Role.CAPTIONER,
        "translator": Role.VIEWER,
        "reviser": Role.VIEWER,
        "delegate": Role.VIEWER,
    }
    assert session_role([]) is None


def test_roles_and_scopes_are_closed() -> None:
    assert checked_roles(["delegate", "administrator", "delegate"]) == (PersonRole.ADMINISTRATOR, PersonRole.DELEGATE)
    assert checked_scopes(["captions:*", "captions:*"]) == ("captions:*",)
    for wrong in ([], ["king"]):
        with pytest.raises(InvalidRequest):
            checked_roles(wrong)
        with pytest.raises(InvalidRequest):
            checked_scopes(wrong)
    assert {"*", "people:*", "documents:read"} <= set(known_scopes())


@pytest.mark.parametrize(
    "password",
    ["", "short", "eleven char", "PassWord1234", "qwertyuiop123", "zzzzzzzzzzzz", "ana@example.org", "x" * 257],
)
def test_passwords_that_are_refused(password: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_password(password, "ana@example.org")
    assert len(password) < 6 or password not in str(refused.value)


@pytest.mark.parametrize(
    "password", ["correct horse b", "    spaces    ", "密码密码密码密码密码密密", "all lower case letters"]
)
def test_nothing_but_length_is_asked_for(password: str) -> None:
    assert check_password(password)


def test_the_same_keys_give_the_same_password() -> None:
    assert check_password("e\u0301te\u0301 a\u0300 Gene\u0300ve") == check_password("\u00e9t\u00e9 \u00e0 Gen\u00e8ve")


def test_the_commonest_are_only_those_that_are_long_enough() -> None:
    assert all(len(word) >= PASSWORD_LEAST and word == word.casefold() for word in COMMON_PASSWORDS)
