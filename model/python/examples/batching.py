"""An example of an adapter: a memory that sends turns in batches, from a thread of its own. It has a planted bug.

Every second turn completes a batch, and the writer sends it to a Hindsight server. `shutdown` waits for the writer. The bug: it waits for
what was queued, and a turn in a batch that is not full was never queued. Its text is lost without a word.
"""

from __future__ import annotations

import json
import queue
import threading
import urllib.request
from collections.abc import Mapping
from typing import Any

from forget_me_not import Adapter, Turn


class Batching(Adapter):
    """Two turns for each request."""

    provider = ("hindsight", "hindsight", 8888)

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self._size = int(options.get("retain_every_n_turns", "2"))
        self._batch: list[Turn] = []
        self._queue: queue.Queue[list[Turn] | None] = queue.Queue()
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)

    def initialize(self, session: str) -> None:
        """Starts the writer."""
        self._writer.start()

    def turn(self, turn: Turn) -> None:
        """Queues the batch when it is full."""
        self._batch.append(turn)
        if len(self._batch) >= self._size:
            self._queue.put(self._batch)
            self._batch = []

    def switch(self, old: str, new: str, adoption: str) -> None:
        """The batch goes on: each turn knows its session."""

    def prefetch(self, session: str) -> str | None:
        """Asks the server."""
        query = {"query": session, "budget": "low", "max_tokens": 1000}
        return "\n".join(one["text"] for one in self._post("memories/recall", query)["results"])

    def shutdown(self) -> None:
        """Waits until the queue is empty, at most ten seconds. Here the partial batch is forgotten."""
        self._queue.put(None)
        self._writer.join(10)

    def _write(self) -> None:
        while (batch := self._queue.get()) is not None:
            for turn in batch:
                content = json.dumps([{"role": "user", "content": turn.user}, {"role": "assistant", "content": turn.assistant}])
                item = {"content": content, "document_id": f"{turn.session}:{turn.identity}", "tags": [f"session:{turn.session}"]}
                try:
                    self._post("memories", {"items": [item | {"metadata": {"session_id": turn.session}}]})
                except OSError as error:
                    print(f"not stored: {turn.identity}: {error}")

    def _post(self, resource: str, content: Any) -> Any:
        _, host, port = self.provider
        url = f"http://{host}:{port}/v1/default/banks/hermes/{resource}"
        request = urllib.request.Request(url, json.dumps(content).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=float(self.options.get("timeout", "5"))) as answer:
            return json.load(answer)
