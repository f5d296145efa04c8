"""What goes through the pipe between the server and a training process. Both ends are this program."""

from dataclasses import dataclass
from pathlib import Path

from app.contract.commands import RunCommand
from app.contract.experiment import Experiment
from app.contract.measurements import Measurement
from app.ids import RunId


@dataclass(frozen=True, slots=True)
class Options:
    """How a process trains. ``trainer`` is the module with ``train`` and ``warm_up``."""

    threads: int = 1
    frame_interval: float = 0.1
    dataset_dir: Path | None = None
    trainer: str = "app.learning.training"
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Job:
    """To the process: train this."""

    run: RunId
    experiment: Experiment
    paused: bool


@dataclass(frozen=True, slots=True)
class Order:
    """To the process: a command for the run that it trains."""

    run: RunId
    command: RunCommand


@dataclass(frozen=True, slots=True)
class Ready:
    """From the process: it is warm and waits for a job."""


@dataclass(frozen=True, slots=True)
class Batch:
    """From the process: measurements, in order."""

    measurements: list[Measurement]


@dataclass(frozen=True, slots=True)
class Done:
    """From the process: the job is over, all its measurements were sent."""


@dataclass(frozen=True, slots=True)
class Failure:
    """From the process: the job failed. After a ``fatal`` one the process ends itself."""

    message: str
    field: str | None
    fatal: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """Made by the reader of the pipe: the process has ended."""

    exit_code: int | None

    def __str__(self) -> str:
        code = self.exit_code
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return f"the training process ended ({how})"


Report = Ready | Batch | Done | Failure | Gone
