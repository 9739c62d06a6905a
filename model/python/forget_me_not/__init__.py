"""Forget-Me-Not, the part that runs inside the agent's own Python.

An author subclasses `Adapter` in one file, which `forget-me-not --agent FILE` loads. Everything else here is the simulated world.
"""

from __future__ import annotations

from .adapter import CALLS, Adapter, Turn, Unsure, points_in, took

__all__ = ["CALLS", "Adapter", "Turn", "Unsure", "points_in", "took"]
