"""Test images to look at: those that the networks are tested on, and no training image is read for them."""

from pathlib import Path

import numpy as np
import pytest

from app.data import load, load_pictures
from app.data.registry import FROM_FOLDER, INSTALLED, PACKAGED
from app.errors import DataUnavailable, Refused
from tests.unit.data.idx_files import write_folder


@pytest.mark.parametrize("name", ["digits", "fashion"])
def test_they_are_the_test_set_in_its_order(name: str) -> None:
    data, pictures = load(name), load_pictures(name)
    assert data.pixels is not None
    raw = data.pixels.from_bytes(pictures.pixels)
    assert np.array_equal(data.pixels.standardise(raw), data.test_x)
    assert np.array_equal(data.pixels.raw_of(data.test_x), raw)
    assert np.array_equal(pictures.labels, data.test_y) and pictures.classes == data.classes
    assert pictures.pixels.max() == 255 and pictures.pixels.dtype == np.uint8


def test_points_in_the_plane_have_none() -> None:
    with pytest.raises(Refused, match="points in the plane"):
        load_pictures("spiral")
    assert load("spiral").pixels is None


@pytest.mark.parametrize("name", ["mnist", "", "../digits"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=f"is not one of {', '.join([*PACKAGED, *INSTALLED, *FROM_FOLDER])}"):
        load_pictures(name)


@pytest.mark.parametrize("name", ["idx", "cifar10"])
def test_a_folder_that_is_not_there_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="set SKIPSCOPE_DATASET_DIR"):
        load_pictures(name)
    with pytest.raises(DataUnavailable, match="has no f"):
        load_pictures(name, tmp_path)


def test_those_of_a_folder_are_its_test_part(tmp_path: Path) -> None:
    written = write_folder(tmp_path, packed=True)
    pictures = load_pictures("idx", tmp_path)
    assert np.array_equal(pictures.pixels[:, 0], written["test_x"])
    assert np.array_equal(pictures.labels, written["test_y"])
