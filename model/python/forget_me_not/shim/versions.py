"""Which interpreters can be simulated. Imported first: the rest of the shim may not even load in another version."""

from __future__ import annotations

import sys

SUPPORTED = ((3, 11),)
#: Modules that must not exist yet: they keep what they find when they are imported.
_TOO_EARLY = ("threading", "socket", "selectors", "queue", "random", "asyncio", "concurrent.futures", "signal", "sqlite3", "ssl")


def obstacle() -> str | None:
    """Why this interpreter cannot be simulated, if it cannot."""
    if sys.implementation.name != "cpython":
        return f"{sys.implementation.name} is not supported: the shim knows CPython 3.11"
    if sys.version_info[:2] not in SUPPORTED:
        return f"CPython {sys.version.split()[0]} is not supported: the shim knows CPython 3.11"
    if sys.platform != "linux":
        return f"{sys.platform} is not supported: the shim knows Linux"
    early = [name for name in _TOO_EARLY if name in sys.modules]
    return f"already imported before the shim: {', '.join(early)}" if early else None
