"""Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): priorities instead of dice.

Each thread has a priority, drawn when it is first seen, and the runnable thread with the highest goes on. At `depth - 1` change points,
drawn among the first `steps` switch points, the running thread falls below all others and stands still for a while: virtual time passes
only when all threads wait, so a low priority alone delays nobody. The choices are written down as those of any schedule.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from .schedule import STANDS, Numbered, Schedule


class Priorities(Schedule):
    """A schedule by priorities."""

    __slots__ = ("_priorities", "_changes", "_passed", "_lowest")
    skips = False

    def __init__(self, seed: int, tapes: tuple[array[int], array[int], array[int]], depth: int, steps: int) -> None:
        super().__init__(seed, tapes, True, 0, 0)
        self._priorities: dict[int, float] = {}
        self._changes = sorted(1 + self._below(max(1, steps)) for _ in range(depth - 1))
        self._passed = 0
        self._lowest = 0.0

    def due(self, which: int) -> bool:
        """Every point may let a thread with a higher priority go on."""
        super().due(which)
        track = self.tracks[which]
        if track.wait > 0 and track.place >= len(track.tape):
            track.zeros -= 1
            self._passed += 1
            return True
        return track.wait <= 0

    def _draw_pick(self, runnable: Sequence[Numbered]) -> int:
        return max(range(len(runnable)), key=lambda place: self._priority(runnable[place]))

    def _draw_preemption(self, running: Numbered, others: Sequence[Numbered]) -> int:
        if self._changes and self._passed >= self._changes[0]:
            self._changes.pop(0)
            self._lowest -= 1.0
            self._priorities[running.number] = self._lowest
            return len(others) + 1 + self._below(STANDS)
        if not others:
            return 0
        first = self._draw_pick(others)
        return first + 1 if self._priority(others[first]) > self._priority(running) else 0

    def _priority(self, thread: Numbered) -> float:
        if thread.number not in self._priorities:
            self._priorities[thread.number] = 1.0 + self.random.random()
        return self._priorities[thread.number]
