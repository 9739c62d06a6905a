"""Whether anything is left to say when the last `atexit` callback has run: objects whose end runs code, or writes a file.

The interpreter's finalization wipes every module, and costs as much as a short run. Nearly always nothing happens in it that anybody sees:
no object is left whose destructor does more than close what the end of the process closes anyway. Then the end may skip it.
"""

from __future__ import annotations

import gc
import io
from os import path
from types import AsyncGeneratorType, CodeType, CoroutineType, GeneratorType
from typing import Any

from .schedule import __file__ as _here

_LIBRARY = path.dirname(path.abspath(io.__file__)) + path.sep
_SHIM = path.dirname(path.abspath(_here)) + path.sep
#: Destructors there close connections, loops and transports, and warn.
_CLOSING = ("asyncio", "aiohttp", "anyio", "httpx", "httpcore", "urllib3", "requests", "openai")
_SUSPENDED = {GeneratorType: "gi", CoroutineType: "cr", AsyncGeneratorType: "ag"}
_WRITERS = (io.BufferedWriter, io.BufferedRandom, io.TextIOWrapper)
#: What the template has made is frozen, and no run looks at it again.
_template_has_some = [False]
_get_objects = gc.get_objects


def _only_closes(file: str) -> bool:
    if file.startswith(_SHIM):
        return True
    _, _, rest = file.rpartition("site-packages" + path.sep)
    if rest == file and file.startswith(_LIBRARY):
        rest = file[len(_LIBRARY) :]
    return rest.split(path.sep)[0] in _CLOSING


def _may_speak(kind: type) -> bool:
    """Whether a type has a destructor of its own. Those of C code close files and the like."""
    for base in kind.__mro__:
        found = vars(base).get("__del__")
        if found is not None:
            code = getattr(found, "__code__", None)
            return code is not None and not _only_closes(code.co_filename)
    return False


def _is_unwritten(file: Any) -> bool:
    try:
        return not file.closed and file.writable() and file.fileno() not in (0, 1, 2)
    except (OSError, ValueError):
        return False


def _would_run(frame_owner: Any, prefix: str) -> bool:
    """Whether a suspended function has a `finally`, an `except` or a `with` that its end would run."""
    code: CodeType = getattr(frame_owner, prefix + "_code")
    frame = getattr(frame_owner, prefix + "_frame")
    return frame is not None and frame.f_lasti >= 0 and bool(code.co_exceptiontable) and not _only_closes(code.co_filename)


def are_left() -> bool:
    """Whether an object of this run, or of the template, has last words."""
    return _template_has_some[0] or _among(_get_objects())


def _among(objects: list[Any]) -> bool:
    kinds = {id(kind): kind for kind in map(type, objects)}
    if any(map(_may_speak, kinds.values())):
        return True
    interesting = {id(kind) for kind in (*_SUSPENDED, *_WRITERS)} & kinds.keys()
    if not interesting:
        return False
    for one in objects:
        kind = type(one)
        if id(kind) not in interesting:
            continue
        if kind in _SUSPENDED:
            if _would_run(one, _SUSPENDED[kind]):
                return True
        elif _is_unwritten(one):
            return True
    return False


def look_at_template() -> None:
    """Called in the template, right before its objects are frozen."""
    _template_has_some[0] = _among(_get_objects())
