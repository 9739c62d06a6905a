"""A memory that writes each turn to the made-up provider of `notes.toml`, and makes memory of it when its session ends. It has a planted bug.

A switch commits the session that it leaves, and the end of the process does not commit the open one unless the host announces it. A write that
fails is not repeated. Where the provider is stands in the environment and in a file, as the description says.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

from forget_me_not import Adapter, Turn


class Notes(Adapter):
    """Two messages for each turn."""

    provider = ("notes", "notes", 8080)

    def initialize(self, session: str) -> None:
        """Asks whether the provider is ready."""
        with open("notes/settings.json", encoding="utf-8") as file:
            assert json.load(file)["url"] == os.environ["NOTES_URL"] + "/"
        self._ask("GET", "/ready")

    def turn(self, turn: Turn) -> None:
        """Writes it."""
        notes = [{"by": by, "parts": [{"text": text}]} for by, text in (("user", turn.user), ("agent", turn.assistant))]
        try:
            self._ask("POST", f"/v1/{turn.session}/notes", {"notes": notes})
        except OSError as error:
            print(f"not stored: {turn.identity}: {error}")

    def prefetch(self, session: str) -> str | None:
        """Asks for memories."""
        return str(self._ask("POST", "/v1/search", {"q": session})["found"][0]["text"])

    def switch(self, old: str, new: str, adoption: str) -> None:
        """Commits the session that it leaves."""
        self.end(old)

    def end(self, session: str) -> None:
        """Commits."""
        self._ask("POST", f"/v1/{session}/commit", {"keep": 0})

    def _ask(self, method: str, path: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Token {os.environ['NOTES_KEY']}"}
        request = urllib.request.Request(os.environ["NOTES_URL"] + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)
