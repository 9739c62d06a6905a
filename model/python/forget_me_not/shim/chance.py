"""Random sources: all of them draw from the run's seed, apart from the schedule's.

A generator without a seed of its own gets a drawn one, and the kernel's random bytes are drawn. The hash seed is fixed by the launcher.
"""

from __future__ import annotations

import _random
import os
from _random import Random as _Random
from sys import modules
from typing import Any

_APART = 0x5BD1E995
_bytes = _Random(_APART)


def begin(seed: int) -> None:
    """The source of a run, and of the functions of `random`."""
    _bytes.seed(seed ^ _APART)
    if "random" in modules:
        modules["random"].seed(seed)


def urandom(size: int) -> bytes:
    """`os.urandom`."""
    if size < 0:
        raise ValueError("negative argument not allowed")
    return _bytes.getrandbits(8 * size).to_bytes(size, "little") if size else b""


def _getrandom(size: int, flags: int = 0) -> bytes:
    return urandom(size)


class Random(_Random):
    """`_random.Random`, the base of `random.Random`."""

    def seed(self, value: Any = None) -> None:
        """Without a value, a drawn one."""
        super().seed(_bytes.getrandbits(256) if value is None else value)


def install() -> None:
    """Replaces what is in `_random` and `os`."""
    Random.__module__ = "_random"
    _random.Random = Random  # type: ignore[misc]
    os.urandom = urandom
    if hasattr(os, "getrandom"):
        os.getrandom = _getrandom
