"""A service with one live session in a process of its own: frames come in by standard input, positions go out."""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path

from langsupport.errors import CapacityError
from langsupport.services.live_status import FeedFormat
from live_stage import Stage


def main(root: Path, id: str) -> None:
    stage = Stage(root)
    id = id or stage.session()
    feed = stage.services.live.open_feed(id, "floor", FeedFormat(rate=16_000, framed=True))
    print(id, feed.position().received, flush=True)
    while head := sys.stdin.buffer.read(4):
        message = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
        while True:
            try:
                feed.message(message)
                break
            except CapacityError:
                time.sleep(0.05)
        print(feed.position().position, flush=True)
    feed.close()
    stage.services.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
