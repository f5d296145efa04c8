"""The whole of Fashion-MNIST, the packaged part of it, and what is said where it is not there."""

from pathlib import Path

import numpy as np
import pytest

from app.contract.experiment import DATASET_SHAPES
from app.data import fashion_mnist, load, load_for_questions
from app.data.fashion_mnist import DEBIAN_FOLDER, DEVIATION, MEAN, load_fashion_mnist
from app.data.idx import read_part
from app.data.registry import ASKED_WITH, PACKAGED
from app.errors import DataUnavailable
from tests.unit.data.idx_files import write_folder

installed = pytest.mark.skipif(not DEBIAN_FOLDER.is_dir(), reason="needs Debian's package dataset-fashion-mnist")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Debian's package: where it would be, there is nothing."""
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "not-installed")
    return tmp_path


@installed
def test_the_constants_are_those_of_all_training_images() -> None:
    images, _ = read_part(DEBIAN_FOLDER, "train")
    total, squares = images.sum(dtype=np.int64), (images.astype(np.uint16) ** 2).sum(dtype=np.int64)
    mean = int(total) / images.size
    assert mean == pytest.approx(MEAN, rel=1e-14)
    assert (int(squares) / images.size - mean**2) ** 0.5 == pytest.approx(DEVIATION, rel=1e-12)


@installed
def test_the_packaged_part_is_a_part_of_the_whole_in_the_same_units() -> None:
    whole, part = load("fashion-mnist"), load("fashion28")
    assert (len(whole.train_x), len(whole.test_x)) == (60_000, 10_000)
    assert whole.classes == part.classes
    for name, count in (("train", 400), ("test", 200)):
        labels = getattr(whole, f"{name}_y")
        first = np.sort(np.concatenate([np.flatnonzero(labels == label)[:count] for label in range(10)]))
        np.testing.assert_array_equal(labels[first], getattr(part, f"{name}_y"))
        np.testing.assert_array_equal(getattr(whole, f"{name}_x")[first], getattr(part, f"{name}_x"))


def test_the_packaged_part_is_balanced_and_its_units_are_about_its_own() -> None:
    part = load("fashion28")
    assert np.bincount(part.train_y).tolist() == [400] * 10
    assert np.bincount(part.test_y).tolist() == [200] * 10
    assert abs(part.train_x.mean(dtype=np.float64)) < 0.05
    assert part.train_x.std(dtype=np.float64) == pytest.approx(1, abs=0.05)


def test_questions_are_asked_with_a_packaged_part_of_the_same_shape(elsewhere: Path) -> None:
    for whole, part in ASKED_WITH.items():
        assert part in PACKAGED and whole not in PACKAGED
        assert DATASET_SHAPES[whole] == DATASET_SHAPES[part]
        assert load_for_questions(whole).name == part
    assert load_for_questions("digits").name == "digits"


def test_where_it_is_not_there_the_package_and_the_setting_are_named(elsewhere: Path) -> None:
    for folder in (None, elsewhere, elsewhere / "gone"):
        with pytest.raises(DataUnavailable) as refused:
            load("fashion-mnist", folder)
        assert refused.value.field == "dataset"
        for named in ("dataset-fashion-mnist", "SKIPSCOPE_DATASET_DIR", "train-images-idx3-ubyte"):
            assert named in str(refused.value)


def test_other_images_in_files_of_the_same_names_are_not_taken_for_it(elsewhere: Path) -> None:
    write_folder(elsewhere, packed=True)
    with pytest.raises(DataUnavailable, match=f"the files in {elsewhere} are not those of Fashion-MNIST"):
        load("fashion-mnist", elsewhere)


@installed
def test_a_folder_of_yours_with_other_data_does_not_hide_what_is_installed(tmp_path: Path) -> None:
    write_folder(tmp_path, packed=False)
    assert str(DEBIAN_FOLDER) in load_fashion_mnist(tmp_path).source


@installed
def test_it_is_read_from_a_folder_of_yours(elsewhere: Path) -> None:
    assert str(DEBIAN_FOLDER) in load("fashion-mnist", DEBIAN_FOLDER).source
