"""The end of a run: what the child still tells the simulator, whatever ends it.

A normal end is not imitated. The main thread falls off its script's end, and the interpreter really finalizes; the last words come from the
`atexit` callback that was registered first, and so runs last. Destructors that run later may still talk.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from os import _exit
from typing import NoReturn

from . import destructors, link, signals, wire
from .refusals import caller, end
from .schedule import MADE
from .scheduler import Thread, scheduler

EXIT, OS_EXIT, KILLED, SIGNALED, NOT_SIMULATED, HALTED = range(6)
_WAITS = 4
#: More choices than these are not told: they would not fit into a frame.
_MADE_MAX = 500_000
#: How far the interpreter ends: behind the last `atexit` callback; with its finalization; with that of what the template made, too; or
#: with all that if somebody could see it.
AFTER_ATEXIT, FINALIZED, WHOLE, IF_SEEN = range(4)
end_level = [WHOLE]
_code = [0]
_unfreeze = gc.unfreeze
_current_frames, _getframe = sys._current_frames, sys._getframe


def goodbye(reason: int, code: int, text: str = "") -> None:
    """Sends BYE: why the process ends, and the schedule that it had."""
    if not scheduler.active:
        return
    schedule = scheduler.schedule
    made = schedule.made[: MADE * _MADE_MAX]
    scheduler.link.send(
        wire.BYE,
        wire.u64(scheduler.now),
        wire.u8(reason),
        wire.i32(code),
        wire.text(text),
        wire.u64(scheduler.points),
        wire.u64(scheduler.switches),
        wire.u32(scheduler.started),
        wire.u32(scheduler.digest),
        wire.u32(len(schedule.labels)),
        *map(wire.text, schedule.labels),
        wire.u32(len(made) // MADE),
        made.tobytes(),
    )
    scheduler.link.flush()
    scheduler.link.unbuffered = True


def note_code(error: BaseException | None) -> None:
    """How the main thread ended, for an end that skips the destructors."""
    code = error.code if isinstance(error, SystemExit) else None if error is None else 1
    _code[0] = code if isinstance(code, int) else 0 if code is None else 1
    if isinstance(error, KeyboardInterrupt):
        # The interpreter then ends by the signal itself.
        end_level[0] = FINALIZED if end_level[0] == AFTER_ATEXIT else WHOLE


def _at_exit() -> None:
    goodbye(EXIT, _code[0])
    if end_level[0] == IF_SEEN:
        end_level[0] = WHOLE if destructors.are_left() else AFTER_ATEXIT
    if scheduler.active and end_level[0] == AFTER_ATEXIT:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue
        _exit(_code[0] & 0xFF)
    if end_level[0] == WHOLE:
        # The last collection then sees everything, and runs the destructors that it runs in reality.
        _unfreeze()


def _os_exit(status: int) -> NoReturn:
    goodbye(OS_EXIT, status)
    _exit(status)


def _end_not_simulated(what: str, file: str, line: int, function: str) -> NoReturn:
    """The run ends because of something that is not simulated."""
    number = scheduler.current.number
    scheduler.link.send(
        wire.REFUSED, wire.u64(scheduler.now), wire.u32(number), wire.text(what), wire.text(file), wire.u32(line), wire.text(function)
    )
    goodbye(NOT_SIMULATED, link.ENDED_BY_SHIM, what)
    _exit(link.ENDED_BY_SHIM)


def halt(reason: str) -> NoReturn:
    """The run ends because nothing will ever happen in it, or because it takes too long. Tells where every thread stands."""
    frames = _current_frames()
    for thread in sorted(scheduler.threads, key=_number):
        frame = _getframe(1) if thread is scheduler.current else frames.get(thread.os_ident)
        file, line, function = caller(frame)
        doing = "runs" if thread.ready is None else "waits"
        until = "" if thread.deadline is None else f" until {thread.deadline}"
        text = f"{thread.name} {doing} in {thread.label}{until}, {file}:{line} ({function})"
        scheduler.link.send(wire.NOTE, wire.u64(scheduler.now), wire.u32(thread.number), wire.u8(_WAITS), wire.text(text))
    goodbye(HALTED, link.ENDED_BY_SHIM, reason)
    _exit(link.ENDED_BY_SHIM)


def _number(thread: Thread) -> int:
    return thread.number


def _last_words(reason: str, signum: int) -> None:
    goodbye(KILLED if reason == "killed" else SIGNALED, signum)


def install() -> None:
    """Makes every end tell its reason. The first `atexit` callback of the process must be this one."""
    atexit.register(_at_exit)
    signals.last_words.append(_last_words)
    scheduler.halt = halt
    os._exit = _os_exit


def begin() -> None:
    """A run begins: from here on a refusal ends it."""
    end[:] = [_end_not_simulated]
