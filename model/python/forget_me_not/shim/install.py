"""Puts the shim in place: before `threading` exists, and from the script, not from an import, whose lock would change its owner."""

from __future__ import annotations

import sys
from functools import partial
from types import FunctionType
from typing import Any

from . import (
    chance,
    clock,
    collector,
    database,
    dates,
    exits,
    files,
    imports,
    logs,
    order,
    points,
    polling,
    signals,
    sockets,
    threads,
    unsimulated,
)

_PARTS = (exits, threads, clock, dates, chance, signals, sockets, polling, files, database, unsimulated, collector, imports, logs, points)
_names: list[str] = []
_hidden: list[Any] = []


def install() -> None:
    """Replaces everything."""
    before = _snapshot()
    for part in _PARTS:
        part.install()
    _free_of_classes(before)
    _rebind(before)
    _tame_library()


def _snapshot() -> dict[str, dict[str, Any]]:
    """The functions and types of the modules that will be changed."""
    names = ("_thread", "time", "_random", "_signal", "_socket", "select", "os", "gc", "fcntl", "sys")
    return {name: dict(vars(sys.modules[name])) for name in names if name in sys.modules}


def _free_of_classes(before: dict[str, dict[str, Any]]) -> None:
    """A built-in function that is kept in a class does not become a method, as one in Python would (`logging.Formatter.converter`)."""
    for name in before:
        module = sys.modules[name]
        for key, value in list(vars(module).items()):
            if isinstance(value, FunctionType) and value.__module__.startswith("forget_me_not"):
                free = partial(value)
                free.__name__, free.__doc__ = key, value.__doc__  # type: ignore[attr-defined]
                setattr(module, key, free)


def _rebind(before: dict[str, dict[str, Any]]) -> None:
    """Modules that already took a function into their own namespace get the new one."""
    changed = {}
    for name, old in before.items():
        new = vars(sys.modules[name])
        for key, value in old.items():
            if callable(value) and new.get(key) is not value and key in new:
                changed[id(value)] = (value, new[key])
    for name, module in list(sys.modules.items()):
        if module is None or name.startswith("forget_me_not") or not hasattr(module, "__dict__"):
            continue
        for key, value in list(vars(module).items()):
            found = changed.get(id(value))
            if found is not None and found[0] is value:
                setattr(module, key, found[1])


def _tame_library() -> None:
    """What the library draws or counts by itself."""
    import threading
    import uuid

    assert threading.main_thread().ident == 1
    uuid._node = 0x02_00_00_00_00_01  # type: ignore[attr-defined]
    order.install()


def prepare_to_hide() -> None:
    """Finds the modules of the shim, in the template: a search in a run would copy every page that holds a module's name."""
    _names.extend(name for name in sys.modules if name.startswith("forget_me_not.shim"))


def hide() -> None:
    """Takes the shim out of `sys.modules`, whose modules the interpreter wipes when it ends."""
    for name in _names:
        _hidden.append(sys.modules.pop(name))
