"""Captions for HLS players: playlists and WebVTT segments."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import httpx
import pytest
import webvtt

from langsupport.domain.live import Role
from langsupport.web.live.hls import HOLD_MS, SEGMENT_MS, WINDOW, playlist, window
from live_faces import BY, LiveServer, cue

BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def addresses(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("clock_ms", [0, 1, HOLD_MS, HOLD_MS + SEGMENT_MS - 1])
def test_at_first_nothing_is_listed(clock_ms: int) -> None:
    assert window(clock_ms, ended=False, whole=False).end == 0


def test_the_live_list_slides_and_never_goes_back() -> None:
    firsts = []
    for clock_ms in range(0, 3 * 3600 * 1000, 6_000):
        shown = window(clock_ms, ended=False, whole=False)
        assert shown.end - shown.first <= WINDOW
        assert shown.end * SEGMENT_MS <= max(0, clock_ms - HOLD_MS)
        firsts.append(shown.first)
    assert firsts == sorted(firsts)
    ended = window(3 * 3600 * 1000 + 1, ended=True, whole=False)
    assert ended.end == 1801  # the last one is there to its end
    assert ended.first >= firsts[-1]


def test_a_playlist_says_what_players_need() -> None:
    shown = window(60_000, ended=False, whole=False)
    text = playlist(shown, BEGAN, lambda number: f"fr/{number}.vtt", whole=False)
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert "#EXT-X-TARGETDURATION:6" in lines
    assert "#EXT-X-MEDIA-SEQUENCE:0" in lines
    assert "#EXT-X-PROGRAM-DATE-TIME:2026-03-02T09:30:00.000Z" in lines
    assert "#EXT-X-ENDLIST" not in lines
    assert addresses(text) == [f"fr/{number}.vtt" for number in range(8)]
    later = window(3_600_000, ended=True, whole=False)
    text = playlist(later, BEGAN, lambda number: f"{number}.vtt", whole=False)
    assert f"#EXT-X-MEDIA-SEQUENCE:{600 - WINDOW}" in text
    moment = BEGAN + timedelta(milliseconds=later.first * SEGMENT_MS)
    assert f"#EXT-X-PROGRAM-DATE-TIME:{moment:%Y-%m-%dT%H:%M:%S}.000Z" in text
    assert text.endswith("#EXT-X-ENDLIST\n")


@pytest.fixture
def ended(live: LiveServer) -> str:
    """A session of twenty seconds: one caption crosses a border, one is in Arabic, one has what looks like markup."""
    sessions = live.services.sessions
    id = live.session().id
    cues = [
        cue("c1", "Good morning.", at_ms=1_000),
        cue("c2", "This crosses the border.", at_ms=5_000),
        cue("c3", "R&D <b>costs</b> -->\n\nmuch", at_ms=13_000),
        cue("c1", "صباح الخير.", track="ar", at_ms=1_000),
    ]
    sessions.append(id, cues, {"floor": 20 * 16_000})
    sessions.note_channel(id, "floor", position=20 * 16_000)
    sessions.end(id, BY)
    return id


def segments(live: LiveServer, id: str, track: str = "floor", query: str = "") -> dict[int, webvtt.WebVTT]:
    """Fetched as a player does: by the addresses in the playlist."""
    base = f"{live.url}/api/v1/sessions/{id}/hls/{track}.m3u8{query}"
    answer = httpx.get(base)
    assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    found = {}
    for address in addresses(answer.text):
        segment = httpx.get(httpx.URL(base).join(address))
        assert segment.headers["content-type"].startswith("text/vtt")
        assert "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0" in segment.text
        number = int(re.findall(r"/(\d+)\.vtt", address)[0])
        found[number] = webvtt.from_buffer(StringIO(segment.text))
    return found


def texts(found: webvtt.WebVTT) -> list[tuple[str, str, str]]:
    return [(caption.start, caption.end, caption.text) for caption in found.captions]


def test_segments_hold_what_is_said_in_them(live: LiveServer, ended: str) -> None:
    found = segments(live, ended)
    crossing = ("00:00:05.000", "00:00:07.000", "This crosses the border.")
    assert texts(found[0]) == [("00:00:01.000", "00:00:03.000", "Good morning."), crossing]
    assert texts(found[1]) == [crossing]
    assert [caption.text for caption in found[2].captions] == ["R&amp;D &lt;b&gt;costs&lt;/b&gt; --&gt; much"]
    assert texts(segments(live, ended, "ar")[0]) == [("00:00:01.000", "00:00:03.000", "صباح الخير.")]


def test_corrections_are_in_later_fetches_and_what_is_off_the_record_is_not(live: LiveServer, ended: str) -> None:
    client = live.client()
    path = f"/api/v1/sessions/{ended}"
    put = client.put(f"{path}/captions/floor/c1", json={"text": "Good evening.", "revision": 1})
    assert put.status_code == 200
    assert texts(segments(live, ended)[0])[0][2] == "Good evening."
    gone = client.post(f"{path}/off-record", json={"since_ms": 0, "until_ms": 4_000})
    assert gone.status_code == 200, gone.text
    assert [text for _, _, text in texts(segments(live, ended)[0])] == ["This crosses the border."]


def test_players_get_the_token_in_the_addresses(live: LiveServer, ended: str) -> None:
    token = live.token(ended, Role.VIEWER, tracks=["fr"])
    text = httpx.get(f"{live.url}/api/v1/sessions/{ended}/hls/fr.m3u8?access={token}").text
    assert all(address.endswith(f"?access={token}") for address in addresses(text))
    assert segments(live, ended, "fr", f"?access={token}")
    refused = httpx.get(f"{live.url}/api/v1/sessions/{ended}/hls/floor.m3u8?access={token}")
    assert refused.status_code == 403


def test_what_is_not_there_is_said(live: LiveServer, ended: str) -> None:
    client = live.client()
    path = f"/api/v1/sessions/{ended}/hls"
    assert client.get(f"{path}/de.m3u8").status_code == 400
    assert client.get(f"{path}/floor/4.vtt").status_code == 404
    assert client.get(f"{path}/floor/-1.vtt").status_code == 404
    assert client.get(f"{path}/floor/x.vtt").status_code == 400
    assert client.get(f"/api/v1/sessions/{live.session().id}/hls/floor/0.vtt").status_code == 404
