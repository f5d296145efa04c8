"""The header of a safetensors file, read as what a stranger wrote.

Eight bytes give its length, then comes JSON: name → type, shape and place of every tensor; the numbers follow. A file
is refused before more is read of it than it proves to need. The numbers themselves are not read here.
"""

import stat
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import orjson

from app.errors import Refused

#: the longest header, in bytes; that of ResNet-152 takes a tenth
HEADER_BYTES = 2**20
#: the most sides a tensor has
MOST_SIDES = 8
#: bytes of a number, by type; types of less than a byte are none of ours
ITEM_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
}  # fmt: skip
#: makes one of a PyTorch file; no code in that file is run
CONVERT = (
    'python -c "import torch, safetensors.torch as s; s.save_file({n: t.contiguous() for n, t in torch.load('
    "'resnet50.pth', weights_only=True).items()}, 'resnet50.safetensors')\""
)
_PYTORCH = f"PyTorch's own format, which can run code when it is read; convert it: {CONVERT}"
#: how other files begin
_FOREIGN = {
    b"\x89PNG": "a PNG image", b"\xff\xd8\xff": "a JPEG image", b"GIF8": "a GIF image",
    b"PK\x03\x04": f"a zip file, perhaps {_PYTORCH}", b"\x80": f"a pickle, perhaps {_PYTORCH}",
    b"\x89HDF": "an HDF5 file", b"\x1f\x8b": "a gzip file", b"%PDF": "a PDF", b"GGUF": "a GGUF file",
    b"version https://git-lfs": "a pointer of Git LFS, which stands for a file that was not fetched",
    b"<": "a page of the web, perhaps what a failed download left",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor: type of its numbers, such as ``F32``, its shape, and its first byte and the one behind its last."""

    dtype: str
    shape: tuple[int, ...]
    first: int
    last: int


def read_header(file: Path, most_bytes: int) -> dict[str, Entry]:
    """Name → tensor of everything in a file of at most ``most_bytes``.

    Raises:
        Refused: it cannot be read, is too large, is no safetensors file, or is damaged; the message says which.
    """
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would wait for its writer
            raise Refused("it is not a plain file", "file")
        if status.st_size > most_bytes:
            raise Refused(f"it has {status.st_size:,} bytes; the largest file that can fit has {most_bytes:,}", "file")
        with file.open("rb") as opened:
            start = opened.read(32)
            length = int.from_bytes(start[:8], "little")
            if length > HEADER_BYTES or start[8:9] != b"{":
                raise Refused(_stranger(start, length), "file")
            opened.seek(8)
            text = opened.read(length)
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror}", "file") from None
    if len(text) < length:
        raise Refused(f"it is cut off: its header has {length:,} bytes and {len(text):,} are there", "file")
    entries = _entries(text)
    _check_places(entries, status.st_size - 8 - length)
    return entries


def _stranger(start: bytes, length: int) -> str:
    for magic, what in _FOREIGN.items():
        if start.startswith(magic):
            return f"it is not a safetensors file but {what}"
    if len(start) < 9:
        return f"it is cut off: it has {len(start)} bytes"
    if start[8:9] == b"{":
        return f"its first bytes tell of a header of {length:,} bytes; the limit is {HEADER_BYTES:,}"
    return "it is not a safetensors file: no header follows its first eight bytes"


def _entries(text: bytes) -> dict[str, Entry]:
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused("it is damaged: its header is not JSON", "file") from None
    if not isinstance(read, dict):
        raise Refused("it is damaged: its header is not an object", "file")
    return {name: _entry(name, value) for name, value in read.items() if name != "__metadata__"}


def _entry(name: str, value: Any) -> Entry:
    match value:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(first), int(last)]} if len(
            shape
        ) <= MOST_SIDES and all(type(n) is int and n >= 0 for n in (*shape, first, last)):
            if dtype not in ITEM_BYTES:
                raise Refused(f"{name[:80]} has numbers of the unknown type {dtype[:20]}", "file")
            if prod(shape) * ITEM_BYTES[dtype] != last - first:
                raise Refused(f"it is damaged: {name[:80]} has another number of bytes than its shape needs", "file")
            return Entry(dtype, tuple(shape), first, last)
    raise Refused(f"it is damaged: its header does not say type, shape and place of {name[:80]}", "file")


def _check_places(entries: dict[str, Entry], size: int) -> None:
    """The tensors must lie one behind the other and fill the file, as the format asks."""
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].first, item[1].last)):
        if entry.first != end:
            how = "overlaps the tensor before it" if entry.first < end else "leaves a gap before it"
            raise Refused(f"it is damaged: {name[:80]} {how}", "file")
        end = entry.last
    if end > size:
        raise Refused(f"it is cut off: its tensors take {end:,} bytes and {size:,} are there", "file")
    if end < size:
        raise Refused(f"it is damaged: {size - end:,} bytes at its end belong to no tensor", "file")
