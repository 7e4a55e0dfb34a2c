"""What belongs to a confidential meeting is there for its list and for administrators; for all others it isn't."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import httpx
import pytest

from accounts import BY, add, token_of
from langsupport.domain.live import Role
from langsupport.services.account_records import OPEN, Confidentiality, Person
from langsupport.services.meetings import MeetingAsked
from langsupport.services.people import Profile
from live_faces import Message, hear, run, say_hello
from role_stage import ABSENT, API, NOBODY, ROLES, WHO, Stage, ask, role_stage, things_of

KINDS = ("document", "recording", "session")
ROUTES = sorted(entry for entry in WHO if any(f"{{{kind}}}" in entry for kind in (*KINDS, "meeting")))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with role_stage(tmp_path_factory.mktemp("confidential")) as made:
        yield made


@pytest.fixture(scope="module")
def meeting(stage: Stage) -> str:
    asked = MeetingAsked("SECRET", {"en": "Behind closed doors"}, confidentiality=Confidentiality.LIST)
    return stage.server.services.meetings.create(asked, OPEN).id


@pytest.fixture(scope="module")
def things(stage: Stage, meeting: str) -> dict[str, str]:
    made = {kind: stage.fresh(kind, meeting) for kind in KINDS}
    return {**made, "meeting": meeting, "person": stage.people["delegate"].id}


def about(entry: str, ids: dict[str, str]) -> dict[str, str]:
    return {kind: id for kind, id in ids.items() if f"{{{kind}}}" in entry}


def client_of(stage: Stage, who: str | Person, *scopes: str) -> httpx.Client:
    person = stage.people[who] if isinstance(who, str) else who
    return stage.server.client(token_of(stage.server.services.accounts, person, *scopes))


@pytest.mark.parametrize(
    ("who", "scopes", "sees"),
    [
        ("administrator", (), True),
        ("administrator", ("documents:*", "recordings:*", "captions:*", "meetings:read"), False),
        ("coordinator", (), False),
        ("delegate", (), False),
        ("translator", (), False),
    ],
)
def test_lists_leave_it_out(
    stage: Stage, things: dict[str, str], who: str, scopes: tuple[str, ...], sees: bool
) -> None:
    with client_of(stage, who, *scopes) as client:
        for plural, kind in (*((f"{kind}s", kind) for kind in KINDS), ("meetings", "meeting")):
            listed = client.get(f"{API}/{plural}?limit=200").json()["items"]
            assert (things[kind] in {item["id"] for item in listed}) == sees, kind
            filtered = client.get(f"{API}/{plural}?limit=200&meeting={things['meeting']}").json()["items"]
            assert kind == "meeting" or bool(filtered) == sees, kind
        for page in ("/", "/recordings", "/live", "/meetings"):
            text = client.get(page, headers={"accept": "text/html"}).text
            found = things["meeting"] in text or any(things[kind] in text for kind in KINDS)
            assert found == sees, page


@pytest.mark.parametrize("entry", ROUTES)
def test_who_is_not_on_the_list_is_answered_as_if_there_were_nothing(
    stage: Stage, things: dict[str, str], entry: str
) -> None:
    ids = about(entry, things)
    absent = {kind: id if kind == "person" else ABSENT for kind, id in ids.items()}
    hidden = [id for kind, id in ids.items() if kind != "person"]
    for who in sorted(WHO[entry] - {"administrator"}):
        status, body = ask(stage, who, entry, ids)
        nothing, said = ask(stage, who, entry, absent)
        assert (status, nothing) == (404, 404), (who, body)
        for id in hidden:
            body, said = body.replace(id, ""), said.replace(ABSENT, "")
        assert body == said, who
    for who in sorted(NOBODY):
        assert ask(stage, who, entry, ids)[0] in (401, 404), who


@pytest.mark.parametrize("entry", ROUTES)
def test_the_list_and_administrators_use_it_as_any_other(stage: Stage, entry: str) -> None:
    services = stage.server.services
    for who in sorted(WHO[entry] & ROLES):
        code = secrets.token_hex(4)
        asked = MeetingAsked(code, {"en": "Listed"}, confidentiality=Confidentiality.LIST)
        id = services.meetings.create(asked, OPEN).id
        services.meetings.add_member(id, who, OPEN)
        ids = {kind: stage.fresh(kind, id) for kind in KINDS if f"{{{kind}}}" in entry}
        if "{person}" in entry:
            ids |= things_of(stage, "{person}")
        if "{meeting}" in entry:
            ids["meeting"] = id
        usual, body = ask(stage, who, entry, ids)
        assert usual not in (401, 403), (who, body)
        if usual == 404:  # where any other is not there either: a rendition that isn't made yet
            assert ask(stage, who, entry, things_of(stage, entry))[0] == 404, (who, body)


def test_nothing_can_be_put_into_a_meeting_that_one_does_not_see(stage: Stage, meeting: str) -> None:
    with client_of(stage, "coordinator") as client:
        files = {"file": ("a.txt", b"Hello to all.")}
        assert client.post(f"{API}/documents", files=files, data={"meeting": meeting}).status_code == 404
        assert client.post(f"{API}/sessions", json={"title": "x", "meeting_id": meeting}).status_code == 404
        own = stage.fresh("document")
        moved = client.put(f"{API}/documents/{own}/meeting", json={"meeting_id": meeting})
        assert moved.status_code == 404
        taken = client.post(f"{API}/meetings", json={"code": "SECRET", "titles": {"en": "x"}})
        assert taken.status_code == 409 and meeting not in taken.text


def test_a_meeting_that_has_anything_stays(stage: Stage, meeting: str, things: dict[str, str]) -> None:
    with client_of(stage, "administrator") as client:
        assert client.delete(f"{API}/meetings/{meeting}").status_code == 409


def test_a_transcript_that_becomes_a_document_stays_in_the_meeting(stage: Stage, things: dict[str, str]) -> None:
    with client_of(stage, "administrator") as client:
        sent = client.post(f"{API}/sessions/{things['session']}/documents", json={"track": "floor", "targets": ["fr"]})
        assert sent.json()["meeting_id"] == things["meeting"]


def test_downloads_are_in_the_trail(stage: Stage, things: dict[str, str]) -> None:
    with client_of(stage, "administrator") as client:
        client.get(f"{API}/documents/{things['document']}/source").raise_for_status()
        client.get(f"{API}/sessions/{things['session']}/transcripts/floor.vtt").raise_for_status()
        open_one = stage.fresh("document")
        client.get(f"{API}/documents/{open_one}/source").raise_for_status()
        client.delete(f"{API}/documents/{open_one}").raise_for_status()
        entries = client.get(f"{API}/audit?limit=20").json()["items"]
    found = {(entry["action"], entry["subject"]) for entry in entries}
    assert ("download", f"document {things['document']}") in found
    assert ("download", f"session {things['session']}") in found
    assert ("download", f"document {open_one}") not in found
    assert ("deleted", f"document {open_one}") in found


@pytest.fixture
def listed(stage: Stage) -> tuple[str, Person, str]:
    """A confidential meeting, somebody on its list, and a session of it."""
    services = stage.server.services
    count = len(services.accounts.people.list(10_000))
    person = add(services.accounts, f"listed{count}", "delegate")
    asked = MeetingAsked(f"LISTED{count}", {"en": "Listed"}, confidentiality=Confidentiality.LIST)
    id = services.meetings.create(asked, OPEN).id
    services.meetings.add_member(id, person.login, OPEN)
    return id, person, stage.fresh("session", id)


@pytest.mark.parametrize("deed", ["taken off", "disabled", "token revoked"])
def test_who_watches_is_let_go_when_they_may_no_more(stage: Stage, listed: tuple[str, Person, str], deed: str) -> None:
    meeting, person, session = listed
    services = stage.server.services
    record, token = services.accounts.tokens.create(person.id, "watching", ["*"], BY)

    async def watch() -> Message:
        path = f"{API}/sessions/{session}/captions"
        async with stage.server.socket(path, additional_headers={"authorization": f"Bearer {token}"}) as socket:
            await say_hello(socket, ["floor"])
            await hear(socket, "snapshot")
            if deed == "taken off":
                services.meetings.remove_member(meeting, person.id, OPEN)
            elif deed == "disabled":
                services.accounts.people.disable(person.id, BY)
            else:
                services.accounts.tokens.revoke(person.id, record.id, BY)
            return await hear(socket, "bye")

    assert run(watch())["code"] == "signed-out"


def test_who_speaks_is_let_go_when_the_role_is_lost(stage: Stage) -> None:
    people = stage.server.services.accounts.people
    count = len(people.list(10_000))
    person = add(stage.server.services.accounts, f"speaker{count}", "coordinator")
    token = token_of(stage.server.services.accounts, person)

    async def speak() -> Message:
        path = f"{API}/sessions/{stage.server.session().id}/channels/floor/audio"
        async with stage.server.socket(path, additional_headers={"authorization": f"Bearer {token}"}) as socket:
            await socket.send(json.dumps({"type": "hello", "format": "pcm_s16le", "rate": 16_000}))
            first = await hear(socket, "ready", "bye")
            assert first["type"] == "ready", first
            people.change(person.id, Profile(person.name, ["delegate"]), BY)
            return await hear(socket, "bye")

    assert run(speak())["code"] == "signed-out"


def test_who_follows_a_document_is_let_go(stage: Stage, listed: tuple[str, Person, str]) -> None:
    meeting, person, _ = listed
    document = stage.fresh("document", meeting)
    services = stage.server.services
    with client_of(stage, person) as client, client.stream("GET", f"{API}/documents/{document}/events") as answer:
        lines = answer.iter_lines()
        assert any(line.startswith("event: document") for line in lines)
        services.meetings.remove_member(meeting, person.id, OPEN)
        assert "event: gone" in list(lines)


def test_a_public_link_ends_when_the_meeting_becomes_confidential(stage: Stage) -> None:
    services = stage.server.services
    asked = MeetingAsked("TURNING", {"en": "Open at first"})
    meeting = services.meetings.create(asked, OPEN).id
    session = stage.fresh("session", meeting)
    public = services.sessions.grant(session, Role.VIEWER, "", BY, public=True)[1]
    personal = services.sessions.grant(session, Role.VIEWER, "Guest", BY)[1]

    async def watch() -> Message:
        async with stage.server.watch(session, public) as socket:
            await say_hello(socket, ["floor"])
            await hear(socket, "snapshot")
            closed = MeetingAsked(asked.code, asked.titles, confidentiality=Confidentiality.LIST)
            services.meetings.change(meeting, closed, OPEN)
            return await hear(socket, "bye")

    assert run(watch())["code"] == "revoked"
    with stage.server.client(public) as client:
        assert client.get(f"{API}/sessions/{session}").status_code == 404
    with stage.server.client(personal) as client:  # somebody on the list gave it to a person, by name
        found = client.get(f"{API}/sessions/{session}")
        assert found.status_code == 200 and json.loads(found.text)["meeting_id"] is None
    with client_of(stage, "coordinator") as client:
        assert (
            client.post(f"{API}/sessions/{session}/grants", json={"role": "viewer", "public": True}).status_code == 404
        )


def test_a_session_that_is_confidential_by_itself_is_for_those_who_run_sessions(stage: Stage) -> None:
    session = stage.server.session(confidential=True).id
    for who, status in (("delegate", 404), ("captioner", 404), ("coordinator", 200), ("administrator", 200)):
        with client_of(stage, who) as client:
            assert client.get(f"{API}/sessions/{session}").status_code == status, who
            listed = {item["id"] for item in client.get(f"{API}/sessions?limit=200").json()["items"]}
            assert (session in listed) == (status == 200), who
