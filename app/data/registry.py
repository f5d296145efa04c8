"""The one door to the data: a name, and for data of your own a folder."""

from collections.abc import Callable
from pathlib import Path

from app.data.cifar10 import cifar10_pictures, load_cifar10
from app.data.dataset import DataSet, Pictures
from app.data.fashion_mnist import load_fashion_mnist
from app.data.idx import idx_pictures, load_idx
from app.data.packaged import load_digits, load_fashion, load_fashion28, pictures
from app.data.spiral import make_spiral
from app.errors import DataUnavailable, Refused

PACKAGED: dict[str, Callable[[], DataSet]] = {
    "digits": load_digits,
    "fashion": load_fashion,
    "fashion28": load_fashion28,
    "spiral": make_spiral,
}
#: in the user's folder or installed on the machine
INSTALLED: dict[str, Callable[[Path | None], DataSet]] = {"fashion-mnist": load_fashion_mnist}
FROM_FOLDER: dict[str, Callable[[Path], DataSet]] = {"idx": load_idx, "cifar10": load_cifar10}
#: of networks trained on the first, questions are asked with the second, a packaged part of it in the same units:
#: so the answers are the same on every machine, and need no files
ASKED_WITH = {"fashion-mnist": "fashion28"}
_LOOKED_AT: dict[str, Callable[[Path], Pictures]] = {"idx": idx_pictures, "cifar10": cifar10_pictures}
_NEEDS = {"idx": "the IDX files (train-images-idx3-ubyte, …)", "cifar10": "the folder cifar-10-batches-py"}


def load(name: str, dataset_dir: Path | None = None) -> DataSet:
    """The data set of that name, the same bytes at every call.

    Args:
        name: of a set that is packaged, installed or in a folder, as in ``Experiment.dataset``.
        dataset_dir: folder with the user's own data; those that are packaged do not look at it.

    Raises:
        Refused: no data set has that name.
        DataUnavailable: the folder is not set, or a file in it is missing or damaged; the message names it.
    """
    if name in PACKAGED:
        return PACKAGED[name]()
    if name in INSTALLED:
        return INSTALLED[name](dataset_dir)
    folder = _folder(name, dataset_dir)
    return FROM_FOLDER[name](folder)


def load_for_questions(name: str, dataset_dir: Path | None = None) -> DataSet:
    """The data with which networks trained on ``name`` are asked: that set, or the packaged part of it."""
    return load(ASKED_WITH.get(name, name), dataset_dir)


def load_pictures(name: str, dataset_dir: Path | None = None) -> Pictures:
    """The test images of ``load_for_questions`` to look at; the training images stay where they are.

    Raises:
        Refused: no data set has that name, or it is of points in the plane.
        DataUnavailable: as ``load``.
    """
    name = ASKED_WITH.get(name, name)
    if name == "spiral":
        raise Refused("dataset: spiral is of points in the plane and has no images", "dataset")
    if name in PACKAGED:
        return pictures(name)
    folder = _folder(name, dataset_dir)
    return _LOOKED_AT[name](folder)


def _folder(name: str, dataset_dir: Path | None) -> Path:
    """The user's own folder, for a data set that is read from it."""
    if name not in FROM_FOLDER:
        raise Refused(f"dataset: {name!r} is not one of {', '.join([*PACKAGED, *INSTALLED, *FROM_FOLDER])}", "dataset")
    if dataset_dir is None:
        raise DataUnavailable(
            f"dataset: {name} is read from a folder of yours, and none is set; "
            f"set SKIPSCOPE_DATASET_DIR to the folder that holds {_NEEDS[name]}",
            "dataset",
        )
    if not dataset_dir.is_dir():
        raise DataUnavailable(f"dataset: there is no folder {dataset_dir}", "dataset")
    return dataset_dir
