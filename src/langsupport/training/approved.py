"""An organization's approved bitext: cleaned, and parted by document into what is learned and what judges."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from langsupport.domain.languages import LANGUAGES
from langsupport.errors import DamagedFile, InvalidRequest
from langsupport.text.identify import identify_document
from langsupport.training.bitext import Cleaned, Pair, clean, plain_form

RUN_LENGTH = 20
"""Units in their order that count as one document where none is named: neighbours are too alike to be parted."""
HELD_OUT_SHARE = 0.1
MOST_HELD_OUT = 500
LEAST_HELD_OUT = 50
"""With fewer judged sentences the interval of the bootstrap is wider than what an adaptation brings."""
LEAST_LEARNED = 300
_BOILERPLATE = 3
"""A text with so many different translations says nothing about any of them."""
_LOOKED_AT = 500
_MARKING = re.compile(
    r"^\W*(strictly |strictement )?(confidential|confidentiel(le)?|confidencial|конфиденциально|机密|秘密|سري)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parted:
    """`learned` and `judged` share no document and no sentence. `dropped` counts units by the reason."""

    learned: tuple[Pair, ...]
    judged: tuple[Pair, ...]
    dropped: Counter[str]

    @property
    def data_sha256(self) -> str:
        """Of both parts in their order."""
        found = hashlib.sha256()
        for part in (self.learned, self.judged):
            for pair in part:
                found.update(f"{pair.source}\t{pair.target}\n".encode())
            found.update(b"\n")
        return found.hexdigest()


def part(
    units: Iterable[Pair], source: str, target: str, kept_out: Collection[str] = (), learned: int = LEAST_LEARNED,
    judged: int = LEAST_HELD_OUT,
) -> Parted:  # fmt: skip
    """Cleans units and holds whole documents out; a unit's `tag` is its document. The same units part the same way.

    `kept_out` are sentences of other evaluation sets, `learned` and `judged` the least pairs that are needed of each.
    Raises InvalidRequest: too little text, or confidential text whose extent can't be told; DamagedFile: the texts are
    not in the languages that they are said to be in.
    """
    named = _named(list(units))
    check_languages(named, source, target)
    dropped: Counter[str] = Counter()
    usable = _without_boilerplate(_without_confidential(named, dropped), dropped)
    documents: dict[str, list[Pair]] = defaultdict(list)
    for pair in usable:
        documents[pair.tag].append(pair)
    held = _held_out(documents, judged)
    ours = _cleaned([pair for pair in usable if pair.tag in held], source, target, kept_out)
    guard = {text for pair in ours.pairs for text in (pair.source, pair.target)} | set(kept_out)
    rest = _cleaned([pair for pair in usable if pair.tag not in held], source, target, guard)
    dropped += ours.dropped + rest.dropped
    if len(rest.pairs) < learned or len(ours.pairs) < judged:
        why = ", ".join(f"{reason} {count}" for reason, count in dropped.most_common()) or "none"
        detail = (
            f"Too little {source}-{target} text: {len(rest.pairs)} pairs to learn from and {len(ours.pairs)} to judge "
            f"by, of {len(documents)} documents, and at least {learned} and {judged} of two documents are needed. "
            f"Left out: {why}. Nothing was changed."
        )
        raise InvalidRequest(detail=detail)
    return Parted(tuple(rest.pairs), tuple(ours.pairs), dropped)


def check_languages(pairs: Sequence[Pair], source: str, target: str) -> None:
    """Raises DamagedFile if the columns are swapped, or one of them is in another language."""
    step = max(1, len(pairs) // _LOOKED_AT)
    looked = pairs[::step]
    found = [identify_document(texts).language for texts in ([p.source for p in looked], [p.target for p in looked])]
    if found == [target, source]:
        detail = "the columns are swapped"
    elif found[0] is not None and found[0] == found[1]:
        detail = f"both columns are {LANGUAGES[found[0]].english_name}"
    else:
        wrong = [code for code, said in zip(found, (source, target), strict=True) if code not in (None, said)]
        detail = f"a column is {LANGUAGES[wrong[0]].english_name}" if wrong and wrong[0] else ""
    if detail:
        raise DamagedFile(name=f"The {source}-{target} bitext", detail=detail)


def _cleaned(pairs: Sequence[Pair], source: str, target: str, kept_out: Collection[str]) -> Cleaned:
    return clean(pairs, source, target, kept_out=kept_out) if pairs else Cleaned()


def _named(units: Sequence[Pair]) -> list[Pair]:
    """Units of no document get the name of their run."""
    return [unit if unit.tag else replace(unit, tag=f"\0{n // RUN_LENGTH}") for n, unit in enumerate(units)]


def _without_confidential(units: Sequence[Pair], dropped: Counter[str]) -> list[Pair]:
    """Documents with a marking, in their name or as a line of their own, are left out whole."""
    marked = {unit.tag for unit in units if any(map(_MARKING.match, (unit.source, unit.target)))}
    marked |= {unit.tag for unit in units if any(map(_MARKING.match, re.split(r"[\s_.,()\[\]-]+", unit.tag)))}
    if any(name.startswith("\0") for name in marked):
        detail = (
            "Text marked confidential is among units of no named document, so what else belongs to it can't be told. "
            "Name the documents, or take the confidential ones out."
        )
        raise InvalidRequest(detail=detail)
    kept = [unit for unit in units if unit.tag not in marked]
    if marked:
        dropped["confidential"] += len(units) - len(kept)
    return kept


def _without_boilerplate(units: Sequence[Pair], dropped: Counter[str]) -> list[Pair]:
    """Texts that stand against several different ones: headings of forms, “idem”, placeholders."""
    others: tuple[dict[str, set[str]], dict[str, set[str]]] = (defaultdict(set), defaultdict(set))
    forms = [(plain_form(unit.source), plain_form(unit.target)) for unit in units]
    for own, other in forms:
        others[0][own].add(other)
        others[1][other].add(own)
    kept = [
        unit
        for unit, (own, other) in zip(units, forms, strict=True)
        if len(others[0][own]) < _BOILERPLATE and len(others[1][other]) < _BOILERPLATE
    ]
    if len(kept) < len(units):
        dropped["boilerplate"] += len(units) - len(kept)
    return kept


def _held_out(documents: dict[str, list[Pair]], least: int) -> set[str]:
    """By the hash of their texts, so that neither order nor a new document changes much."""
    wanted = min(MOST_HELD_OUT, max(least * 1.2, HELD_OUT_SHARE * sum(map(len, documents.values()))))
    total, held = 0, set[str]()
    for name in sorted(documents, key=lambda name: _hash(documents[name])):
        if total >= wanted or len(held) == len(documents) - 1:
            break
        held.add(name)
        total += len(documents[name])
    return held


def _hash(pairs: Sequence[Pair]) -> str:
    return hashlib.sha256("\n".join(pair.source for pair in pairs).encode()).hexdigest()
