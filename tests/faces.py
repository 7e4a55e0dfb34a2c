"""The program and its server as people meet them: separate processes, an echo model, folders of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

from langsupport.services.settings import load_settings

PATIENCE_S = 60
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
ENGLISH = "The meeting was opened by the Chair. All delegates were welcomed, and the agenda was adopted.\n"
TEST_DATA = Path(
    os.environ.get("LANGSUPPORT_TEST_DATA") or Path(__file__).resolve().parents[1].parent / "shared" / "data"
)


def echo_model(models: Path, seconds_per_token: float = 0.0) -> Path:
    """An installed model without weights that serves all 30 directions: `[fr] Hello`."""
    folder = models / "echo"
    folder.mkdir(parents=True)
    manifest = {
        "id": "echo",
        "title": "Echo",
        "family": "echo",
        "task": "translation",
        "languages": LANGUAGES,
        "pairs": [f"{source}-{target}" for source, target in permutations(LANGUAGES, 2)],
        "licence": "CC0-1.0",
        "commercial_use": True,
        "seconds_per_token": seconds_per_token,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def installed_recognizers() -> list[Path]:
    """Recognizers of this machine that tests may use; `make test` installs one."""
    models = load_settings().models_dir
    known = [models / name for name in ("whisper-tiny-en", "whisper-base")]
    return [path for path in known if (path / "manifest.json").is_file()]


@dataclass
class Place:
    """One installation: models, data, and the environment that says where they are."""

    root: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def environment(self) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("LANGSUPPORT_")}
        ours = {
            "LANGSUPPORT_MODELS": str(self.models),
            "LANGSUPPORT_DATA": str(self.root / "data"),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "OMP_NUM_THREADS": "2",
        }
        return {**outside, **ours, **self.extra}

    def run(self, *arguments: object, stdin: bytes = b"", **more: object) -> subprocess.CompletedProcess[bytes]:
        """`langsupport` with these arguments, to its end."""
        return subprocess.run(
            command(*arguments),
            input=stdin,
            capture_output=True,
            env=self.environment,
            timeout=PATIENCE_S,
            check=False,
            **more,  # type: ignore[call-overload]
        )

    def person(self, login: str, *roles: str, password: str) -> str:
        """Add somebody who has a password; gives a token of theirs that may whatever they may."""
        of_roles = [word for role in roles for word in ("--role", role)]
        added = self.run("people", "add", login, *of_roles, "--password", stdin=f"{password}\n".encode())
        assert added.returncode == 0, added.stderr.decode()
        made = self.run("--quiet", "people", "token", login, "--name", "tests")
        assert made.returncode == 0, made.stderr.decode()
        return made.stdout.decode().strip()

    def json(self, *arguments: object) -> object:
        done = self.run("--json", *arguments)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    @contextmanager
    def serving(self, *arguments: object) -> Iterator[Server]:
        """`langsupport serve` on a free port, until the block ends."""
        log = self.root / "server.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command("serve", "--port", 0, *arguments), env=self.environment, stdout=stream, stderr=stream
            )
        try:
            yield Server(_address(process, log), process, log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "langsupport.cli.main", *map(str, arguments)]


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server says that it is."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"ready at (\S+)", log.read_text("utf-8"))
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError("the server did not start:\n" + log.read_text("utf-8"))


def sentences(text: bytes | str) -> Sequence[str]:
    """What the program says on stderr, one sentence a line."""
    words = text.decode() if isinstance(text, bytes) else text
    return [line for line in words.splitlines() if line.startswith("langsupport: ")]
