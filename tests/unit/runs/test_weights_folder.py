"""The folder of weights: what lies in it, and uploads that come whole or not at all."""

import asyncio
import os
import resource
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.catalog.pipeline import PIPELINES
from app.catalog.weights import largest_file
from app.errors import Busy, DataUnavailable, Refused, SkipscopeError
from app.runs import weights_folder
from app.runs.weights_folder import MOST_UPLOADS, WeightsFolder
from tests.patience import run, run_without_time
from tests.unit.catalog.weights_files import zeros_of

PIECE = 1 << 20


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file of ResNet-18, outside of the folder."""
    return zeros_of(tmp_path / "resnet18.safetensors", PIPELINES["resnet18"])


@pytest.fixture
def folder(tmp_path: Path) -> WeightsFolder:
    return WeightsFolder(tmp_path / "data" / "weights")


async def pieces(file: Path, most: int | None = None) -> AsyncIterator[bytes]:
    """The bytes of a file, as they come over a line; ``most``: the line breaks behind so many."""
    left = file.stat().st_size if most is None else most
    with file.open("rb") as opened:
        while left and (piece := opened.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
    if most is not None:
        raise ConnectionResetError


def upload(folder: WeightsFolder, file: Path, name: str = "w.safetensors", length: int | None = None) -> None:
    async def coming() -> None:
        await folder.receive(name, file.stat().st_size if length is None else length, pieces(file))

    run(coming)


def names(folder: WeightsFolder) -> list[str]:
    """Everything in the folder, what is hidden too."""
    return sorted(path.name for path in folder.folder.iterdir()) if folder.folder.exists() else []


def test_an_upload_is_there_whole_and_recognised(folder: WeightsFolder, given: Path) -> None:
    assert folder.files() == []
    upload(folder, given)
    (found,) = folder.files()
    assert (found.name, found.network, found.problem) == ("w.safetensors", "resnet18", None)
    assert found.bytes == given.stat().st_size
    assert (folder.folder / "w.safetensors").read_bytes() == given.read_bytes()
    assert folder.find("resnet18") == folder.find("resnet18", "w.safetensors") == folder.folder / "w.safetensors"
    assert names(folder) == ["w.safetensors"]


def test_the_folder_tells_of_each_file_what_it_is(folder: WeightsFolder, given: Path) -> None:
    folder.folder.mkdir(parents=True)
    shutil.copy(given, folder.folder / "a.safetensors")
    (folder.folder / "b.pth").write_bytes(b"PK\x03\x04" + bytes(40))
    (folder.folder / "c.safetensors").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    (folder.folder / "d.safetensors").mkdir()
    (folder.folder / "e.safetensors").symlink_to("nothing")
    (folder.folder / ".hidden.safetensors").touch()
    (folder.folder / "notes.txt").touch()
    with (folder.folder / "huge.safetensors").open("wb") as huge:
        huge.truncate(50 * 10**9)
    told = {file.name: file.problem for file in folder.files()}
    assert list(told) == [
        "a.safetensors",
        "b.pth",
        "c.safetensors",
        "d.safetensors",
        "e.safetensors",
        "huge.safetensors",
    ]
    for name, words in {
        "b.pth": "convert it: python", "c.safetensors": "a PNG image", "d.safetensors": "not a plain file",
        "e.safetensors": "cannot be read: No such file", "huge.safetensors": "50,000,000,000 bytes",
    }.items():  # fmt: skip
        assert words in (told[name] or "")
    assert told["a.safetensors"] is None
    for name, words in (("c.safetensors", "PNG"), ("../resnet18.safetensors", "no file"), ("x", "no file 'x'")):
        with pytest.raises(DataUnavailable, match=words):
            folder.find("resnet18", name)
    with pytest.raises(DataUnavailable, match=r"a\.safetensors: its network is resnet18"):
        folder.find("resnet34", "a.safetensors")
    with pytest.raises(DataUnavailable, match="no file that fits"):
        folder.find("resnet34")


@pytest.mark.parametrize(
    "name",
    ["", "w", "w.pth", ".safetensors", ".w.safetensors", "../w.safetensors", "a/w.safetensors", "a\\w.safetensors",
     "w.safetensors\n", "w\0.safetensors", "ü.safetensors", "w.safetensors.exe", "x" * 101 + ".safetensors"],
)  # fmt: skip
def test_other_names_are_refused_and_nothing_is_written(folder: WeightsFolder, given: Path, name: str) -> None:
    with pytest.raises(Refused, match=r"name: a plain name that ends in \.safetensors"):
        upload(folder, given, name)
    assert names(folder) == []


def test_an_upload_must_tell_a_length_within_the_bound(folder: WeightsFolder, given: Path) -> None:
    async def without() -> None:
        await folder.receive("w.safetensors", None, pieces(given))

    with pytest.raises(Refused, match="Content-Length: the length of the file must be told"):
        run(without)
    with pytest.raises(Refused, match=f"Content-Length: {50 * 10**9:,} bytes are over the limit of {largest_file():,}"):
        upload(folder, given, length=50 * 10**9)
    size = given.stat().st_size
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(Refused, match="another length than"):
            upload(folder, given, length=wrong)
    assert names(folder) == []


def test_what_comes_does_not_touch_what_is_there_unless_it_fits(folder: WeightsFolder, given: Path) -> None:
    upload(folder, given)
    before = (folder.folder / "w.safetensors").stat()
    bad = given.with_name("bad")
    bad.write_bytes(given.read_bytes()[:-1])
    with pytest.raises(Refused, match="cut off"):
        upload(folder, bad)
    bad.write_bytes(b"\x89PNG" + bytes(100))
    with pytest.raises(Refused, match="PNG"):
        upload(folder, bad)
    after = (folder.folder / "w.safetensors").stat()
    assert names(folder) == ["w.safetensors"] and (before.st_ino, before.st_mtime_ns) == (
        after.st_ino,
        after.st_mtime_ns,
    )
    other = zeros_of(given.with_name("other"), PIPELINES["resnet34"])
    upload(folder, other)
    assert [file.network for file in folder.files()] == ["resnet34"]


def test_an_upload_that_breaks_off_leaves_nothing(folder: WeightsFolder, given: Path) -> None:
    async def broken() -> None:
        await folder.receive("w.safetensors", given.stat().st_size, pieces(given, 3 * PIECE))

    with pytest.raises(DataUnavailable, match="cannot be written"):
        run(broken)
    assert names(folder) == []


def test_an_upload_that_is_given_up_leaves_nothing(folder: WeightsFolder, given: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield given.read_bytes()[:PIECE]
        await asyncio.Event().wait()

    async def given_up() -> None:
        task = asyncio.create_task(folder.receive("w.safetensors", given.stat().st_size, endless()))
        while not names(folder):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert names(folder) == []

    run(given_up)


def test_an_upload_that_sends_nothing_is_ended(tmp_path: Path, given: Path) -> None:
    folder = WeightsFolder(tmp_path / "weights", patience=0)

    async def silent() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async def ended() -> None:
        with pytest.raises(Refused, match="sent nothing for 0 seconds"):
            await folder.receive("w.safetensors", given.stat().st_size, silent())

    run(ended)
    assert names(folder) == []


def test_so_many_may_come_at_a_time(folder: WeightsFolder, given: Path) -> None:
    async def test() -> None:
        go, size = asyncio.Event(), given.stat().st_size

        async def waiting() -> AsyncIterator[bytes]:
            await go.wait()
            async for piece in pieces(given):
                yield piece

        tasks = [
            asyncio.create_task(folder.receive(f"{number}.safetensors", size, waiting()))
            for number in range(MOST_UPLOADS)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="being uploaded already"):
            await folder.receive("w.safetensors", size, pieces(given))
        go.set()
        await asyncio.gather(*tasks)
        await folder.receive("w.safetensors", size, pieces(given))
        assert len(names(folder)) == MOST_UPLOADS + 1

    run_without_time(test)


def test_the_folder_is_not_filled_past_its_bound(tmp_path: Path, given: Path) -> None:
    size = given.stat().st_size
    folder = WeightsFolder(tmp_path / "weights", most_bytes=2 * size)
    upload(folder, given, "a.safetensors")
    upload(folder, given, "b.safetensors")
    upload(folder, given, "b.safetensors")  # takes the place of the one before
    with pytest.raises(Refused, match=f"holds {2 * size:,} bytes already"):
        upload(folder, given, "c.safetensors")
    assert names(folder) == ["a.safetensors", "b.safetensors"]


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """The system writes no file past so many bytes, as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_disk_that_takes_no_more_is_told_and_nothing_stays(folder: WeightsFolder, given: Path) -> None:
    with small_files(5 * PIECE // 2), pytest.raises(DataUnavailable, match=r"cannot be written .*: File too large"):
        upload(folder, given)
    assert names(folder) == []
    upload(folder, given)
    assert names(folder) == ["w.safetensors"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, given: Path) -> None:
    (tmp_path / "file").touch()
    folder = WeightsFolder(tmp_path / "file" / "weights")
    with pytest.raises(DataUnavailable, match="cannot be written into the folder of weights: Not a directory"):
        upload(folder, given)
    with pytest.raises(DataUnavailable, match="cannot be read: Not a directory"):
        folder.files()


def test_what_a_killed_server_left_is_removed_a_day_later(folder: WeightsFolder, given: Path) -> None:
    folder.folder.mkdir(parents=True)
    old, new = folder.folder / ".upload-old", folder.folder / ".upload-new"
    for left in (old, new):
        left.write_bytes(bytes(9))
    os.utime(old, (0, 0))
    upload(folder, given)
    assert names(folder) == [".upload-new", "w.safetensors"]


def test_errors_are_sentences_with_a_status() -> None:
    for error in (Refused, Busy, DataUnavailable):
        assert issubclass(error, SkipscopeError) and error.status in (422, 503)
    assert 4 * largest_file() <= weights_folder.MOST_BYTES
