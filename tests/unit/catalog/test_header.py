"""Headers of safetensors files, as a stranger may write them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import orjson
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.header import CONVERT, HEADER_BYTES, MOST_SIDES, Entry, read_header
from app.errors import Refused
from tests.unit.catalog.weights_files import raw, save

MOST = 10**6


def entry(first: int, last: int, shape: list[int] | None = None, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": [(last - first) // 4] if shape is None else shape, "data_offsets": [first, last]}


def file_of(folder: Path, header: object, data: int = 0) -> Path:
    path = folder / "w.safetensors"
    path.write_bytes(raw(header if isinstance(header, bytes) else orjson.dumps(header), data))
    return path


def refusal(path: Path, most: int = MOST) -> str:
    with pytest.raises(Refused) as refused:
        read_header(path, most)
    assert refused.value.field == "file"
    return str(refused.value)


def test_a_file_of_the_library_is_read(tmp_path: Path) -> None:
    weights = {"a": torch.zeros(2, 3), "b": torch.zeros((), dtype=torch.bfloat16), "c": torch.zeros(0, 4)}
    found = read_header(save(tmp_path / "w.safetensors", weights), MOST)
    assert {name: (one.dtype, one.shape) for name, one in found.items()} == {
        "a": ("F32", (2, 3)), "b": ("BF16", ()), "c": ("F32", (0, 4)),
    }  # fmt: skip
    assert found["a"].last - found["a"].first == 24


@pytest.mark.parametrize(
    ("header", "data", "words"),
    [
        ({"a": entry(0, 8)}, 7, "cut off: its tensors take 8 bytes and 7 are there"),
        ({"a": entry(0, 8)}, 0, "cut off: its tensors take 8 bytes and 0 are there"),
        ({"a": entry(0, 8)}, 9, "damaged: 1 bytes at its end belong to no tensor"),
        ({"a": entry(0, 8), "b": entry(4, 12)}, 12, "damaged: b overlaps the tensor before it"),
        ({"a": entry(0, 8), "b": entry(0, 8)}, 8, "damaged: b overlaps the tensor before it"),
        ({"a": entry(0, 8), "b": entry(12, 16)}, 16, "damaged: b leaves a gap before it"),
        ({"a": entry(4, 8)}, 8, "damaged: a leaves a gap before it"),
        ({"a": entry(8, 0, [2])}, 8, "a has another number of bytes than its shape needs"),
        ({"a": entry(0, 8, [3])}, 8, "a has another number of bytes than its shape needs"),
        ({"a": entry(0, 8, [2**62, 2**62])}, 8, "another number of bytes"),
        ({"a": entry(0, 8, [-1, -2])}, 8, "does not say type, shape and place of a"),
        ({"a": entry(0, 8, [1] * MOST_SIDES + [2])}, 8, "does not say type, shape and place of a"),
        ({"a": entry(0, 8, [True, 2])}, 8, "does not say type, shape and place of a"),
        ({"a": entry(0, 8, dtype="F4")}, 8, "a has numbers of the unknown type F4"),
        ({"a": {"dtype": "F32", "shape": [2]}}, 8, "does not say type, shape and place of a"),
        ({"a": 3}, 0, "does not say type, shape and place of a"),
        ({"a": {"dtype": "F32", "shape": [2.0], "data_offsets": [0, 8]}}, 8, "does not say type, shape and place"),
        ({"a": {"dtype": "F32", "shape": "2", "data_offsets": [0, 8]}}, 8, "does not say type, shape and place"),
        (b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}', 8, "its header is not JSON"),
        (b'{"a":' * 100_000, 0, "its header is not JSON"),
        (b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999999999]}}', 8, "does not say"),
        (b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":3}', 0, "does not say"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_what_is_wrong(tmp_path: Path, header: object, data: int, words: str) -> None:
    assert words in refusal(file_of(tmp_path, header, data))


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, HEADER_BYTES + 1])
def test_a_header_that_would_be_too_long_is_not_read(tmp_path: Path, length: int) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + b"{}")
    assert f"a header of {length:,} bytes; the limit is {HEADER_BYTES:,}" in refusal(path)


def test_a_header_that_ends_too_soon_is_told(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(raw(b'{"a":1}')[:-1])
    assert "its header has 7 bytes and 6 are there" in refusal(path)


@pytest.mark.parametrize("size", range(9))
def test_a_file_without_a_header_is_told(tmp_path: Path, size: int) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(bytes([7, 0, 0, 0, 0, 0, 0, 0, 1])[:size])
    assert f"cut off: it has {size} bytes" in refusal(path)


def test_a_huge_file_is_refused_by_its_size_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with path.open("wb") as file:
        file.truncate(50 * 10**9)
    assert refusal(path) == f"it has 50,000,000,000 bytes; the largest file that can fit has {MOST:,}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "a JPEG image"),
        (b"<!doctype html><title>404</title>", "a page of the web"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        (b"hello, here are no weights", "no header follows its first eight bytes"),
        (bytes(99), "no header follows its first eight bytes"),
    ],
)
def test_a_foreign_file_is_told_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    assert words in refusal(path) and "not a safetensors file" in refusal(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_of_pytorch_is_told_how_to_convert_it_and_the_line_works(tmp_path: Path, zipped: bool) -> None:
    weights = {"a": torch.arange(6.0).view(2, 3).T, "b": torch.ones(2, dtype=torch.float16)}
    path = tmp_path / "resnet50.pth"
    torch.save(weights, path, _use_new_zipfile_serialization=zipped)
    assert zipfile.is_zipfile(path) == zipped
    assert CONVERT in refusal(path)
    line = CONVERT.removeprefix('python -c "').removesuffix('"')
    subprocess.run([sys.executable, "-c", line], cwd=tmp_path, check=True)
    assert read_header(tmp_path / "resnet50.safetensors", MOST)["a"].shape == (3, 2)


def test_what_is_no_file_is_told_and_waits_for_nobody(tmp_path: Path) -> None:
    assert "it cannot be read: No such file" in refusal(tmp_path / "none")
    assert "it is not a plain file" in refusal(Path("/dev/null"))
    assert "it is not a plain file" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "it is not a plain file" in refusal(tmp_path / "pipe")


@given(st.binary(max_size=300))
def test_no_bytes_break_it(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    for whole in (content, raw(content), raw(b"{" + content)):
        path.write_bytes(whole)
        try:
            assert all(isinstance(one, Entry) for one in read_header(path, MOST).values())
        except Refused as refused:
            assert str(refused)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["dtype", "shape", "data_offsets", "a"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3))
def test_no_header_breaks_it(tmp_path_factory: pytest.TempPathFactory, header: dict[str, object]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(raw(orjson.dumps(header, option=orjson.OPT_NON_STR_KEYS) if _fits(header) else b"{}"))
    try:
        read_header(path, MOST)
    except Refused as refused:
        assert str(refused)


def _fits(header: dict[str, object]) -> bool:
    """Whether the encoder can write it: its integers have 64 bits."""
    try:
        orjson.dumps(header)
    except TypeError:
        return False
    return True
