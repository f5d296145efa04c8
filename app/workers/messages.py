"""What goes through the pipe between the server and a working process. Both ends are this program."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.contract.commands import RunCommand


@dataclass(frozen=True, slots=True)
class Options:
    """How a process works. ``trainer`` is the module with ``train`` and ``warm_up``, or another that has them.

    ``weights_dir`` holds a folder for each run.
    """

    threads: int = 1
    frame_interval: float = 0.1
    dataset_dir: Path | None = None
    trainer: str = "app.learning.training"
    device: str = "auto"
    weights_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """To the process: do this. ``task`` is what the trainer's ``train`` takes, an ``Experiment`` for the usual one."""

    id: str
    task: Any
    paused: bool


@dataclass(frozen=True, slots=True)
class Order:
    """To the process: a command for the job at hand."""

    id: str
    command: RunCommand


@dataclass(frozen=True, slots=True)
class Ready:
    """From the process: it is warm and waits for a job."""


@dataclass(frozen=True, slots=True)
class Batch:
    """From the process: what the job says, in order."""

    said: list[Any]


@dataclass(frozen=True, slots=True)
class Done:
    """From the process: the job is over, all it had to say was sent."""


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
        return f"the worker process ended ({how})"


Report = Ready | Batch | Done | Failure | Gone
