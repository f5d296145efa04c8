"""The executor: whatever can do jobs, such as training an experiment or answering a question about weights.

Queue, numbering, storage and sockets are not its business.
"""

from collections.abc import AsyncGenerator
from typing import Protocol, TypeVar

from app.contract.commands import RunCommand

Task = TypeVar("Task", contravariant=True)
Result = TypeVar("Result", covariant=True)


class Executor(Protocol[Task, Result]):
    """Does jobs, as many at once as ``capacity()`` says. A job has an id: that of its run, or of its analysis."""

    def start(self, job_id: str, task: Task, paused: bool = False) -> AsyncGenerator[Result]:
        """Do a task and yield its results in order.

        The caller starts no more jobs at once than ``capacity()``, and closes the iterator if it leaves early.

        Raises:
            WorkerLost: the process that did the job ended.
            SkipscopeError: the task was refused or failed; the text says why.
        """
        ...

    def control(self, job_id: str, command: RunCommand) -> None:
        """Pass a command to a running job; ignored when it has just ended.

        A job that does not obey a stop is ended, and its results end without a last word.
        """
        ...

    def capacity(self) -> int:
        """How many jobs can be done at once."""
        ...

    def ready(self) -> int:
        """How many processes are warm: those at work, and those that could begin at once."""
        ...

    def device_memory(self) -> int | None:
        """Bytes of memory that the device has of its own, on which all jobs are done; None where it computes in that of
        the machine, or nothing is warm yet."""
        ...

    async def open(self) -> None:
        """Begin to warm up; returns at once."""
        ...

    async def close(self) -> None:
        """End everything that was started. Returns when all of it has ended."""
        ...
