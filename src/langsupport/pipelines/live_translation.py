"""Cues of the floor in, cues of one target track out: a step machine without threads, clocks or models.

Stable text is translated clause by clause: each request has the source of the cue so far, and the target that is
already shown as its prefix, so that what viewers have read never changes. The caller takes the pieces that are due,
has them translated, and puts the answers back; what it is given in return are complete new states of cues.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import CueOrigin, CueState, LiveCue
from langsupport.engines.protocols import Translation, TranslationRequest
from langsupport.pipelines import live_pieces as pieces
from langsupport.pipelines.live_pieces import CueTranslatorOptions, Piece, Terms
from langsupport.text import clauses

__all__ = ["CueTranslator", "CueTranslatorOptions", "Piece"]

OUTSTANDING_LIMIT = 8
"""Pieces of one track that are being translated at a time."""
WAITING_LIMIT = 2_000
"""Cues that wait for a translation; the oldest beyond it are given up and stay with what they have."""
REMEMBERED_LIMIT = 500
"""Finished cues whose revisions are known; a correction of an older one needs the track's cue from the log."""
RECENT_LIMIT = 8
"""Source cues kept as context of the next."""


@dataclass(slots=True)
class _Cue:
    """A cue on its way. `sent` and `done` are characters of the source's stable text."""

    source: LiveCue
    before: str | None = None  # id of the source cue that came before
    stable: str = ""
    revision: int = 0
    state: CueState = CueState.OPEN
    sent: int = 0
    done: int = 0
    since_ms: int | None = None
    pending: Piece | None = None
    anew: bool = False
    previewed: str = ""
    tail: str = ""

    @property
    def complete(self) -> bool:
        return self.source.state is not CueState.OPEN


@dataclass(frozen=True, slots=True)
class _Finished:
    source_revision: int
    revision: int
    closed: bool = False  # retracted, or a person wrote it
    retracted: bool = False


class CueTranslator:
    """One target track. Not thread-safe; every call is quick."""

    def __init__(self, track: str, options: CueTranslatorOptions | None = None) -> None:
        self._track = track
        self._options = options or CueTranslatorOptions()
        self._terms = self._options.terms
        self._cues: OrderedDict[str, _Cue] = OrderedDict()
        self._finished: OrderedDict[str, _Finished] = OrderedDict()
        self._recent: OrderedDict[str, LiveCue] = OrderedDict()
        self._previewed_ms: int | None = None
        self.given_up = 0

    @property
    def waiting(self) -> int:
        """Cues that are not translated to their end yet."""
        return len(self._cues)

    def knows(self, cue_id: str) -> bool:
        """Whether `take` needs no `target` for this cue."""
        return cue_id in self._cues or cue_id in self._finished

    def wanted(self, piece: Piece) -> bool:
        """Whether the piece's answer is still of use; if not, its translation may be cancelled."""
        record = self._cues.get(piece.cue_id)
        return record is not None and record.pending is piece

    def set_terms(self, terms: Terms) -> None:
        """(source, target) pairs by source language, from the next request on."""
        self._terms = terms

    def take(self, cue: LiveCue, target: LiveCue | None = None) -> list[LiveCue]:
        """A new state of a source cue; in order for each cue. What needs no machine comes back at once: retractions,
        and copies where the track's own language is spoken.

        `target` is the track's cue of this id as the log has it: for cues that this translator does not know (after a
        restart, or a correction long after).
        """
        if cue.state is CueState.RETRACTED:
            return self._retract(cue, target)
        record = self._record(cue, target)
        if record is None:
            return []
        self._remember(cue)
        if cue.state is CueState.CORRECTED and (cue.revision > record.source.revision or not record.anew):
            record.anew, record.pending, record.sent, record.done = True, None, 0, 0
        previewing = record.pending is not None and record.pending.preview
        if cue.language != record.source.language or (previewing and cue.state is not CueState.OPEN):
            record.pending = None
        record.source = cue
        changed = self._copied(record) if cue.language == self._track else self._closed_if_done(record)
        return changed + self._given_up()

    def due(self, now_ms: int) -> list[Piece]:
        """The pieces to translate now, oldest cues first. `now_ms` is any clock that goes on steadily."""
        due = []
        room = OUTSTANDING_LIMIT - sum(record.pending is not None for record in self._cues.values())
        for record in self._cues.values():
            if room <= 0:
                break
            if record.pending is not None and not record.pending.preview:
                continue
            upto = self._reach(record, now_ms)
            if upto:
                due.append(self._piece(record, upto))
                room -= 1
        if self._options.preview and room > 0:
            due += self._preview(now_ms)
        return due

    def put(self, piece: Piece, translation: Translation) -> list[LiveCue]:
        """New states from an answer; none from one that was superseded."""
        if not self.wanted(piece):
            return []
        record = self._cues[piece.cue_id]
        text = pieces.answered(piece, translation)
        if text is None:
            return self.drop(piece)
        record.pending = None
        if piece.preview:
            return self._shown(record, text)
        if text == record.stable and not piece.final:  # perhaps it stopped too early: the last piece asks again
            return []
        record.done = record.sent
        ended = record.complete and record.done >= len(record.source.stable.rstrip())
        return [self._changed(record, text, ended, piece.source)]

    def drop(self, piece: Piece) -> list[LiveCue]:
        """A piece that could not be translated. The cue goes on, a later piece has the whole source again; one that was
        complete stays with what it has."""
        if not self.wanted(piece):
            return []
        record = self._cues[piece.cue_id]
        record.pending = None
        if not piece.final:
            return []
        return self._end(record)

    def keep(self, cue: LiveCue) -> None:
        """A person wrote this cue of the track: the machine never touches it again, but for a retraction."""
        record = self._cues.pop(cue.id, None)
        source_revision = record.source.revision if record else 0
        known = self._finished.get(cue.id)
        if known is None or not known.retracted:
            self._finish(cue.id, _Finished(source_revision, cue.revision, closed=True))

    # What a new source state means

    def _record(self, cue: LiveCue, target: LiveCue | None) -> _Cue | None:
        """The cue on its way, begun if need be; None if this state asks for nothing."""
        record = self._cues.get(cue.id)
        if record is not None:
            return record if cue.revision >= record.source.revision else None
        known = self._finished.get(cue.id) or self._told(cue, target)
        if known is not None:
            if known.closed or cue.state is not CueState.CORRECTED or cue.revision <= known.source_revision:
                return None
            record = _Cue(cue, state=CueState.FINAL, revision=known.revision)
            self._finished.pop(cue.id, None)
        else:
            record = _Cue(cue, before=next(reversed(self._recent), None))
            if target is not None:
                record.stable, record.revision = target.stable, target.revision
        self._cues[cue.id] = record
        return record

    def _told(self, cue: LiveCue, target: LiveCue | None) -> _Finished | None:
        """What the log's cue says of one that is finished; None if there is none or it is still open."""
        if target is None or target.state is CueState.OPEN:
            return None
        told = _Finished(
            0,
            target.revision,
            closed=target.state is not CueState.FINAL or target.origin is CueOrigin.HUMAN,
            retracted=target.state is CueState.RETRACTED,
        )
        self._finish(cue.id, told)
        return told

    def _retract(self, cue: LiveCue, target: LiveCue | None) -> list[LiveCue]:
        self._recent.pop(cue.id, None)
        known = self._finished.get(cue.id)
        if known is not None and known.retracted:
            return []
        record = self._cues.pop(cue.id, None)
        revisions = [record.revision if record else 0, known.revision if known else 0, target.revision if target else 0]
        if not (record or known or target):
            revisions.append(cue.revision)  # forgotten and not told: as good a guess as there is
        revision = max(revisions) + 1
        self._finish(cue.id, _Finished(cue.revision, revision, closed=True, retracted=True))
        gone = replace(cue, track=self._track, language=self._track, stable="", tail="", words=(), revision=revision)
        return [replace(gone, origin=self._origin(cue), source=cue.reference)]

    def _copied(self, record: _Cue) -> list[LiveCue]:
        """The source's own words, where they are in the track's language."""
        source, tail = record.source, record.source.tail
        record.pending = None
        if record.complete and not (source.stable.strip() or record.anew):
            return self._end(record)
        if record.anew or source.stable.startswith(record.stable):
            text = source.stable
        else:  # the speaker changed language within the cue
            text = clauses.gone_on(
                record.stable, record.stable + source.stable[record.done :], self._track, complete=True
            )
        record.sent = record.done = len(source.stable)
        if text == record.stable and not record.complete:
            if tail == record.tail:
                return []
            record.tail = tail
            return [self._state(record, source, tail)]
        record.tail = tail
        changed = self._changed(record, text, record.complete, source)
        words = source.words if text == source.stable else ()
        return [replace(changed, words=words, tail=tail if changed.state is CueState.OPEN else "")]

    def _closed_if_done(self, record: _Cue) -> list[LiveCue]:
        """A complete cue of which nothing is left to translate becomes final without a request."""
        if record.anew and not record.source.stable.strip():
            return [self._changed(record, "", True, record.source)]
        left = record.source.stable[record.done :].strip()
        served = record.source.language in LANGUAGES
        if not record.complete or record.pending is not None or (left and served):
            return []
        return self._end(record)

    def _given_up(self) -> list[LiveCue]:
        changed = []
        while len(self._cues) > WAITING_LIMIT:
            changed += self._end(next(iter(self._cues.values())))
            self.given_up += 1
        return changed

    # What is due

    def _reach(self, record: _Cue, now_ms: int) -> int:
        """How much of the source's stable text is to be translated now; 0 for nothing."""
        source = record.source
        if source.language == self._track or source.language not in LANGUAGES:
            return 0
        text = source.stable.rstrip()
        if record.complete:
            return len(text) if record.done < len(text) else 0
        if record.since_ms is None and clauses.length(text[record.sent :], source.language):
            record.since_ms = now_ms
        waited = record.since_ms is not None and now_ms - record.since_ms >= self._options.wait_ms
        return pieces.reach(text, record.sent, source.language, waited=waited)

    def _piece(self, record: _Cue, upto: int) -> Piece:
        request = self._request(record, record.source.stable[:upto].strip())
        piece = Piece(record.source.id, request, record.source, final=record.complete)
        record.pending, record.sent, record.since_ms = piece, upto, None
        return piece

    def _preview(self, now_ms: int) -> list[Piece]:
        """The newest open cue's sentence as it is believed now, if there is more of it than was translated."""
        record = next((record for record in reversed(self._cues.values()) if not record.complete), None)
        early = self._previewed_ms is not None and now_ms - self._previewed_ms < self._options.preview_ms
        if record is None or early or record.pending is not None:
            return []
        source = record.source
        text = (source.stable + source.tail).strip()
        unserved = source.language == self._track or source.language not in LANGUAGES
        if unserved or text == record.previewed or len(text) <= record.done:
            return []
        record.previewed, self._previewed_ms = text, now_ms
        request = replace(self._request(record, text), protected=())
        record.pending = Piece(source.id, request, source, preview=True)
        return [record.pending]

    def _request(self, record: _Cue, text: str) -> TranslationRequest:
        source = record.source
        before = self._recent.get(record.before or "")
        related = before is not None and (before.channel, before.language) == (source.channel, source.language)
        return TranslationRequest(
            text,
            source.language,
            self._track,
            pieces.protected(text, source.language, record.done),
            pieces.occurring(self._terms, text, source.language),
            context=before.stable if before is not None and related else None,
            prefix="" if record.anew else record.stable,
        )

    # What is shown

    def _shown(self, record: _Cue, text: str) -> list[LiveCue]:
        tail = pieces.visible(record.stable, text, self._options.mask, self._track)
        if tail == record.tail:
            return []
        record.tail = tail
        return [self._state(record, record.source, tail)]

    def _changed(self, record: _Cue, text: str, ended: bool, source: LiveCue) -> LiveCue:
        record.stable, record.tail = text, "" if source.language != self._track else record.tail
        record.revision += 1
        record.state = CueState.FINAL if ended else record.state
        changed = self._state(record, source)
        if ended:
            self._cues.pop(source.id, None)
            self._finish(source.id, _Finished(source.revision, record.revision))
        return changed

    def _end(self, record: _Cue) -> list[LiveCue]:
        """Final with what it has; nothing to say of a cue that never showed any text."""
        if record.stable and record.state is CueState.OPEN:
            return [self._changed(record, record.stable, True, record.source)]
        self._cues.pop(record.source.id, None)
        self._finish(record.source.id, _Finished(record.source.revision, record.revision))
        cleared = bool(record.tail)
        record.tail = ""
        return [self._state(record, record.source)] if cleared else []

    def _state(self, record: _Cue, source: LiveCue, tail: str = "") -> LiveCue:
        return LiveCue(
            id=source.id,
            track=self._track,
            channel=source.channel,
            language=self._track,
            start_ms=source.start_ms,
            end_ms=source.end_ms,
            stable=record.stable,
            tail=tail,
            state=record.state,
            revision=record.revision,
            origin=self._origin(source),
            source=source.reference,
        )

    def _origin(self, source: LiveCue) -> CueOrigin:
        return source.origin if source.language == self._track else CueOrigin.TRANSLATED

    def _remember(self, cue: LiveCue) -> None:
        if cue.id in self._recent or cue.state is not CueState.CORRECTED:
            self._recent[cue.id] = replace(cue, words=())
        while len(self._recent) > RECENT_LIMIT:
            self._recent.popitem(last=False)

    def _finish(self, cue_id: str, finished: _Finished) -> None:
        self._finished.pop(cue_id, None)
        self._finished[cue_id] = finished
        while len(self._finished) > REMEMBERED_LIMIT:
            self._finished.popitem(last=False)
