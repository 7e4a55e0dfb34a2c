"""The package around the XML (ECMA-376 part 2): a zip of parts, opened with care and written back part by part."""

from __future__ import annotations

import hashlib
import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from langsupport.errors import DamagedFile, EmptyInput, EncryptedFile, HostileFile, InputTooLarge, LegacyFormat
from langsupport.formats.docx.ooxml import Element, tag

MAX_ENTRIES = 5_000
"""Parts in one package."""
MAX_TOTAL_BYTES = 512 * 1024 * 1024
"""All parts unpacked."""
MAX_XML_BYTES = 64 * 1024 * 1024
"""One XML part unpacked; as a tree it needs about ten times as much memory."""
MAX_RATIO = 150
"""Unpacked to packed size of one part, looked at above RATIO_FROM_BYTES."""
RATIO_FROM_BYTES = 4 * 1024 * 1024

_CFB = bytes.fromhex("d0cf11e0a1b11ae1")
_OTHER_KINDS = (("spreadsheetml", "an Excel workbook"), ("presentationml", "a PowerPoint presentation"))
_SIGNATURES = (
    (b"%PDF", "a PDF file"),
    (b"{\\rtf", "an RTF file; save it as .docx"),
    (b"<", "a web page or XML file; save it as .docx"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Relationship:
    """From one part to another. `kind` is the last step of the type (`header`); `target` is a part name or a URL."""

    kind: str
    target: str
    external: bool


class Package:
    """The parts of one file. Part names have no leading slash; trees are parsed once and written back if changed."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._zip = _open(data, name)
        self._trees: dict[str, etree._ElementTree] = {}
        self._before: dict[str, bytes] = {}
        self._added: dict[str, bytes] = {}
        self._names = {info.filename for info in self._zip.infolist()}
        self._overrides, self._defaults = self._content_types()
        self._refuse_macros()
        self.main = self._main_part()

    def __contains__(self, part: str) -> bool:
        return part in self._names or part in self._added

    def __iter__(self) -> Iterator[str]:
        return iter(info.filename for info in self._zip.infolist() if not info.is_dir())

    def content_type(self, part: str) -> str:
        """The declared content type, `` if there is none."""
        extension = posixpath.splitext(part)[1].lstrip(".").lower()
        return self._overrides.get(part.lower(), self._defaults.get(extension, ""))

    def bytes_of(self, part: str) -> bytes:
        """A part's bytes in the source file."""
        try:
            return self._zip.read(part)
        except KeyError as error:
            raise DamagedFile(name=self.name, detail=f"the part {part} is missing") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise DamagedFile(name=self.name, detail=f"the part {part} can't be unpacked") from error

    def root(self, part: str) -> Element:
        """A part's tree. Changes to it are written."""
        if part not in self._trees:
            tree = self._parse(part)
            self._trees[part] = tree
            self._before[part] = _digest(tree)
        return self._trees[part].getroot()

    def relationships(self, part: str) -> list[Relationship]:
        """What a part points at; `` for the package itself."""
        folder, base = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        if rels not in self:
            return []
        return [self._relationship(one, folder) for one in self.root(rels) if tag(one) == "rel:Relationship"]

    def related(self, part: str, *kinds: str) -> list[str]:
        """Existing parts that a part points at by these kinds of relationship, in the order of the file."""
        found = [one.target for one in self.relationships(part) if one.kind in kinds and not one.external]
        return [target for target in dict.fromkeys(found) if target in self]

    def add(self, part: str, data: bytes, content_type: str, kind: str) -> None:
        """Put in a new part that the package itself points at. `kind` is the full relationship type."""
        types = self.root("[Content_Types].xml")
        override = etree.SubElement(types, types.tag.replace("Types", "Override"))
        override.set("PartName", f"/{part}")
        override.set("ContentType", content_type)
        rels = self.root("_rels/.rels")
        relationship = etree.SubElement(rels, rels.tag.replace("Relationships", "Relationship"))
        taken = {one.get("Id") for one in rels}
        relationship.set("Id", next(f"rIdMark{n}" for n in range(1, len(taken) + 2) if f"rIdMark{n}" not in taken))
        relationship.set("Type", kind)
        relationship.set("Target", part)
        self._added[part] = data

    def save(self) -> bytes:
        """The package's bytes: parts that were not changed byte for byte, in the same order, with the same dates."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
            for info in self._zip.infolist():
                entry = zipfile.ZipInfo(info.filename, info.date_time)
                entry.compress_type = (
                    zipfile.ZIP_STORED if info.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
                )
                entry.external_attr = info.external_attr
                out.writestr(entry, b"" if info.is_dir() else self._current(info.filename))
            for part, data in self._added.items():
                out.writestr(zipfile.ZipInfo(part), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    def _current(self, part: str) -> bytes:
        tree = self._trees.get(part)
        if tree is None or _digest(tree) == self._before[part]:
            return self.bytes_of(part)
        standalone = bool(tree.docinfo.standalone)
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=standalone)

    def _parse(self, part: str) -> etree._ElementTree:
        data = self.bytes_of(part)
        if len(data) > MAX_XML_BYTES:
            raise InputTooLarge(
                name=f"{self.name} ({part})", size=f"{len(data) >> 20} MB", limit=f"{MAX_XML_BYTES >> 20} MB"
            )
        if any(mark in data for mark in _DOCTYPES):
            raise HostileFile(
                name=self.name, detail=f"the part {part} declares a document type, which can hide an attack"
            )
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.parse(io.BytesIO(data), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise DamagedFile(name=self.name, detail=f"the part {part} is not well-formed XML") from error

    def _content_types(self) -> tuple[dict[str, str], dict[str, str]]:
        if "[Content_Types].xml" not in self._names:
            raise DamagedFile(name=self.name, detail="it is a zip file but not an Office document")
        overrides: dict[str, str] = {}
        defaults: dict[str, str] = {}
        for one in self.root("[Content_Types].xml"):
            content_type = one.get("ContentType", "")
            if tag(one) == "ct:Override":
                overrides[one.get("PartName", "").lstrip("/").lower()] = content_type
            elif tag(one) == "ct:Default":
                defaults[one.get("Extension", "").lower()] = content_type
        return overrides, defaults

    def _refuse_macros(self) -> None:
        kinds = [*self._overrides.values(), *self._defaults.values()]
        named = any(posixpath.basename(part).lower() == "vbaproject.bin" for part in self._names)
        if named or any("macroEnabled" in kind or "vbaProject" in kind for kind in kinds):
            raise HostileFile(name=self.name, detail="it carries macros; save it as a plain .docx without them")

    def _main_part(self) -> str:
        main = next(iter(one.target for one in self.relationships("") if one.kind == "officeDocument"), None)
        if main is None or main not in self:
            raise DamagedFile(name=self.name, detail="its main document part is missing")
        kind = self.content_type(main)
        for word, what in _OTHER_KINDS:
            if word in kind:
                raise DamagedFile(name=self.name, detail=f"it is {what}")
        if tag(self.root(main)) != "w:document":
            raise DamagedFile(name=self.name, detail="its main part is not a Word document")
        return main

    def _relationship(self, one: Element, folder: str) -> Relationship:
        target = one.get("Target", "")
        external = one.get("TargetMode") == "External"
        if not external:
            target = unquote(target)
            target = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
        return Relationship(one.get("Type", "").rpartition("/")[2], target, external)


def _digest(tree: etree._ElementTree) -> bytes:
    return hashlib.sha256(etree.tostring(tree)).digest()


def _open(data: bytes, name: str) -> zipfile.ZipFile:
    if not data:
        raise EmptyInput(name=name)
    if data.startswith(_CFB):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise EncryptedFile(name=name)
        raise LegacyFormat(name=name, wanted=".docx")
    for signature, what in _SIGNATURES:
        if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(signature):
            raise DamagedFile(name=name, detail=f"it is {what}")
    if not data.startswith(b"PK"):
        raise DamagedFile(name=name, detail="it is not a Word document (.docx)")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise DamagedFile(name=name, detail="it is cut off or its zip directory is broken") from error
    _refuse_hostile(archive.infolist(), name)
    return archive


def _refuse_hostile(entries: list[zipfile.ZipInfo], name: str) -> None:
    if len(entries) > MAX_ENTRIES:
        raise HostileFile(name=name, detail=f"it holds {len(entries)} parts, and the limit is {MAX_ENTRIES}")
    total = sum(info.file_size for info in entries)
    if total > MAX_TOTAL_BYTES:
        raise HostileFile(
            name=name, detail=f"it would unpack to {total >> 20} MB, and the limit is {MAX_TOTAL_BYTES >> 20} MB"
        )
    seen: set[str] = set()
    for info in entries:
        if info.flag_bits & 1:
            raise EncryptedFile(name=name)
        if info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise HostileFile(name=name, detail=f"the part {info.filename} is a zip bomb ({info.file_size >> 20} MB)")
        steps = info.filename.replace("\\", "/").split("/")
        if info.filename.startswith(("/", "\\")) or ".." in steps or ":" in steps[0]:
            raise HostileFile(name=name, detail=f"the part name {info.filename} points outside the file")
        if info.filename.lower() in seen:
            raise HostileFile(name=name, detail=f"it holds the part {info.filename} twice")
        seen.add(info.filename.lower())
