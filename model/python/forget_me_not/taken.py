"""Which turns a plugin of Hermes has: those for which its `sync_turn` has returned.

The host acknowledges a turn when it has queued it, and calls the plugin on a worker. A turn whose process ends in between is lost to the host, and
no plugin could have kept it. This is a file of its own because the adapter's has switch points, and watching must not make any.
"""

from __future__ import annotations

import functools
from typing import Any

from forget_me_not import took


class Taken:
    """Watches one plugin."""

    def __init__(self, plugin: Any) -> None:
        self._identities: dict[str, str] = {}
        original = plugin.sync_turn

        @functools.wraps(original)
        def sync_turn(user: str, *arguments: Any, **keywords: Any) -> Any:
            try:
                return original(user, *arguments, **keywords)
            finally:
                # It has the turn even if it raises an exception: nobody hands it over again.
                took(self._identities.get(user, ""))

        plugin.sync_turn = sync_turn
        took("")

    def comes(self, text: str, identity: str) -> None:
        """The host will hand over this turn."""
        self._identities[text] = identity
