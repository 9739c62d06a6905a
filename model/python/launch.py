"""Starts the template and its warden: `python3.11 launch.py --adapter FILE`, with the socket to the simulator as standard input.

The interpreter starts again with fixed addresses, a fixed hash seed, one malloc arena and without `site`: packages may hook into `site` and
import what must not exist before the shim. The shim runs it later.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

_FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "MALLOC_ARENA_MAX": "1",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "FORGET_ME_NOT_LAUNCHED": "1",
}
#: Who starts an interpreter knows them, and the agent does not: it looks through its environment for every request that it sends.
_ONLY_AT_START = ("PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "MALLOC_ARENA_MAX", "FORGET_ME_NOT_LAUNCHED")
_NO_RANDOMIZATION = 0x0040000
CONTROL = 0


def _start_again() -> None:
    """Replaces this process by one whose addresses and hashes are the same every time."""
    import ctypes

    persona = ctypes.CDLL(None).personality
    persona(persona(0xFFFFFFFF) | _NO_RANDOMIZATION)
    os.environ.update(_FIXED)
    os.execv(sys.executable, [sys.executable, "-S", "-B", *sys.argv])


def _has_fixed_addresses() -> bool:
    with open("/proc/self/personality", encoding="ascii") as file:
        return bool(int(file.read(), 16) & _NO_RANDOMIZATION)


def main() -> None:
    """Returns when a run has come to its end: its process then falls off this script's end."""
    if os.environ.get("FORGET_ME_NOT_LAUNCHED") != "1":
        _start_again()
    for name in _ONLY_AT_START:
        os.environ.pop(name, None)
    from forget_me_not.shim import link, versions

    why = versions.obstacle()
    if why is not None:
        _fail(link.Link(CONTROL), why)
    from forget_me_not.shim import warden

    channel = warden.start(CONTROL)
    talk = link.Link(CONTROL)
    from forget_me_not.shim import install, template

    install.install()
    import site

    site.main()
    try:
        options = template.Options(sys.argv[1:])
    except ValueError as error:
        _fail(talk, str(error))
    template.serve(talk, channel, options, int(_has_fixed_addresses()))


def _fail(talk: Any, why: str) -> NoReturn:
    """Says why there is no template."""
    from forget_me_not.shim import wire

    talk.send(wire.FAILED, wire.text(why))
    talk.flush()
    raise SystemExit(why)


if __name__ == "__main__":
    main()
