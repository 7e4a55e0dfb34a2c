"""Translation memory and terms by the API and by commands, at a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from faces import PATIENCE_S, Place, sentences

UNITS = "source,target\nThe meeting is open.,La séance est ouverte.\nItem 3 was adopted.,Le point 3 est adopté.\n"
TERMS = "en,fr\nMember State,État Membre\nChair,Président\n"
PAIR = {"source": "en", "target": "fr"}


@pytest.fixture
def client(place: Place) -> Iterator[httpx.Client]:
    with place.serving() as server, httpx.Client(base_url=f"{server.url}/api/v1", timeout=PATIENCE_S) as made:
        yield made


def test_the_memory_by_the_api(client: httpx.Client) -> None:
    def take(name: str, text: str, **fields: str) -> httpx.Response:
        return client.post("/memory/import", files={"file": (name, text.encode())}, data=fields)

    assert take("a.csv", UNITS, **PAIR).json() == {"added": 2, "replaced": 0, "kept": 0}
    wrong = take("a.csv", "source,target\n,x\n", **PAIR)
    assert wrong.status_code == 400 and "row 2" in wrong.json()["detail"]
    assert take("a.doc", UNITS, **PAIR).status_code == 415
    assert take("a.csv", UNITS, **PAIR, meeting="0" * 32).status_code == 404
    assert take("a.csv", UNITS, **PAIR, origin="approved").status_code == 400

    found = client.post("/memory/search", json={**PAIR, "text": "Item 14 was adopted."}).json()
    assert [(match["kind"], match["score"], match["target"]) for match in found] == [
        ("fuzzy", 97, "Le point 14 est adopté.")
    ]
    assert found[0]["substituted"] == [{"old": "3", "new": "14"}] and found[0]["unit"]["origin"] == "imported"
    for asked in (
        {"text": "A", "source": "en", "target": "en"},
        {"text": " ", **PAIR},
        {"text": "A", **PAIR, "target": "x"},
    ):
        assert client.post("/memory/search", json=asked).status_code in (400, 422)

    page = client.post("/memory/concordance", json={**PAIR, "text": "SÉANCE"}).json()
    (unit,) = page["items"]
    assert unit["source"] == "The meeting is open." and page["next"] is None
    exported = client.get("/memory/export.csv", params=PAIR)
    assert exported.headers["content-disposition"].startswith("attachment") and "séance" in exported.text
    assert client.get("/memory/export.xlsx").content[:2] == b"PK"
    assert client.get("/memory/export.pdf").status_code == 415
    assert client.delete(f"/memory/{unit['id']}").status_code == 204
    assert client.delete(f"/memory/{unit['id']}").status_code == 404
    assert client.delete(f"/memory/{2**40}").status_code == 400
    assert client.delete("/memory", params={"meeting": "none"}).status_code == 404
    trail = client.get("/audit").json()["items"]
    assert [entry["action"] for entry in trail] == ["memory-deleted", "memory-export", "memory-export", "memory-import"]


def test_terms_by_the_api(client: httpx.Client) -> None:
    done = client.post("/terms/import", files={"file": ("a.csv", TERMS.encode())})
    assert (done.status_code, done.json()["added"]) == (201, 2)
    page = client.get("/terms", params={"limit": 1}).json()
    assert [page["items"][0]["key"], page["next"]] == ["Chair", "Chair"]
    (other,) = client.get("/terms", params={"after": "Chair"}).json()["items"]
    assert {term["language"]: term["text"] for term in other["terms"]} == {"en": "Member State", "fr": "État Membre"}
    (hit,) = client.post("/terms/lookup", json={"text": "Tous les États Membres", "language": "fr"}).json()
    assert (hit["start"], hit["end"], hit["text"]) == (9, 22, "États Membres")
    assert "Member State" in client.get("/terms/export.csv").text
    assert client.delete(f"/terms/{other['id']}").status_code == 204
    assert client.get("/terms", params={"q": "member"}).json()["items"] == []


def test_both_by_commands(place: Place, tmp_path: Path) -> None:
    units, terms = tmp_path / "units.csv", tmp_path / "terms.csv"
    units.write_text(UNITS, "utf-8")
    terms.write_text(TERMS, "utf-8")
    done: Any = place.json("memory", "import", str(units), "--from", "en", "--to", "fr")
    assert (done["added"], done["replaced"]) == (2, 0)
    (match,) = place.json("memory", "search", "Item 7 was adopted.", "--from", "en", "--to", "fr")  # type: ignore[misc]
    assert match["target"] == "Le point 7 est adopté."
    assert b"97 *" in place.run("memory", "search", "Item 7 was adopted.", "--from", "en", "--to", "fr").stdout
    out = tmp_path / "out.xlsx"
    assert place.run("memory", "export", str(out)).returncode == 0 and out.read_bytes()[:2] == b"PK"
    assert place.run("memory", "import", str(out)).returncode == 0
    bad = place.run("memory", "import", str(units), "--meeting", "none")
    assert bad.returncode == 3 and "none" in sentences(bad.stderr)[0]

    assert place.json("terms", "import", str(terms))["added"] == 2  # type: ignore[index]
    (concept,) = place.json("terms", "search", "membre", "--language", "fr") or [None]  # type: ignore[misc]
    assert concept["concept"] == "Member State"
    assert b"tat Membre" in place.run("terms", "search").stdout
    assert place.run("terms", "export", str(tmp_path / "out.csv")).returncode == 0
    units.write_text("source,target\nx,\n", "utf-8")
    bad = place.run("memory", "import", str(units), "--from", "en", "--to", "fr")
    assert bad.returncode == 3 and "row 2: the target is empty" in sentences(bad.stderr)[0]
