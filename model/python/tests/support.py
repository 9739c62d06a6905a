"""One template for all tests that run a piece of code, and `run`, which is how they run it."""

from __future__ import annotations

import atexit
import os
import textwrap
from typing import Any

from tests.peer import ROOT, Result, Template
from tests.world import World

PROBE = os.path.join(ROOT, "tests", "agents", "probe.py")
_templates: dict[str, Template] = {}


def template(*options: str) -> Template:
    """The template of the probe, started on first use."""
    key = " ".join(options)
    if key not in _templates:
        _templates[key] = Template(PROBE, *options)
        atexit.register(_templates[key].close)
    return _templates[key]


def world(code: str, plan: dict[str, Any] | None = None) -> World:
    """A host that runs this code as its only call, and lets the process end."""
    return World(plan or {}).call("initialize", session="S1").call("prefetch", session=textwrap.dedent(code)).exit()


def run(code: str, plan: dict[str, Any] | None = None, **settings: Any) -> Result:
    """Runs code in the simulated world."""
    return template().run(world(code, plan), **settings)


def said(code: str, plan: dict[str, Any] | None = None, **settings: Any) -> str:
    """What the code said with `out`."""
    result = run(code, plan, **settings)
    answers = result.answers()
    assert len(answers) == 1, (result.ops, result.notes, result.refused, result.failed, result.output)
    return answers[0]
