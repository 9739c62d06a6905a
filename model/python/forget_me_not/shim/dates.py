"""`datetime`: the current moment, put into the C types themselves, so that every subclass and every copy of the type has it."""

from __future__ import annotations

import datetime
import gc
from ctypes import py_object, pythonapi
from typing import Any

from .clock import wall


def _now(cls: Any, tz: Any = None) -> Any:
    return cls.fromtimestamp(wall(), tz)


def _utcnow(cls: Any) -> Any:
    return cls.utcfromtimestamp(wall())


def _today(cls: Any) -> Any:
    return cls.fromtimestamp(wall())


def _put(kind: type, name: str, function: Any) -> None:
    """Puts a class method into a type that cannot be changed."""
    (attributes,) = (one for one in gc.get_referents(kind.__dict__) if isinstance(one, dict))
    attributes[name] = classmethod(function)
    pythonapi.PyType_Modified(py_object(kind))


def install() -> None:
    """Replaces what is in `datetime`."""
    _put(datetime.datetime, "now", _now)
    _put(datetime.datetime, "utcnow", _utcnow)
    _put(datetime.datetime, "today", _today)
    _put(datetime.date, "today", _today)
