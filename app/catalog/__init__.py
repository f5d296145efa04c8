"""The published networks: short descriptions, and everything that follows from them by arithmetic. No torch.

``NETWORKS`` holds the records, ``network.unroll(side)`` makes the layers of one.
docs/catalog.md says how numbers are counted.
"""

from app.catalog.registry import NETWORKS, find

__all__ = ["NETWORKS", "find"]
