"""The folder of weights of published networks: what lies in it, and what comes into it from the page.

Files are the user's. Only what was uploaded is written here: beside its place, checked, then put there in one move.
"""

import asyncio
import contextlib
import errno
import os
import re
import tempfile
import time
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from app.catalog.weights import largest_file, recognise
from app.errors import Busy, DataUnavailable, Refused

#: folder in the data folder, where the settings name no other
FOLDER = "weights"
#: names that an upload may have; and what else is looked at in the folder, to say what is wrong with it
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.safetensors$"
LOOKED_AT = (".safetensors", ".pth", ".pt")
#: files of the folder that are looked at, and bytes that uploads may bring it to
MOST_FILES, MOST_BYTES = 200, 4 * 2**30
#: uploads at a time, and seconds that one may send nothing
MOST_UPLOADS, PATIENCE = 2, 60.0
_UNFINISHED = ".upload-"
#: seconds after which an unfinished upload belongs to nobody any more
_ABANDONED = 24 * 3600


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file of the folder: the network whose weights it has, or what is wrong with it."""

    name: str
    bytes: int
    network: str | None
    problem: str | None


class WeightsFolder:
    """Weights on disk.

    Args:
        folder: where they are; it need not exist before the first upload.
        most_bytes: past which no upload is taken, all files of the folder together.
        patience: seconds that an upload may send nothing.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, patience: float = PATIENCE) -> None:
        self.folder = folder
        self._most_bytes, self._patience = most_bytes, patience
        self._coming: list[int] = []

    def files(self) -> list[WeightsFile]:
        """Everything in the folder that could be weights, by name. Raises DataUnavailable where it cannot be listed."""
        return [self._looked_at(file) for file in self._paths()]

    def find(self, network: str, name: str | None = None) -> Path:
        """A file with weights of a network: the one of this name, or the first.

        Raises:
            DataUnavailable: there is none; the message says why a file that was named does not fit.
        """
        for path in self._paths():
            if name not in (None, path.name):
                continue
            file = self._looked_at(path)
            if file.network == network:
                return path
            if name is not None:
                raise DataUnavailable(f"file: {name[:100]}: {file.problem or f'its network is {file.network}'}", "file")
        which = "that fits" if name is None else f"{name[:100]!r}"
        raise DataUnavailable(f"file: the folder of weights has no file {which}", "file")

    async def receive(self, name: str, length: int | None, body: AsyncIterable[bytes]) -> WeightsFile:
        """Take an upload of ``length`` bytes. It is there whole and fits a network, or nothing has changed.

        Raises:
            Refused: its name, its length, or the file.
            Busy: others are coming.
            DataUnavailable: it cannot be written; the message says why.
        """
        if not re.fullmatch(NAME, name):
            raise Refused(
                "name: a plain name that ends in .safetensors, of letters, digits, dots, dashes and underscores, "
                "at most 100 of them before the ending", "name",
            )  # fmt: skip
        if length is None:
            raise Refused("Content-Length: the length of the file must be told", "length")
        if length > largest_file():
            raise Refused(
                f"Content-Length: {length:,} bytes are over the limit of {largest_file():,}, the largest network in "
                "float32", "length",
            )  # fmt: skip
        if len(self._coming) >= MOST_UPLOADS:
            raise Busy(f"{MOST_UPLOADS} files are being uploaded already; try again when one is there")
        self._coming.append(length)
        try:
            await asyncio.to_thread(self._make_room, name)
            return await self._write(name, length, body)
        except OSError as error:
            why = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
            raise DataUnavailable(f"the file cannot be written into the folder of weights: {why}") from error
        finally:
            self._coming.remove(length)

    def _paths(self) -> list[Path]:
        try:
            found = [path for path in self.folder.iterdir() if path.suffix.lower() in LOOKED_AT]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DataUnavailable(f"the folder of weights cannot be read: {error.strerror}") from None
        return sorted(path for path in found if not path.name.startswith("."))[:MOST_FILES]

    def _looked_at(self, path: Path) -> WeightsFile:
        try:
            network = recognise(path)
        except Refused as problem:
            return WeightsFile(path.name, _size(path), None, str(problem))
        return WeightsFile(path.name, _size(path), network, None)

    def _make_room(self, name: str) -> None:
        """Raises Refused where the folder would hold too much with all that is coming; ``name`` will be replaced."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{_UNFINISHED}*"):  # by a server that was killed
            if time.time() - left.stat().st_mtime > _ABANDONED:
                left.unlink(missing_ok=True)
        held = sum(_size(path) for path in self._paths() if path.name != name)
        if held + sum(self._coming) > self._most_bytes:
            raise Refused(
                f"Content-Length: the folder of weights holds {held:,} bytes already; with this file it would be over "
                f"the limit of {self._most_bytes:,}; delete some of them", "length",
            )  # fmt: skip

    async def _write(self, name: str, length: int, body: AsyncIterable[bytes]) -> WeightsFile:
        descriptor, made = tempfile.mkstemp(prefix=_UNFINISHED, dir=self.folder)
        unfinished, received = Path(made), 0
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                async for piece in _patiently(body, self._patience):
                    received += len(piece)
                    if received > length:
                        break
                    await asyncio.to_thread(_write_all, file, piece)
            if received != length:
                raise Refused(f"the upload has another length than the {length:,} bytes that were told", "length")
            network = await asyncio.to_thread(recognise, unfinished)
            unfinished.replace(self.folder / name)
            return WeightsFile(name, length, network, None)
        finally:
            unfinished.unlink(missing_ok=True)


def _write_all(file: FileIO, piece: bytes) -> None:
    """A write to a nearly full disk may take a part only, and the next one says why."""
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


async def _patiently(body: AsyncIterable[bytes], seconds: float) -> AsyncIterator[bytes]:
    pieces = aiter(body)
    while True:
        try:
            async with asyncio.timeout(seconds):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refused(f"the upload sent nothing for {seconds:g} seconds", "length") from None
        yield piece


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
