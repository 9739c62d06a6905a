"""The cyclic collector: it runs at every so many switch points, and nowhere else.

Elsewhere its finalizers would run in the middle of the shim, or at a place that depends on what was allocated before.
"""

from __future__ import annotations

import gc

from .scheduler import scheduler

_EVERY = 2_000
_collect, _disable = gc.collect, gc.disable
_wanted = [True]


def _at_point() -> None:
    scheduler.collect_at = scheduler.points + _EVERY
    scheduler.look_ahead()
    if _wanted[0]:
        _collect()


def begin() -> None:
    """A run begins."""
    _disable()
    scheduler.collect_at = _EVERY
    scheduler.collect = _at_point


def _set(wanted: bool) -> None:
    _wanted[0] = wanted


def install() -> None:
    """The code under test may switch the collector on and off, at these points."""
    gc.enable = lambda: _set(True)
    gc.disable = lambda: _set(False)
    gc.isenabled = lambda: _wanted[0]
