"""Queries on people, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from langsupport.domain.accounts import PersonRole
from langsupport.errors import NotFound
from langsupport.services.account_records import Person, PersonState
from langsupport.services.document_rows import moment
from langsupport.services.schema_accounts import people, person_languages, person_pairs, person_roles


def login_key(login: str) -> str:
    """As names are kept and compared."""
    return login.strip().casefold()


def person_row(connection: sa.Connection, id: str, *, lock: bool = False) -> sa.RowMapping:
    """Raises NotFound."""
    query = sa.select(people).where(people.c.id == id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound(what="person", id=id)
    return row


def find_by(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Person | None:
    rows = connection.execute(sa.select(people).where(*where)).mappings().all()
    return persons(connection, rows)[0] if rows else None


def person(connection: sa.Connection, id: str) -> Person:
    """Raises NotFound."""
    return persons(connection, [person_row(connection, id)])[0]


def persons(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[Person]:
    """Rows of people with what other tables say of them."""
    ids = [row["id"] for row in rows]
    roles: dict[str, list[str]] = {id: [] for id in ids}
    pairs: dict[str, list[tuple[str, str]]] = {id: [] for id in ids}
    languages: dict[str, list[str]] = {id: [] for id in ids}
    for row in connection.execute(sa.select(person_roles).where(person_roles.c.person_id.in_(ids))).mappings():
        roles[row["person_id"]].append(row["role"])
    for row in connection.execute(sa.select(person_pairs).where(person_pairs.c.person_id.in_(ids))).mappings():
        pairs[row["person_id"]].append((row["source"], row["target"]))
    of_languages = sa.select(person_languages).where(person_languages.c.person_id.in_(ids))
    for row in connection.execute(of_languages).mappings():
        languages[row["person_id"]].append(row["language"])
    return [_person(row, roles[row["id"]], pairs[row["id"]], languages[row["id"]]) for row in rows]


def _person(row: sa.RowMapping, roles: list[str], pairs: list[tuple[str, str]], languages: list[str]) -> Person:
    invited = row["invitation_expires_ms"]
    return Person(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        state=PersonState(row["state"]),
        roles=tuple(role for role in PersonRole if role in roles),
        created_at=moment(row["created_ms"]),
        email=row["email"],
        pairs=tuple(sorted(pairs)),
        languages=tuple(sorted(languages)),
        has_password=row["password_hash"] is not None,
        issuer=row["issuer"],
        invited_until=moment(invited) if invited is not None else None,
        version=row["version"],
        created_by=row["created_by"],
    )


def put_roles(connection: sa.Connection, id: str, roles: Iterable[PersonRole]) -> None:
    connection.execute(sa.delete(person_roles).where(person_roles.c.person_id == id))
    connection.execute(sa.insert(person_roles), [{"person_id": id, "role": role} for role in roles])


def put_pairs(connection: sa.Connection, id: str, pairs: Iterable[tuple[str, str]]) -> None:
    connection.execute(sa.delete(person_pairs).where(person_pairs.c.person_id == id))
    found = [{"person_id": id, "source": source, "target": target} for source, target in pairs]
    if found:
        connection.execute(sa.insert(person_pairs), found)


def put_languages(connection: sa.Connection, id: str, languages: Iterable[str]) -> None:
    connection.execute(sa.delete(person_languages).where(person_languages.c.person_id == id))
    found = [{"person_id": id, "language": code} for code in languages]
    if found:
        connection.execute(sa.insert(person_languages), found)


def administrators(connection: sa.Connection) -> list[Person]:
    """Those who are not disabled."""
    of_role = sa.select(person_roles.c.person_id).where(person_roles.c.role == PersonRole.ADMINISTRATOR)
    query = sa.select(people).where(people.c.id.in_(of_role), people.c.state == PersonState.ACTIVE)
    return persons(connection, connection.execute(query).mappings().all())


def other_administrators(connection: sa.Connection, id: str) -> int:
    """How many administrators who are not disabled there are besides this person."""
    joined = sa.join(people, person_roles, people.c.id == person_roles.c.person_id)
    query = sa.select(people.c.id).select_from(joined).with_for_update(of=people)  # two must not end each other
    query = query.where(
        person_roles.c.role == PersonRole.ADMINISTRATOR, people.c.state == PersonState.ACTIVE, people.c.id != id
    )
    return len(connection.scalars(query).all())
