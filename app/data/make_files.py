"""Makes the packaged files from their sources: ``python -m app.data.make_files`` (or ``make data``).

Needs scikit-learn for the digits and, for the clothes, the folder of Debian's package ``dataset-fashion-mnist``.
Not part of the running program. There is no random choice in it: the same sources give the same arrays.
"""

import argparse
import hashlib
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from app.data.dataset import Bytes
from app.data.fashion_mnist import DEBIAN_FOLDER
from app.data.idx import read_part
from app.data.packaged import FILES

Arrays = dict[str, NDArray[np.uint8]]


def digits() -> Arrays:
    """The 1,797 digits: sorted by class, every fifth goes to the test set, the others keep their first order."""
    bunch = load_digits()
    images, labels = bunch.images.astype(np.uint8), bunch.target.astype(np.uint8)
    test = np.zeros(len(labels), dtype=bool)
    test[np.argsort(labels, kind="stable")[::5]] = True
    return {"train_x": images[~test], "train_y": labels[~test], "test_x": images[test], "test_y": labels[test]}


def fashion(folder: Path) -> Arrays:
    """The first 1,000 training and 200 test images of each class, in their first order, each 2×2 pixels averaged."""
    arrays = _first_of_each_class(folder, train=1000, test=200)
    return {name: pooled(array) if name.endswith("_x") else array for name, array in arrays.items()}


def fashion28(folder: Path) -> Arrays:
    """The first 400 training and 200 test images of each class, in their first order, as they are."""
    return _first_of_each_class(folder, train=400, test=200)


def _first_of_each_class(folder: Path, train: int, test: int) -> Arrays:
    arrays: Arrays = {}
    for part, name, count in (("train", "train", train), ("t10k", "test", test)):
        images, labels = read_part(folder, part)
        chosen = np.sort(np.concatenate([np.flatnonzero(labels == label)[:count] for label in range(10)]))
        arrays[f"{name}_x"] = images[chosen, 0]
        arrays[f"{name}_y"] = labels[chosen].astype(np.uint8)
    return arrays


def pooled(images: Bytes) -> Bytes:
    """The mean of each 2×2 pixels, halves rounded up: [n, 2a, 2b] → [n, a, b]."""
    n, rows, columns = images.shape
    sums = images.reshape(n, rows // 2, 2, columns // 2, 2).sum(axis=(2, 4), dtype=np.uint16)
    means: Bytes = ((sums + 2) // 4).astype(np.uint8)
    return means


def write(path: Path, arrays: Arrays, compression: int) -> None:
    """Write an ``.npz`` without dates or pickles, so that equal arrays give equal bytes."""
    with zipfile.ZipFile(path, "w", compression, compresslevel=9) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)


def main() -> None:
    """Write the files and their checksums into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=FILES, help="folder to write to (default: the package's own)")
    parser.add_argument("--fashion", type=Path, default=DEBIAN_FOLDER, help="folder of Fashion-MNIST's IDX files")
    options = parser.parse_args()
    # The digits are small and stay uncompressed: their bytes then hang on no version of zlib.
    write(options.into / "digits.npz", digits(), zipfile.ZIP_STORED)
    write(options.into / "fashion.npz", fashion(options.fashion), zipfile.ZIP_DEFLATED)
    write(options.into / "fashion28.npz", fashion28(options.fashion), zipfile.ZIP_DEFLATED)
    names = ("digits.npz", "fashion.npz", "fashion28.npz")
    sums = [f"{hashlib.sha256((options.into / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (options.into / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    print("".join(sums), end="")


if __name__ == "__main__":
    main()
