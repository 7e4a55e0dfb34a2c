"""Signing in at a real server: cookies, forms, other sites, tokens, and an OpenID provider on a port of its own."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from accounts import BY, PASSWORD, add, token_of
from langsupport.services.account_records import Person
from langsupport.services.settings import AccountSettings, OidcSettings
from langsupport.web.callers import COOKIE, SECURE_COOKIE
from live_faces import LiveServer, live_server, run, socket_status
from oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key, provider

PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("house"), accounts=AccountSettings(mode="on")) as server:
        yield server


@pytest.fixture
def ana(house: LiveServer, request: pytest.FixtureRequest) -> Person:
    login = re.sub(r"\W", "-", request.node.name.lower())[:60]
    return add(house.services.accounts, login, "translator", password=PASSWORD)


def browser(server: LiveServer, **headers: str) -> httpx.Client:
    """As browsers do, it says where a form comes from."""
    return httpx.Client(base_url=server.url, headers={"origin": server.url, **headers}, timeout=60)


@contextmanager
def signed_in(server: LiveServer, person: Person, password: str = PASSWORD) -> Iterator[httpx.Client]:
    with browser(server) as made:
        answer = made.post("/sign-in", data={"login": person.login, "password": password})
        assert answer.status_code == 303, answer.text
        yield made


def form_field(client: httpx.Client, page: str = "/account") -> str:
    found = re.search(r'name="form" value="([0-9a-f]+)"', client.get(page, headers=PAGE).text)
    assert found
    return found[1]


def test_signing_in_and_out(house: LiveServer, ana: Person) -> None:
    with browser(house) as client:
        assert client.get("/api/v1/account").status_code == 401
        answer = client.post("/sign-in", data={"login": ana.login.upper(), "password": PASSWORD, "next": "/text"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/text")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "secure" not in cookie
        assert client.get("/api/v1/account").json()["person"]["login"] == ana.login
        assert ana.login in client.get("/account", headers=PAGE).text
        secret = client.cookies[COOKIE]
        assert client.post("/sign-out", data={"form": form_field(client)}).status_code == 303
        assert COOKIE not in client.cookies
        client.cookies[COOKIE] = secret
        assert client.get("/api/v1/account").status_code == 401


def test_over_https_the_cookie_is_for_this_host_and_secure(house: LiveServer, ana: Person) -> None:
    behind = {"x-forwarded-proto": "https", "origin": f"https://{house.host}"}
    with browser(house, **behind) as client:
        answer = client.post("/sign-in", data={"login": ana.login, "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{SECURE_COOKIE}=") and "Secure" in cookie and "Domain" not in cookie
        secret = cookie.partition("=")[2].partition(";")[0]
        assert client.get("/api/v1/account", headers={"cookie": f"{SECURE_COOKIE}={secret}"}).status_code == 200
        assert client.get("/api/v1/account", headers={"cookie": f"{COOKIE}={secret}"}).status_code == 401


def test_a_wrong_answer_tells_nothing(house: LiveServer, ana: Person) -> None:
    with browser(house, **PAGE) as client:
        pages = []
        for login, password in ((ana.login, "wrong"), ("nobody-of-this-name", PASSWORD)):
            answer = client.post("/sign-in", data={"login": login, "password": password})
            assert answer.status_code == 401 and "set-cookie" not in answer.headers
            pages.append(answer.text.replace(login, ""))
        assert pages[0] == pages[1]
        assert "The sign-in name or the password is wrong." in pages[0]


def test_guessing_is_told_to_wait(house: LiveServer, ana: Person) -> None:
    with browser(house, **PAGE) as client:
        statuses = [
            client.post("/sign-in", data={"login": ana.login, "password": "wrong"}).status_code for _ in range(7)
        ]
        assert statuses == [401] * 6 + [429]
        page = client.post("/sign-in", data={"login": ana.login, "password": PASSWORD})
        assert page.status_code == 429 and "Wait" in page.text


def test_signing_in_anew_gives_a_new_secret_and_ends_the_old_one(house: LiveServer, ana: Person) -> None:
    with signed_in(house, ana) as client:
        before = client.cookies[COOKIE]
        client.post("/sign-in", data={"login": ana.login, "password": PASSWORD})
        after = client.cookies[COOKIE]
        assert after != before
    with browser(house) as client:
        assert client.get("/api/v1/account", headers={"cookie": f"{COOKIE}={before}"}).status_code == 401
        assert client.get("/api/v1/account", headers={"cookie": f"{COOKIE}={after}"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({}, 403),  # a browser says where it comes from; who holds a cookie and doesn't is no browser
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_changes_by_cookie_come_from_our_own_pages(
    house: LiveServer, ana: Person, headers: dict[str, str], status: int
) -> None:
    with signed_in(house, ana) as client:
        secret = client.cookies[COOKIE]
    text = {"text": "Hello to all of you.", "source": "en", "target": "fr"}
    with httpx.Client(base_url=house.url, headers={"cookie": f"{COOKIE}={secret}", **headers}) as client:
        assert client.post("/api/v1/text", json=text).status_code == status
        assert client.get("/api/v1/account").status_code == 200


def test_a_socket_by_cookie_comes_from_our_own_pages(house: LiveServer, ana: Person) -> None:

    with signed_in(house, ana) as client:
        cookie = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    path = f"/api/v1/sessions/{house.session().id}/captions"
    assert run(socket_status(house, path, {**cookie, "origin": house.url})) == 200
    assert run(socket_status(house, path, {**cookie, "origin": "https://evil.example"})) == 403
    assert run(socket_status(house, path, cookie)) == 401


@pytest.mark.parametrize("form", ["", "0" * 64])
def test_forms_of_accounts_carry_a_token(house: LiveServer, ana: Person, form: str) -> None:
    with signed_in(house, ana) as client:
        for page in ("/account/password", "/account/tokens", "/account/sign-ins/end-others", "/sign-out"):
            answer = client.post(page, data={"form": form, "name": "x", "scopes": "*"})
            assert answer.status_code == 403, page
        assert client.get("/api/v1/account").status_code == 200
        assert house.services.accounts.tokens.list(ana.id) == []


def test_changing_the_password_ends_the_other_browsers(house: LiveServer, ana: Person) -> None:
    with signed_in(house, ana) as other, signed_in(house, ana) as client:
        new = "another password, a long one"
        form = {"form": form_field(client), "current": PASSWORD, "new": new, "again": new}
        assert client.post("/account/password", data={**form, "again": "x"}).status_code == 400
        assert client.post("/account/password", data={**form, "current": "wrong"}).status_code == 403
        assert client.post("/account/password", data={**form, "new": "short", "again": "short"}).status_code == 400
        assert client.post("/account/password", data=form).status_code == 303
        assert client.get("/api/v1/account").status_code == 200
        assert other.get("/api/v1/account").status_code == 401
    with signed_in(house, ana, new):
        pass


def test_a_token_is_shown_once_and_ends_at_once(house: LiveServer, ana: Person) -> None:
    with signed_in(house, ana) as client:
        form = {"form": form_field(client), "name": "nightly", "scopes": ["documents:read"], "lasts": "month"}
        page = client.post("/account/tokens", data=form).text
        found = re.search(r"lsp_[\w-]{43}", page)
        assert found
        assert found[0] not in client.get("/account", headers=PAGE).text
        [made] = client.get("/api/v1/account/tokens").json()
        program = {"authorization": f"Bearer {found[0]}"}
        with httpx.Client(base_url=house.url, headers=program) as other:
            assert other.get("/api/v1/documents").status_code == 200
            refused = other.post("/api/v1/text", json={"text": "x", "target": "fr"})
            assert refused.status_code == 403 and "machine:use" in refused.json()["detail"]
            assert other.get("/api/v1/account/tokens").status_code == 403
            assert other.get("/account").status_code == 403
            assert client.delete(f"/api/v1/account/tokens/{made['id']}").status_code == 204
            assert other.get("/api/v1/documents").status_code == 401


def test_roles_hold_at_once(house: LiveServer, ana: Person) -> None:
    with signed_in(house, ana) as client, house.client(house.key) as chair:
        assert client.get("/people").status_code == 403
        change = {"name": "Ana", "roles": ["administrator"], "version": ana.version}
        assert chair.put(f"/api/v1/people/{ana.id}", json=change).status_code == 200
        assert client.get("/people").status_code == 200
        assert chair.put(f"/api/v1/people/{ana.id}", json=change).status_code == 409
        assert chair.post(f"/api/v1/people/{ana.id}/disable").status_code == 200
        assert client.get("/api/v1/account").status_code == 401


def test_the_first_time_by_a_link(house: LiveServer, ana: Person) -> None:
    with house.client(house.key) as chair:
        link = chair.post(f"/api/v1/people/{ana.id}/invitation").json()["link"]
    path = urlsplit(link).path
    with browser(house, **PAGE) as client:
        page = client.get(path)
        assert page.status_code == 200 and ana.name in page.text
        token = path.rpartition("/")[2]
        new = "the first password of mine"
        assert client.post("/welcome", data={"token": token, "password": new, "again": "x"}).status_code == 400
        assert client.post("/welcome", data={"token": token, "password": "x", "again": "x"}).status_code == 400
        assert client.post("/welcome", data={"token": token, "password": new, "again": new}).status_code == 303
        assert client.get("/api/v1/account").status_code == 200
        assert client.get(path).status_code == 403


def test_names_are_shown_and_not_run(house: LiveServer) -> None:
    accounts = house.services.accounts
    evil = '<script>alert(1)</script>"=cmd()'
    mallory = add(accounts, "mallory", "administrator", password=PASSWORD, name=evil)
    with signed_in(house, mallory) as client:
        for page in ("/people", f"/people/{mallory.id}", "/account", "/audit", "/"):
            text = client.get(page, headers=PAGE).text
            assert "<script>alert" not in text and "&lt;script&gt;alert" in text, page
    with signed_in(house, add(accounts, "formula", password=PASSWORD, name="=cmd()")):
        pass
    with house.client(house.key) as chair:
        lines = chair.get("/api/v1/audit/trail.csv").text
        assert "'=cmd()" in lines and ",=cmd()" not in lines
        assert "sign-in" in {entry["action"] for entry in chair.get("/api/v1/audit/trail.json").json()}


def test_no_secret_is_in_the_audit_trail(house: LiveServer, ana: Person) -> None:
    token = token_of(house.services.accounts, ana)
    with signed_in(house, ana) as client:
        secret = client.cookies[COOKIE]
    with house.client(house.key) as chair:
        trail = chair.get("/api/v1/audit/trail.json").text
    assert ana.login in trail
    assert not [kept for kept in (PASSWORD, token, secret, house.key) if kept in trail]


# At an OpenID provider


@pytest.fixture
def theirs() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def linked(theirs: Provider, tmp_path: Path) -> Iterator[LiveServer]:
    """A server whose address is known before it starts: the provider sends browsers back there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    oidc = OidcSettings(
        issuer=theirs.issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        name="The Union",
        roles={"LS-translators": ("translator", "reviser"), "LS-chiefs": ("administrator",)},
    )
    settings = AccountSettings(mode="on", public_url=f"http://127.0.0.1:{port}", oidc=oidc)
    theirs.claims = {
        "sub": "u-17",
        "email": "Ana@example.org",
        "email_verified": True,
        "name": "Ana Ruiz",
        "groups": ["LS-translators", "others"],
    }
    with live_server(tmp_path, accounts=settings, port=port) as server:
        yield server


def come(server: LiveServer, client: httpx.Client, next: str = "/text") -> httpx.Response:
    """Over to the provider and back; the last answer before what is shown then."""
    begun = client.get("/sign-in/provider", params={"next": next})
    assert begun.status_code == 303, begun.text
    back = httpx.get(begun.headers["location"])
    assert back.headers["location"].startswith(server.url)
    return client.get(back.headers["location"], headers=PAGE)


def test_coming_by_the_provider(linked: LiveServer, theirs: Provider) -> None:
    with browser(linked) as client:
        assert "Sign in with The Union" in client.get("/sign-in", headers=PAGE).text
        answer = come(linked, client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/text")
        me = client.get("/api/v1/account").json()["person"]
        assert (me["login"], me["name"], me["roles"]) == ("ana@example.org", "Ana Ruiz", ["translator", "reviser"])
        assert (me["issuer"], me["has_password"]) == (theirs.issuer, False)
    theirs.claims["groups"] = ["LS-chiefs"]
    with browser(linked) as client:
        come(linked, client)
        again = client.get("/api/v1/account").json()["person"]
        assert (again["id"], again["roles"]) == (me["id"], ["administrator"])
    assert linked.services.accounts.sign_ins.list(me["id"])[0].method == "oidc"


def test_who_has_no_role_is_not_let_in(linked: LiveServer, theirs: Provider) -> None:
    theirs.claims["groups"] = ["others"]
    with browser(linked) as client:
        answer = come(linked, client)
        assert answer.status_code == 403 and "no role here" in answer.text
        assert client.get("/api/v1/account").status_code == 401
    assert [person.login for person in linked.services.accounts.people.list()] == ["chair"]


def test_who_is_disabled_is_not_let_in(linked: LiveServer) -> None:
    with browser(linked) as client:
        come(linked, client)
        id = client.get("/api/v1/account").json()["person"]["id"]
        linked.services.accounts.people.disable(id, BY)
        assert come(linked, client).status_code == 403


def test_an_account_that_waits_is_linked_and_others_are_not_taken_over(linked: LiveServer, theirs: Provider) -> None:
    accounts = linked.services.accounts
    waiting = add(accounts, "ana@example.org", "delegate")
    with browser(linked) as client:
        come(linked, client)
        assert client.get("/api/v1/account").json()["person"]["id"] == waiting.id
    theirs.claims |= {"sub": "u-18", "email": "ben@example.org"}
    add(accounts, "ben@example.org", "administrator", password=PASSWORD)
    theirs.claims["email_verified"] = True
    with browser(linked) as client:
        assert come(linked, client).status_code == 403
    add(accounts, "eve@example.org", "administrator")
    theirs.claims |= {"sub": "u-19", "email": "eve@example.org", "email_verified": False}
    with browser(linked) as client:
        assert come(linked, client).status_code == 403


def test_roles_may_come_from_the_userinfo_endpoint(linked: LiveServer, theirs: Provider) -> None:
    theirs.userinfo = {"groups": theirs.claims.pop("groups")}
    with browser(linked) as client:
        assert come(linked, client).status_code == 303


@pytest.mark.parametrize(
    "alter",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT_ID, "somebody-else"]},
        {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(linked: LiveServer, theirs: Provider, alter: dict[str, object]) -> None:
    theirs.alter = alter
    with browser(linked) as client:
        answer = come(linked, client)
        assert answer.status_code == 403 and "set-cookie" not in answer.headers
        assert client.get("/api/v1/account").status_code == 401


def test_a_token_that_another_key_signed_is_refused(linked: LiveServer, theirs: Provider) -> None:
    theirs.signs_with = new_key("first")
    with browser(linked) as client:
        assert come(linked, client).status_code == 403


def test_an_answer_counts_once_and_in_the_browser_that_asked(linked: LiveServer, theirs: Provider) -> None:
    with browser(linked) as client, browser(linked) as victim:
        begun = client.get("/sign-in/provider")
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        assert asked["redirect_uri"] == [f"{linked.url}/sign-in/provider/answer"]
        back = httpx.get(begun.headers["location"]).headers["location"]
        assert victim.get(back).status_code == 403
        victim.get("/sign-in/provider")
        assert victim.get(back).status_code == 403
        assert client.get(back).status_code == 303
        client.cookies.set("langsupport_provider", asked["state"][0], path="/sign-in")
        assert client.get(back).status_code == 403
        assert client.get("/sign-in/provider/answer?error=access_denied").status_code == 403
    assert theirs.codes == {}


def test_a_provider_that_is_away_is_told(linked: LiveServer, theirs: Provider) -> None:
    theirs.issuer += "/elsewhere"
    with browser(linked, **PAGE) as client:
        page = client.get("/sign-in/provider")
        assert page.status_code == 503 and "does not answer" in page.text
