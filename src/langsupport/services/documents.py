"""Documents: upload, automatic translation into the other five languages, renditions, findings, deletion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from langsupport.domain.findings import Finding
from langsupport.services.records import DocumentRecord, OpenedFile


class DocumentService:
    """All methods may be called from any thread. Raises our errors only."""

    def upload(
        self, name: str, stream: BinaryIO, source: str | None = None, targets: Sequence[str] | None = None
    ) -> DocumentRecord:
        """Keep a document and start its translation.

        `source` None: told from the text. `targets` None: the other five.
        Raises: InputTooLarge, EmptyInput, UnsupportedFormat, DamagedFile, HostileFile, EncryptedFile,
        UnsupportedLanguage, DiskFull.
        """

    def list(self, limit: int = 50, before: str | None = None) -> list[DocumentRecord]:
        """Newest first; `before` is the id of the last one of the page before."""

    def get(self, id: str) -> DocumentRecord:
        """Raises NotFound."""

    def wait_for_change(self, id: str, version: int, timeout: float) -> DocumentRecord:
        """The record as soon as its version is not `version`, or as it is after `timeout` seconds. Raises NotFound."""

    def open_source(self, id: str) -> OpenedFile: ...

    def open_rendition(self, id: str, language: str) -> OpenedFile:
        """Raises NotFound: no such document or language, or not done yet."""

    def findings(self, id: str, language: str | None = None) -> list[Finding]: ...

    def cancel(self, id: str) -> DocumentRecord: ...

    def retry(self, id: str) -> DocumentRecord:
        """Start again what failed. Raises NotFound, Conflict (nothing failed)."""

    def delete(self, id: str) -> None: ...
