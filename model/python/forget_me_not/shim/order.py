"""Order by creation: what the library orders by addresses, in sets, is ordered by the number of its creation.

An address depends on the length of a path and on everything that was allocated before. Two machines with the same versions would otherwise
wake the waiters of a set in different orders.
"""

from __future__ import annotations

import itertools
from typing import Any

from . import imports

_count = itertools.count(1)


def _number(kind: Any) -> None:
    """Gives a class of the library numbered objects."""

    def new(cls: Any, *_: Any, **__: Any) -> Any:
        self: Any = object.__new__(cls)
        self._creation = next(_count)
        return self

    kind.__new__ = new
    kind.__hash__ = lambda self: self._creation


def _numbered(base: Any, *parents: Any) -> Any:
    """A class of C code, with numbered objects."""
    new = base.__new__

    class Numbered(base, *parents):  # type: ignore[misc]
        __slots__ = ()

        def __new__(cls, *_: Any, **__: Any) -> Any:
            self = new(cls)
            self._creation = next(_count)
            return self

        def __hash__(self) -> int:
            return self._creation  # type: ignore[no-any-return]

    Numbered.__name__ = Numbered.__qualname__ = base.__name__
    Numbered.__module__ = base.__module__
    return Numbered


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
