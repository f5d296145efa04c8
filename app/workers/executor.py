"""The executor seam: whatever can train experiments. Queue, numbering, storage and sockets stay above it."""

from collections.abc import AsyncGenerator
from typing import Protocol

from app.contract.commands import RunCommand
from app.contract.experiment import Experiment
from app.contract.measurements import Measurement
from app.ids import RunId


class Executor(Protocol):
    """Trains runs, as many at once as ``capacity()`` says."""

    def start(self, run_id: RunId, experiment: Experiment, paused: bool) -> AsyncGenerator[Measurement]:
        """Train an experiment and give its measurements in order, ``Ended`` last.

        The caller starts no more runs at once than ``capacity()``, and closes the iterator if it leaves early.

        Raises:
            WorkerLost: the process that trained the run ended.
            SkipscopeError: training refused or failed; the text says why.
        """
        ...

    def control(self, run_id: RunId, command: RunCommand) -> None:
        """Hand a command to a run that trains; ignored when it has just ended."""
        ...

    def capacity(self) -> int:
        """How many runs can train at once."""
        ...

    def ready(self) -> int:
        """How many training processes are warm: those that train, and those that could at once."""
        ...

    async def open(self) -> None:
        """Begin to warm up; returns at once."""
        ...

    async def close(self) -> None:
        """End everything that was started. Returns when all of it has ended."""
        ...
