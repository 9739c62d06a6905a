"""An adapter whose turn runs a piece of code: the session's name is ignored, the user's text is the code."""

from __future__ import annotations

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
