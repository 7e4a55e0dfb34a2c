"""Document formats: bytes <-> Document. One file or package per format, one TABLE."""

from __future__ import annotations

from pathlib import PurePath
from types import MappingProxyType

from langsupport.errors import LegacyFormat, UnsupportedFormat
from langsupport.formats.base import DocumentFormat, Mark
from langsupport.formats.docx import Docx
from langsupport.formats.html import Html
from langsupport.formats.markdown import Markdown
from langsupport.formats.plain import PlainText

_TABLE: tuple[DocumentFormat, ...] = (Docx(), Markdown(), Html(), PlainText())

FORMATS: MappingProxyType[str, DocumentFormat] = MappingProxyType({row.name: row for row in _TABLE})
"""Every format by name. To add one, add its row here."""

_BY_EXTENSION = {extension: row for row in _TABLE for extension in row.extensions}
_NO_TEXT = (b"PK", b"%PDF", b"{\\rtf")
_LEGACY = MappingProxyType({"doc": "docx", "dot": "docx", "rtf": "docx"})
"""Older kinds of file, and what to save them as."""


def supported() -> str:
    """All extensions, for messages."""
    return ", ".join(f".{extension}" for extension in _BY_EXTENSION)


def for_name(name: str, data: bytes | None = None) -> DocumentFormat:
    """The format for a file name; where it has no extension, for text content.

    Raises:
        UnsupportedFormat: no reader for this kind of file; names those that there are. LegacyFormat for .doc and such.
    """
    extension = PurePath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    if extension in _LEGACY:
        raise LegacyFormat(name=name, wanted=f".{_LEGACY[extension]}")
    if not extension and data and b"\x00" not in data[:1024] and not data.startswith(_NO_TEXT):
        return FORMATS["txt"]
    raise UnsupportedFormat(name=name, supported=supported())


__all__ = ["FORMATS", "DocumentFormat", "Mark", "for_name", "supported"]
