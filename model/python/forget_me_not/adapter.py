"""The adapter contract: what an author writes to put an agent's memory under test.

A host calls an adapter on the main thread, one call at a time, in the order in which the host really calls. A call returns when the host
would get its thread back. The adapter starts what the agent starts (threads, event loops, connections) and hides nothing: it runs in a
process of its own whose threads, clock, network and end belong to the simulator.

A method that a class does not override is a capability that the agent does not have. A scenario that needs it is skipped by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


class Turn:
    """One completed turn: the user's message and the agent's answer. The text of both begins with `identity`, such as `S1#2`."""

    __slots__ = ("identity", "session", "user", "assistant", "interrupted")

    def __init__(self, identity: str, session: str, user: str, assistant: str, interrupted: bool = False) -> None:
        self.identity, self.session, self.user, self.assistant = identity, session, user, assistant
        self.interrupted = interrupted


class Unsure(Exception):
    """A call had to return before the memory could make sure of what it was asked for. The caller shows this to the user."""


class Adapter:
    """One agent of a process, with its memory. A process has one instance for each of its agents.

    A file that defines an adapter defines one subclass, whose name does not begin with an underscore.
    """

    #: Where the provider is that the agent talks to: protocol, host name, port. Connections to this address reach the simulated provider.
    provider: tuple[str, str, int] = ("hindsight", "hindsight", 8888)

    def __init__(self, options: Mapping[str, str]) -> None:
        """`options`: settings of the memory, by the names of a scenario's `config`, and those for this agent in `forget-me-not.toml`."""
        self.options = options

    def initialize(self, session: str) -> None:
        """The process starts an agent whose open session is `session`."""
        raise NotImplementedError

    def turn(self, turn: Turn) -> None:
        """A turn is complete. When this returns the turn is acknowledged."""
        raise NotImplementedError

    def warm_up(self, turn: Turn) -> None:
        """The host asks for the recall of the next turn ahead, right after `turn`."""

    def prefetch(self, session: str) -> str | None:
        """A turn begins: the recall for it, if there is one."""

    def switch(self, old: str, new: str, adoption: str) -> None:
        """`/resume` or `/branch` (`adoption`): the agent leaves session `old` and adopts `new`."""

    def new_session(self, old: str, new: str) -> None:
        """`/new`: session `old` ends and `new` begins."""

    def compress(self, old: str, new: str) -> None:
        """The transcript is compressed: the agent commits `old` and continues as `new`, which may be the same session."""

    def undo(self, session: str, identity: str) -> None:
        """`/undo`: the session continues without its last turn."""

    def end(self, session: str) -> None:
        """The session ends or is committed, and the host does not say which."""

    def flush_pending(self) -> None:
        """The host waits, a bounded time, until the memory has taken up every turn."""

    def shutdown(self) -> None:
        """The agent ends: the memory finishes as much as it can."""

    def reinitialize(self, session: str) -> None:
        """`initialize` again, on the same agent."""

    def wedge(self, seconds: float) -> None:
        """From now on every call into the provider's code blocks so long first, as a broken daemon does."""

    @classmethod
    def stop(cls, agents: Sequence[Adapter]) -> None:
        """The process was asked to stop: the memory of all its agents ends."""
        for agent in agents:
            agent.shutdown()

    def leave(self, how: str) -> None:
        """The process is about to end: `return` (it runs off its script's end), `exit` or `os_exit`. The host's last words."""


#: The calls of the lifecycle.
CALLS = (
    "initialize",
    "turn",
    "warm_up",
    "prefetch",
    "switch",
    "new_session",
    "compress",
    "undo",
    "end",
    "flush_pending",
    "shutdown",
    "reinitialize",
    "wedge",
    "stop",
    "leave",
)


def capabilities(adapter: type[Adapter]) -> list[str]:
    """The calls that an adapter overrides."""
    return [name for name in CALLS if _function(adapter, name) is not _function(Adapter, name)]


def _function(adapter: type[Adapter], name: str) -> object:
    found = getattr(adapter, name)
    return getattr(found, "__func__", found)


_suffixes: list[str] = []


def points_in(*suffixes: str) -> None:
    """Compiles switch points into files whose path ends so, when they are imported later. Called at the top of an adapter's file."""
    _suffixes.extend(suffixes)


def has_points(path: str) -> bool:
    """Whether switch points belong into this file."""
    return path.endswith(tuple(_suffixes))


#: Who hears that a memory has a turn. The simulator's side of a run puts itself here.
hearers: list[Callable[[str], None]] = []


def took(identity: str) -> None:
    """The code under test has this turn: what becomes of it is no longer the host's affair. An adapter that says so of one turn says it of all.

    The turn's call may return before, where a host hands its turns over later. An empty identity names no turn, and only says that others
    will be named.
    """
    for hear in hearers:
        hear(identity)
