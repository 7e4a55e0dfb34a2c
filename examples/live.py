"""A recording spoken into a live session at its own speed, the captions printed as they come: a meeting system's part.

    python examples/live.py meeting.wav --url http://127.0.0.1:8000 --tracks floor,fr --out captions/

docs/live.md is the protocol. This client is short because the recording can't get lost: one whose sound can keeps what
is not acknowledged and sends it again.
"""

from __future__ import annotations

import argparse
import json
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from langsupport.captioning.audio import decode

RATE = 16_000
FRAME_SAMPLES = RATE // 10
SETTLE_SECONDS = 3.0
"""What is said last is complete when nothing comes for a moment."""
WAIT_SECONDS = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--language", help="what is spoken; nothing: told from the sound")
    parser.add_argument("--tracks", default="floor", help="what to read, with commas: floor, ar, zh, en, fr, ru, es")
    parser.add_argument("--token", help="an API token, where accounts are on (captions:*)")
    parser.add_argument("--out", type=Path, help="folder for the transcripts")
    given = parser.parse_args()
    run(given.recording, given.url, given.language, given.tracks.split(","), given.out, given.token)


def run(
    recording: Path, url: str, language: str | None, tracks: list[str], out: Path | None, token: str | None = None
) -> list[Path]:
    """Caption a recording as if it were spoken now; the transcripts that were written."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with (
        httpx.Client(base_url=f"{url}/api/v1/sessions/", headers=headers, timeout=60) as api,
        decode(recording, recording.name) as sound,
    ):
        wanted = {
            "title": recording.stem,
            "languages": [track for track in tracks if track != "floor"],
            "channels": [{"key": "floor", "language": language}],
        }
        session = api.post(f"{url}/api/v1/sessions", json=wanted).raise_for_status().json()["id"]
        api.post(f"{session}/start").raise_for_status()
        print(f"Captions of {recording.name}, live; watch them too at {url}/live/{session}", flush=True)
        place = f"{url.replace('http', 'ws', 1)}/api/v1/sessions/{session}"
        with (
            connect(f"{place}/captions", additional_headers=headers) as captions,
            connect(f"{place}/channels/floor/audio", additional_headers=headers) as channel,
        ):
            reader = threading.Thread(target=show, args=(captions, tracks), daemon=True)
            reader.start()
            speak(channel, sound.samples)
            time.sleep(SETTLE_SECONDS)
            wait_until_heard(api, session)
            wait_for_translations(api, session, tracks)
            api.post(f"{session}/end").raise_for_status()
            reader.join(SETTLE_SECONDS)
        return [save(api, session, track, recording.stem, out) for track in tracks] if out else []


def speak(channel: ClientConnection, samples: np.ndarray) -> None:
    """Frames of 100 ms, each when it is due: epoch, number, first sample, sound."""
    epoch = int(time.time())
    hello = {"type": "hello", "format": "pcm_s16le", "rate": RATE, "framed": True, "epoch": epoch}
    channel.send(json.dumps(hello))
    threading.Thread(target=read_away, args=(channel,), daemon=True).start()
    began = time.monotonic()
    for number, first in enumerate(range(0, len(samples), FRAME_SAMPLES)):
        sound = np.clip(samples[first : first + FRAME_SAMPLES], -1, 1)
        channel.send(struct.pack("<IIQ", epoch, number, first) + (sound * 32767).astype("<i2").tobytes())
        time.sleep(max(0.0, began + (first + FRAME_SAMPLES) / RATE - time.monotonic()))


def read_away(channel: ClientConnection) -> None:
    """The acknowledgements, until the server says goodbye."""
    with suppress(ConnectionClosed):
        for _ in channel:
            pass


def show(captions: ClientConnection, tracks: list[str]) -> None:
    """Print each caption once it is complete, with the time on the session's clock."""
    captions.send(json.dumps({"type": "hello", "tracks": tracks, "last_seq": 0, "tails": False}))
    for text in captions:
        message = json.loads(text)
        if message["type"] == "ping":
            captions.send(json.dumps({"type": "pong"}))
        elif message["type"] == "cue" and message["state"] != "open":
            print(f"  {message['t0_ms'] / 1000:6.1f} s  {message['track']:5}  {message['stable']}", flush=True)


def wait_until_heard(api: httpx.Client, session: str) -> None:
    """Until the recognizer has heard what came."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        floor = api.get(f"{session}/status").json()["channels"]["floor"]
        if not floor["lag_ms"] and not floor["speaking"]:
            return
        time.sleep(0.2)


def wait_for_translations(api: httpx.Client, session: str, tracks: list[str]) -> None:
    """Until every caption of the floor is complete in every track."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        states = [
            {cue["id"]: cue["state"] for cue in api.get(f"{session}/captions/{track}").json()["items"]}
            for track in ["floor", *tracks]
        ]
        if all(set(found) == set(states[0]) and "open" not in found.values() for found in states):
            return
        time.sleep(0.5)


def save(api: httpx.Client, session: str, track: str, name: str, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.live.{track}.vtt"
    path.write_bytes(api.get(f"{session}/transcripts/{track}.vtt").raise_for_status().content)
    return path


if __name__ == "__main__":
    main()
