"""What a document format is, and what all formats share.

Recipe for a new format: one file with a class that has the members of `DocumentFormat`, and one row in the
TABLE of `formats/__init__.py`. The contract tests then hold it to what is said here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from langsupport.domain.units import CodedText, CodeKind, Document, InlineCode


@dataclass(frozen=True, slots=True)
class Mark:
    """The note that a rendition carries: `text` is shown at the top of the document, `state` goes into its metadata."""

    text: str
    state: str


class DocumentFormat(Protocol):
    """One kind of file. Stateless; `read` and `write` may run in any thread.

    `extensions` are lower case without the dot; the first is the usual one.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str:
        """What people call this kind of file."""
        ...

    @property
    def extensions(self) -> tuple[str, ...]: ...
    @property
    def media_type(self) -> str: ...

    def read(self, data: bytes, name: str) -> Document:
        """The units in reading order; the same bytes give the same ids. A file without text gives no units.

        Raises:
            EmptyInput: no bytes. DamagedFile, EncryptedFile, HostileFile, InputTooLarge: as errors.py says.
        """
        ...

    def write(
        self,
        data: bytes,
        name: str,
        targets: Mapping[str, CodedText],
        source_language: str,
        target_language: str,
        mark: Mark | None,
    ) -> bytes:
        """The source file's bytes with targets put in by unit id; units without a target stay as they are.

        Targets that equal their sources, the same language twice and no mark give a canonically identical file.
        Codes that a target lacks are put at its end, those that it holds too often are left out: nothing of the
        file is lost whatever a target looks like.

        Raises:
            InputError: as `read`.
        """
        ...

    def census(self, data: bytes, name: str) -> Counter[str]:
        """How many there are of what is no text and must be the same in every rendition: tables, images, notes …

        The mark is not counted.
        Raises:
            InputError: as `read`, also for faults that programs refuse a file for.
        """
        ...


_NOT_IN_FILES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")
_LINE_SPACE = re.compile("[\t\n\r\u2028\u2029]")


def clean(text: str) -> str:
    """A target text as one line: characters that no file can hold are dropped, line ends and tabs become spaces."""
    return _LINE_SPACE.sub(" ", _NOT_IN_FILES.sub("", text))


def has_letters(text: str) -> bool:
    """Whether there is anything to translate."""
    return any(map(str.isalpha, text))


def has_words(text: str) -> bool:
    """Whether there is a word: two letters and no digit beside them (S8 is a name), or a letter of a dense script."""
    return bool(_WORD.search(text)) or any(ord(letter) > 0x5FF and letter.isalpha() for letter in text)


def fitted(source: CodedText, target: CodedText) -> CodedText:
    """The target with exactly the source's codes, its pairs nested, its text clean.

    What is missing goes to the end, what is foreign or double goes away, a CLOSE before its OPEN is moved behind it.
    """
    wanted = source.code_counts()
    seen: Counter[InlineCode] = Counter()
    kept: list[tuple[int, InlineCode]] = []
    for position, code in target.codes:
        seen[code] += 1
        if seen[code] <= wanted[code]:
            kept.append((position, code))
    absent = wanted - seen
    end = len(target.text)
    kept += [(end, code) for _, code in source.codes if absent[code]]
    pieces = _cleaned(CodedText(target.text, tuple(kept)))
    return CodedText(pieces.text, tuple(_nested(pieces.codes, len(pieces.text))))


def _cleaned(text: CodedText) -> CodedText:
    if not _NOT_IN_FILES.search(text.text) and not _LINE_SPACE.search(text.text):
        return text
    places = [0]
    for character in text.text:
        places.append(places[-1] + len(clean(character)))
    return CodedText(clean(text.text), tuple((places[position], code) for position, code in text.codes))


def _nested(codes: tuple[tuple[int, InlineCode], ...], end: int) -> Iterator[tuple[int, InlineCode]]:
    """The same codes, with every CLOSE where it properly closes what is open."""
    stack: list[InlineCode] = []
    closed_early: set[int] = set()
    for position, code in codes:
        if code.kind is CodeKind.SINGLE:
            yield position, code
        elif code.kind is CodeKind.OPEN:
            yield position, code
            if code.id in closed_early:  # its CLOSE came first: an empty pair here
                yield position, InlineCode(code.id, CodeKind.CLOSE, code.role)
            else:
                stack.append(code)
        elif not any(code.id == one.id for one in stack):
            closed_early.add(code.id)
        else:
            while stack:
                top = stack.pop()
                yield position, InlineCode(top.id, CodeKind.CLOSE, top.role)
                if top.id == code.id:
                    break
                closed_early.add(top.id)
    for code in reversed(stack):
        yield end, InlineCode(code.id, CodeKind.CLOSE, code.role)
