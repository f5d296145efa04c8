"""Modules that are imported when they are first used.

The one place where that is done, and for one reason: Plotly takes longer to import than the whole server
takes to listen, and no page needs it before it asks for a diagram.
"""

import importlib
from typing import Any


class LazyModule:
    """Stands for a module; the first attribute asked for imports it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def load(self) -> None:
        """Import it now, so that whoever uses it first does not wait."""
        importlib.import_module(self._name)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


figures = LazyModule("app.figures")
