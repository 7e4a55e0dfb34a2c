"""XML from strangers: no entities, no inner DTD, no network, bounded size and depth; errors that name the line.

A document type that only names an outer DTD (`<!DOCTYPE tmx SYSTEM "tmx14.dtd">`, as TMX 1.4b wants it) is harmless:
it is never fetched. Anything declared inside the file is refused before it is parsed.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from langsupport.errors import DamagedFile, EmptyInput, HostileFile, InputTooLarge

MAX_TREE_BYTES = 64 << 20
"""The largest file that is held in memory as a whole (a package, a term base)."""
MAX_FEED_BYTES = 8 << 20
"""So much may stand between the ends of two memory units."""
MAX_DEPTH = 200
"""Levels of elements; libxml2 itself stops at 256."""
_CHUNK = 1 << 16
_PROLOG_BYTES = 1 << 16

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MISC = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DECLARATION = re.compile(r"<\?xml\b[^>]*?encoding\s*=\s*[\"']([A-Za-z][\w.\-]*)[\"']")
_DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*(.)", re.DOTALL)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def xml_text(text: str) -> str:
    """Without the characters that XML 1.0 has no way to write."""
    return _NOT_XML.sub("", text)


def local(element: etree._Element) -> str:
    """An element's name without its namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def namespace(element: etree._Element) -> str:
    return etree.QName(element).namespace or "" if isinstance(element.tag, str) else ""


def line_of(element: etree._Element) -> int:
    """The line in the file; 0 where it is not known."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def parse_tree(data: bytes, name: str, limit_bytes: int = MAX_TREE_BYTES) -> etree._Element:
    """The root of a whole file.

    Raises:
        EmptyInput: no bytes. InputTooLarge: over `limit_bytes`, or too deep.
        DamagedFile: not well-formed XML, truncated, or in another encoding than it says; the message names the line.
        HostileFile: it declares entities or a DTD of its own.
    """
    if len(data) > limit_bytes:
        raise InputTooLarge(name=name, size=f"{len(data) >> 20} MB", limit=f"{limit_bytes >> 20} MB")
    check_prolog(data[:_PROLOG_BYTES], name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax(error, parser.error_log, name, truncated=_at_end(error, data)) from error
    _check_log(parser.error_log, name)
    _check_tree(root, name)
    return root


def _check_tree(root: etree._Element, name: str) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise InputTooLarge(name=name, size=f"elements {depth} levels deep", limit=f"{MAX_DEPTH} levels")
        if event == "start":
            _refuse_entities(element, name)


def _refuse_entities(element: etree._Element, name: str) -> None:
    if element.text is None and not len(element):
        return
    if any(child.tag is etree.Entity for child in element):
        detail = f"line {line_of(element)} refers to an entity of its own; the character itself should stand there"
        raise HostileFile(name=name, detail=detail)


def stream(source: BinaryIO, name: str, tags: tuple[str, ...]) -> Iterator[etree._Element]:
    """The elements of some local names, each as soon as it is complete; emptied when the next is asked for.

    Memory holds one of them at a time: at most MAX_FEED_BYTES of the file. The last element given is always the root,
    so that a caller can tell what kind of file it was.

    Raises: as `parse_tree`; InputTooLarge where one element is larger than MAX_FEED_BYTES.
    """
    head = source.read(_PROLOG_BYTES)
    check_prolog(head, name)
    wanted = [f"{{*}}{tag}" for tag in tags]
    parser = etree.XMLPullParser(
        events=("end",), tag=wanted, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    since, total = 0, 0
    chunk = head
    try:
        while chunk:
            parser.feed(chunk)
            total += len(chunk)
            since += len(chunk)
            for _, element in parser.read_events():
                assert isinstance(element, etree._Element)
                since = 0
                for inner in element.iter():
                    _refuse_entities(inner, name)
                yield element
                _forget(element)
            if since > MAX_FEED_BYTES:
                size = f"one entry of more than {MAX_FEED_BYTES >> 20} MB before byte {total}"
                raise InputTooLarge(name=name, size=size, limit=f"{MAX_FEED_BYTES >> 20} MB an entry")
            chunk = source.read(_CHUNK)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise _syntax(error, parser.error_log, name, truncated="Premature end" in error.msg) from error
    _check_log(parser.error_log, name)
    yield root


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def check_prolog(head: bytes, name: str) -> None:
    """Look at what stands before the root element. `head`: the first bytes of the file.

    Raises: EmptyInput, DamagedFile (not XML; an encoding that is not the one it says), HostileFile (inner DTD).
    """
    if not head.strip(b"\x00 \t\r\n"):
        raise EmptyInput(name=name)
    encoding, text = _decoded(head, name)
    found = _DECLARATION.match(text)
    if found:
        _check_encoding(found.group(1), encoding, name)
    place = 0
    while place < len(text):
        if misc := _MISC.match(text, place):
            place = misc.end()
        elif doctype := _DOCTYPE.match(text, place):
            if doctype.group(1) != ">":
                raise HostileFile(name=name, detail="it declares entities or a document type of its own")
            place = doctype.end()
        else:
            break
    rest = text[place : place + 2]
    if rest.startswith("<!"):
        raise HostileFile(name=name, detail="the declarations before its first element are longer than any honest ones")
    if not re.match(r"<[\w:]", rest):
        line = text.count("\n", 0, place) + 1
        raise DamagedFile(name=name, detail=f"line {line} is not XML: it should begin with an element (“<…”)")


def _decoded(head: bytes, name: str) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding, head[len(bom) :].decode(encoding, errors="replace")
    if head.startswith(b"<\x00"):
        return "utf-16-le", head.decode("utf-16-le", errors="replace")
    if head.startswith(b"\x00<"):
        return "utf-16-be", head.decode("utf-16-be", errors="replace")
    if b"\x00" in head[:256]:
        raise DamagedFile(name=name, detail="it holds binary data and not XML")
    return "", head.decode("latin-1")


def _check_encoding(declared: str, actual: str, name: str) -> None:
    try:
        wanted = codecs.lookup(declared).name
    except LookupError as error:
        detail = f"line 1 names the encoding “{declared}”, which is unknown; save it as UTF-8"
        raise DamagedFile(name=name, detail=detail) from error
    wide = wanted.startswith(("utf-16", "utf-32"))
    if actual.startswith("utf-16") != wide or (actual == "utf-8" and wanted != "utf-8"):
        really = actual.upper().removesuffix("-LE").removesuffix("-BE") or "a one-byte encoding"
        detail = f"line 1 says that its encoding is {declared}, and its bytes are {really}; save it as UTF-8"
        raise DamagedFile(name=name, detail=detail)


def _at_end(error: etree.XMLSyntaxError, data: bytes) -> bool:
    return "Premature end" in error.msg or error.position[0] > data.count(b"\n")


def _check_log(log: etree._ListErrorLog, name: str) -> None:
    """Entities in attributes leave no trace in the tree, only in the parser's log."""
    for entry in log:
        if "not defined" in entry.message and "ntity" in entry.message:
            raise HostileFile(name=name, detail=_undefined(entry.line, entry.message))


def _undefined(line: int, what: str) -> str:
    return f"line {line} refers to an entity that is not one of XML's own ({what})"


def _syntax(
    error: etree.XMLSyntaxError, log: etree._ListErrorLog, name: str, *, truncated: bool
) -> DamagedFile | HostileFile | InputTooLarge:
    line, column = error.position
    what = error.msg.partition(", line")[0]
    if not line and len(log):  # a pull parser tells what it met only in its log
        line, column, what = log[0].line, log[0].column, log[0].message
    if "depth" in what:
        return InputTooLarge(name=name, size=f"elements too deep at line {line}", limit=f"{MAX_DEPTH} levels")
    if "ntity" in what and "not defined" in what:
        return HostileFile(name=name, detail=_undefined(line, what))
    if "loop" in what or "amplification" in what:
        return HostileFile(name=name, detail=f"line {line} expands entities without end")
    if "encod" in what.lower() or "UTF-8" in what:
        return DamagedFile(
            name=name, detail=f"at line {line} its bytes are not in the encoding that line 1 says ({what})"
        )
    if truncated:
        return DamagedFile(name=name, detail=f"it breaks off at line {line}, as if cut short ({what})")
    return DamagedFile(name=name, detail=f"line {line}, column {column} is not well-formed XML ({what})")


def opened(data: bytes | BinaryIO) -> BinaryIO:
    """Bytes as a file; a file as itself."""
    return io.BytesIO(data) if isinstance(data, bytes) else data
