"""The schedule as data: every choice is drawn from a seed or read from a tape, and written down.

Choices are of three tracks. `PICK`: which of several threads goes on when one has to wait; 0 is the one that has not run for longest.
`POINT`: whether a thread is preempted where nothing blocks: 0 for no, else by which of the others, and above those for how many ms it
stands still. `LINE`: the same at a point compiled into code. An entry of a tape says how many choices of its track to leave at 0, and then
which one to make. Past its end the tape chooses 0, or the seed draws. A choice that does not fit is cut down to the last that does.

Tapes are arrays: a list of objects would shift the addresses of all objects that the agent makes later, and with them the order of its sets.
So a tape that repeats a seed's choices repeats its run.
"""

from __future__ import annotations

from _random import Random
from array import array
from collections.abc import Sequence
from math import log
from typing import Protocol

PICK, POINT, LINE = 0, 1, 2
#: Numbers of an entry on a tape (gap, choice), and of a choice that was made (track, gap, choice, alternatives, label).
ENTRY, MADE = 2, 5
#: A thread that stands still does so for 1 to 3 ms, once in eight preemptions.
STANDS, _STANDS_ONCE_IN = 3, 8
_MILLION = 1_000_000
_FAR = 1 << 62


class Numbered(Protocol):
    """A thread, as a schedule sees it."""

    number: int


class Track:
    """One kind of choice: its tape, its odds, and the number of zeros since the last entry."""

    __slots__ = ("tape", "place", "wait", "zeros", "per_million", "draws", "random")

    def __init__(self, tape: array[int], per_million: int, draws: bool, random: Random) -> None:
        self.tape, self.per_million, self.draws, self.random = tape, per_million, draws, random
        self.place = 0
        self.zeros = 0
        self.wait = self._next_wait()

    def _next_wait(self) -> int:
        """How many choices come before the next that may be other than 0, and that one included."""
        if self.place < len(self.tape):
            return self.tape[self.place] + 1
        if not self.draws or self.per_million == 0:
            return _FAR
        odds = self.per_million / _MILLION
        return 1 if odds >= 1 else 1 + int(log(1.0 - self.random.random()) / log(1.0 - odds))

    def taken(self) -> int | None:
        """The choice that the tape wants here. `None` if the seed is to draw it. Called when `wait` has run out."""
        if self.place < len(self.tape):
            choice = self.tape[self.place + 1]
            self.place += ENTRY
            self.wait = self._next_wait()
            return choice
        self.wait = self._next_wait()
        return None


class Schedule:
    """All choices of one process. Each is drawn evenly; a preemption has odds."""

    __slots__ = ("random", "tracks", "made", "labels")
    #: Whether it need not see the points at which none of its tracks has an entry.
    skips = True

    def __init__(self, seed: int, tapes: tuple[array[int], array[int], array[int]], draws: bool, point: int, line: int) -> None:
        """`point` and `line`: the odds of a preemption, in millionths. A pick is drawn every time."""
        self.random = Random(seed)
        odds = (_MILLION, point, line)
        self.tracks = tuple(Track(tape, one, draws, self.random) for tape, one in zip(tapes, odds))
        #: `MADE` numbers for each choice, and the labels they refer to.
        self.made = array("I")
        self.labels: dict[str, int] = {}

    def due(self, which: int) -> bool:
        """Whether a preemption may be due here. If not, that is a choice of 0."""
        track = self.tracks[which]
        track.wait -= 1
        if track.wait > 0:
            track.zeros += 1
            return False
        return True

    def pick(self, runnable: Sequence[Numbered], label: str) -> int:
        """Which of several threads goes on."""
        track = self.tracks[PICK]
        track.wait -= 1
        choice = 0
        if track.wait <= 0:
            taken = track.taken()
            choice = self._draw_pick(runnable) if taken is None else min(taken, len(runnable) - 1)
        self._write(PICK, 0, choice, len(runnable), label)
        return choice

    def preempt(self, which: int, running: Numbered, others: Sequence[Numbered], label: str) -> int:
        """Whether and how a thread is preempted, when that may be due."""
        track = self.tracks[which]
        taken = track.taken() if track.wait <= 0 else None
        most = len(others) + STANDS
        choice = self._draw_preemption(running, others) if taken is None else min(taken, most)
        if choice == 0:
            track.zeros += 1
            return 0
        self._write(which, track.zeros, choice, most + 1, label)
        track.zeros = 0
        return choice

    def _draw_pick(self, runnable: Sequence[Numbered]) -> int:
        return self._below(len(runnable))

    def _draw_preemption(self, running: Numbered, others: Sequence[Numbered]) -> int:
        if self._below(_STANDS_ONCE_IN) == 0:
            return len(others) + 1 + self._below(STANDS)
        return 1 + self._below(len(others)) if others else 0

    def _below(self, bound: int) -> int:
        """A drawn number from 0 up to, and without, `bound`."""
        return int(self.random.random() * bound)

    def _write(self, track: int, gap: int, choice: int, alternatives: int, label: str) -> None:
        for number in (track, gap, choice, alternatives, self.labels.setdefault(label, len(self.labels))):
            self.made.append(number)
