"""What the shim cannot simulate ends the run, with its name and the place that asked for it.

An exception would be caught by the code under test, which then does something that it never does in reality: a wrong verdict.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from os import path
from types import FrameType
from typing import NoReturn

_SHIM = path.dirname(path.dirname(path.abspath(__file__))) + path.sep
_LIBRARY = path.dirname(path.abspath(path.__file__ or "")) + path.sep
_frame = sys._getframe


class Refused(BaseException):
    """A refusal in the template, where no run is that it could end."""


#: Ends the run: (what, file, line, function). The scheduler puts its own here.
end: list[Callable[[str, str, int, str], NoReturn]] = []


def caller(frame: FrameType | None) -> tuple[str, int, str]:
    """The nearest place outside the shim and the standard library; else the outermost one."""
    best = ("?", 0, "?")
    while frame is not None:
        file = frame.f_code.co_filename
        best = (file, frame.f_lineno, frame.f_code.co_name)
        in_library = file.startswith(_LIBRARY) and "site-packages" not in file
        if not in_library and not file.startswith(_SHIM) and not file.startswith("<frozen"):
            return best
        frame = frame.f_back
    return best


def _through(frame: FrameType | None) -> str | None:
    """The module of the library that the caller came through, if it is one that people know by name."""
    found = None
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_LIBRARY):
            if file.endswith("/subprocess.py"):
                found = "subprocess"
            elif "/multiprocessing/" in file:
                found = "multiprocessing"
        frame = frame.f_back
    return found


def refuse(what: str) -> NoReturn:
    """Ends the run, because `what` is not simulated."""
    what = _through(_frame(1)) or what
    file, line, function = caller(_frame(1))
    if end:
        end[0](what, file, line, function)
    raise Refused(f"not simulated: {what}, called by {file}:{line} ({function})")


def refusing(what: str) -> Callable[..., NoReturn]:
    """A function that ends the run."""

    def refused(*_: object, **__: object) -> NoReturn:
        refuse(what)

    return refused
