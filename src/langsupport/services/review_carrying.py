"""What a new revision of a document takes over from the one before: the segments that did not change, as people left
them. Both are aligned as wholes, so that a sentence that stands twice takes the text of its own place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import sqlalchemy as sa

from langsupport.domain.lineage import Relation
from langsupport.domain.reviews import ReviewState
from langsupport.domain.units import State, segment_key
from langsupport.pipelines.document import Prepared
from langsupport.pipelines.recutting import Cuts
from langsupport.services import document_rows
from langsupport.services.review_rows import find_review, live_segments
from langsupport.services.schema import review_cuts, review_segments, reviews

_MOST_BACK = 20
"""So many revisions back somebody may have worked on the language."""
_DONE = (State.TRANSLATED, State.REVIEWED, State.FINAL)
_TAKEN = (
    "target",
    "origin",
    "translator_id",
    "translated_by",
    "translated_ms",
    "translation",
    "reviser_id",
    "revised_by",
    "revised_ms",
)


def earlier_review(connection: sa.Connection, document: sa.RowMapping, language: str) -> sa.RowMapping | None:
    """The review of the latest revision before a document that people worked on in this language."""
    row: sa.RowMapping | None = document
    for _ in range(_MOST_BACK):
        if row is None or row["relation"] != Relation.REVISION or not row["previous_id"]:
            return None
        row = document_rows.find_document(connection, row["previous_id"])
        id = find_review(connection, row["id"], language) if row is not None else None
        if id is not None:
            return connection.execute(sa.select(reviews).where(reviews.c.id == id)).mappings().one()
    return None


def carried(connection: sa.Connection, review: sa.RowMapping, keys: Sequence[str]) -> dict[int, Mapping[str, Any]]:
    """What new segments hold of an earlier review, by their index in `keys`: text, state, and whose work it is.

    What was approved or revised there counts as revised here; what was only translated, as translated.
    """
    before = live_segments(connection, review["id"])
    approved = review["state"] == ReviewState.APPROVED
    found: dict[int, Mapping[str, Any]] = {}
    for old, new, size in SequenceMatcher(None, [one["key"] for one in before], keys, False).get_matching_blocks():
        for offset in range(size):
            one = before[old + offset]
            if one["state"] in _DONE and (one["translated_ms"] or one["revised_ms"]):
                state = State.REVIEWED if approved or one["state"] != State.TRANSLATED else State.TRANSLATED
                taken = {name: one[name] for name in _TAKEN}
                found[new + offset] = {
                    **taken,
                    "state": state,
                    "findings": one["findings"],
                    "dismissed": one["dismissed"],
                    "carried_from": review["document_id"],
                    "weighted": 0.0,
                }
    return found


def carried_cuts(connection: sa.Connection, review: sa.RowMapping, prepared: Prepared) -> dict[str, Cuts]:
    """How people cut those units of an earlier review that stand in the new document too, by their ids there. Only of
    units in which all is translated: of the others there is no text to take over."""
    undone = sa.exists().where(
        review_segments.c.review_id == review_cuts.c.review_id,
        review_segments.c.unit_id == review_cuts.c.unit_id,
        review_segments.c.joined_into.is_(None),
        review_segments.c.state.not_in(_DONE),
    )
    mine = sa.select(review_cuts.c.unit_key, review_cuts.c.cuts).where(review_cuts.c.review_id == review["id"], ~undone)
    known = {key: tuple(cuts) for key, cuts in connection.execute(mine)}
    if not known:
        return {}
    keys = {unit.id: segment_key(unit.source) for unit in prepared.document.units}
    return {id: known[key] for id, key in keys.items() if key in known}


__all__ = ["carried", "carried_cuts", "earlier_review"]
