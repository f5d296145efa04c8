"""Measurements as bytes and back, in full precision: a JSON head, then the arrays as they lie in memory.

No pickle: a data folder may come from another person, and reading it must never run anything.
"""

import struct
from dataclasses import fields
from typing import Any

import numpy as np
import orjson

from app.contract import measurements
from app.contract.commands import tag_of
from app.contract.measurements import Measurement
from app.errors import DataUnavailable

_LENGTH = struct.Struct("<I")
_KINDS: dict[str, type] = {
    tag_of(kind): kind
    for kind in (
        measurements.Prepared, measurements.Measured, measurements.Evaluated, measurements.CheckpointSaved,
        measurements.Diverged,
        measurements.LearningRateChanged, measurements.Paused, measurements.Resumed, measurements.Ended,
    )
}  # fmt: skip
#: what runs stored before 2026-12 call a checkpoint
_KINDS["weights_kept"] = measurements.CheckpointSaved
_DTYPES: dict[str, np.dtype[Any]] = {name: np.dtype(f"<{name}") for name in ("f4", "f8", "u1")}


def pack(measurement: Measurement) -> bytes:
    """A measurement as bytes."""
    plain: dict[str, Any] = {}
    shapes: list[tuple[str, str, tuple[int, ...]]] = []
    arrays: list[bytes] = []
    for field in fields(measurement):
        value = getattr(measurement, field.name)
        if isinstance(value, np.ndarray):
            kind = value.dtype.str[1:]
            shapes.append((field.name, kind, value.shape))
            arrays.append(np.ascontiguousarray(value, dtype=_DTYPES[kind]).tobytes())
        else:
            plain[field.name] = value
    head = orjson.dumps({"kind": kind_of(measurement), "plain": plain, "arrays": shapes})
    return b"".join((_LENGTH.pack(len(head)), head, *arrays))


def unpack(data: bytes) -> Measurement:
    """What ``pack`` was given. Raises ``DataUnavailable`` when the bytes are damaged."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        offset = _LENGTH.size + length
        head = orjson.loads(data[_LENGTH.size : offset])
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in head["plain"].items()
        }
        for name, kind, shape in head["arrays"]:
            count = int(np.prod(shape))
            values[name] = np.frombuffer(data, _DTYPES[kind], count, offset).reshape(shape)
            offset += count * _DTYPES[kind].itemsize
        # what was stored before 2026-11 lacks two fields; what was not measured then stays unknown
        if head["kind"] == "measured":
            values.setdefault("activations", np.full_like(values["activation_gradients"], np.nan))
        elif head["kind"] == "prepared":
            values.setdefault("flops", ())
        measurement: Measurement = _KINDS[head["kind"]](**values)
    except (struct.error, KeyError, TypeError, ValueError) as error:
        raise DataUnavailable(f"a stored measurement is damaged: {error}") from error
    return measurement


def kind_of(measurement: Measurement) -> str:
    """The name of a measurement's class as it is stored."""
    return tag_of(type(measurement))
