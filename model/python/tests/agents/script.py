"""An adapter whose call runs a script in `__main__`, as `python script.py` does."""

from __future__ import annotations

import asyncio  # noqa: F401
import concurrent.futures.thread  # noqa: F401
import logging  # noqa: F401
import sys

from forget_me_not import Adapter, Turn


class Script(Adapter):
    """Runs what it is told."""

    def initialize(self, session: str) -> None:
        """Nothing to do."""

    def turn(self, turn: Turn) -> None:
        """Not used."""

    def prefetch(self, session: str) -> str | None:
        """Runs the code in the argument."""
        exec(compile(session, "script.py", "exec"), vars(sys.modules["__main__"]))
        return None
