"""The schedule as data: every choice is drawn from a seed or read from a tape, and written down.

Choices are of two tracks. `PICK`: which of several threads goes on when one has to wait, or gives way; 0 is the one that has not run for
longest. `STEP`: what happens to the running thread at a switch point where nothing blocks: 0 it goes on, 1 it gives way, 1 + n it stands
still for n ms. An entry of a tape says how many choices of its track to leave at 0, and then which one to make. Past its end the tape
chooses 0, or the seed draws. A choice that does not fit is cut down to the last that does.

A tape must not shift the addresses of what the agent makes later, and with them the order of its sets: tapes are arrays of one size.
"""

from __future__ import annotations

from _random import Random
from array import array
from collections.abc import Sequence
from math import log
from typing import Protocol

PICK, STEP = 0, 1
#: Two kinds of steps, with odds of their own: where the process calls the system, and those compiled into code.
POINT, LINE = 0, 1
GOES_ON, GIVES_WAY = 0, 1
#: Numbers of an entry on a tape (gap, choice), and of a choice that was made (track, gap, choice, alternatives, label).
ENTRY, MADE = 2, 5
#: A thread that is drawn to stand still does so for 1 to 3 ms, once in eight preemptions.
STANDS, _STANDS_ONCE_IN = 3, 8
_MILLION = 1_000_000
FAR = 1 << 62


class Numbered(Protocol):
    """A thread, as a schedule sees it."""

    number: int


class Tape:
    """Entries of a track, in numbers: gap, choice, gap, choice, ..."""

    __slots__ = ("numbers", "length", "place")

    def __init__(self) -> None:
        self.numbers = array("I", bytes(4 * 2_048))
        self.length = 0
        self.place = 0

    def add(self, gap: int, choice: int) -> None:
        """An entry more."""
        if self.length + ENTRY > len(self.numbers):
            self.numbers.extend(array("I", bytes(4 * len(self.numbers))))
        self.numbers[self.length], self.numbers[self.length + 1] = gap, choice
        self.length += ENTRY

    def gap(self) -> int:
        """The gap of the next entry; `FAR` if there is none."""
        return self.numbers[self.place] if self.place < self.length else FAR

    def take(self) -> int:
        """The choice of the next entry."""
        self.place += ENTRY
        return self.numbers[self.place - 1]


class Tapes:
    """What a run is to choose: a tape for each track, and forced choices at single steps."""

    __slots__ = ("picks", "steps", "forced")

    def __init__(self) -> None:
        self.picks, self.steps = Tape(), Tape()
        #: Step and choice, in the order of the steps.
        self.forced = array("Q")


class Schedule:
    """All choices of one process. Each is drawn evenly; a preemption has odds."""

    __slots__ = ("random", "draws", "odds", "waits", "step_at", "forced_at", "made", "labels", "_tapes", "_picks", "_last", "_force")
    #: Whether it need not see the steps at which nothing is due.
    skips = True

    def __init__(self, seed: int, tapes: Tapes, draws: bool, point: int, line: int) -> None:
        """`point` and `line`: the odds of a preemption, in millionths. A pick is drawn every time."""
        self.random = Random(seed)
        self.draws = draws
        self.odds = (point, line)
        self._tapes = tapes
        #: Picks left at 0 before the next entry.
        self._picks = tapes.picks.gap()
        #: The step of the last entry that was made.
        self._last = 0
        #: The step of the tape's next entry, and of the next forced one.
        self.step_at = 1 + tapes.steps.gap()
        self._force = 0
        self.forced_at = tapes.forced[0] if tapes.forced else FAR
        #: Steps of each kind until the next that is drawn, and that one included.
        self.waits = [FAR, FAR]
        if self.step_at > FAR:
            self._draw_waits()
        #: `MADE` numbers for each choice, and the labels they refer to.
        self.made = array("I")
        self.labels: dict[str, int] = {}

    def _draw_waits(self) -> None:
        for which in (POINT, LINE):
            self.waits[which] = self._drawn_wait(which)

    def _drawn_wait(self, which: int) -> int:
        if not self.draws or self.odds[which] == 0:
            return FAR
        odds = self.odds[which] / _MILLION
        return 1 if odds >= 1 else 1 + int(log(1.0 - self.random.random()) / log(1.0 - odds))

    def due(self, which: int, step: int) -> bool:
        """Whether a choice other than 0 may be due at this step. If not, it is one of 0."""
        self.waits[which] -= 1
        return self.waits[which] <= 0 or step >= self.step_at or step >= self.forced_at

    def pick(self, runnable: Sequence[Numbered], label: str) -> int:
        """Which of several threads goes on."""
        taped = self._tapes.picks
        if taped.place >= taped.length:
            choice = self._draw_pick(runnable) if self.draws else 0
        elif self._picks > 0:
            self._picks -= 1
            choice = 0
        else:
            choice = min(taped.take(), len(runnable) - 1)
            self._picks = taped.gap()
        self._write(PICK, 0, choice, len(runnable), label)
        return choice

    def preempt(self, which: int, step: int, running: Numbered, others: Sequence[Numbered], label: str) -> int:
        """What happens to the running thread at a step where something may be due."""
        choice = GOES_ON
        if step >= self.step_at:
            choice = self._tapes.steps.take()
            gap = self._tapes.steps.gap()
            self.step_at = step + 1 + gap
            if gap == FAR:
                self._draw_waits()
        elif self._may_draw(which):
            self.waits[which] = self._drawn_wait(which)
            choice = self._draw_preemption(running, others)
        if step >= self.forced_at:
            choice = self._forced(step, choice)
        if choice == GIVES_WAY and not others:
            choice = GOES_ON
        if choice != GOES_ON:
            self._write(STEP, step - self._last - 1, choice, 2 + STANDS, label)
            self._last = step
        return choice

    def _may_draw(self, which: int) -> bool:
        return self.waits[which] <= 0

    def _forced(self, step: int, otherwise: int) -> int:
        forced = self._tapes.forced
        choice = otherwise
        while self._force < len(forced) and forced[self._force] <= step:
            if forced[self._force] == step:
                choice = forced[self._force + 1]
            self._force += ENTRY
        self.forced_at = forced[self._force] if self._force < len(forced) else FAR
        return choice

    def _draw_pick(self, runnable: Sequence[Numbered]) -> int:
        return self._below(len(runnable))

    def _draw_preemption(self, running: Numbered, others: Sequence[Numbered]) -> int:
        if self._below(_STANDS_ONCE_IN) == 0:
            return 1 + GIVES_WAY + self._below(STANDS)
        return GIVES_WAY

    def _below(self, bound: int) -> int:
        """A drawn number from 0 up to, and without, `bound`."""
        return int(self.random.random() * bound)

    def _write(self, track: int, gap: int, choice: int, alternatives: int, label: str) -> None:
        for number in (track, gap, choice, alternatives, self.labels.setdefault(label, len(self.labels))):
            self.made.append(number)
