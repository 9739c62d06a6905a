"""The adapter for any memory plugin of Hermes but Hindsight's: `--agent hermes/NAME`. The plugin is loaded by Hermes' own loader, unmodified.

The host calls it as `agent_init`, `turn_context` and `turn_finalizer` do, with the arguments that they pass: the transcript of the session among
them. Transcripts survive a process, as they do in the host's database. Deliberately absent: anything that knows a particular plugin. What one
needs is in the description of its provider: environment, files, imports, and arguments of constructors that no setting reaches.
"""

from __future__ import annotations

import functools
import importlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forget_me_not import Adapter, Turn, points_in
from forget_me_not import hermes as _hermes
from forget_me_not.taken import Taken

import plugins.memory as _plugins  # type: ignore[import-not-found]

#: What Hermes imports when a plugin is first used. A run would pay for it again and again.
_LATER = (
    "agent.skill_utils", "hermes_cli.managed_scope", "hermes_cli.profiles", "plugins.memory.query_rewrite", "plugins.plugin_utils",
)  # fmt: skip
_user = logging.getLogger("told to the user")
#: The profile of a plugin that Hermes does not ship, and its name there.
_PROFILE, _PLUGIN = os.environ.pop("FORGET_ME_NOT_PROFILE", ""), os.environ.pop("FORGET_ME_NOT_PLUGIN", "")
#: Whether each process imports it anew.
_IS_COLD = bool(os.environ.pop("FORGET_ME_NOT_COLD", ""))
#: What a turn begins with. Which turn it will be is not known yet.
_QUERY = "What do you remember?"


def _import_ahead() -> None:
    for name in _LATER:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def _home() -> Path:
    home = Path(os.environ.setdefault("HERMES_HOME", os.path.join(os.getcwd(), "hermes")))
    home.mkdir(parents=True, exist_ok=True)
    if _PROFILE:
        _furnish(home, Path(_PROFILE))
    return home


def _furnish(home: Path, profile: Path) -> None:
    """Brings what is in the throwaway profile into that of a run: the plugin as a link, and what its installer wrote."""
    for entry in sorted(profile.iterdir()):
        if entry.name != "plugins" and entry.is_file() and not (home / entry.name).exists():
            shutil.copyfile(entry, home / entry.name)
    (home / "plugins").mkdir(exist_ok=True)
    for plugin in sorted((profile / "plugins").iterdir()):
        if not (home / "plugins" / plugin.name).exists():
            (home / "plugins" / plugin.name).symlink_to(plugin)


def _with_arguments(constructors: Mapping[str, Mapping[str, Any]]) -> None:
    """Gives constructors arguments of their own, where no setting of the plugin reaches them."""
    for path, arguments in constructors.items():
        module, _, name = path.rpartition(".")
        place = importlib.import_module(module)
        constructor = getattr(place, name)
        if not isinstance(constructor, functools.partial):
            setattr(place, name, functools.partial(constructor, **arguments))


def _load_ahead() -> None:
    """Imports a plugin that Hermes does not ship, from its profile. A run would pay for that again and again."""
    if _PROFILE:
        files = sorted((Path(_PROFILE) / "plugins" / _PLUGIN).rglob("*.py"))
        points_in(*(str(file) for file in files))
    if _PROFILE and not _IS_COLD:
        os.environ["HERMES_HOME"] = _PROFILE
        _plugins.load_memory_provider(_PLUGIN)
        del os.environ["HERMES_HOME"]


_import_ahead()
_load_ahead()


class Transcripts:
    """The messages of each session, as the host's database keeps them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, session: str) -> list[dict[str, Any]]:
        """Those of one session."""
        messages: list[dict[str, Any]] = self._read().get(session, [])
        return messages

    def keep(self, session: str, messages: list[dict[str, Any]]) -> None:
        """Keeps them."""
        self._file.write_text(json.dumps(self._read() | {session: messages}), encoding="utf-8")

    def _read(self) -> dict[str, Any]:
        return json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}


class HermesPlugin(_hermes.Hermes):
    """The memory of one agent of Hermes, with a plugin of any provider."""

    provider = ("described", "described", 80)

    def __init__(self, options: Mapping[str, str]) -> None:
        Adapter.__init__(self, options)
        home = _home()
        _with_arguments(json.loads(options.get("arguments", "{}")))
        name = _PLUGIN or options["plugin"]
        plugin = _plugins.load_memory_provider(name)
        if plugin is None:
            raise ImportError(f"Hermes cannot load the memory plugin {name}")
        self._plugin = plugin
        self._taken = Taken(plugin)
        self._manager = _hermes._manager.MemoryManager()
        self._agent = object.__new__(_hermes._Agent)
        self._later = _hermes._Later(self._manager)
        self._transcripts = Transcripts(home / "transcripts.json")
        self._messages: list[dict[str, Any]] = []
        self._turns = 0
        self._says = options.get("says", "")

    def initialize(self, session: str) -> None:
        """As `agent_init` does it."""
        if not self._plugin.is_available():
            raise RuntimeError(f"the plugin {self._plugin.name} says that it is not configured")
        self._manager.add_provider(self._plugin)
        self._agent._memory_manager, self._agent.session_id = self._manager, session
        self._resume(session)
        self._manager.initialize_all(session, **self._arguments())

    def _arguments(self) -> dict[str, Any]:
        return {
            "platform": "cli",
            "hermes_home": str(_home()),
            "agent_context": "primary",
            "warning_callback": _user.warning,
            "status_callback": _user.info,
            "agent_identity": "default",
            "agent_workspace": "hermes",
        }

    def _resume(self, session: str) -> None:
        self._messages = self._transcripts.of(session)
        self._turns = len(self._messages) // 2

    def turn(self, turn: Turn) -> None:
        """The end of a turn, as `turn_finalizer` does it."""
        self._agent.session_id = turn.session
        user = self._says.replace("{turn}", turn.identity) if self._says else turn.user
        self._taken.comes(user, turn.identity)
        self._messages += [{"role": "user", "content": user}, {"role": "assistant", "content": turn.assistant}]
        self._turns += 1
        self._transcripts.keep(turn.session, self._messages)
        self._later.asked.clear()
        self._agent._memory_manager = self._later
        try:
            self._agent._sync_external_memory_for_turn(
                original_user_message=user,
                final_response=turn.assistant,
                interrupted=turn.interrupted,
                messages=list(self._messages),
            )
        finally:
            self._agent._memory_manager = self._manager

    def prefetch(self, session: str) -> str | None:
        """The beginning of a turn, as `turn_context` does it."""
        self._manager.on_turn_start(self._turns + 1, _QUERY)
        return self._manager.prefetch_all(_QUERY) or None

    def switch(self, old: str, new: str, adoption: str) -> None:
        """`/resume` and `/branch`. A branch begins with the transcript that it leaves."""
        if adoption == "branch":
            self._transcripts.keep(new, self._messages)
        self._resume(new)
        self._switch(new, old, reset=False, reason=adoption)

    def new_session(self, old: str, new: str) -> None:
        """`/new`."""
        super().new_session(old, new)
        self._messages, self._turns = [], 0

    def compress(self, old: str, new: str) -> None:
        """Compression. What is left of the transcript is a summary, which holds no turn."""
        self._agent.commit_memory_session(self._messages)
        self._messages = []
        self._switch(new, old, reset=False, reason="compression")

    def undo(self, session: str, identity: str) -> None:
        """`/undo`."""
        super().undo(session, identity)
        self._transcripts.keep(session, self._messages)

    def reinitialize(self, session: str) -> None:
        """`initialize` of the plugin, again."""
        self._resume(session)
        self._manager.initialize_all(session, **self._arguments())
