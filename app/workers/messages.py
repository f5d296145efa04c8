"""What goes through the pipe between the server and a worker process. Both ends are this program."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from app.contract.checkpoints import CheckpointBound
from app.contract.commands import RunCommand
from app.errors import SkipscopeError

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Options:
    """How a process works; see ``app.workers.worker.Context``. ``checkpoints`` holds a folder for each job."""

    threads: int = 1
    frame_interval: float = 0.1
    dataset_dir: Path | None = None
    device: str = "auto"
    checkpoints: Path | None = None
    checkpoint_bound: CheckpointBound | None = None


@dataclass(frozen=True, slots=True)
class Job(Generic[Task]):
    """To the process: do this task."""

    id: str
    task: Task
    paused: bool


@dataclass(frozen=True, slots=True)
class Order:
    """To the process: a command for the job at hand."""

    id: str
    command: RunCommand


@dataclass(frozen=True, slots=True)
class Ready:
    """From the process: it is warm and waits for a job. ``device_memory`` is as ``Worker`` has it."""

    device_memory: int | None = None


@dataclass(frozen=True, slots=True)
class Batch(Generic[Result]):
    """From the process: results of the job, in order."""

    results: list[Result]


@dataclass(frozen=True, slots=True)
class Done:
    """From the process: the job is over, all its results were sent."""


@dataclass(frozen=True, slots=True)
class Failure:
    """From the process: the job failed, with an error of this class. After a ``fatal`` one the process ends itself."""

    message: str
    field: str | None
    fatal: bool
    kind: type[SkipscopeError] = SkipscopeError


@dataclass(frozen=True, slots=True)
class Gone:
    """Made by the reader of the pipe: the process has ended."""

    exit_code: int | None

    def __str__(self) -> str:
        code = self.exit_code
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return f"the worker process ended ({how})"


Report = Ready | Batch[Result] | Done | Failure | Gone
