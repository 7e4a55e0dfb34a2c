"""Many translators at work at once: how long a save takes, and whether anything was lost.

    python benchmarks/load/translators.py [--translators 30] [--seconds 60] [--database URL] [--kills 0]

A real server with accounts; documents cut into as many parts as there are translators, each with a task of their own.
Every two seconds each saves: two drafts, then a confirmation, segment after segment; at the end each reads back all
that they confirmed. Meanwhile the same process translates a document (echo engine). `--kills`: so often the server is
killed (SIGKILL) at random moments and started again; translators try again until they are answered, as the editor
does. Prints JSON: times in ms of the requests that were answered, and what must be 0.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from langsupport.domain.tasks import Orders
from langsupport.services.account_records import OPEN
from langsupport.services.assembly import build_services
from langsupport.services.people import Profile
from langsupport.services.settings import load_settings

sys.path.insert(0, str(Path(__file__).parents[1]))
from load.kill import write_echo_model

EVERY_SECONDS = 2.0
SEGMENTS = 40
"""Of each translator."""
PARTS = 50
"""Translators in one document: as many as may share one."""
PATIENCE_SECONDS = 60


@dataclass
class Measured:
    drafts: list[float] = field(default_factory=list)  # ms
    confirmations: list[float] = field(default_factory=list)
    again: int = 0  # requests without an answer, sent again
    wrong: int = 0  # answered otherwise than with success
    confirmed: int = 0
    lost: int = 0  # confirmed and not there at the end


@dataclass(frozen=True)
class Work:
    token: str
    review: str
    task: str
    first: int
    last: int


def environment(root: Path, database: str | None) -> dict[str, str]:
    found = {
        "LANGSUPPORT_DATA": str(root / "data"),
        "LANGSUPPORT_MODELS": str(root / "models"),
        "LANGSUPPORT_ACCOUNTS_MODE": "on",
        "LANGSUPPORT_MIN_FREE_BYTES": "0",
        "XDG_CONFIG_HOME": str(root / "config"),
    }
    return found | ({"LANGSUPPORT_DATABASE": database} if database else {})


def prepare(environ: dict[str, str], translators: int) -> list[Work]:
    """People, documents and tasks, one for each."""
    found: list[Work] = []
    with build_services(load_settings(None, environ)) as services:
        while len(found) < translators:
            parts = min(PARTS, translators - len(found))
            lines = (f"Paragraph {n} of the report was adopted by the Committee." for n in range(parts * SEGMENTS))
            id = services.documents.upload("report.txt", io.BytesIO("\n\n".join(lines).encode()), "en", ["fr"]).id
            record = services.documents.get(id)
            while not record.finished:
                record = services.documents.wait_for_change(id, record.version, 1)
            review = services.review_opening.send(id, "fr", Orders(second_person=False, parts=parts), OPEN)
            for task in review.tasks:
                person = services.accounts.people.create(f"t{len(found)}", Profile("Ann", ["translator"]), OPEN)
                token = services.accounts.tokens.create(person.id, "load", ["*"], OPEN)[1]
                services.tasks.assign(task.id, person.login, OPEN)
                found.append(Work(token, review.id, task.id, task.first, task.last))
    return found


@contextlib.contextmanager
def serving(environ: dict[str, str], port: int) -> Any:
    command = [sys.executable, "-m", "langsupport.cli.main", "serve", "--port", str(port)]
    log = Path(environ["LANGSUPPORT_DATA"]).parent / "server.log"
    with log.open("ab") as stream:
        process = subprocess.Popen(command, env={**os.environ, **environ}, stdout=stream, stderr=stream)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def answered(client: httpx.AsyncClient, measured: Measured, method: str, path: str, sent: Any) -> httpx.Response:
    """Tried again until the server answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = await client.request(method, path, json=sent)
            if answer.status_code < 500:
                return answer
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        measured.again += 1
        await asyncio.sleep(0.3)


async def translator(client: httpx.AsyncClient, work: Work, seconds: float, measured: Measured) -> None:
    base, said = f"/api/v1/reviews/{work.review}/segments", dict[int, str]()
    headers = {"Authorization": f"Bearer {work.token}"}
    async with httpx.AsyncClient(base_url=client.base_url, headers=headers, timeout=30) as mine:
        await asyncio.sleep(random.uniform(0, EVERY_SECONDS))
        end, number, step = time.monotonic() + seconds, work.first, 0
        while time.monotonic() < end and number <= work.last:
            begun = time.monotonic()
            words = f"Le Comité a adopté le paragraphe {number - 1} du rapport."
            text = {"text": words[: -8 * (2 - step)] if step < 2 else words}
            if step < 2:
                sent: dict[str, Any] = {"target": text, "base_version": 1}
                answer = await answered(mine, measured, "PUT", f"{base}/{number}/draft", sent)
                measured.drafts.append(1000 * (time.monotonic() - begun))
                measured.wrong += answer.status_code != 200
            else:
                sent = {"target": text, "version": 1, "seconds": 4}
                answer = await answered(mine, measured, "POST", f"{base}/{number}/confirm", sent)
                measured.confirmations.append(1000 * (time.monotonic() - begun))
                if answer.status_code == 200 and not answer.json()["refused"]:
                    said[number] = words
                    measured.confirmed += 1
                else:
                    measured.wrong += 1
                number += 1
            step = (step + 1) % 3
            await asyncio.sleep(max(0, EVERY_SECONDS - (time.monotonic() - begun)))
        for confirmed, words in said.items():
            answer = await answered(mine, measured, "GET", f"{base}/{confirmed}", None)
            now = answer.json()
            measured.lost += now["target"]["text"] != words or now["state"] != "translated"


async def run(url: str, works: list[Work], seconds: float, measured: Measured, killing: Any) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        jobs = [translator(client, work, seconds, measured) for work in works]
        await asyncio.gather(killing, *jobs)


async def ready(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.2)


async def main_async(options: argparse.Namespace, environ: dict[str, str], works: list[Work]) -> Measured:
    port, measured = free_port(), Measured()
    url = f"http://127.0.0.1:{port}"
    stack = contextlib.ExitStack()
    with contextlib.ExitStack() as last:
        last.callback(lambda: stack.close())
        stack.enter_context(serving(environ, port))
        await ready(url)
        translating(url, works[0].token)

        async def killing() -> None:
            nonlocal stack
            for _ in range(options.kills):
                await asyncio.sleep(random.uniform(0.3, 2 * options.seconds / (options.kills + 1)))
                stack.close()  # SIGKILL
                stack = contextlib.ExitStack()
                stack.enter_context(serving(environ, port))
                await ready(url)

        await run(url, works, options.seconds, measured, killing())
    return measured


def translating(url: str, token: str) -> None:
    """A document for the machine, all the while."""
    text = "\n\n".join(f"Sentence {n} is translated while people work." for n in range(3_000))
    headers = {"Authorization": f"Bearer {token}"}
    data = {"source": "en", "targets": "es,ru"}
    answer = httpx.post(
        f"{url}/api/v1/documents", files={"file": ("long.txt", text.encode())}, data=data, headers=headers, timeout=60
    )
    answer.raise_for_status()


def percentiles(values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"n": len(values)}
    cuts = statistics.quantiles(values, n=100)
    return {"n": len(values), "p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "most": round(max(values), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--translators", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--database", help="postgresql://…, an empty one; SQLite without it")
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_echo_model(root / "models", seconds_per_token=0.002)
        environ = environment(root, options.database)
        works = prepare({**environ, "LANGSUPPORT_JOBS_POLLING_INTERVAL_MS": "50"}, options.translators)
        measured = asyncio.run(main_async(options, environ, works))
    told = {
        "translators": options.translators,
        "database": "postgresql" if options.database else "sqlite",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "kills": options.kills,
        "draft_ms": percentiles(measured.drafts),
        "confirm_ms": percentiles(measured.confirmations),
        "confirmed": measured.confirmed,
        "sent_again": measured.again,
        "wrong": measured.wrong,
        "lost": measured.lost,
    }
    print(json.dumps(told, indent=1))
    if measured.wrong or measured.lost:
        sys.exit(1)


if __name__ == "__main__":
    main()
