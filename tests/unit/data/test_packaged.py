"""The packaged files: what their checksums and their script say they are, and nothing else is accepted."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from app.data import load, packaged
from app.data.fashion_mnist import DEBIAN_FOLDER
from app.data.make_files import digits, fashion, fashion28, pooled, write
from app.data.packaged import FILES, checksums
from app.errors import DataUnavailable
from tests.unit.data.idx_files import write_folder


def test_every_packaged_file_is_small_has_a_checksum_and_is_described() -> None:
    files = sorted(path.name for path in FILES.glob("*.npz"))
    assert files == sorted(checksums())
    provenance = (FILES / "PROVENANCE.md").read_text(encoding="utf-8")
    for name in files:
        assert (FILES / name).stat().st_size < 3_000_000
        assert f"## {name}" in provenance


def test_the_script_makes_the_digits_file_byte_for_byte(tmp_path: Path) -> None:
    write(tmp_path / "digits.npz", digits(), zipfile.ZIP_STORED)
    assert (tmp_path / "digits.npz").read_bytes() == (FILES / "digits.npz").read_bytes()


def test_the_script_makes_the_clothes_file(tmp_path: Path) -> None:
    """From the packaged images, doubled; and from the original set, too, on a machine that has it."""
    write_folder(tmp_path, packed=False, train=10_000, test=2_000)
    sources = [tmp_path, DEBIAN_FOLDER] if DEBIAN_FOLDER.is_dir() else [tmp_path]
    with np.load(FILES / "fashion.npz", allow_pickle=False) as arrays:
        for source in sources:
            made = fashion(source)
            assert list(made) == arrays.files
            for name in made:
                np.testing.assert_array_equal(made[name], arrays[name])


@pytest.mark.skipif(not DEBIAN_FOLDER.is_dir(), reason="needs Debian's package dataset-fashion-mnist")
def test_the_script_makes_the_clothes_file_of_full_size() -> None:
    made = fashion28(DEBIAN_FOLDER)
    with np.load(FILES / "fashion28.npz", allow_pickle=False) as arrays:
        assert list(made) == arrays.files
        for name in made:
            np.testing.assert_array_equal(made[name], arrays[name])


def test_the_digits_are_split_once_in_every_class_alike() -> None:
    data = load("digits")
    assert (len(data.train_y), len(data.test_y)) == (1437, 360)
    shares = np.bincount(data.test_y) / (np.bincount(data.test_y) + np.bincount(data.train_y))
    assert (abs(shares - 0.2) < 0.01).all()


def test_the_clothes_are_balanced() -> None:
    data = load("fashion")
    assert np.bincount(data.train_y).tolist() == [1000] * 10
    assert np.bincount(data.test_y).tolist() == [200] * 10


@pytest.mark.parametrize("name", ["digits", "fashion"])
def test_images_are_standardised_by_the_training_part(name: str) -> None:
    data = load(name)
    assert data.train_x.mean(dtype=np.float64) == pytest.approx(0, abs=1e-5)
    assert data.train_x.std(dtype=np.float64) == pytest.approx(1, abs=1e-5)
    assert data.test_x.mean(dtype=np.float64) == pytest.approx(0, abs=0.05)


def test_pooling_is_the_mean_of_four_pixels_halves_rounded_up() -> None:
    images = np.array([[[1, 2, 255, 255], [3, 4, 255, 255]]], np.uint8)
    assert pooled(images).tolist() == [[[3, 255]]]


@pytest.mark.parametrize("damage", ["one bit", "gone", "replaced"])
def test_a_damaged_installation_is_named_and_not_trained_on(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(packaged, "FILES", tmp_path)
    path = tmp_path / "digits.npz"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    match damage:
        case "one bit":
            path.write_bytes(content)
        case "gone":
            path.unlink()
        case "replaced":
            path.write_bytes(b"PK")
    with pytest.raises(DataUnavailable, match=f"{path} .*install again"):
        load("digits")
