"""Translated files that are kept for a while under an unguessable name, for callers that come back for them."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from langsupport import formats
from langsupport.domain.languages import LANGUAGES
from langsupport.engines.protocols import Inference, Lane
from langsupport.errors import InputTooLarge, InvalidRequest, NotFound
from langsupport.pipelines.document import prepare, translate_document
from langsupport.services.sizes import readable

KEPT_SECONDS = 3600
MAX_FILES = 200
"""The oldest goes when there are more."""


@dataclass(frozen=True, slots=True)
class TranslatedFile:
    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Handed:
    name: str
    media_type: str
    path: Path
    expires: float


class Handout:
    """Files by token, in a folder that goes with the application."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="langsupport-")
        self._files: OrderedDict[str, Handed] = OrderedDict()
        self._lock = threading.Lock()
        self._clock = clock

    def put(self, file: TranslatedFile) -> str:
        """Keep a file; the token that opens it."""
        token = secrets.token_urlsafe(32)
        path = Path(self._folder.name) / secrets.token_hex(16)
        path.write_bytes(file.data)
        with self._lock:
            self._files[token] = Handed(file.name, file.media_type, path, self._clock() + KEPT_SECONDS)
            self._drop_old()
        return token

    def get(self, token: str) -> Handed:
        """Raises NotFound: never there, or its time is over."""
        with self._lock:
            self._drop_old()
            found = self._files.get(token)
        if found is None:
            raise NotFound(what="file", id="under this address (any more)")
        return found

    def close(self) -> None:
        with self._lock:
            self._files.clear()
            self._folder.cleanup()

    def _drop_old(self) -> None:
        now = self._clock()
        while self._files:
            token, oldest = next(iter(self._files.items()))
            if oldest.expires > now and len(self._files) <= MAX_FILES:
                return
            del self._files[token]
            oldest.path.unlink(missing_ok=True)


def translate_upload(
    inference: Inference, stream: BinaryIO, name: str, source: str | None, target: str, max_bytes: int
) -> TranslatedFile:
    """Translate one uploaded file into one language. Raises InputError of all kinds, and what the core raises."""
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise InputTooLarge(name=name, size=f"more than {readable(max_bytes)}", limit=readable(max_bytes))
    form = formats.for_name(name, data)
    prepared = prepare(data, name, source)
    if prepared.source == target:
        raise InvalidRequest(detail=f"{name} is already in {LANGUAGES[target].english_name}.")
    rendered = translate_document(inference, data, name, prepared, target, Lane.INTERACTIVE)
    path = Path(name)
    return TranslatedFile(f"{path.stem}_{target}{path.suffix}", form.media_type, rendered.data)
