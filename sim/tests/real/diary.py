"""A memory with a file: what was not sent is sent by the next process. A turn whose text names a misdeed does it."""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping

from forget_me_not import Adapter, Turn


def _call_from_a_thread_of_c() -> None:
    """A thread that Python has not started calls Python."""
    library = ctypes.CDLL(None)
    callback = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: threading.Lock().acquire() and None)
    thread = ctypes.c_ulong()
    library.pthread_create(ctypes.byref(thread), None, callback, None)
    library.pthread_join(thread, None)


def _looks_around() -> None:
    """A thread that the interpreter waits for at its end, without end."""
    while True:
        time.sleep(1)


class Diary(Adapter):
    """Writes each turn down, and sends all lines when it begins and ends."""

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self._sent = 0

    def initialize(self, session: str) -> None:
        """Sends what an earlier process has left."""
        if os.path.exists("diary.txt"):
            self.shutdown()

    def turn(self, turn: Turn) -> None:
        """Writes the turn down."""
        self._misdeed(turn.user)
        with open("diary.txt", "a", encoding="utf-8") as file:
            file.write(json.dumps([turn.session, turn.identity, turn.user, turn.assistant]) + "\n")

    def _misdeed(self, text: str) -> None:
        if "crash" in text:
            ctypes.string_at(0)
        if "garbage" in text:
            os.write(500, b"what is this?" * 3)
        if "subprocess" in text:
            subprocess.run(["true"], check=True)
        if "silence" in text:
            os._exit(3)
        if "exit" in text:
            sys.exit(0)
        if "close" in text:
            os.close(500)
        if "raise" in text:
            raise ValueError("no")
        if "hang" in text:
            sum(iter(int, 1))
        while "circles" in text:
            pass
        if "fork" in text:
            ctypes.CDLL(None).fork()
        if "thread" in text:
            _call_from_a_thread_of_c()
        if "refusal" in text:
            atexit.register(lambda: sum(iter(int, 1)))
        if "watchman" in text:
            threading.Thread(target=_looks_around).start()

    def shutdown(self) -> None:
        """Sends everything that was not sent."""
        with open("diary.txt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        for session, identity, user, assistant in lines[self._sent :]:
            content = json.dumps([{"role": "user", "content": user}, {"role": "assistant", "content": assistant}])
            item = {"content": content, "document_id": f"{session}:{identity}", "tags": [f"session:{session}"]}
            body = json.dumps({"items": [item | {"metadata": {"session_id": session}}]}).encode()
            url = "http://hindsight:8888/v1/default/banks/hermes/memories"
            urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=5).read()
            self._sent += 1
