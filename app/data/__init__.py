"""The data sets: three that come with the program, two read from standard folders. Imports no torch.

``load(name, dataset_dir)`` is the one door; everything else in this package stands behind it.
"""

from app.data.dataset import DataSet
from app.data.registry import load

__all__ = ["DataSet", "load"]
