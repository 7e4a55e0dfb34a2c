"""Who may do what: roles, permissions and the one table between them; scopes; what a password must be.

A permission's name is also a token's scope: `documents:read`. A person has one or more roles and may do what any of
them may.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from langsupport.domain.live import Role
from langsupport.errors import InvalidRequest


class PersonRole(StrEnum):
    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    TRANSLATOR = "translator"
    REVISER = "reviser"
    CAPTIONER = "captioner"
    DELEGATE = "delegate"


class Permission(StrEnum):
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_WRITE = "documents:write"  # upload, retry, cancel
    DOCUMENTS_DELETE = "documents:delete"
    RECORDINGS_READ = "recordings:read"
    RECORDINGS_WRITE = "recordings:write"
    RECORDINGS_DELETE = "recordings:delete"
    CAPTIONS_WATCH = "captions:watch"
    CAPTIONS_CORRECT = "captions:correct"
    CAPTIONS_OPERATE = "captions:operate"  # plan, run and delete live sessions, hand out their links
    MACHINE_USE = "machine:use"  # texts and files translated or recognized while the caller waits
    MEMORY_READ = "memory:read"
    MEMORY_WRITE = "memory:write"  # import and delete
    TERMS_READ = "terms:read"
    TERMS_WRITE = "terms:write"
    TASKS_READ = "tasks:read"  # see the queue and what people work on
    TASKS_WORK = "tasks:work"  # take tasks, write and confirm
    TASKS_MANAGE = "tasks:manage"  # send documents to people, assign, set deadlines, call off, rules
    MEETINGS_READ = "meetings:read"
    MEETINGS_WRITE = "meetings:write"
    MEETINGS_ALL = "meetings:all"  # those too whose list one isn't on
    PEOPLE_MANAGE = "people:manage"
    AUDIT_READ = "audit:read"
    WEBHOOKS_MANAGE = "webhooks:manage"


_READS = frozenset(
    {
        Permission.DOCUMENTS_READ,
        Permission.RECORDINGS_READ,
        Permission.CAPTIONS_WATCH,
        Permission.MACHINE_USE,
        Permission.TERMS_READ,
        Permission.MEETINGS_READ,
    }
)
_TRANSLATES = _READS | {
    Permission.DOCUMENTS_WRITE,
    Permission.MEMORY_READ,
    Permission.TASKS_READ,
    Permission.TASKS_WORK,
}

ROLE_MAY: Mapping[PersonRole, frozenset[Permission]] = {
    PersonRole.ADMINISTRATOR: frozenset(Permission),
    PersonRole.COORDINATOR: frozenset(Permission)
    - {
        Permission.MEETINGS_ALL,
        Permission.PEOPLE_MANAGE,
        Permission.AUDIT_READ,
        Permission.WEBHOOKS_MANAGE,
        Permission.TASKS_WORK,
    },
    PersonRole.TRANSLATOR: _TRANSLATES,
    PersonRole.REVISER: _TRANSLATES,
    PersonRole.CAPTIONER: _READS | {Permission.RECORDINGS_WRITE, Permission.CAPTIONS_CORRECT},
    PersonRole.DELEGATE: _READS,
}

IN_SESSION: Mapping[Permission, Role] = {
    Permission.CAPTIONS_OPERATE: Role.OPERATOR,
    Permission.CAPTIONS_CORRECT: Role.CAPTIONER,
    Permission.CAPTIONS_WATCH: Role.VIEWER,
}
"""What somebody who signed in is in every live session that they may see; the first that fits."""

ALL_SCOPES = "*"
PASSWORD_LEAST = 12
PASSWORD_MOST = 256
"""Characters. Length is all that is asked for (NIST SP 800-63B, 3.1.1.2), and not to be among the commonest."""

_COMMON = """
000000000000 0123456789ab 012345678910 111111111111 112233445566 121212121212 123123123123 123412341234 1234567890123
123456789012 123456789123 1234567890qwerty 123456789abc 123456789qwe 1234qwerasdf 123qweasdzxc 1q2w3e4r5t6y
1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv 222222222222 987654321098 999999999999 aaaaaaaaaaaa abc123456789
abcd12345678 abcdef123456 abcdefghijkl adminadminadmin administrator administrator1 asdfghjkl123 asdfghjklqwe
changeme1234 changemechangeme computer1234 football1234 iloveyou1234 iloveyouiloveyou internet1234 letmein12345
letmeinletmein liverpool123 master123456 michael12345 mypassword12 mypassword123 p@ssw0rd1234 p@ssword1234
passw0rd1234 password0000 password1111 password12345 password1234 password123456 password1234567 passwordpassword
princess1234 qazwsxedcrfv qazwsxedc123 qwerty123456 qwerty1234567 qwertyqwerty qwertyuiop12 qwertyuiop123 qwertyuiop[]
qwertyuiopas qwertyuiopasdfghjkl secretsecret sunshine1234 superman1234 test12345678 testtesttest trustno1trustno1
unitednations welcome12345 welcomewelcome zaq12wsxcde3 zxcvbnm12345
"""
COMMON_PASSWORDS = frozenset(_COMMON.split())
"""Of the commonest passwords those that are long enough."""


def permissions_of(roles: Iterable[PersonRole]) -> frozenset[Permission]:
    return frozenset().union(*(ROLE_MAY[role] for role in roles))


def session_role(permissions: Collection[Permission]) -> Role | None:
    """What somebody with these permissions is in a live session; None: nothing."""
    return next((role for permission, role in IN_SESSION.items() if permission in permissions), None)


def scoped(permissions: Iterable[Permission], scopes: Collection[str]) -> frozenset[Permission]:
    """Those of the permissions that the scopes name: `documents:read`, `documents:*` or `*`."""
    return frozenset(
        permission
        for permission in permissions
        if permission in scopes or f"{permission.partition(':')[0]}:*" in scopes or ALL_SCOPES in scopes
    )


def known_scopes() -> tuple[str, ...]:
    """Everything that may be written as a scope."""
    groups = dict.fromkeys(f"{permission.partition(':')[0]}:*" for permission in Permission)
    return (ALL_SCOPES, *groups, *Permission)


def checked_roles(given: Iterable[str]) -> tuple[PersonRole, ...]:
    """Distinct, in the table's order. Raises InvalidRequest: none, or one that there isn't."""
    wanted = set(given)
    unknown = sorted(wanted - set(PersonRole))
    if unknown:
        raise InvalidRequest(detail=f"There is no role “{unknown[0][:40]}”. The roles are: {', '.join(PersonRole)}.")
    if not wanted:
        raise InvalidRequest(detail="A person needs at least one role.")
    return tuple(role for role in PersonRole if role in wanted)


def checked_scopes(given: Iterable[str]) -> tuple[str, ...]:
    """Raises InvalidRequest: none, or one that there isn't."""
    wanted = tuple(dict.fromkeys(given))
    unknown = [scope for scope in wanted if scope not in known_scopes()]
    if unknown:
        detail = f"There is no scope “{unknown[0][:40]}”. The scopes are: {', '.join(known_scopes())}."
        raise InvalidRequest(detail=detail)
    if not wanted:
        raise InvalidRequest(detail="A token needs at least one scope.")
    return wanted


def normal_password(password: str) -> str:
    """The same characters for the same keys, whatever keyboard or system they were typed on (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *others: str) -> str:
    """The password as it is hashed. `others`: what it must not be, such as the person's name.

    Raises:
        InvalidRequest: too short, too long, or one that is tried first.
    """
    normal = normal_password(password)
    if len(normal) < PASSWORD_LEAST:
        raise InvalidRequest(detail=f"The password is too short. It needs {PASSWORD_LEAST} characters or more.")
    if len(normal) > PASSWORD_MOST:
        raise InvalidRequest(detail=f"The password is too long. The limit is {PASSWORD_MOST} characters.")
    folded = normal.casefold()
    if folded in COMMON_PASSWORDS or len(set(folded)) == 1 or folded in {other.casefold() for other in others}:
        raise InvalidRequest(detail="This password is among those that are guessed first. Choose another one.")
    return normal
