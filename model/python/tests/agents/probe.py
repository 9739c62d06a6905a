"""An adapter whose call runs a piece of code.

What many pieces of code import is imported here, once.
"""

from __future__ import annotations

import asyncio  # noqa: F401
import concurrent.futures.thread  # noqa: F401
import http.client  # noqa: F401
import queue  # noqa: F401
import sqlite3  # noqa: F401
import urllib.request  # noqa: F401
from typing import Any

from forget_me_not import Adapter, Turn


class Probe(Adapter):
    """Runs what it is told. `out(text)` answers."""

    def initialize(self, session: str) -> None:
        """Nothing to do."""

    def turn(self, turn: Turn) -> None:
        """Not used."""

    def prefetch(self, session: str) -> str | None:
        """Runs the code in the argument, and answers what it said."""
        said: list[str] = []
        names: dict[str, Any] = {"out": lambda *parts: said.append(" ".join(map(str, parts))), "__name__": "probe"}
        exec(compile(session, "probe_code.py", "exec"), names)
        return "\n".join(said)
