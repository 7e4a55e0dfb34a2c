"""A process that works on second passes until one is done, slowly, and writes down what it hears. May be killed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from langsupport.services.assembly import build_services
from langsupport.services.inference import build_inference
from langsupport.services.session_records import PassState
from langsupport.services.settings import load_settings
from secondhearing import Said, SecondHearing

SCRIPT = [Said(at, f"Sentence at {at}.") for at in (4, 64, 124, 184, 244, 304, 364, 424, 484)]
SECONDS = 500


def main(session: str, log: Path) -> None:
    settings = load_settings(None, os.environ)

    def note(at: int) -> None:
        with log.open("a") as file:
            file.write(f"{at}\n")
        time.sleep(0.2)

    hearing = SecondHearing(build_inference(settings), SCRIPT, on_hearing=note)
    with build_services(settings, hearing) as services:  # type: ignore[arg-type]
        while services.sessions.get(session).second_pass not in (PassState.DONE, PassState.FAILED):
            time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
