"""The price of an import: reading and running a module's file takes virtual time, by the file's length.

An import that takes no time hides races between the first use of a library and everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import _bootstrap_external
from os import stat as _stat
from typing import Any

from .scheduler import scheduler

#: ns for each KiB of a source file or a compiled library.
cost = [0]
_loader: Any = _bootstrap_external.SourceFileLoader
_exec_source = _loader.exec_module
_extension: Any = _bootstrap_external.ExtensionFileLoader
_exec_extension = _extension.exec_module


#: What is done to a module right after it was imported.
after: dict[str, Callable[[Any], None]] = {}


def _pay(loader: Any) -> None:
    if scheduler.active and cost[0]:
        try:
            size = _stat(loader.path).st_size
        except OSError:
            return
        scheduler.tick(cost[0] * size // 1024)
        scheduler.point("import")


def _source(self: Any, module: Any) -> None:
    _pay(self)
    _exec_source(self, module)
    if module.__name__ in after:
        after[module.__name__](module)


def _library(self: Any, module: Any) -> None:
    # A compiled library is mapped and not read: a tenth of the price.
    if scheduler.active:
        scheduler.tick(cost[0] * 20)
    _exec_extension(self, module)


def install() -> None:
    """Lets imports take time."""
    _loader.exec_module = _source
    _extension.exec_module = _library
