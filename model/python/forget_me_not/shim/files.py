"""What the process learns from the operating system besides the clock and the network: its number, folders, locks on files.

Files are real, in a folder that belongs to the run. Listings are sorted, because a file system's own order differs from run to run. A lock
that is taken is waited for in virtual time. File times are real, and the price of a disk is not simulated.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from typing import Any

from . import connections, signals
from .clock import sleep
from .refusals import refusing

#: The process's number in the simulated world.
pid = [1]
_listdir, _scandir, _close = os.listdir, os.scandir, os.close
_flock, _lockf, _LOCK_NB = fcntl.flock, fcntl.lockf, fcntl.LOCK_NB
_RETRY = 0.01


class Scan:
    """`os.scandir`, sorted by name."""

    def __init__(self, path: Any) -> None:
        with _scandir(path) as entries:
            self._entries: Iterator[Any] = iter(sorted(entries, key=lambda entry: entry.name))

    def __iter__(self) -> Iterator[Any]:
        return self._entries

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> Scan:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """No more entries."""
        self._entries = iter(())


def _sorted_list(path: Any = None) -> list[Any]:
    return sorted(_listdir(path) if path is not None else _listdir())


def _sorted_scan(path: Any = ".") -> Any:
    return Scan(path)


def _patient(lock: Any) -> Any:
    """A lock that is waited for in virtual time."""

    def locked(fd: Any, operation: int, *rest: Any) -> Any:
        while True:
            try:
                return lock(fd, operation | _LOCK_NB, *rest)
            except BlockingIOError:
                if operation & _LOCK_NB:
                    raise
                sleep(_RETRY)
            except PermissionError:
                if lock is _flock or operation & _LOCK_NB:
                    raise
                sleep(_RETRY)

    return locked


def _close_any(fd: int) -> None:
    if fd in connections.of_descriptor:
        connections.forget(fd)
    else:
        _close(fd)


def _kill(target: int, signum: int) -> None:
    signals.kill(target, int(signum), pid[0])


def _uname() -> os.uname_result:
    return os.uname_result(("Linux", "agent", "6.0.0", "#1", "x86_64"))


def install() -> None:
    """Replaces what is in `os` and `fcntl`."""
    os.listdir, os.scandir, os.close = _sorted_list, _sorted_scan, _close_any
    os.getpid = lambda: pid[0]
    os.getppid = lambda: 1
    os.kill = _kill
    os.uname = _uname
    os.cpu_count = lambda: 4
    os.sched_getaffinity = lambda process: {0, 1, 2, 3}
    os.getloadavg = lambda: (0.0, 0.0, 0.0)
    os.sched_yield = lambda: sleep(0)
    fcntl.flock, fcntl.lockf = _patient(_flock), _patient(_lockf)
    if hasattr(os, "sendfile"):
        del os.sendfile
    for name in ("pipe", "pipe2", "eventfd", "killpg", "wait", "wait3", "wait4", "waitpid", "waitid"):
        setattr(os, name, refusing(f"os.{name}"))
