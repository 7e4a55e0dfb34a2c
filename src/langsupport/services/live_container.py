"""A container that is fed as it is recorded: a decoder at work in a thread, and what lets it go on after a crash."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from langsupport.captioning.audio import Samples
from langsupport.captioning.incoming import BytePipe, Silence, decode_container
from langsupport.errors import CapacityError, DiskFull, InputError, LangsupportError
from langsupport.services.spool_files import Journal

log = logging.getLogger(__name__)

WAIT_S = 5.0
"""How long a writer waits for the decoder, and an end for its last samples."""
_REPLAY_WAIT_S = 60.0
_BLOCK_BYTES = 256 * 1024


class ContainerWork:
    """One epoch of a container. `put` gets what was decoded, in order, in the decoder's thread.

    `journal` has the bytes from the epoch's beginning; None where they must not be kept.
    """

    def __init__(
        self, format: str, name: str, put: Callable[[Samples | Silence], None], journal: Journal | None = None
    ) -> None:
        self._put = put
        self._journal = journal
        self._pipe = BytePipe()
        self._unsafe_from: int | None = None  # where the journal broke off for want of room
        self._error: LangsupportError | None = None
        self._known = 0  # samples still to come that were had before a crash
        self.ended = False
        self._replaying: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, args=(format, name), name="langsupport-decoder", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raises CapacityError (the decoder does not keep up), InputError (this is no sound, or broken)."""
        self._wait_for_replay()
        if self._error is not None:
            raise self._error
        if not self._pipe.write(b"", WAIT_S):
            raise CapacityError(detail="The sound comes faster than it can be decoded. Send it more slowly.")

    def take(self, data: bytes) -> None:
        """Call `check` before. What comes after the decoder gave up is dropped."""
        if self._journal is not None:
            try:
                self._journal.append(data)
            except DiskFull:
                self._unsafe_from = self._journal.length
                self.forget()
        self._pipe.write(data, WAIT_S)

    def replay(self, known: int) -> None:
        """Decode the journal again; the first `known` samples that come of it were had before."""
        assert self._journal is not None
        self._known = known
        arguments = (self._journal, self._journal.length)
        self._replaying = threading.Thread(target=self._replay, args=arguments, name="langsupport-replay", daemon=True)
        self._replaying.start()

    def _wait_for_replay(self) -> None:
        if self._replaying is not None:
            self._replaying.join()
            self._replaying = None

    def _replay(self, journal: Journal, length: int) -> None:
        at = 0
        while at < length and (block := journal.read(at, min(_BLOCK_BYTES, length - at))):
            if not self._pipe.write(block, _REPLAY_WAIT_S):
                break
            at += len(block)

    def safe(self, received: int, disk_full: bool) -> int:
        """Of the bytes received, how many a crash would not lose."""
        if self._journal is not None:
            return self._journal.length
        if disk_full and self._unsafe_from is not None:
            return self._unsafe_from
        return received  # what was decoded is on the disk, and nothing else could be sent again

    def settle(self) -> None:
        """Wait until what was taken so far is decoded."""
        self._wait_for_replay()
        if not self._pipe.drain(WAIT_S):
            log.warning("the decoder is behind: sound that came before the session went on may be kept")

    def forget(self) -> None:
        """Delete the journal: the bytes may hold what must not be kept."""
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.delete()

    def end(self) -> None:
        """Decode what is there, then stop."""
        self._stop()
        self.forget()

    def leave(self) -> None:
        """Stop as in a crash: the journal stays."""
        self._stop()
        if self._journal is not None:
            self._journal.close()

    def _stop(self) -> None:
        self._pipe.end()
        self._wait_for_replay()
        self._thread.join(WAIT_S)

    def _run(self, format: str, name: str) -> None:
        try:
            for block in decode_container(self._pipe, format, name):
                self._give(block)
        except LangsupportError as error:
            self._error = error
            if not isinstance(error, InputError):
                log.warning("decoding stopped: %s", error)
        except Exception as error:
            log.exception("decoding failed")
            self._error = InputError(name=name, detail=f"it can't be decoded ({type(error).__name__})")
        finally:
            self.ended = True
            self._pipe.end()

    def _give(self, block: Samples | Silence) -> None:
        count = block.count if isinstance(block, Silence) else len(block)
        known = min(self._known, count)
        self._known -= known
        if known < count:
            self._put(Silence(count - known) if isinstance(block, Silence) else block[known:])
