"""Files that nobody should send, and what must be said of each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import docx

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="'
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def word_document(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _truncated() -> bytes:
    whole = word_document("The meeting was opened by the Chair.")
    return whole[: len(whole) // 2]


def _encrypted() -> bytes:
    """Word's encrypted files are OLE compound files with an EncryptedPackage in them."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 4096


def _with_part(name: str, data: bytes) -> bytes:
    stream = io.BytesIO(word_document("The meeting was opened by the Chair."))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, data)
    return stream.getvalue()


def _bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", CONTENT_TYPES)
        with package.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b" " * 1024**2)
    return stream.getvalue()


PORTUGUESE = (
    "A reunião foi aberta pelo presidente. Não há dúvida de que as organizações deverão cumprir as obrigações "
    "estabelecidas na convenção, e os delegados agradeceram ao secretariado pela preparação dos documentos."
)


@dataclass(frozen=True)
class Bad:
    """`codes`: what the problem may be called; the first is expected."""

    name: str
    make: Callable[[], bytes]
    codes: tuple[str, ...]


DOCUMENTS = (
    Bad("empty.docx", lambda: b"", ("empty",)),
    Bad("nothing-in-it.docx", lambda: word_document(), ("empty",)),
    Bad("truncated.docx", _truncated, ("damaged",)),
    Bad("encrypted.docx", _encrypted, ("encrypted",)),
    Bad("mislabelled.docx", lambda: b"%PDF-1.7\nnot a Word document at all\n" * 50, ("damaged",)),
    Bad("macros.docx", lambda: _with_part("word/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 100), ("hostile",)),
    Bad("bomb.docx", _bomb, ("hostile", "too-large")),
    Bad("portuguese.txt", lambda: PORTUGUESE.encode(), ("unsupported-language",)),
    Bad("slides.odp", lambda: b"PK\x03\x04 something", ("unsupported-format",)),
)
