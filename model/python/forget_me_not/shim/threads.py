"""`_thread`: starting threads, their numbers, and their ends."""

from __future__ import annotations

import _thread
import sys
from _thread import (  # type: ignore[attr-defined]
    _set_sentinel,
    get_ident,
    get_native_id,
    start_new_thread,
)
from _thread import allocate_lock as _raw_lock
from collections.abc import Callable, Mapping, Sequence
from traceback import print_exception
from types import SimpleNamespace
from typing import Any

from . import locks
from .refusals import refuse
from .scheduler import Thread, scheduler

STARTED, ENDED = 1, 2


def _start(function: Callable[..., object], arguments: Sequence[Any], keywords: Mapping[str, Any] | None = None) -> int:
    """`_thread.start_new_thread`."""
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(arguments, tuple):
        raise TypeError("2nd arg must be a tuple")
    if not scheduler.active:
        refuse("a thread that starts while the agent is imported")
    scheduler.started += 1
    name = getattr(getattr(function, "__self__", None), "name", None) or getattr(function, "__name__", "?")
    thread = Thread(scheduler.started, str(name))
    arrived = _raw_lock()
    arrived.acquire()
    start_new_thread(_run, (thread, arrived, function, arguments, dict(keywords or {})))
    # Until it waits for its baton the new thread allocates memory, and that must not happen beside us.
    arrived.acquire()
    scheduler.threads.insert(0, thread)
    scheduler.point("thread start")
    return thread.number


def _run(thread: Thread, arrived: Any, function: Callable[..., object], arguments: Any, keywords: dict[str, Any]) -> None:
    thread.os_ident = get_ident()
    thread.native = get_native_id()
    thread.ended = _set_sentinel()
    thread.ended.acquire()  # type: ignore[attr-defined]
    wait = thread.baton.acquire
    arrived.release()
    wait()
    scheduler.arrived()
    scheduler.note(STARTED, thread.name)
    try:
        function(*arguments, **keywords)
    except SystemExit:
        pass
    except BaseException as error:
        _report(error, function)
    del function, arguments, keywords
    scheduler.note(ENDED, thread.name)
    sentinel = thread.sentinel
    if isinstance(sentinel, locks.Lock):
        sentinel.free()
    scheduler.leave(thread)


def _report(error: BaseException, function: object) -> None:
    """As `_thread` reports an exception that a thread did not catch. The built-in hook takes only its own type."""
    message = "Exception ignored in thread started by"
    if sys.unraisablehook is sys.__unraisablehook__:
        print(f"{message}: {function!r}", file=sys.stderr)
        print_exception(error)
        return
    told = SimpleNamespace(
        exc_type=type(error), exc_value=error, exc_traceback=error.__traceback__, err_msg=message, object=function
    )
    sys.unraisablehook(told)


def _sentinel() -> locks.Lock:
    """`_thread._set_sentinel`: a lock that is released when the running thread ends."""
    sentinel = locks.Lock()
    scheduler.me().sentinel = sentinel
    return sentinel


def _ident() -> int:
    return scheduler.me().number


def _interrupt_main(signum: int = 2) -> None:
    """`_thread.interrupt_main`."""
    scheduler.pending.append(signum)


def _stack_size(size: int = 0) -> int:
    """`_thread.stack_size`: the stack is the real thread's, and its size is not the code's business."""
    return 0


def install() -> None:
    """Replaces what is in `_thread`."""
    _thread.allocate_lock = _thread.allocate = locks.Lock  # type: ignore[assignment]
    _thread.LockType = locks.Lock  # type: ignore[misc,assignment]
    _thread.RLock = locks.RLock  # type: ignore[misc,assignment]
    _thread.get_ident = _ident
    _thread.get_native_id = lambda: 100_000 + scheduler.me().number
    _thread.start_new_thread = _thread.start_new = _start
    _thread._set_sentinel = _sentinel  # type: ignore[attr-defined]
    _thread.interrupt_main = _interrupt_main
    _thread.stack_size = _stack_size
    _thread._count = lambda: len(scheduler.threads) - 1
    # A forced switch of the interpreter would let two threads of the operating system run at once for a moment.
    interval = [0.005]
    sys.setswitchinterval(1000.0)
    sys.setswitchinterval = lambda seconds: interval.__setitem__(0, seconds)
    sys.getswitchinterval = lambda: interval[0]
