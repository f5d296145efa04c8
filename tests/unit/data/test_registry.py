"""Every data set: the shapes the contract declares, the same bytes at every call, and clear refusals."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from app.contract.experiment import DATASET_SHAPES, Dataset
from app.data import load
from app.data.registry import FROM_FOLDER, INSTALLED, PACKAGED
from app.errors import DataUnavailable, Refused
from tests.unit.data.idx_files import write_folder


def test_the_registry_and_the_contract_name_the_same_data_sets() -> None:
    assert set(PACKAGED) | set(INSTALLED) | set(FROM_FOLDER) == set(DATASET_SHAPES) == set(get_args(Dataset))


@pytest.mark.parametrize("name", [*PACKAGED, "idx"])
def test_a_data_set_has_the_shape_that_the_contract_declares(name: str, tmp_path: Path) -> None:
    write_folder(tmp_path, packed=False)
    data = load(name, tmp_path)
    channels, side, classes = DATASET_SHAPES[name]
    example = (channels, side, side) if side else (channels,)
    assert data.train_x.shape[1:] == data.test_x.shape[1:] == example
    assert data.train_x.dtype == data.test_x.dtype == np.float32
    assert data.train_y.dtype == data.test_y.dtype == np.int64
    assert len(data.train_x) == len(data.train_y)
    assert len(data.test_x) == len(data.test_y)
    assert set(data.train_y.tolist()) == set(range(classes)) == set(range(len(data.classes)))
    assert np.isfinite(data.train_x).all()
    assert data.name == name
    assert data.source
    assert data.licence


@pytest.mark.parametrize("name", PACKAGED)
def test_a_packaged_data_set_is_the_same_at_every_call(name: str) -> None:
    one, other = load(name), load(name)
    for part in ("train_x", "train_y", "test_x", "test_y"):
        assert getattr(one, part).tobytes() == getattr(other, part).tobytes()


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(
        Refused, match="'mnist' is not one of digits, fashion, fashion28, spiral, fashion-mnist, idx, cifar10"
    ):
        load("mnist")


@pytest.mark.parametrize("name", FROM_FOLDER)
def test_data_of_your_own_needs_a_folder_and_says_how_to_set_it(name: str) -> None:
    with pytest.raises(DataUnavailable, match="SKIPSCOPE_DATASET_DIR"):
        load(name)


@pytest.mark.parametrize("name", FROM_FOLDER)
def test_a_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=f"there is no folder {tmp_path / 'gone'}"):
        load(name, tmp_path / "gone")
