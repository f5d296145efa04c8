"""``python -m tests.extra.program …`` is the ``skipscope`` command with one connection more, dense by addition.

The record is registered before anything reads the registry. A working process imports this module again, under the
name ``__mp_main__``; there, and in commands that train by themselves, the block is defined. The server never needs it.
"""

import importlib
import sys

from app.contract.connections import CONNECTIONS
from tests.extra.record import ADDITIVE

CONNECTIONS[ADDITIVE.name] = ADDITIVE

if __name__ == "__mp_main__" or "serve" not in sys.argv:
    importlib.import_module("tests.extra.block")

if __name__ == "__main__":
    importlib.import_module("app.cli").main()
