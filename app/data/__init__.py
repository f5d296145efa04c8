"""The data sets: four that come with the program, one that can be installed, two read from standard folders. No torch.

``load(name, dataset_dir)`` is the one door for training, ``load_for_questions`` for what is asked of trained networks,
``load_pictures`` for what is only looked at; everything else stands behind them.
"""

from app.data.dataset import DataSet
from app.data.registry import load, load_for_questions, load_pictures

__all__ = ["DataSet", "load", "load_for_questions", "load_pictures"]
