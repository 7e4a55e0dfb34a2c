"""People for tests: made through the services, with passwords and tokens that nobody else has."""

from __future__ import annotations

from langsupport.domain.accounts import ALL_SCOPES
from langsupport.services.account_records import Person
from langsupport.services.accounts import Accounts
from langsupport.services.people import Profile

PASSWORD = "the tests know this one"
BY = "the tests"


def add(accounts: Accounts, login: str, *roles: str, password: str | None = None, name: str = "") -> Person:
    person = accounts.people.create(login, Profile(name or login.title(), roles or ["delegate"]), BY)
    if password is not None:
        accounts.people.set_password(person.id, password, BY)
    return accounts.people.get(person.id)


def token_of(accounts: Accounts, person: Person, *scopes: str) -> str:
    return accounts.tokens.create(person.id, "a program", scopes or [ALL_SCOPES], BY)[1]
