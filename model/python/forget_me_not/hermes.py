"""The adapter for Hermes Agent: the memory manager and the Hindsight plugin of an installed or checked-out release, unmodified.

Hosts stay the simulator's; what a host calls of `AIAgent` is cut out of the release's own `run_agent.py`, because an agent with a model and
tools is not what is under test. Releases from 0.13.0 on differ in what these methods take; whatever the release has is used.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forget_me_not import Adapter, Turn, points_in

points_in("agent/memory_manager.py", "plugins/memory/hindsight/__init__.py")

#: Methods of `AIAgent` that concern the memory.
_METHODS = ("_sync_external_memory_for_turn", "shutdown_memory_provider", "commit_memory_session")
#: What a release imports when its memory is first used. A template that is to pay for it in each run leaves it out.
_LATER = (
    "hindsight_client", "toolsets", "packaging.specifiers", "packaging.requirements", "tools.daemon_pool", "tools.lazy_deps",
    "agent.async_utils", "urllib.request", "netrc", "_strptime", "encodings.idna", "stringprep",
)  # fmt: skip
#: Regular expressions that a release and its libraries compile then, and their flags. A process compiles each of them once, and a run is a
#: process: without this, each run pays a millisecond for them.
_EXPRESSIONS = (
    ("json", 2),
    (r"charset=([a-zA-Z\-\d]+)[\s;]?", 0),
    (r"^application/(json|[\w!#$&.+-^_]+\+json)\s*(;|$)", 2),
    ("([^/:]+):(.*)", 16),
    ("//([^/#?]*)(.*)", 16),
    (r"^([A-Za-z0-9_][A-Za-z0-9_.\-]*)", 0),
    (r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*(?:\[[A-Za-z0-9_,\-]+\])?", 0),
)
_CLEANUP_TIMEOUT = 30.0
_WORDS = {"true": True, "false": False}

import agent.memory_manager as _manager  # type: ignore[import-not-found]  # noqa: E402
import plugins.memory.hindsight as _hindsight  # type: ignore[import-not-found]  # noqa: E402


def _import_ahead() -> None:
    for name in _LATER:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    for expression, flags in _EXPRESSIONS:
        re.compile(expression, flags)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(threadName)s %(levelname)s %(name)s: %(message)s")


def _cut() -> type[Any]:
    """`AIAgent` with nothing but the methods that concern the memory."""
    found = importlib.util.find_spec("run_agent")
    if found is None or found.origin is None:
        raise ImportError("this Python has no Hermes: run_agent.py is missing")
    tree = ast.parse(Path(found.origin).read_text(encoding="utf-8"))
    (kind,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "AIAgent")
    kind.body = [node for node in kind.body if isinstance(node, ast.FunctionDef) and node.name in _METHODS]
    kind.bases, kind.decorator_list = [], []
    future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
    module = ast.fix_missing_locations(ast.Module([future, kind], []))
    names: dict[str, Any] = {
        "__name__": "run_agent",
        "logger": logging.getLogger("run_agent"),
        "_summarize_user_message_for_log": lambda message, sep=" ": message,
    }
    exec(compile(module, found.origin, "exec"), names)
    cut: type[Any] = names["AIAgent"]
    return cut


_before = set(sys.modules)
if not os.environ.get("HERMES_COLD_CLIENT"):
    _import_ahead()
#: What was imported ahead, but for compiled libraries, which cannot be imported again.
_ahead = [name for name, module in sys.modules.items() if name not in _before and str(getattr(module, "__file__", "")).endswith(".py")]
_Agent = _cut()


def _forget_ahead() -> None:
    """The client is imported when it is first used, as in a process that has just started. That takes its time."""
    for name in _ahead:
        sys.modules.pop(name, None)
    _ahead.clear()


class _Later:
    """The manager as a turn sees it: the recall for the next turn waits until the host asks for it."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self.asked: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    def queue_prefetch_all(self, *arguments: Any, **keywords: Any) -> None:
        """Remembers the request."""
        self.asked.append((arguments, keywords))


class Hermes(Adapter):
    """The memory of one agent of Hermes."""

    provider = ("hindsight", "hindsight", 8888)

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self._manager = _manager.MemoryManager()
        self._plugin = _hindsight.HindsightMemoryProvider()
        self._agent = object.__new__(_Agent)
        self._later = _Later(self._manager)
        self._messages: list[dict[str, Any]] = []

    def initialize(self, session: str) -> None:
        """As `agent_init` does it."""
        if _WORDS[self.options.get("cold_client_import", "false")]:
            _forget_ahead()
        self._write_config()
        self._manager.add_provider(self._plugin)
        self._agent._memory_manager, self._agent.session_id = self._manager, session
        self._manager.initialize_all(session, platform="cli", agent_context="primary")

    def _write_config(self) -> None:
        home = Path(os.environ.setdefault("HERMES_HOME", os.path.join(os.getcwd(), "hermes")))
        (home / "hindsight").mkdir(parents=True, exist_ok=True)
        _, host, port = self.provider
        config: dict[str, Any] = {"mode": "cloud", "api_url": f"http://{host}:{port}", "apiKey": "key"}
        config["bank_id"] = self.options.get("bank", "hermes")
        config["timeout"] = int(float(self.options.get("timeout", "120")))
        config["retain_every_n_turns"] = int(self.options.get("retain_every_n_turns", "1"))
        for name in ("auto_recall", "retain_async"):
            config[name] = _WORDS[self.options.get(name, "true")]
        (home / "hindsight" / "config.json").write_text(json.dumps(config), encoding="utf-8")

    def turn(self, turn: Turn) -> None:
        """The end of a turn."""
        self._agent.session_id = turn.session
        self._messages += [{"role": "user", "content": turn.user}, {"role": "assistant", "content": turn.assistant}]
        self._later.asked.clear()
        self._agent._memory_manager = self._later
        try:
            self._agent._sync_external_memory_for_turn(
                original_user_message=turn.user, final_response=turn.assistant, interrupted=turn.interrupted
            )
        finally:
            self._agent._memory_manager = self._manager

    def warm_up(self, turn: Turn) -> None:
        """The second half of the end of a turn."""
        for arguments, keywords in self._later.asked:
            self._manager.queue_prefetch_all(*arguments, **keywords)
        self._later.asked.clear()

    def prefetch(self, session: str) -> str | None:
        """The beginning of a turn."""
        answer = self._manager.prefetch_all("What do you remember?", session_id=session)
        return answer or None

    def _switch(self, new: str, parent: str, **how: Any) -> None:
        self._agent.session_id = new
        self._manager.on_session_switch(new, parent_session_id=parent, **how)

    def switch(self, old: str, new: str, adoption: str) -> None:
        """`/resume` and `/branch`."""
        self._messages.clear()
        self._switch(new, old, reset=False, reason=adoption)

    def new_session(self, old: str, new: str) -> None:
        """`/new`."""
        messages, self._messages = self._messages, []
        if hasattr(self._manager, "commit_session_boundary_async"):
            self._agent.session_id = new
            if messages:
                self._manager.commit_session_boundary_async(messages, new_session_id=new, parent_session_id=old, reason="new_session")
                return
        elif messages:
            self._agent.commit_memory_session(messages)
        self._switch(new, old, reset=True, reason="new_session")

    def compress(self, old: str, new: str) -> None:
        """Compression."""
        self._agent.commit_memory_session(self._messages)
        self._switch(new, old, reset=False, reason="compression")

    def undo(self, session: str, identity: str) -> None:
        """`/undo`."""
        del self._messages[-2:]
        self._switch(session, "", reset=False, rewound=True)

    def end(self, session: str) -> None:
        """`commit_memory_session`."""
        self._agent.commit_memory_session(self._messages)

    def flush_pending(self) -> None:
        """As the exit of the CLI does it, where the release has it."""
        if hasattr(self._manager, "flush_pending"):
            self._manager.flush_pending(timeout=10)

    def shutdown(self) -> None:
        """`shutdown_all`. The host has announced the end of the session."""
        self._manager.shutdown_all()

    def reinitialize(self, session: str) -> None:
        """`initialize` of the plugin, again."""
        self._manager.initialize_all(session, platform="cli", agent_context="primary")

    def wedge(self, seconds: float) -> None:
        """The plugin's `sync_turn` blocks first."""
        original = self._plugin.sync_turn

        @functools.wraps(original)
        def slow(*arguments: Any, **keywords: Any) -> Any:
            time.sleep(seconds)
            return original(*arguments, **keywords)

        self._plugin.sync_turn = slow

    @classmethod
    def stop(cls, agents: Sequence[Adapter]) -> None:
        """As the gateway stops: one agent after the other, each with its own timeout."""
        for agent in agents:

            def clean_up(agent: Adapter = agent) -> None:
                agent.flush_pending()
                agent.end("")
                agent.shutdown()

            thread = threading.Thread(target=clean_up, daemon=True)
            thread.start()
            thread.join(_CLEANUP_TIMEOUT)


