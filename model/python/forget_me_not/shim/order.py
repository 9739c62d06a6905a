"""Order by creation: what the library orders by addresses, in sets, is ordered by the number of its creation.

An address depends on the length of a path and on everything that was allocated before. Two machines with the same versions would otherwise
wake the waiters of a set in different orders.
"""

from __future__ import annotations

import itertools
from typing import Any

from . import imports

_count = itertools.count(1)


def _counting(create: Any) -> Any:
    """A `__new__` that numbers what it makes."""

    def new(cls: Any, *_: Any, **__: Any) -> Any:
        self = create(cls)
        self._creation = next(_count)
        return self

    return new


def _creation(self: Any) -> int:
    return self._creation  # type: ignore[no-any-return]


def _number(kind: Any) -> None:
    """Numbers the objects of a class in Python."""
    kind.__new__ = _counting(object.__new__)
    kind.__hash__ = _creation


def _numbered(base: Any, *parents: Any) -> Any:
    """A class of C code cannot be changed: this one takes its place, and numbers its objects."""
    names = {"__slots__": (), "__module__": base.__module__, "__new__": _counting(base.__new__), "__hash__": _creation}
    return type(base.__name__, (base, *parents), names)


def _number_futures(module: Any) -> None:
    module.Future = module._CFuture = _numbered(module.Future)


def _number_tasks(module: Any) -> None:
    # A task is a future.
    module.Task = module._CTask = _numbered(module.Task, module.futures.Future)


def install() -> None:
    """Numbers threads and futures, now or when they are imported."""
    import threading
    from concurrent.futures import _base

    def acquire_in_order(self: Any, futures: Any) -> None:
        self.futures = sorted(futures, key=lambda future: future._creation)

    threading.main_thread()._creation = 0  # type: ignore[attr-defined]
    _number(_base.Future)
    _number(threading.Thread)
    _base._AcquireFutures.__init__ = acquire_in_order  # type: ignore[method-assign]
    imports.after["asyncio.futures"] = _number_futures
    imports.after["asyncio.tasks"] = _number_tasks
