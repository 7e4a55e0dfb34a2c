"""Recordings: upload, recognition, translated captions, media for the player."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from langsupport.domain.speech import Transcript
from langsupport.services.records import OpenedFile, RecordingRecord


class RecordingService:
    """All methods may be called from any thread. Raises our errors only."""

    def upload(
        self, name: str, stream: BinaryIO, language: str | None = None, targets: Sequence[str] | None = None
    ) -> RecordingRecord:
        """`language` None: told from the sound. `targets` None: the other five; (): no translation."""

    def list(self, limit: int = 50, before: str | None = None) -> list[RecordingRecord]: ...

    def get(self, id: str) -> RecordingRecord: ...

    def wait_for_change(self, id: str, version: int, timeout: float) -> RecordingRecord: ...

    def transcript(self, id: str, language: str | None = None) -> Transcript:
        """None: the spoken language. Raises NotFound when there is none (yet)."""

    def open_media(self, id: str) -> OpenedFile:
        """The file as it was uploaded, for the player."""

    def cancel(self, id: str) -> RecordingRecord: ...

    def retry(self, id: str) -> RecordingRecord: ...

    def delete(self, id: str) -> None: ...
