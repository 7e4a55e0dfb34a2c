"""What a second pass that is under way has found so far: blocks that were heard, sentences translated or to be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from langsupport.captioning.off_record import Stretch
from langsupport.domain.speech import Utterance
from langsupport.pipelines.edition import HeardBlock
from langsupport.services.codecs import utterance_from_json, utterance_to_json
from langsupport.services.database import Database, insert_into
from langsupport.services.schema import session_pass_results

HEARD, WANTED, TRANSLATED = "heard", "wanted", "translated"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is to be on `track`: `text`, which is in `language`, translated."""

    track: str
    language: str
    text: str

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.language}\n{self.text}".encode()).hexdigest()


class PassResults:
    """Thread-safe. All writing may be repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def block(self, id: str, channel: str, start_ms: int) -> HeardBlock | None:
        """A block that was heard before."""
        with self._database.read() as connection:
            found = connection.scalar(_select(id, HEARD, channel).where(_table.c.key == _place(start_ms)))
        return None if found is None else _block(found)

    def put_block(self, id: str, channel: str, block: HeardBlock) -> None:
        with self._database.write() as connection:
            _put(connection, id, HEARD, channel, {_place(block.start_ms): _block_data(block)})

    def blocks(self, id: str, channel: str) -> list[HeardBlock]:
        """In order."""
        with self._database.read() as connection:
            return [_block(data) for data in connection.scalars(_select(id, HEARD, channel).order_by(_table.c.key))]

    def want(self, id: str, sentences: Iterable[Sentence]) -> None:
        """Note what is to be translated and was not yet."""
        done = self.translations(id)
        with self._database.write() as connection:
            connection.execute(sa.delete(_table).where(_table.c.session_id == id, _table.c.stage == WANTED))
            for sentence in dict.fromkeys(sentences):
                if (sentence.track, sentence.key) not in done:
                    data = {"language": sentence.language, "text": sentence.text}
                    _put(connection, id, WANTED, sentence.track, {sentence.key: data})

    def wanted(self, id: str, limit: int) -> list[Sentence]:
        """Some of what is to be translated, for one track and from one language."""
        query = sa.select(_table.c.track, _table.c.data).where(_table.c.session_id == id, _table.c.stage == WANTED)
        with self._database.read() as connection:
            found = [
                Sentence(track, data["language"], data["text"])
                for track, data in connection.execute(query.order_by(_table.c.track, _table.c.key))
            ]
        return [one for one in found if (one.track, one.language) == (found[0].track, found[0].language)][:limit]

    def count_wanted(self, id: str) -> int:
        query = sa.select(sa.func.count()).where(_table.c.session_id == id, _table.c.stage == WANTED)
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def put_translations(self, id: str, sentences: Sequence[Sentence], texts: Sequence[str]) -> None:
        """In the place of what was wanted; nothing of what is not wanted any more."""
        with self._database.write() as connection:
            for sentence, text in zip(sentences, texts, strict=True):
                where = _where(id, WANTED, sentence.track).where(_table.c.key == sentence.key)
                if connection.execute(where).rowcount:
                    _put(connection, id, TRANSLATED, sentence.track, {sentence.key: {"text": text}})

    def translations(self, id: str) -> dict[tuple[str, str], str]:
        """(track, key of the sentence) to its translation."""
        query = sa.select(_table.c.track, _table.c.key, _table.c.data)
        query = query.where(_table.c.session_id == id, _table.c.stage == TRANSLATED)
        with self._database.read() as connection:
            return {(track, key): data["text"] for track, key, data in connection.execute(query)}

    def erase(self, id: str, from_ms: int, to_ms: int) -> None:
        """Take out what was said in a stretch; translations go all, for they don't tell when something was said."""
        stretch = Stretch("", from_ms, to_ms)
        with self._database.write() as connection:
            if connection.scalar(sa.select(sa.func.count()).where(_table.c.session_id == id)) == 0:
                return
            texts = sa.and_(_table.c.session_id == id, _table.c.stage != HEARD)
            connection.execute(sa.delete(_table).where(texts))
            query = sa.select(_table.c.track, _table.c.key, _table.c.data)
            heard = connection.execute(query.where(_table.c.session_id == id, _table.c.stage == HEARD)).all()
            for track, key, data in heard:
                block = _block(data)
                if block.start_ms < to_ms and block.end_ms > from_ms:
                    kept = tuple(filter(None, (_without(utterance, stretch) for utterance in block.utterances)))
                    _put(connection, id, HEARD, track, {key: _block_data(replace(block, utterances=kept))})
        self._database.scrub()

    def clear(self, id: str) -> None:
        with self._database.write() as connection:
            connection.execute(sa.delete(_table).where(_table.c.session_id == id))


_table = session_pass_results


def _select(id: str, stage: str, track: str) -> sa.Select[Any]:
    here = (_table.c.session_id == id, _table.c.stage == stage, _table.c.track == track)
    return sa.select(_table.c.data).where(*here)


def _where(id: str, stage: str, track: str) -> sa.Delete:
    return sa.delete(_table).where(_table.c.session_id == id, _table.c.stage == stage, _table.c.track == track)


def _put(connection: sa.Connection, id: str, stage: str, track: str, values: Mapping[str, Any]) -> None:
    rows = [
        {"session_id": id, "stage": stage, "track": track, "key": key, "data": data} for key, data in values.items()
    ]
    query = insert_into(_table, connection.dialect.name)
    keys = [column.name for column in _table.primary_key]
    query = query.on_conflict_do_update(index_elements=keys, set_={"data": query.excluded.data})
    connection.execute(query, rows)


def _place(start_ms: int) -> str:
    """Sorts as the number does."""
    return f"{start_ms:012}"


def _block_data(block: HeardBlock) -> dict[str, Any]:
    return {
        "start_ms": block.start_ms,
        "end_ms": block.end_ms,
        "utterances": [utterance_to_json(utterance) for utterance in block.utterances],
        "blanks": [list(blank) for blank in block.blanks],
    }


def _block(data: Mapping[str, Any]) -> HeardBlock:
    return HeardBlock(
        data["start_ms"],
        data["end_ms"],
        tuple(utterance_from_json(one) for one in data["utterances"]),
        tuple((first, last) for first, last in data["blanks"]),
    )


def _without(utterance: Utterance, stretch: Stretch) -> Utterance | None:
    if utterance.end_ms <= stretch.start_ms or utterance.start_ms >= stretch.end_ms:
        return utterance
    kept = tuple(word for word in utterance.words if not stretch.covers(word.start_ms, word.end_ms))
    if not kept:
        return None
    text = "".join(word.text for word in kept).strip()
    return replace(utterance, start_ms=kept[0].start_ms, end_ms=kept[-1].end_ms, text=text, words=kept)
