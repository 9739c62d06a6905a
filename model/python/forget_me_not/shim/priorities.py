"""Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): priorities instead of dice.

Each thread has a priority, drawn when it is first seen, and the runnable thread with the highest goes on. At `depth - 1` change points,
drawn among the first `steps` switch points, the running thread falls below all others and stands still for a while: virtual time passes
only when all threads wait, so a low priority alone delays nobody. The choices are written down as those of any schedule.
"""

from __future__ import annotations

from collections.abc import Sequence

from .schedule import FAR, GIVES_WAY, GOES_ON, STANDS, Numbered, Schedule, Tapes


class Priorities(Schedule):
    """A schedule by priorities."""

    __slots__ = ("_priorities", "_changes", "_passed", "_lowest")
    skips = False

    def __init__(self, seed: int, tapes: Tapes, depth: int, steps: int) -> None:
        super().__init__(seed, tapes, True, 0, 0)
        self._priorities: dict[int, float] = {}
        self._changes = sorted(1 + self._below(max(1, steps)) for _ in range(depth - 1))
        self._lowest = 0.0
        self._passed = 0

    def due(self, which: int, step: int) -> bool:
        """Every step may let a thread with a higher priority go on."""
        return super().due(which, step) or self._may_draw(which)

    def _may_draw(self, which: int) -> bool:
        return self.step_at > FAR

    def _draw_pick(self, runnable: Sequence[Numbered]) -> int:
        return max(range(len(runnable)), key=lambda place: self._priority(runnable[place]))

    def _draw_preemption(self, running: Numbered, others: Sequence[Numbered]) -> int:
        self._passed += 1
        if self._changes and self._passed >= self._changes[0]:
            self._changes.pop(0)
            self._lowest -= 1.0
            self._priorities[running.number] = self._lowest
            return 1 + GIVES_WAY + self._below(STANDS)
        if not others:
            return GOES_ON
        first = others[self._draw_pick(others)]
        return GIVES_WAY if self._priority(first) > self._priority(running) else GOES_ON

    def _priority(self, thread: Numbered) -> float:
        if thread.number not in self._priorities:
            self._priorities[thread.number] = 1.0 + self.random.random()
        return self._priorities[thread.number]
