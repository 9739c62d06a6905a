"""`time`: every function that reads the clock, and `sleep`.

Reading the clock takes a microsecond, so that a loop that polls it ends. Computing takes no time of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from time import asctime, ctime, gmtime, localtime, strftime
from typing import Any

from .refusals import refuse
from .scheduler import scheduler

_SECOND = 1_000_000_000
#: The monotonic clock does not begin with the world.
_BOOT = 1_000 * _SECOND


class Clock:
    """The settings of the clock. `epoch`: ns since 1970 when the world began. `cost`: ns that a reading takes."""

    epoch = 1_785_000_000 * _SECOND
    cost = 1_000


def wall_ns() -> int:
    """`time.time_ns`."""
    return Clock.epoch + scheduler.tick(Clock.cost)


def wall() -> float:
    """`time.time`."""
    return (Clock.epoch + scheduler.tick(Clock.cost)) / _SECOND


def monotonic_ns() -> int:
    """`time.monotonic_ns`."""
    return _BOOT + scheduler.tick(Clock.cost)


def monotonic() -> float:
    """`time.monotonic`."""
    return (_BOOT + scheduler.tick(Clock.cost)) / _SECOND


def sleep(seconds: float) -> None:
    """`time.sleep`."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    if seconds == 0:
        scheduler.point("sleep 0")
    scheduler.block(_never, seconds, "sleep")


def _never() -> bool:
    return False


def _clock_gettime_ns(clock: int) -> int:
    return wall_ns() if clock == time.CLOCK_REALTIME else monotonic_ns()


def _at(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of seconds whose default is now."""

    def at(seconds: float | None = None) -> Any:
        return function(wall() if seconds is None else seconds)

    return at


def _strftime(form: str, moment: Any = None) -> str:
    return strftime(form, localtime(wall()) if moment is None else moment)


def _asctime(moment: Any = None) -> str:
    return asctime(localtime(wall()) if moment is None else moment)


def _refuse_to_set(*_: object) -> None:
    refuse("setting the clock")


def install() -> None:
    """Replaces what is in `time`."""
    time.time, time.time_ns = wall, wall_ns
    for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
        setattr(time, name, monotonic)
        setattr(time, name + "_ns", monotonic_ns)
    time.clock_gettime = lambda clock: _clock_gettime_ns(clock) / _SECOND
    time.clock_gettime_ns = _clock_gettime_ns
    time.clock_settime = time.clock_settime_ns = _refuse_to_set  # type: ignore[assignment]
    time.sleep = sleep  # type: ignore[assignment]
    time.localtime, time.gmtime, time.ctime = _at(localtime), _at(gmtime), _at(ctime)
    time.strftime, time.asctime = _strftime, _asctime
