"""The recorded runs that come with the program (``app.contract.recordings``), read like any other run, never written.

A folder each: ``run.json`` (what a row of the store holds), ``measurements.bin`` (what was measured, at full
precision, frames thinned), and checkpoints; of the first preset also ``answers.json``, how long answers took. Their ids
are fixed, so that links hold from one version to the next.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from app.analyses.registry import parse_question
from app.contract.events import Analysis
from app.contract.experiment import Experiment
from app.contract.measurements import CheckpointSaved, Ended, Evaluated, Measured, Measurement
from app.contract.questions import Question
from app.errors import DataUnavailable
from app.ids import RunId
from app.runs.damage import OnDamage
from app.runs.packing import pack, unpack
from app.runs.stored_run import StoredRun

#: bytes of frames in a recording, apart from those at evaluations
MOST_FRAME_BYTES = 500_000

_PREFIX = "recorded-"
_RUN, _MEASUREMENTS, _ANSWERS = "run.json", "measurements.bin", "answers.json"
_LENGTH = struct.Struct("<I")


def recorded_id(name: str) -> RunId:
    """The id of the recorded run of a preset, or of another recording."""
    return RunId(_PREFIX + name)


class RecordedRuns:
    """The recorded runs of a folder; none without one."""

    def __init__(self, folder: Path | None = None) -> None:
        found = sorted(folder.glob(f"*/{_RUN}")) if folder else []
        self._folders = {recorded_id(path.parent.name): path.parent for path in found}

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._folders

    def __iter__(self) -> Iterator[RunId]:
        return iter(self._folders)

    def folder_of(self, run_id: str) -> Path | None:
        """Where the checkpoints of a recorded run lie; None for any other."""
        return self._folders.get(RunId(run_id))

    def run(self, run_id: str) -> StoredRun:
        """A recorded run. Raises ``DataUnavailable`` when its file is damaged."""
        try:
            data = orjson.loads((self._folders[RunId(run_id)] / _RUN).read_bytes())
            return StoredRun(**data | {"id": run_id, "experiment": Experiment.model_validate(data["experiment"])})
        except (OSError, TypeError, ValueError, KeyError) as error:
            raise DataUnavailable(f"the recording {run_id} is damaged: {error}; install again") from error

    def checksum(self, run_id: str) -> int:
        """Of what it holds, 32 bits. Raises ``DataUnavailable`` when a file is not there."""
        folder = self._folders[RunId(run_id)]
        try:
            return zlib.crc32((folder / _MEASUREMENTS).read_bytes(), zlib.crc32((folder / _RUN).read_bytes()))
        except OSError as error:
            raise DataUnavailable(f"the recording {run_id} is damaged: {error}; install again") from error

    def measurements(
        self, run_id: str, most_frames: int | None = None, on_damage: OnDamage | None = None
    ) -> Iterator[Measurement]:
        """What it measured, in order; its frames are few already.

        Raises:
            DataUnavailable: its file is damaged. Installing again mends that, so nothing is left out.
        """
        yield from map(unpack, self._packed(run_id))

    def is_thinned(self, run_id: str) -> bool:
        """False: of a recorded run nothing is removed later."""
        return False

    def ended(self, run_id: str) -> Ended:
        """How it ended, and after how many seconds. Raises ``DataUnavailable`` when a file is damaged."""
        last = unpack([*self._packed(run_id)][-1])
        if not isinstance(last, Ended):
            raise DataUnavailable(f"the recording {run_id} is damaged: it has no end; install again")
        return last

    def _packed(self, run_id: str) -> Iterator[bytes]:
        """The measurements of a run as they lie in its file."""
        try:
            data = (self._folders[RunId(run_id)] / _MEASUREMENTS).read_bytes()
            at = 0
            while at < len(data):
                (length,) = _LENGTH.unpack_from(data, at)
                at += _LENGTH.size + length
                yield data[at - length : at]
        except (OSError, struct.error) as error:
            raise DataUnavailable(f"the recording {run_id} is damaged: {error}; install again") from error

    def answers(self) -> Iterator[tuple[Experiment, Question, float]]:
        """Questions that were asked about recorded runs when they were recorded, and how many seconds each took."""
        for run_id, folder in self._folders.items():
            with suppress(FileNotFoundError):
                asked = orjson.loads((folder / _ANSWERS).read_bytes())
                experiment = self.run(run_id).experiment
                yield from ((experiment, parse_question(one["question"]), one["seconds"]) for one in asked)

    def analyses(self, run_id: str) -> list[Analysis]:
        """None: what is found about a recorded run stays in the memory of the server that was asked."""
        return []


def write(folder: Path, run: StoredRun, measured: Sequence[Measurement], kept: Iterable[int]) -> None:
    """Write a recorded run to a folder, where its checkpoints lie already.

    Args:
        measured: all that it measured, in order.
        kept: the steps of its checkpoints.
    """
    head: dict[str, Any] = {name: getattr(run, name) for name in run.__dataclass_fields__ if name != "id"}
    head["experiment"] = run.experiment.model_dump(mode="json")
    (folder / _RUN).write_bytes(orjson.dumps(head, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    steps = set(kept)
    there = [one for one in measured if not isinstance(one, CheckpointSaved) or one.step in steps]
    packed = [pack(one) for one in _thinned(there)]
    (folder / _MEASUREMENTS).write_bytes(b"".join(_LENGTH.pack(len(one)) + one for one in packed))


def write_answers(folder: Path, answers: Iterable[tuple[Question, float]]) -> None:
    """Write beside a recorded run how many seconds the answers to questions about it took."""
    asked = [{"question": question.model_dump(mode="json"), "seconds": seconds} for question, seconds in answers]
    (folder / _ANSWERS).write_bytes(orjson.dumps(asked, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _thinned(measured: list[Measurement]) -> list[Measurement]:
    """Without most frames between evaluations, evenly left out; each evaluation keeps the frame of its step."""
    followed = {id(one) for one, after in pairwise(measured) if isinstance(after, Evaluated)}
    between = [one for one in measured if isinstance(one, Measured) and id(one) not in followed]
    size = sum(len(pack(one)) for one in between)
    dropped = {id(one) for index, one in enumerate(between) if index % max(1, -(-size // MOST_FRAME_BYTES))}
    return [one for one in measured if id(one) not in dropped]
