"""The data sets: three that come with the program, two read from standard folders. Imports no torch.

``load(name, dataset_dir)`` is the one door, ``load_pictures`` that to what is only looked at; everything else stands
behind them.
"""

from app.data.dataset import DataSet
from app.data.registry import load, load_pictures

__all__ = ["DataSet", "load", "load_pictures"]
