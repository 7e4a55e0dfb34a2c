"""What `make demo` runs: a real meeting document into five languages, a real recording captioned in six, into out/."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
DOCUMENT = HERE / "openchain-spec-1.1.fr.docx"
RECORDING = HERE / "bush-columbia.en.ogg"
OUT = Path("out")


def langsupport(*arguments: str) -> dict[str, Any]:
    """Run one command; its progress goes to the terminal, its results come back."""
    command = [sys.executable, "-m", "langsupport.cli.main", "--json", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return dict(json.loads(done.stdout))


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
    print("The machine translations are drafts of a small embedded model; README.md says how to install better ones.")


if __name__ == "__main__":
    main()
