"""What the agent logs at WARNING or above reaches the simulator: a loss that somebody could read of is not silent.

Every logger is heard, whatever handlers there are and wherever its records go. A record is not formatted, because that could run the agent's
code: its text is the template of its message. Nothing waits and nothing changes, so a run is the same with and without it.
"""

from __future__ import annotations

import sys
from typing import Any

from .imports import after
from .scheduler import scheduler

#: What a note of a record is, and that of a turn which the memory has.
LOGGED, TAKEN = 5, 6


def _hear(logging: Any) -> None:
    handle, warning = logging.Logger.handle, logging.WARNING

    def heard(self: Any, record: Any) -> None:
        if record.levelno >= warning:
            text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
            scheduler.note(LOGGED, f"{record.levelname} {record.name}: {text}")
        handle(self, record)

    logging.Logger.handle = heard


def install() -> None:
    """Hears the loggers, now or when they are imported."""
    if "logging" in sys.modules:
        _hear(sys.modules["logging"])
    else:
        after["logging"] = _hear
