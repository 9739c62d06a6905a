"""Doors that are closed: other processes, TLS, semaphores of the kernel, other event loops. Whoever goes through one ends the run, by name.

Importing the modules is fine: many libraries import what they never use.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from . import imports
from .refusals import refuse, refusing


def _close_processes() -> None:
    import _posixsubprocess

    _posixsubprocess.fork_exec = refusing("subprocess")
    for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system"):
        if hasattr(os, name):
            setattr(os, name, refusing(f"os.{name}"))
    for name in ("execv", "execve"):
        setattr(os, name, refusing("os.exec"))


class _Semaphore:
    """`_multiprocessing.SemLock`."""

    SEM_VALUE_MAX = 2147483647

    def __init__(self, *_: Any, **__: Any) -> None:
        refuse("multiprocessing")

    @staticmethod
    def _rebuild(*_: Any) -> None:
        refuse("multiprocessing")


def _close_multiprocessing() -> None:
    try:
        import _multiprocessing  # type: ignore[import-not-found]
    except ImportError:
        return
    _multiprocessing.SemLock = _Semaphore


def _close_tls() -> None:
    try:
        import _ssl
    except ImportError:
        return
    base = _ssl._SSLContext

    class Context(base):  # type: ignore[misc,valid-type]
        """`_ssl._SSLContext`: it can be set up, and never used. Certificates are not read, because that takes 50 ms."""

        def _wrap_socket(self, *_: Any, **__: Any) -> None:
            refuse("TLS")

        def _wrap_bio(self, *_: Any, **__: Any) -> None:
            refuse("TLS")

        def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
            """Only a missing file is noticed."""
            for path in (cafile, capath):
                if path is not None:
                    os.stat(path)

        def set_default_verify_paths(self) -> None:
            """Reads nothing."""

    Context.__name__ = Context.__qualname__ = "_SSLContext"
    Context.__module__ = "_ssl"
    _ssl._SSLContext = Context  # type: ignore[misc]
    _ssl.RAND_bytes = os.urandom
    _ssl.RAND_pseudo_bytes = lambda size: (os.urandom(size), True)


def _know_no_processor(platform: Any) -> None:
    """Its name would take a process, `uname -p`, which says nothing on most systems. Many clients send the whole platform as a header."""
    platform._Processor.get_linux = staticmethod(str)


def _close(*names: str) -> Any:
    """Closes functions of a module that brings an event loop of its own."""

    def close(module: Any) -> None:
        for name in names:
            setattr(module, name, refusing(module.__name__.partition(".")[0]))

    return close


def _close_loops() -> None:
    imports.after["platform"] = _know_no_processor
    imports.after["uvloop"] = _close("new_event_loop", "Loop")
    imports.after["gevent"] = _close("spawn", "spawn_later", "sleep", "joinall", "wait", "get_hub")
    imports.after["gevent.monkey"] = _close("patch_all", "patch_socket", "patch_thread", "patch_time")


def install() -> None:
    """Closes the doors, and leaves modules out whose Python versions can be simulated."""
    _close_processes()
    _close_multiprocessing()
    _close_tls()
    _close_loops()
    sys.modules["_queue"] = sys.modules["_uuid"] = None  # type: ignore[assignment]
