"""Files that are broken, hostile or not what they say: a clear sentence with the line, and nothing of them let in."""

from __future__ import annotations

import io
from collections.abc import Callable

import psutil
import pytest

from langsupport.errors import (
    DamagedFile,
    EmptyInput,
    HostileFile,
    InputTooLarge,
    LangsupportError,
    UnsupportedFormat,
)
from langsupport.formats.interchange import safe_xml
from langsupport.formats.interchange.tbx import read_terms
from langsupport.formats.interchange.tmx import read_memory
from langsupport.formats.interchange.xliff import read_package

TMX = '<tmx version="1.4"><header srclang="en"/><body>{}</body></tmx>'
PAIR = '<tu><tuv xml:lang="en"><seg>one{}</seg></tuv><tuv xml:lang="fr"><seg>un</seg></tuv></tu>'
XLIFF = (
    '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="en" trgLang="fr">\n<file id="f">'
    '<unit id="u"><segment><source>one{}</source><target>un</target></segment></unit></file></xliff>'
)
TBX = (
    '<tbx xmlns="urn:iso:std:iso:30042:ed-2" style="dca" type="TBX-Basic" xml:lang="en"><text><body>\n'
    '<conceptEntry id="c1"><langSec xml:lang="en"><termSec><term>one{}</term></termSec></langSec></conceptEntry>'
    "</body></text></tbx>"
)
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'


def memory(data: bytes) -> object:
    return list(read_memory(data, "given.tmx")[1])


def terms(data: bytes) -> object:
    return read_terms(data, "given.tbx")


def package(data: bytes) -> object:
    return read_package(data, "given.xlf")


Read = Callable[[bytes], object]
KINDS: list[tuple[str, Read]] = [(TMX.format(PAIR), memory), (TBX, terms), (XLIFF, package)]
every_kind = pytest.mark.parametrize(("template", "read"), KINDS, ids=["tmx", "tbx", "xliff"])


@every_kind
def test_the_plain_file_is_read(template: str, read: Read) -> None:
    assert read(template.format("").encode())


@every_kind
@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, PARAMETER], ids=["laughs", "outside", "parameter"])
def test_declared_entities_are_refused(template: str, read: Read, doctype: str) -> None:
    with pytest.raises(HostileFile, match="declares entities"):
        read((doctype + template.format("&i;" if doctype is LAUGHS else "&e;")).encode())


@every_kind
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_declared_entities_are_refused_in_any_encoding(template: str, read: Read, encoding: str) -> None:
    with pytest.raises(HostileFile):
        read((OUTSIDE + template.format("&e;")).encode(encoding))


@every_kind
def test_declarations_behind_long_comments_are_refused_too(template: str, read: Read) -> None:
    with pytest.raises(HostileFile):
        read(f"<!--{'x' * 100_000}-->{OUTSIDE}{template.format('&e;')}".encode())


@every_kind
def test_an_outer_dtd_is_named_and_never_fetched(template: str, read: Read) -> None:
    name = "tmx" if read is memory else "x"
    assert read(f'<!DOCTYPE {name} SYSTEM "http://127.0.0.1:9/t.dtd">{template.format("")}'.encode())
    with pytest.raises(HostileFile, match=r"line [12]"):
        read(f'<!DOCTYPE {name} SYSTEM "http://127.0.0.1:9/t.dtd">{template.format("&e;")}'.encode())


@every_kind
def test_a_truncated_file_says_where_it_breaks_off(template: str, read: Read) -> None:
    data = template.format("").encode()
    for cut in range(40, len(data) - 1, 17):
        with pytest.raises(DamagedFile, match="line"):
            read(data[:cut])


@every_kind
def test_a_wrong_encoding_is_named(template: str, read: Read) -> None:
    text = template.format("é")
    with pytest.raises(DamagedFile, match="encoding that line 1 says"):
        read(b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("latin-1"))
    with pytest.raises(DamagedFile, match="says that its encoding is utf-16"):
        read(b'<?xml version="1.0" encoding="utf-16"?>' + text.encode())
    with pytest.raises(DamagedFile, match="says that its encoding is utf-8, and its bytes are UTF-16"):
        read(('<?xml version="1.0" encoding="utf-8"?>' + text).encode("utf-16"))
    with pytest.raises(DamagedFile, match="unknown"):
        read(b'<?xml version="1.0" encoding="klingon"?>' + text.encode())


@every_kind
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyInput),
        (b" \n ", EmptyInput),
        (b"not XML at all", DamagedFile),
        (b"PK\x03\x04\x00\x00\x00", DamagedFile),
        (b'{"a": 1}', DamagedFile),
        (b"<html><body/></html>", UnsupportedFormat),
        (b"<tmx", DamagedFile),
        (b"<?xml version='1.0'?>", DamagedFile),
    ],
)
def test_what_is_no_such_file(template: str, read: Read, data: bytes, error: type[LangsupportError]) -> None:
    with pytest.raises(error, match=r"given\.t|given\.x"):
        read(data)


@every_kind
def test_elements_too_deep(template: str, read: Read) -> None:
    with pytest.raises(InputTooLarge, match="level"):
        read(template.format("<hi>" * 5_000 + "</hi>" * 5_000).encode())


@pytest.mark.parametrize(("template", "read"), KINDS[1:], ids=["tbx", "xliff"])
def test_a_file_over_the_limit(template: str, read: Read) -> None:
    with pytest.raises(InputTooLarge, match="64 MB"):
        read(b"<x>" + b" " * safe_xml.MAX_TREE_BYTES + b"</x>")


class Endless(io.RawIOBase):
    """A memory that never ends: a beginning, then the same piece again and again; `given` counts bytes."""

    def __init__(self, begin: bytes, piece: bytes, pieces: int) -> None:
        self._begin, self._piece, self._left, self.given = begin, piece, pieces, 0
        self._rest = begin

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and self._left:
            count = min(self._left, size // len(self._piece) + 1)
            self._rest += self._piece * count
            self._left -= count
        data, self._rest = self._rest[:size], self._rest[size:]
        self.given += len(data)
        return data


def test_one_endless_unit_is_given_up() -> None:
    file = Endless(b'<tmx version="1.4"><header srclang="en"/><body><tu>', b"<prop>x</prop>", 10**9)
    _, units = read_memory(file, "given.tmx")
    with pytest.raises(InputTooLarge, match="an entry"):
        list(units)
    assert file.given < 2 * safe_xml.MAX_FEED_BYTES


def test_a_large_memory_takes_no_more_room_than_a_small_one() -> None:
    """The whole process is measured, with what libxml2 holds: a tree of it all would be as large as the file."""
    unit = PAIR.format(" and more" * 1_000).encode()
    file = Endless(b'<tmx version="1.4"><header srclang="en"/><body>', unit, 20_000)
    _, units = read_memory(file, "given.tmx")
    process = psutil.Process()
    count = early_bytes = 0
    with pytest.raises(DamagedFile, match="breaks off"):  # it has no end
        for count, _ in enumerate(units, 1):
            if count == 2_000:
                early_bytes = process.memory_info().rss
    assert count == 20_000 and file.given > 180_000_000
    assert process.memory_info().rss - early_bytes < 30_000_000


def test_units_before_the_damage_are_given() -> None:
    _, units = read_memory((TMX.format(PAIR.format("") * 3)[:-40]).encode(), "given.tmx")
    assert next(units).variants[0].text.plain == "one"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<tu/>", "line 3: this unit .* holds no text"),
        ("<tu><tuv><seg>x</seg></tuv></tu>", "line 3: .* does not say its language"),
        ('<tu><tuv xml:lang="en"/></tu>', "line 3: .* has no seg"),
    ],
)
def test_memory_units_without_what_they_need(body: str, says: str) -> None:
    with pytest.raises(DamagedFile, match=says):
        memory(('<tmx version="1.4"><header srclang="en"/>\n<body>\n' + body + "</body></tmx>").encode())


def test_a_term_section_without_a_language() -> None:
    with pytest.raises(DamagedFile, match=r"line 2: .* c1 does not say its language"):
        terms(TBX.format("").replace(' xml:lang="en"><termSec', "><termSec").encode())


def test_packages_of_other_versions_and_without_files() -> None:
    with pytest.raises(UnsupportedFormat, match=r"XLIFF 3\.0"):
        package(b'<xliff version="3.0" xmlns="urn:x"/>')
    with pytest.raises(DamagedFile, match="no <file>"):
        package(b'<xliff version="1.2"/>')
    with pytest.raises(DamagedFile, match="line 2: this unit has no id"):
        package(XLIFF.format("").replace(' id="u"', "").encode())
