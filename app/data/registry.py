"""The one door to the data: a name, and for data of your own a folder."""

from collections.abc import Callable
from pathlib import Path

from app.data.cifar10 import load_cifar10
from app.data.dataset import DataSet
from app.data.idx import load_idx
from app.data.packaged import load_digits, load_fashion
from app.data.spiral import make_spiral
from app.errors import DataUnavailable, Refused

PACKAGED: dict[str, Callable[[], DataSet]] = {"digits": load_digits, "fashion": load_fashion, "spiral": make_spiral}
FROM_FOLDER: dict[str, Callable[[Path], DataSet]] = {"idx": load_idx, "cifar10": load_cifar10}
_NEEDS = {"idx": "the IDX files (train-images-idx3-ubyte, …)", "cifar10": "the folder cifar-10-batches-py"}


def load(name: str, dataset_dir: Path | None = None) -> DataSet:
    """The data set of that name, the same bytes at every call.

    Args:
        name: ``digits``, ``fashion``, ``spiral``, ``idx`` or ``cifar10``.
        dataset_dir: folder with the user's own data; only ``idx`` and ``cifar10`` look at it.

    Raises:
        Refused: no data set has that name.
        DataUnavailable: the folder is not set, or a file in it is missing or damaged; the message names it.
    """
    if name in PACKAGED:
        return PACKAGED[name]()
    if name not in FROM_FOLDER:
        raise Refused(f"dataset: {name!r} is not one of {', '.join([*PACKAGED, *FROM_FOLDER])}", "dataset")
    if dataset_dir is None:
        raise DataUnavailable(
            f"dataset: {name} is read from a folder of yours, and none is set; "
            f"set SKIPSCOPE_DATASET_DIR to the folder that holds {_NEEDS[name]}",
            "dataset",
        )
    if not dataset_dir.is_dir():
        raise DataUnavailable(f"dataset: there is no folder {dataset_dir}", "dataset")
    return FROM_FOLDER[name](dataset_dir)
