"""Which language is spoken on a channel, told from what each hearing says, with switches only when confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from langsupport.captioning.live_options import LiveOptions


class Verdict(Enum):
    SAME = auto()  # go on
    DOUBT = auto()  # hold what was heard until the next hearing tells
    SWITCHED = auto()  # another language now: hear the same sound again in it


class LanguageWatch:
    """`spoken` is the language believed now; None until the first hearing."""

    def __init__(self, options: LiveOptions, spoken: str | None = None) -> None:
        self._options = options
        self.spoken = spoken
        self._rival: str | None = None
        self._agreements = 0

    def judge(self, probabilities: Mapping[str, float], voiced_ms: int, *, final: bool) -> Verdict:
        """What a hearing's probabilities mean. `voiced_ms` of speech were heard; `final`: no further hearing comes.

        A short window proves little; the end of an utterance can't wait for a second opinion.
        """
        if not probabilities:
            return Verdict.SAME
        best = max(probabilities, key=lambda code: probabilities[code])
        if self.spoken is None:
            if voiced_ms < self._options.min_language_ms and not final:
                return Verdict.DOUBT
            return self._become(best)
        sure = probabilities[best] >= self._options.switch_probability
        if best == self.spoken or not sure or voiced_ms < self._options.min_language_ms:
            self._rival, self._agreements = None, 0
            return Verdict.SAME
        self._agreements = self._agreements + 1 if best == self._rival else 1
        self._rival = best
        if final or self._agreements >= self._options.switch_agreements:
            return self._become(best)
        return Verdict.DOUBT

    def _become(self, language: str) -> Verdict:
        changed = language != self.spoken
        self.spoken, self._rival, self._agreements = language, None, 0
        return Verdict.SWITCHED if changed else Verdict.SAME
