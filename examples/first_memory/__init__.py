import json
import os
import urllib.request

from agent.memory_provider import MemoryProvider


class FirstMemory(MemoryProvider):
    """Sends each turn at once, and forgets about it."""

    name = "first_memory"

    def is_available(self):
        return "FIRST_MEMORY_URL" in os.environ

    def initialize(self, session_id, **kwargs):
        self._session = session_id

    def get_tool_schemas(self):
        return []

    def sync_turn(self, user_content, assistant_content, *, session_id="", messages=None):
        texts = [("user", user_content), ("assistant", assistant_content)]
        body = {"messages": [{"role": role, "text": text} for role, text in texts]}
        url = f"{os.environ['FIRST_MEMORY_URL']}/sessions/{self._session}"
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), method="POST"), timeout=5)


def register(ctx):
    ctx.register_memory_provider(FirstMemory())
