"""The toy with one promise broken in each version. TOY_MEMORY_BREAKS names the version."""

import json
import threading
import time
import uuid

from .memory import Outbox, ToyMemory


class Forgets(ToyMemory):
    """Keeps turns in memory only."""

    def open(self, path):
        return Outbox(":memory:")


class Repeats(ToyMemory):
    """Sends each attempt under another key."""

    def send(self, key, session, mode, messages):
        return super().send(uuid.uuid4().hex, session, mode, messages)


class ConfusesSessions(ToyMemory):
    """Stores a turn in the session that is open when it is sent."""

    def send(self, key, session, mode, messages):
        return super().send(key, self._session, mode, messages)


class RecallsForAnother(ToyMemory):
    """Looks memories up once, and reads them from then on."""

    _found = ""

    def prefetch(self, query, *, session_id=""):
        if self._said and not self._found:
            self._found = super().prefetch(query, session_id=session_id)
        return self._found


class KeepsWhatWasUndone(ToyMemory):
    """Does not listen to /undo."""

    def on_session_switch(self, new_session_id, *, rewound=False, **kwargs):
        if not rewound:
            super().on_session_switch(new_session_id, **kwargs)


class Shuffles(ToyMemory):
    """Sends each turn on a thread of its own."""

    def deliver(self, over):
        started = set()
        while not over.is_set():
            entries = self._outbox._do("SELECT id, key, session, mode, messages FROM entries WHERE waits ORDER BY id")
            for entry in entries:
                if entry[0] not in started:
                    started.add(entry[0])
                    threading.Thread(target=self.deliver_alone, args=(over, *entry), daemon=True).start()
            self._news.wait()
            self._news.clear()

    def deliver_alone(self, over, *entry):
        for failures in range(100):
            if self.deliver_one(failures, *entry) or over.wait(1):
                return


class Dawdles(ToyMemory):
    """Waits for two minutes before it sends anything, unless it is shut down."""

    def initialize(self, session_id, **kwargs):
        self._hurry = threading.Event()
        super().initialize(session_id, **kwargs)

    def send(self, key, session, mode, messages):
        self._hurry.wait(120)
        return super().send(key, session, mode, messages)

    def shutdown(self):
        self._hurry.set()
        super().shutdown()


class Blocks(ToyMemory):
    """Waits at a switch until everything is delivered."""

    def on_session_switch(self, new_session_id, **kwargs):
        until = time.monotonic() + 60
        while self._outbox.oldest() and time.monotonic() < until:
            time.sleep(0.05)
        super().on_session_switch(new_session_id, **kwargs)


class DoesNotEnd(ToyMemory):
    """Waits at its end until everything is delivered."""

    def shutdown(self):
        until = time.monotonic() + 120
        while self._outbox.oldest() and time.monotonic() < until:
            time.sleep(0.05)
        super().shutdown()


class Floods(ToyMemory):
    """Sends the whole session with every turn."""

    def send(self, key, session, mode, messages):
        turns = [message for _, turn in self._outbox.turns(session) for message in json.loads(turn)]
        return super().send(key, session, "replace", turns or messages)


class RecallsForNobody(ToyMemory):
    """Recalls behind each turn, whether or not another one follows."""

    def queue_prefetch(self, query, *, session_id=""):
        self.ask("/v1/recall", {"query": query}, 3)


class ConfusesParents(ToyMemory):
    """Takes every session that it comes from for a parent."""

    def forks(self, reason):
        return True


class Hushes(ToyMemory):
    """Says nothing about what the server refuses."""

    def refuse(self, session, status):
        pass


NAMES = {
    "forgets": Forgets,
    "repeats": Repeats,
    "confuses_sessions": ConfusesSessions,
    "recalls_for_another": RecallsForAnother,
    "keeps_what_was_undone": KeepsWhatWasUndone,
    "shuffles": Shuffles,
    "dawdles": Dawdles,
    "blocks": Blocks,
    "does_not_end": DoesNotEnd,
    "floods": Floods,
    "recalls_for_nobody": RecallsForNobody,
    "confuses_parents": ConfusesParents,
    "hushes": Hushes,
}
