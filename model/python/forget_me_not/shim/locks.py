"""`_thread.lock` and `_thread.RLock`. A lock has no queue: a waiting thread is one whose predicate may come true."""

from __future__ import annotations

from .scheduler import Thread, scheduler

_LONGEST = 9223372036.0


def _checked(blocking: bool, timeout: float) -> float:
    """The timeout of `acquire`, with the errors of the original."""
    if not blocking:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > _LONGEST:
        raise OverflowError("timeout value is too large")
    return timeout


class Lock:
    """`_thread.lock`."""

    __slots__ = ("_held", "__weakref__")

    def __init__(self) -> None:
        self._held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As the original."""
        seconds = None if timeout == -1 else _checked(blocking, timeout)
        scheduler.point("lock")
        if not self._held:
            self._held = True
            return True
        if not blocking or seconds == 0:
            return False
        if scheduler.block(self._is_free, seconds, "lock wait"):
            self._held = True
            return True
        return False

    def _is_free(self) -> bool:
        return not self._held

    def release(self) -> None:
        """As the original."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False
        scheduler.point("unlock")

    def locked(self) -> bool:
        """As the original."""
        return self._held

    def free(self) -> None:
        """Releases it, and nobody is preempted."""
        self._held = False

    __enter__ = acquire

    def __exit__(self, *_: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._held = False

    def __reduce__(self) -> str:
        raise TypeError("cannot pickle '_thread.lock' object")

    def __repr__(self) -> str:
        return f"<{'locked' if self._held else 'unlocked'} _thread.lock object at {id(self):#x}>"

    acquire_lock, release_lock, locked_lock = acquire, release, locked


class RLock:
    """`_thread.RLock`."""

    __slots__ = ("_owner", "_count", "__weakref__")

    def __init__(self) -> None:
        self._owner: Thread | None = None
        self._count = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As the original."""
        seconds = None if timeout == -1 else _checked(blocking, timeout)
        me = scheduler.me()
        if self._owner is me:
            self._count += 1
            return True
        scheduler.point("rlock")
        if self._owner is not None:
            if not blocking or seconds == 0:
                return False
            if not scheduler.block(self._is_free, seconds, "rlock wait"):
                return False
        self._owner, self._count = me, 1
        return True

    def _is_free(self) -> bool:
        return self._owner is None

    def release(self) -> None:
        """As the original."""
        if self._owner is not scheduler.me():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if self._count == 0:
            self._owner = None
            scheduler.point("unrlock")

    __enter__ = acquire

    def __exit__(self, *_: object) -> None:
        self.release()

    def _is_owned(self) -> bool:
        return self._owner is scheduler.me()

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _release_save(self) -> tuple[int, Thread | None]:
        if self._owner is None:
            raise RuntimeError("cannot release un-acquired lock")
        saved = (self._count, self._owner)
        self._owner, self._count = None, 0
        return saved

    def _acquire_restore(self, saved: tuple[int, Thread | None]) -> None:
        if self._owner is not None:
            scheduler.block(self._is_free, None, "rlock restore")
        self._count, self._owner = saved

    def _at_fork_reinit(self) -> None:
        self._owner, self._count = None, 0

    def __reduce__(self) -> str:
        raise TypeError("cannot pickle '_thread.RLock' object")

    def __repr__(self) -> str:
        held = "unlocked" if self._owner is None else "locked"
        owner = 0 if self._owner is None else self._owner.number
        return f"<{held} _thread.RLock object owner={owner} count={self._count} at {id(self):#x}>"


for _class, _name in ((Lock, "lock"), (RLock, "RLock")):
    _class.__name__ = _class.__qualname__ = _name
    _class.__module__ = "_thread"
