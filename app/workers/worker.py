"""The worker: what a process of this machine does when it is given a task. One class for each kind of process.

A worker is made in the server and sent to its process by pickle, so its module must load no torch when it is imported
(``app.lazy``), and it may hold no state before ``warm_up``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from app.contract.checkpoints import CheckpointBound
from app.contract.commands import Command

Task = TypeVar("Task", contravariant=True)
Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True, slots=True)
class Context:
    """What a worker has besides its task.

    Attributes:
        take: hands over the next command for this task; with True it waits for one, with False it may return None.
        frame_interval: seconds between two measured training steps.
        dataset_dir: folder of the user's own data.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        checkpoints: folder for the checkpoints of this task.
        checkpoint_bound: how many bytes they may take.
    """

    take: Callable[[bool], Command | None]
    frame_interval: float = 0.1
    dataset_dir: Path | None = None
    device: str = "auto"
    checkpoints: Path | None = None
    checkpoint_bound: CheckpointBound | None = None


class Worker(Protocol[Task, Result]):
    """Does tasks, one at a time.

    Attributes:
        name: of what it does, in one word: ``training``. For error messages and the name of the process.
    """

    name: ClassVar[str]

    def warm_up(self, threads: int) -> None:
        """Load torch and make it ready, so that the first task starts at once."""
        ...

    def device_memory(self, device: str) -> int | None:
        """Bytes of memory that a device has of its own; None where it computes in the machine's."""
        ...

    def run(self, task: Task, context: Context) -> Iterator[Result]:
        """Do a task and yield its results in order.

        Raises:
            SkipscopeError: the task is refused or cannot be done; the text says why. The process goes on.
        """
        ...
