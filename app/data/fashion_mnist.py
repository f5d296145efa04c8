"""Fashion-MNIST, whole: 60,000 and 10,000 images of 28×28, from a folder of yours or where Debian installs it."""

import hashlib
from pathlib import Path

import numpy as np

from app.data.dataset import Bytes, DataSet, Labels, PixelScale
from app.data.idx import read_part
from app.errors import DataUnavailable

#: where Debian's package ``dataset-fashion-mnist`` puts the four files
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
CLOTHES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
SOURCE = "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, Zalando SE, 2017"

#: mean and standard deviation of all pixels of its 60,000 training images, 0 to 255
MEAN, DEVIATION = 72.94035223214286, 90.02118235130526
#: how its images are standardised, the packaged part's too, so that a network trained on the whole reads them
UNITS = PixelScale(np.array(MEAN, np.float32), np.array(1 / DEVIATION, np.float32), 255)
#: SHA-256 of the pixels of a part and then its labels, a byte each
DIGESTS = {
    "train": "16d82e2b505296aa2b78bd5ea0992634f30419a4c97def7c907d154a35ac6157",
    "t10k": "9f1ec356a747bfe4ebab3cfb722d3694c9ca737e2570f6f90cf31d7b6fd689d4",
}


def load_fashion_mnist(folder: Path | None) -> DataSet:
    """All of Fashion-MNIST, standardised: from the first place that has it, ``folder`` or that of Debian's package.

    Raises:
        DataUnavailable: neither has it; the message says what to install and what to set.
    """
    reasons = []
    for place in filter(None, (folder, DEBIAN_FOLDER)):
        try:
            (train_x, train_y), (test_x, test_y) = (_part(place, part) for part in DIGESTS)
        except DataUnavailable as error:
            reasons.append(str(error))
        else:
            return DataSet(
                "fashion-mnist", UNITS.standardise(train_x), train_y, UNITS.standardise(test_x), test_y,
                CLOTHES, f"{SOURCE}; {place}", "MIT", UNITS,
            )  # fmt: skip
    raise DataUnavailable(
        f"dataset: Fashion-MNIST is not here ({'; '.join(reasons)}); "
        "on Debian or Ubuntu: apt-get install dataset-fashion-mnist; elsewhere set SKIPSCOPE_DATASET_DIR "
        "to the folder that holds its four IDX files (train-images-idx3-ubyte, …)",
        "dataset",
    )


def _part(folder: Path, part: str) -> tuple[Bytes, Labels]:
    """Images and labels of a part, if they are those of Fashion-MNIST."""
    images, labels = read_part(folder, part)
    if digest(images, labels) != DIGESTS[part]:
        raise DataUnavailable(f"the files in {folder} are not those of Fashion-MNIST", "dataset")
    return images, labels


def digest(images: Bytes, labels: Labels) -> str:
    """SHA-256 of the pixels and then the labels, a byte each."""
    return hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
