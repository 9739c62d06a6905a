"""The toy memory: a plugin of Hermes for docs/certify-your-plugin.md. `memory.py` is all of it, and `broken.py` has what not to do."""

import os


def register(ctx):
    from .broken import NAMES
    from .memory import ToyMemory

    ctx.register_memory_provider(NAMES.get(os.environ.get("TOY_MEMORY_BREAKS", ""), ToyMemory)())
