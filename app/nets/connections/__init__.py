"""The connections: how a block joins its input to its output. A file each; all of them are found here by themselves."""

import importlib
import pkgutil

from app.contract.connections import CONNECTIONS
from app.nets.block import BLOCKS

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

if missing := CONNECTIONS.keys() - BLOCKS.keys():
    raise TypeError(f"connections without a block: {', '.join(sorted(missing))}")
