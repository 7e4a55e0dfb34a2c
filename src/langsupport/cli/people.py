"""langsupport people."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from langsupport.cli import exits
from langsupport.cli.opened import BY, opened
from langsupport.cli.report import console
from langsupport.cli.run import Run, common_options
from langsupport.domain.accounts import ALL_SCOPES, PersonRole, known_scopes
from langsupport.services.account_records import Person
from langsupport.services.accounts import Accounts, build_accounts
from langsupport.services.people import Profile, pairs_text
from langsupport.services.settings import Settings


@click.group()
def people() -> None:
    """Add, list and disable people; their passwords and tokens. A running service sees changes at once."""


@contextmanager
def _accounts(run: Run) -> Iterator[tuple[Accounts, Settings]]:
    with opened(run) as (database, settings):
        yield build_accounts(settings, database), settings


@people.command()
@click.argument("login")
@click.option("--name", default="", help="As pages show it.  [default: the login]")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in PersonRole]))
@click.option("--email", default="", help="For notifications.")
@click.option("--pair", "pairs", multiple=True, metavar="en-fr", help="What a translator works from and into.")
@click.option("--language", "languages", multiple=True, help="What a captioner writes in.")
@click.option("--password", "with_password", is_flag=True, help="Ask for a password (or read it from stdin) now.")
@common_options
def add(
    run: Run,
    login: str,
    name: str,
    roles: tuple[str, ...],
    email: str,
    pairs: tuple[str, ...],
    languages: tuple[str, ...],
    with_password: bool,
) -> int:
    """Add a person, who comes in by a link that is printed, or by a password that is asked for now."""
    with _accounts(run) as (accounts, settings):
        password = _asked_password() if with_password else None
        person = accounts.people.create(login, Profile(name, roles, email, pairs, languages), BY)
        link = None
        if password is None:
            link = _invited(run, settings, accounts, person)
        else:
            accounts.people.set_password(person.id, password, BY)
            run.say(f"{person.login} can sign in.")
        run.result({**_json(accounts.people.get(person.id)), "link": link})
    return exits.OK


def _invited(run: Run, settings: Settings, accounts: Accounts, person: Person) -> str:
    """The link by which a person sets a password; it is told."""
    token = accounts.people.invite(person.id, BY)
    place = settings.accounts.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    link = f"{place}/welcome/{token}"
    run.say(f"{person.login} sets a password, once, within three days, at {link}")
    return link


def _asked_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


@people.command("list")
@common_options
def list_people(run: Run) -> int:
    """Show everybody, by sign-in name."""
    found: list[Person] = []
    with _accounts(run) as (accounts, _):
        after: str | None = None
        while page := accounts.people.list(after=after):
            found += page
            after = page[-1].login
    run.result([_json(person) for person in found])
    if not run.json:
        _print(found)
    return exits.OK


def _json(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "login": person.login,
        "name": person.name,
        "email": person.email,
        "state": person.state.value,
        "roles": [role.value for role in person.roles],
        "pairs": list(pairs_text(person.pairs)),
        "languages": list(person.languages),
        "has_password": person.has_password,
        "issuer": person.issuer,
        "created_at": person.created_at.isoformat(),
    }


def _print(persons: list[Person]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("login", "name", "state", "roles", "languages"):
        table.add_column(heading, overflow="fold")
    for person in persons:
        languages = " ".join((*pairs_text(person.pairs), *person.languages))
        table.add_row(person.login, person.name, person.state.value, " ".join(person.roles), languages)
    console().print(table)


@people.command()
@click.argument("login")
@common_options
def disable(run: Run, login: str) -> int:
    """End a person's sign-ins, tokens and links at once, and let them in no more."""
    with _accounts(run) as (accounts, _):
        person = accounts.people.disable(accounts.people.by_login(login).id, BY)
    run.result(_json(person))
    run.say(f"{person.login} is disabled.")
    return exits.OK


@people.command()
@click.argument("login")
@common_options
def enable(run: Run, login: str) -> int:
    """Let a person in again."""
    with _accounts(run) as (accounts, _):
        person = accounts.people.enable(accounts.people.by_login(login).id, BY)
    run.result(_json(person))
    run.say(f"{person.login} is enabled.")
    return exits.OK


@people.command()
@click.argument("login")
@click.option("--link", "by_link", is_flag=True, help="Print a link by which the person chooses it.")
@common_options
def password(run: Run, login: str, by_link: bool) -> int:
    """Set a person's password: asked for here, or read from stdin. Their browsers are signed out."""
    with _accounts(run) as (accounts, settings):
        person = accounts.people.by_login(login)
        link = None
        if by_link:
            link = _invited(run, settings, accounts, person)
        else:
            accounts.people.set_password(person.id, _asked_password(), BY)
            run.say(f"The password of {person.login} was set.")
    run.result({"login": person.login, "link": link})
    return exits.OK


@people.command()
@click.argument("login")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, help=f"What it may do: {', '.join(known_scopes())}.  [default: *]")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it holds.  [default: until it is revoked]")
@common_options
def token(run: Run, login: str, name: str, scopes: tuple[str, ...], days: int | None) -> int:
    """Make a token for a program, and print it on stdout. It can't be shown again."""
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    with _accounts(run) as (accounts, _):
        person = accounts.people.by_login(login)
        record, made = accounts.tokens.create(person.id, name, scopes or (ALL_SCOPES,), BY, expires_at)
    if not run.json:
        click.echo(made)
    run.result({"id": record.id, "login": person.login, "scopes": list(record.scopes), "token": made})
    return exits.OK
