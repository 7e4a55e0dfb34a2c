"""A real server in a process of its own, with its own data folder, that may be killed and paused and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

READY_SECONDS = 120.0
FRAME_REST_MS = 32
"""Less sound than the voice detector takes at once."""


class Server:
    """`langsupport serve` on a free port of this machine. `settings` are TOML lines beyond what is set here."""

    def __init__(self, folder: Path, models: Path, recognizer: str, settings: str = "") -> None:
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = _free_port()
        self._config = folder / "config.toml"
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text(
            f'data_dir = "{self.data}"\nmodels_dir = "{models}"\n{settings}\n'
            f'[inference]\ndevice = "cpu"\nrecognizers = ["{recognizer}"]\n'
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Seconds until it answered. Raises SystemExit: it ended, or did not answer."""
        outside = {k: v for k, v in os.environ.items() if not k.startswith("LANGSUPPORT_")}
        program = Path(sys.executable).with_name("langsupport")
        began = time.monotonic()
        with self.log.open("ab") as sink:
            self._process = subprocess.Popen(
                [str(program), "serve", "--config", str(self._config), "--port", str(self.port)],
                stdout=sink,
                stderr=sink,
                env=outside,
            )
        self.starts += 1
        while time.monotonic() - began < READY_SECONDS:
            if self._process.poll() is not None:
                raise SystemExit(f"The server ended with {self._process.returncode}; see {self.log}:\n{self.tail()}")
            try:
                if httpx.get(f"http://{self.address}/healthz", timeout=2).status_code == 200:
                    return time.monotonic() - began
            except httpx.HTTPError:
                time.sleep(0.05)
        raise SystemExit(f"The server did not answer within {READY_SECONDS:.0f} s; see {self.log}:\n{self.tail()}")

    def kill(self) -> None:
        """Without a chance to tidy up."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def pause(self, seconds: float) -> None:
        """The process stands still, its sockets stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """As Ctrl-C does; killed if that takes longer than 30 s."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def memory_mib(self) -> float:
        """Resident now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # The API

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """JSON in, JSON out, under /api/v1/sessions. Raises httpx.HTTPStatusError with the problem's text."""
        answer = httpx.request(method, f"http://{self.address}/api/v1/sessions{path}", json=body, timeout=60)
        if answer.is_error:
            raise httpx.HTTPStatusError(answer.text[:500], request=answer.request, response=answer)
        return answer.json() if answer.content else None

    def new_session(self, title: str, language: str | None, *, recorded: tuple[str, ...] = ()) -> str:
        """A live session whose floor is heard; the languages in `recorded` are translated even unwatched."""
        channels = [{"key": "floor", "language": language}]
        asked = {"title": title, "channels": channels, "languages": list(recorded)}
        session = self.call("POST", "", asked)["id"]
        self.call("POST", f"/{session}/start")
        return str(session)

    def cues(self, session: str, track: str = "floor") -> list[dict[str, Any]]:
        """All of a track, in order of time."""
        found: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.call("GET", f"/{session}/captions/{track}?after_ms={after}&limit=500")
            known = {cue["id"] for cue in found}
            fresh = [cue for cue in page["items"] if cue["id"] not in known]
            found += fresh
            if not page["more"] or not fresh:
                return found
            after = fresh[-1]["t0_ms"]

    def settle(self, session: str, seconds: float = 180.0) -> bool:
        """Wait until everything that came has been heard; False if that takes longer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            channels = self.call("GET", f"/{session}/status")["channels"]
            values = channels.values() if isinstance(channels, dict) else channels
            if all(channel["backlog_ms"] <= FRAME_REST_MS for channel in values):
                return True
            time.sleep(0.5)
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
