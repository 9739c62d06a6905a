"""`select`: waiting for several sockets. `selectors` and the event loops of `asyncio` stand on it, unmodified.

A real file descriptor would make the process wait for real: it is refused.
"""

from __future__ import annotations

import select
from collections.abc import Iterable
from typing import Any

from .connections import UP, Connection, of_descriptor
from .refusals import refuse
from .scheduler import scheduler

_IN, _OUT, _ERR, _HUP, _NVAL = select.POLLIN, select.POLLOUT, select.POLLERR, select.POLLHUP, select.POLLNVAL
_ONE_SHOT = getattr(select, "EPOLLONESHOT", 0)


def _number(file: Any) -> int:
    descriptor = file if isinstance(file, int) else file.fileno()
    if not isinstance(descriptor, int):
        raise TypeError("argument must be an int, or have a fileno() method.")
    if descriptor < 0:
        raise ValueError("file descriptor cannot be a negative integer (-1)")
    if descriptor not in of_descriptor and descriptor < 100_000:
        refuse("a wait for a real file descriptor")
    return descriptor


def _connection(file: Any) -> Connection:
    found = of_descriptor.get(_number(file))
    if found is None:
        raise OSError(9, "Bad file descriptor")
    return found


def _select(rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None) -> Any:
    """`select.select`."""
    reading = [(file, _connection(file)) for file in rlist]
    writing = [(file, _connection(file)) for file in wlist]
    for file in xlist:
        _connection(file)

    def ready() -> tuple[list[Any], list[Any]]:
        return [file for file, one in reading if one.is_readable()], [file for file, one in writing if one.is_writable()]

    _wait(lambda: any(ready()), timeout, "select")
    return (*ready(), [])


def _wait(ready: Any, timeout: float | None, label: str) -> None:
    scheduler.point(label)
    if ready():
        return
    if timeout is not None and 0 <= timeout < 1e-9:
        return
    scheduler.block(ready, timeout, label + " wait")


class Poll:
    """`select.poll` and `select.epoll`. Ready files come in the order in which they were registered."""

    _seconds = 1e-3

    def __init__(self) -> None:
        self._events: dict[int, int] = {}
        self._closed = False

    def register(self, fd: Any, eventmask: int = _IN | _OUT) -> None:
        """As the original."""
        self._events[_number(fd)] = int(eventmask)

    def modify(self, fd: Any, eventmask: int) -> None:
        """As the original."""
        if _number(fd) not in self._events:
            raise FileNotFoundError(2, "No such file or directory")
        self._events[_number(fd)] = int(eventmask)

    def unregister(self, fd: Any) -> None:
        """As the original."""
        del self._events[_number(fd)]

    def _is_ready(self) -> bool:
        for descriptor, wanted in self._events.items():
            one = of_descriptor.get(descriptor)
            # Nearly all are quiet, and asked each time that another thread waits.
            if one is not None and (wanted != _IN or one.arrived or one.at_end or one.error or one.state != UP) and _events(one, wanted):
                return True
        return False

    def _ready(self) -> list[tuple[int, int]]:
        found = []
        for descriptor, wanted in self._events.items():
            one = of_descriptor.get(descriptor)
            events = 0 if one is None else _events(one, wanted)
            if events:
                found.append((descriptor, events))
        return found

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        """As the original."""
        seconds = None if timeout is None or timeout < 0 else timeout * self._seconds
        _wait(self._is_ready, seconds, "poll")
        found = self._ready()
        found = found[:maxevents] if maxevents > 0 else found
        for descriptor, _ in found:
            if self._events[descriptor] & _ONE_SHOT:
                self._events[descriptor] = 0
        return found


def _events(connection: Connection, wanted: int) -> int:
    events = 0
    if wanted & _IN and connection.is_readable():
        events |= _IN
    if wanted & _OUT and connection.is_writable():
        events |= _OUT
    if wanted and connection.error:
        events |= _ERR
    if wanted and connection.is_hung_up():
        events |= _HUP
    return events


class Epoll(Poll):
    """`select.epoll`."""

    _seconds = 1.0

    def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
        super().__init__()
        self.closed = False

    def register(self, fd: Any, eventmask: int = _IN | _OUT) -> None:
        """As the original."""
        if _number(fd) in self._events:
            raise FileExistsError(17, "File exists")
        super().register(fd, eventmask)

    def unregister(self, fd: Any) -> None:
        """As the original."""
        if self._events.pop(_number(fd), None) is None:
            raise FileNotFoundError(2, "No such file or directory")

    def fileno(self) -> int:
        """A number that nothing else has."""
        return 99_999

    def close(self) -> None:
        """As the original."""
        self.closed = True
        self._events.clear()

    def __enter__(self) -> Epoll:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def install() -> None:
    """Replaces what is in `select`."""
    select.select = _select
    select.poll = Poll  # type: ignore[misc,assignment]
    select.epoll = Epoll  # type: ignore[misc,assignment]
