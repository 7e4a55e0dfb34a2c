"""What `make demo` runs, into out/: a real meeting document into five languages, a real recording captioned in six, and
a speech captioned live, in two, while it is spoken."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import live
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
DOCUMENT = HERE / "openchain-spec-1.1.fr.docx"
RECORDING = HERE / "bush-columbia.en.ogg"
SPEECH = HERE / "kennedy-inaugural.en.ogg"
OUT = Path("out")


def langsupport(*arguments: str) -> dict[str, Any]:
    """Run one command; its progress goes to the terminal, its results come back."""
    command = [sys.executable, "-m", "langsupport.cli.main", "--json", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return dict(json.loads(done.stdout))


@contextmanager
def service() -> Iterator[str]:
    """`langsupport serve` with a data folder that is thrown away; its address."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "langsupport.cli.main", "serve", "--port", "0"]
        log = Path(folder, "service.log")
        with log.open("wb") as stream:
            environment = {**os.environ, "LANGSUPPORT_DATA": folder}
            process = subprocess.Popen(command, stdout=stream, stderr=stream, env=environment)
        try:
            yield address_of(process, log)
        finally:
            process.terminate()
            process.wait()


def address_of(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the service says that it is."""
    while process.poll() is None:
        found = re.search(r"ready at (\S+)", log.read_text("utf-8"))
        if found:
            return found[1]
        time.sleep(0.1)
    sys.exit(f"The service did not start:\n{log.read_text('utf-8')}")


def main() -> None:
    print(
        f"Translating {DOCUMENT.name} and captioning {RECORDING.name} into {OUT}/. Everything happens on this machine."
    )
    rows = langsupport("translate", str(DOCUMENT), "--to", "all", "--out", str(OUT))["files"]
    rows += langsupport("caption", str(RECORDING), "--to", "all", "--format", "vtt,srt,txt", "--out", str(OUT))["files"]
    table = Table(title="What was made", title_justify="left")
    table.add_column("file")
    table.add_column("language")
    for heading in ("segments", "words", "seconds", "findings"):
        table.add_column(heading, justify="right")
    for row in rows:
        counts = (row["segments"], row["words"], round(row["seconds"]), len(row["findings"]))
        table.add_row(Path(row["output"]).name, row["language"], *map(str, counts))
    Console(width=None if sys.stdout.isatty() else 100).print(table)
    with service() as address:
        for path in live.run(SPEECH, address, "en", ["floor", "fr"], OUT):
            print(f"Written: {path}")
    print("The machine translations are drafts of a small embedded model; README.md says how to install better ones.")


if __name__ == "__main__":
    main()
