"""Small Word documents written as raw XML, so that a test shows exactly what is in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import pytest
from lxml import etree

from langsupport.domain.units import CodedText, Document
from langsupport.formats.base import Mark
from langsupport.formats.docx import Docx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_W = "http://purl.oclc.org/ooxml/wordprocessingml/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = (
    f'xmlns:w="{W}" xmlns:r="{R}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
)
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ROOTS = {"header": "hdr", "footer": "ftr"}


def entries(body: str, parts: Mapping[str, str] | None = None, main_type: str = _MAIN_TYPE) -> dict[str, bytes]:
    """The entries of a package; `parts` maps a relationship kind (`footnotes`) to the XML inside its root."""
    parts = parts or {}
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main_type}"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
    }
    relations = ""
    for number, (kind, xml) in enumerate(parts.items()):
        root = _ROOTS.get(kind, kind)
        files[f"word/{kind}.xml"] = f"<w:{root} {NAMES}>{xml}</w:{root}>"
        relations += f'<Relationship Id="p{number}" Type="{R}/{kind}" Target="{kind}.xml"/>'
    files["word/_rels/document.xml.rels"] = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>'
    )
    return {name: text.encode() for name, text in files.items()}


def pack(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


class Word:
    """Make, read, translate and look into small documents."""

    entries = staticmethod(entries)
    pack = staticmethod(pack)
    W, STRICT_W = W, STRICT_W

    def __init__(self) -> None:
        self.format = Docx()

    def make(self, body: str, **parts: str) -> bytes:
        return pack(entries(body, parts))

    def read(self, data: bytes) -> Document:
        return self.format.read(data, "test.docx")

    def texts(self, data: bytes) -> list[str]:
        return [unit.source.text for unit in self.read(data).units]

    def write(
        self,
        data: bytes,
        change: Callable[[CodedText], CodedText],
        source: str = "en",
        target: str = "fr",
        mark: Mark | None = None,
    ) -> bytes:
        """Translate every unit with `change`."""
        targets = {unit.id: change(unit.source) for unit in self.read(data).units}
        return self.format.write(data, "test.docx", targets, source, target, mark)

    def part(self, data: bytes, name: str = "word/document.xml") -> etree._Element:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return etree.fromstring(archive.read(name))

    def xml(self, data: bytes, name: str = "word/document.xml") -> str:
        """A part as canonical text without the root's declarations."""
        text = etree.tostring(self.part(data, name), method="c14n").decode()
        return text[text.index(">") + 1 :]

    def find(self, data: bytes, path: str, name: str = "word/document.xml") -> list[etree._Element]:
        return list(self.part(data, name).iterfind(path, {"w": W}))


@pytest.fixture
def word() -> Word:
    return Word()
