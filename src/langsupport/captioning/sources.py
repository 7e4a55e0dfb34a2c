"""Sound that is fetched: whatever address, file or device PyAV opens, under the rules of the machine's operator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import av
from av.container import InputContainer

from langsupport.captioning.audio import AUDIO_FORMATS
from langsupport.captioning.incoming import ContainerDecoder, Samples, Silence, broken
from langsupport.errors import DamagedFile, InvalidRequest, LangsupportError, NoAudio

OPEN_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 8.0
"""A source that gives nothing for so long is gone; it is opened again."""
NETWORK_SCHEMES = frozenset({"http", "https", "hls", "rtmp", "rtmps", "rtsp", "rtsps", "srt", "udp", "rtp", "tcp"})
DEVICE_SCHEMES = frozenset({"alsa", "pulse", "avfoundation", "dshow", "openal", "sndio", "oss", "jack"})
DEFAULT_PROTOCOLS = ("http", "https", "hls", "rtmp", "rtmps", "rtsp", "srt", "tls", "tcp", "udp", "rtp", "crypto")
PROTOCOLS: tuple[str, ...] = (*DEFAULT_PROTOCOLS, "file", "device")
"""What the setting may list. `file` and `device` reach into the machine itself; the others into its network."""
_OPTIONS_BY_SCHEME: dict[str, dict[str, str]] = {
    "rtsp": {"rtsp_transport": "tcp", "allowed_media_types": "audio"},
    "http": {"http_persistent": "0"},
}


class Source:
    """An open source. A context manager; `blocks` gives sound at 16 kHz as it comes, and may block (READ_TIMEOUT_S)."""

    def __init__(self, container: InputContainer, name: str, at_once: bool) -> None:
        self._container = container
        self._decoder = ContainerDecoder(container, name)
        self.at_once = at_once
        """Gives all it has as fast as it is read: whoever wants real time has to wait."""

    def blocks(self) -> Iterator[Samples | Silence]:
        """Ends where the source does. Raises DamagedFile."""
        return self._decoder.blocks()

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def check_url(url: str, protocols: tuple[str, ...]) -> str:
    """The scheme of an address that may be opened: `file` for paths, `device` schemes as they are.

    Raises InvalidRequest: not an address, or its protocol is not allowed.
    """
    scheme = urlsplit(url).scheme.lower() if ":" in url else ""
    if not url.strip() or any(ord(character) < 32 for character in url):
        raise InvalidRequest(detail="This is no address of a sound source.")
    if not scheme or scheme == "file" or len(scheme) == 1:  # one letter: a drive of Windows
        scheme = "file"
    wanted = "device" if scheme in DEVICE_SCHEMES else scheme
    if wanted not in protocols:
        allowed = ", ".join(protocols) or "none"
        detail = f"Sources by “{wanted}” are not allowed here; allowed are {allowed}. The setting is live.sources."
        raise InvalidRequest(detail=detail)
    if wanted != "device" and scheme not in NETWORK_SCHEMES | {"file"}:
        raise InvalidRequest(detail=f"“{scheme}” is no protocol that sound comes by.")
    return scheme


def open_source(url: str, protocols: tuple[str, ...]) -> Source:
    """Open an address, a file or a device (`alsa:default`).

    Playlists may lead only to what `protocols` allows.

    Raises:
        InvalidRequest: not allowed, or not an address.
        NoAudio, DamagedFile: it answers, but not with sound.
        LangsupportError: it does not answer; the message says why.
    """
    scheme = check_url(url, protocols)
    shown = shown_url(url)
    options = {"protocol_whitelist": ",".join(_whitelist(protocols)), "analyzeduration": "2000000"}
    options |= _OPTIONS_BY_SCHEME.get(scheme, {})
    arguments: dict[str, Any] = {"options": options, "timeout": (OPEN_TIMEOUT_S, READ_TIMEOUT_S)}
    target = url
    if scheme in DEVICE_SCHEMES:
        arguments |= {"format": scheme, "options": {}}
        target = url.split(":", 1)[1] or "default"
    elif scheme == "file":
        options["format_whitelist"] = ",".join(AUDIO_FORMATS)  # no playlist in a file opens addresses
        target = url.removeprefix("file://")
    try:
        container = av.open(target, mode="r", metadata_errors="ignore", **arguments)
    except av.error.InvalidDataError as error:
        raise broken(shown, error) from error
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise _unreachable(shown, error) from error
    try:
        return Source(container, shown, at_once=scheme == "file" or _is_finite(container))
    except (NoAudio, DamagedFile):
        container.close()
        raise


def _whitelist(protocols: tuple[str, ...]) -> list[str]:
    """FFmpeg's own names: every protocol but devices, which are none."""
    return [name for name in protocols if name != "device"]


def _is_finite(container: InputContainer) -> bool:
    """A file behind an address, not a broadcast: it states how long it is."""
    return bool(container.duration and container.duration > 0)


def _unreachable(shown: str, error: Exception) -> LangsupportError:
    detail = str(getattr(error, "strerror", None) or error).rstrip(".")
    if isinstance(error, av.error.ProtocolNotFoundError):
        detail = "this build of FFmpeg does not have its protocol, or a playlist led to one that is not allowed"
    if isinstance(error, av.error.ExitError):
        detail = f"no answer within {OPEN_TIMEOUT_S:.0f} seconds"
    return LangsupportError(detail=f"{shown} can't be opened: {detail}.")


def shown_url(url: str) -> str:
    """The address without what is secret in it: user, password, and what follows the question mark."""
    if "://" not in url:
        return Path(url).name if urlsplit(url).scheme not in DEVICE_SCHEMES else url
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"
