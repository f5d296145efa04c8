"""Modules that are loaded when first used.

Only for what is heavy and not always needed: torch behind ``skipscope train``, the kinds of analysis and the workers
(the server must listen in well under a second and never loads torch), Plotly behind the diagrams. Everything else is
imported at the top of its module. Where types matter, the same name is the real import under ``TYPE_CHECKING``.
"""

import importlib
from types import ModuleType
from typing import Any


class Lazy:
    """Stands for the module ``name`` and imports it at the first use of an attribute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def load(self) -> ModuleType:
        """Import it now, so that whoever uses it first does not wait."""
        return importlib.import_module(self._name)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.load(), attribute)
