"""Signals: they reach the main thread at its next switch point, as CPython delivers them between two instructions of the main thread.

A signal that nobody handles ends the process in the way the kernel would. Timers and waits for signals are not simulated.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import sys
from collections.abc import Callable
from os import getpid as _real_pid
from os import kill as _real_kill
from typing import Any, NoReturn

from . import connections
from .refusals import refuse, refusing
from .scheduler import scheduler

_DEFAULT, _IGNORE = 0, 1
_set_real = _signal.signal
_IGNORED_BY_DEFAULT = (int(_signal.SIGCHLD), int(_signal.SIGURG), int(_signal.SIGWINCH), int(_signal.SIGCONT))
_frame = sys._getframe

#: What the process does with each signal.
handlers: dict[int, Any] = {}
_wakeup = [-1]
#: Called before the process dies of a signal: (reason, signal).
last_words: list[Callable[[str, int], None]] = []


def die(reason: str, signum: int) -> NoReturn:
    """The process dies of a signal, really."""
    for say in last_words:
        say(reason, signum)
    if signum != _signal.SIGKILL:
        _set_real(signum, _signal.SIG_DFL)
    _real_kill(_real_pid(), signum)
    raise AssertionError("a process outlived its signal")


def deliver() -> None:
    """The main thread handles the signals that wait for it."""
    while scheduler.pending:
        signum = scheduler.pending.pop(0)
        handler = handlers.get(signum, _DEFAULT)
        scheduler.note(0, f"signal {signum}")
        if _wakeup[0] >= 0:
            connections.push(_wakeup[0], bytes([signum]))
        if callable(handler):
            handler(signum, _frame(1))
        elif handler == _DEFAULT and signum not in _IGNORED_BY_DEFAULT:
            die("signal", signum)


def _signal_function(signum: int, handler: Any) -> Any:
    if scheduler.me() is not scheduler.main:
        raise ValueError("signal only works in main thread of the main interpreter")
    if not 1 <= int(signum) < _signal.NSIG:
        raise ValueError("signal number out of range")
    if not callable(handler) and handler not in (_DEFAULT, _IGNORE):
        raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
    if int(signum) in (_signal.SIGKILL, _signal.SIGSTOP):
        raise OSError(22, "Invalid argument")
    old = handlers.get(int(signum), _DEFAULT)
    handlers[int(signum)] = handler if callable(handler) else int(handler)
    return old


def _getsignal(signum: int) -> Any:
    return handlers.get(int(signum), _DEFAULT)


def _set_wakeup_fd(descriptor: int, *, warn_on_full_buffer: bool = True) -> int:
    old, _wakeup[0] = _wakeup[0], descriptor
    return old


def raise_signal(signum: int) -> None:
    """`signal.raise_signal`."""
    scheduler.pending.append(int(signum))
    scheduler.point("raise signal")


def install() -> None:
    """Replaces what is in `_signal`, and takes over the handlers that the interpreter has set."""
    for signum in range(1, _signal.NSIG):
        old = _signal.getsignal(signum)
        if callable(old):
            handlers[signum] = old
        elif old is not None and int(old) != _DEFAULT:
            handlers[signum] = int(old)
    _signal.signal = _signal_function
    _signal.getsignal = _getsignal
    _signal.set_wakeup_fd = _set_wakeup_fd
    _signal.raise_signal = raise_signal
    _signal.siginterrupt = lambda signum, flag: None
    for name in ("setitimer", "alarm", "pause", "sigwait", "sigwaitinfo", "sigtimedwait", "pthread_kill", "pidfd_send_signal"):
        setattr(_signal, name, refusing(f"signal.{name}"))
    scheduler.handle_signals = deliver


def kill(pid: int, signum: int, own: int) -> None:
    """`os.kill`: of the own process only."""
    if pid != own:
        refuse("os.kill of another process")
    if signum == 0:
        return
    if signum == _signal.SIGKILL:
        die("killed", signum)
    raise_signal(signum)
