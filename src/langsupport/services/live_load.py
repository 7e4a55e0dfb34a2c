"""What a machine does that can't keep up: it looks more rarely, then only hears whole sentences, then takes no more in.

    step 0   as set
    step 1   an open sentence is heard every 2 seconds of new sound
    step 2   every 3 seconds
    step 3   only when it is complete
    step 4   … and no further session may start

What is complete is always heard. The measure is how long a hearing takes from being wanted to being there. It is
pure: the caller tells it the time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

RECENT_S = 10.0
"""Hearings of so long count."""
RECENT_LIMIT = 1_000
"""… and so many."""
LEAST = 4
"""Fewer say nothing: the first one also loads the model."""
UP_TICKS = 3
DOWN_TICKS = 15
"""So many looks in a row must say the same: up is urgent, down is not."""
LAST_STEP = 4
_CADENCES_MS = (0, 2_000, 3_000, 3_000, 3_000)
_FINALS_LATE_S = 4.0
"""Only whole sentences are heard, and still they come later than this: nothing more is taken in."""
_FINALS_QUICK_S = 1.5


class LoadLadder:
    """Not thread-safe for `tick`; `note` may be called from any thread."""

    def __init__(self, cadence_ms: int = 1_000) -> None:
        self.step = 0
        self._cadence_ms = cadence_ms
        self._recent: deque[tuple[float, float]] = deque(maxlen=RECENT_LIMIT)  # (when, seconds it took)
        self._late_ticks = 0
        self._quick_ticks = 0

    @property
    def cadence_ms(self) -> int:
        """New sound between two hearings of an open sentence."""
        return self._cadence_of(self.step)

    @property
    def partials(self) -> bool:
        """Whether open sentences are heard at all."""
        return self.step < 3

    @property
    def admits(self) -> bool:
        """Whether a further session may start."""
        return self.step < LAST_STEP

    def note(self, now_s: float, took_s: float) -> None:
        """A hearing that came."""
        self._recent.append((now_s, took_s))

    def tick(self, now_s: float, waiting_s: Iterable[float] = ()) -> bool:
        """Call once a second, with how long those that have not come yet were waited for. True: the step changed."""
        while self._recent and now_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        limit_s = self._limit_s(self.step)
        # One that is waited for counts once it is late: before, it says nothing yet.
        took = sorted([seconds for _, seconds in self._recent] + [age for age in waiting_s if age > limit_s])
        typical = took[int(0.8 * (len(took) - 1))] if took else 0.0
        late = len(took) >= LEAST and typical > limit_s
        quick = self.step > 0 and typical < self._enough_s(self.step)
        self._late_ticks = self._late_ticks + 1 if late else 0
        self._quick_ticks = self._quick_ticks + 1 if quick else 0
        if self._late_ticks >= UP_TICKS and self.step < LAST_STEP:
            return self._move(+1)
        if self._quick_ticks >= DOWN_TICKS and self.step > 0:
            return self._move(-1)
        return False

    def _move(self, by: int) -> bool:
        self.step += by
        self._late_ticks = self._quick_ticks = 0
        self._recent.clear()  # what was measured belongs to the step before
        return True

    def _cadence_of(self, step: int) -> int:
        return max(self._cadence_ms, _CADENCES_MS[step])

    def _limit_s(self, step: int) -> float:
        """Later than this is late: hearings take longer than they are apart."""
        return self._cadence_of(step) / 1000 if step < 3 else _FINALS_LATE_S

    def _enough_s(self, step: int) -> float:
        """Quicker than this leaves room for the step below, with some to spare."""
        if step > 3:
            return _FINALS_LATE_S / 2
        return _FINALS_QUICK_S if step == 3 else 0.4 * self._cadence_of(step - 1) / 1000
