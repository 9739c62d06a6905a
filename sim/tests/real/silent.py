"""An agent that asks its provider for the version, and sends it nothing else."""

from __future__ import annotations

import socket

from forget_me_not import Adapter, Turn


class Silent(Adapter):
    """Its turns are lost, whatever it has the time for."""

    provider = ("hindsight", "hindsight", 8888)

    def initialize(self, session: str) -> None:
        """Nothing to do."""

    def turn(self, turn: Turn) -> None:
        """Asks, and waits for the first bytes of an answer."""
        with socket.create_connection(("hindsight", 8888)) as provider:
            provider.sendall(b"GET /version HTTP/1.1\r\nhost: hindsight\r\n\r\n")
            provider.recv(1000)

    def shutdown(self) -> None:
        """Nothing to do."""

    def reinitialize(self, session: str) -> None:
        """Nothing to do."""
