"""Terms found in running text.

Where words are written apart: word by word, by stems, the longest term first, so that "Member States" is found where a
term is "Member State". What is written in capitals only (ITU, AI) has to stand there in capitals: "it" is no "IT".
In Chinese: the longest term that begins at a character. Segmenting first would need a dictionary that doesn't know the
very words that a term base is kept for; a longest match finds exactly those.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.terms import Concept, Term, TermHit
from langsupport.text.stems import readings, stem

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\s\u00a0'’\-–‑.]{0,3}")
"""What may stand between two words of one term."""

Entry = tuple[Concept, Term]


@dataclass(slots=True)
class _Node:
    entries: list[Entry] = field(default_factory=list)
    following: dict[str, _Node] = field(default_factory=dict)


class TermMatcher:
    """The terms of one language, forbidden ones too. May be used from any thread."""

    def __init__(self, concepts: Iterable[Concept], language: str) -> None:
        self._language = language
        self._spaced = LANGUAGES[language].word_spaces
        self._root = _Node()
        self.count = 0
        for concept in concepts:
            for term in concept.in_language(language):
                self._add(concept, term)

    def _add(self, concept: Concept, term: Term) -> None:
        node = self._root
        steps = [stem(word, self._language) for word in _WORD.findall(term.text)] if self._spaced else _han(term.text)
        for step in steps:
            node = node.following.setdefault(step, _Node())
        if node is not self._root:
            node.entries.append((concept, term))
            self.count += 1

    def find(self, text: str) -> list[TermHit]:
        """The terms in a text, in order. Of terms that overlap the longest stays; several concepts of a name all do."""
        return list(self._in_words(text) if self._spaced else self._in_characters(text))

    def _in_words(self, text: str) -> Iterator[TermHit]:
        words = list(_WORD.finditer(text))
        index = 0
        while index < len(words):
            last, entries = self._longest(text, words, index)
            start, end = words[index].start(), words[last].end()
            for concept, term in entries:
                yield TermHit(start, end, text[start:end], term, concept)
            index = last + 1 if entries else index + 1

    def _longest(self, text: str, words: list[re.Match[str]], first: int) -> tuple[int, list[Entry]]:
        """The index of the last word of the longest term that begins at `first`, and what it is."""
        best: tuple[int, list[Entry]] = (first, [])
        nodes, last = [self._root], first
        while nodes and last < len(words):
            if last > first and not _BETWEEN.fullmatch(text, words[last - 1].end(), words[last].start()):
                break
            steps = readings(words[last].group(), self._language)
            nodes = [node.following[step] for node in nodes for step in steps if step in node.following]
            span = text[words[first].start() : words[last].end()]
            entries = [entry for node in nodes for entry in node.entries if _written(entry[1].text, span)]
            if entries:
                best = (last, entries)
            last += 1
        return best

    def _in_characters(self, text: str) -> Iterator[TermHit]:
        characters, start = _han(text), 0
        if len(characters) != len(text):  # composing changed the length: positions would be wrong
            characters = list(text.casefold()) if len(text.casefold()) == len(text) else list(text)
        while start < len(text):
            node, end, found = self._root, start, start
            entries: list[Entry] = []
            while end < len(text) and (following := node.following.get(characters[end])):
                node, end = following, end + 1
                there = [entry for entry in node.entries if _written(entry[1].text, text[start:end])]
                if there and _apart(text, start, end):
                    entries, found = there, end
            for concept, term in entries:
                yield TermHit(start, found, text[start:found], term, concept)
            start = found if entries else start + 1


def _han(text: str) -> list[str]:
    return list(unicodedata.normalize("NFKC", text).casefold())


def _written(term: str, span: str) -> bool:
    """Whether capitals are where a term needs them."""
    letters = [c for c in term if c.isalpha()]
    capitals = len(letters) > 1 and all(c.isupper() for c in letters)
    return not capitals or term.casefold() not in span.casefold() or term in span


def _apart(text: str, start: int, end: int) -> bool:
    """Whether a Latin word or a number at an edge is whole: "AI" is not in "MAIN"."""
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    return all(c.isascii() and c.isalnum() for c in text[place - 1 : place + 1])


__all__ = ["TermMatcher"]
