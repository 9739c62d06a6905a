"""A memory plugin of Hermes that keeps its promises, as small as it can be.

A turn goes into a file before anything else happens, and leaves it when the server has said that it holds it. One thread sends what is in the
file, the oldest first, each entry under a key of its own for as long as it takes. A lock makes it one, however many agents and programs there are.
"""

import fcntl
import http.client
import json
import logging
import os
import sqlite3
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import quote, urlsplit

from agent.memory_provider import MemoryProvider

logger = logging.getLogger(__name__)
#: A request may take so long, an end of the memory, and the pause behind a failure, in seconds.
WRITE, RECALL, END, PAUSES = 5, 3, 3, (0.5, 1, 2, 4, 8)
#: What is refused so often for the text's own sake is not asked for again.
TRIES = 3
#: Refusals that say nothing about the text.
PASSING = (401, 403, 408, 409, 425, 429)


class Outbox:
    """Entries in a file: what the server has to do, in its order. It also knows what each session holds, and from which it was forked."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA synchronous = FULL")
        self._do("CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, key TEXT, session TEXT, mode TEXT, messages TEXT, kept INT, waits INT)")
        self._do("CREATE TABLE IF NOT EXISTS parents (session TEXT PRIMARY KEY, parent TEXT)")

    def _do(self, sql, *values):
        with self._lock:
            return self._file.execute(sql, values).fetchall()

    def add(self, session, messages, mode="append", kept=True):
        self._do("INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, 1)", uuid.uuid4().hex, session, mode, json.dumps(messages), kept)

    def turns(self, session):
        return self._do("SELECT id, messages FROM entries WHERE session = ? AND kept ORDER BY id", session)

    def undo(self, session):
        """The session's last turn is gone: the server gets the session without it."""
        turns = self.turns(session)
        if turns:
            self._do("UPDATE entries SET kept = 0 WHERE id = ?", turns[-1][0])
            rest = [message for _, messages in turns[:-1] for message in json.loads(messages)]
            self.add(session, rest or [{"role": "system", "text": "(nothing)", "tags": []}], "replace", kept=False)

    def fork(self, session, parent):
        self._do("INSERT OR IGNORE INTO parents VALUES (?, ?)", session, parent)

    def parent(self, session):
        return self._do("SELECT parent FROM parents WHERE session = ?", session)

    def oldest(self):
        return next(iter(self._do("SELECT id, key, session, mode, messages FROM entries WHERE waits ORDER BY id LIMIT 1")), None)

    def done(self, entry):
        self._do("UPDATE entries SET waits = 0 WHERE id = ?", entry)


class ToyMemory(MemoryProvider):
    name = "toy_memory"

    def is_available(self):
        return bool(os.environ.get("TOY_MEMORY_URL"))

    def get_tool_schemas(self):
        return []

    def initialize(self, session_id, **kwargs):
        self._session, self._said = session_id, ""
        self._lock = Path(kwargs["hermes_home"]) / "toy_memory.lock"
        self._outbox = self.open(self._lock.with_suffix(".db"))
        self._news, self._over = threading.Event(), threading.Event()
        self._courier = threading.Thread(target=self.deliver, args=(self._over,), daemon=True)
        self._courier.start()

    def open(self, path):
        return Outbox(path)

    def sync_turn(self, user_content, assistant_content, *, session_id="", messages=None):
        session = session_id or self._session
        if session == self._session:
            self._said = user_content
        tags = [f"session:{session}", *(f"parent:{parent}" for (parent,) in self._outbox.parent(session))]
        texts = (("user", user_content), ("assistant", assistant_content))
        self._outbox.add(session, [{"role": role, "text": text, "tags": tags} for role, text in texts])
        self._news.set()

    def on_session_switch(self, new_session_id, *, parent_session_id="", reset=False, rewound=False, reason="", **kwargs):
        if rewound:
            self._outbox.undo(new_session_id)
            self._news.set()
        elif new_session_id != self._session:
            if self.forks(reason) and parent_session_id != new_session_id:
                self._outbox.fork(new_session_id, parent_session_id)
            self._session, self._said = new_session_id, ""

    def forks(self, reason):
        return reason in ("branch", "compression")

    def prefetch(self, query, *, session_id=""):
        status, answer = self.ask("/v1/recall", {"query": f"{self._said} {query}"}, RECALL)
        return answer.get("found", "") if status == 200 else ""

    def shutdown(self):
        until = time.monotonic() + END
        while self._outbox.oldest() and time.monotonic() < until:
            time.sleep(0.05)
        self._over.set()
        self._news.set()

    def deliver(self, over):
        """The courier: sends what waits, the oldest first."""
        failures = 0
        while not over.is_set():
            with open(self._lock, "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                entry = self._outbox.oldest()
                if entry is not None:
                    failures = 0 if self.deliver_one(failures, *entry) else failures + 1
            if failures:
                over.wait(PAUSES[min(failures, len(PAUSES)) - 1])
            elif entry is None:
                self._news.wait()
                self._news.clear()

    def deliver_one(self, failures, number, key, session, mode, messages):
        """Whether an entry is done, behind so many failures."""
        status, answer = self.send(key, session, mode, json.loads(messages))
        refused = 400 <= status < 500 and status not in PASSING and failures + 1 >= TRIES
        if refused:
            self.refuse(session, status)
        if refused or answer.get("stored") is True:
            self._outbox.done(number)
        return refused or answer.get("stored") is True

    def send(self, key, session, mode, messages):
        return self.ask(f"/v1/sessions/{quote(session)}/messages", {"mode": mode, "messages": messages}, WRITE, key)

    def refuse(self, session, status):
        logger.warning("the server does not take a turn of session %s: %s", session, status)

    def ask(self, path, content, timeout, key=""):
        """The status and the JSON of an answer; 0 if there is none. It follows no redirect: what is elsewhere has stored nothing."""
        place = urlsplit(os.environ["TOY_MEMORY_URL"])
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=timeout)
        try:
            headers = {"Content-Type": "application/json", "Idempotency-Key": key}
            connection.request("POST", path, json.dumps(content), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
            return response.status, answer if isinstance(answer, dict) and response.status == 200 else {}
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()
