"""The executor of one machine: a few processes, kept warm, each doing one job at a time."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, Generic, TypeVar

from app.contract.commands import RunCommand, Stop
from app.errors import WorkerLost
from app.workers.messages import Batch, Done, Failure, Gone, Job, Options, Order, Ready
from app.workers.process import WorkerProcess
from app.workers.worker import Worker

log = logging.getLogger(__name__)

#: seconds that a run has to obey a stop; one step of the largest experiment fits in
STOP_PATIENCE = 10.0
#: seconds before a process that died while warming up is replaced; doubles up to the last
FIRST_DELAY, LAST_DELAY = 0.5, 30.0


Task = TypeVar("Task")
Result = TypeVar("Result")


class LocalExecutor(Generic[Task, Result]):
    """Works in processes of this machine. See ``app.workers.executor.Executor``.

    Args:
        workers: how many processes.
        worker: what they do.
        options: how.
        stop_patience: seconds that a job has to obey a stop.
    """

    def __init__(
        self, workers: int, worker: Worker[Task, Result], options: Options, stop_patience: float = STOP_PATIENCE
    ) -> None:
        self._workers = workers
        self._worker = worker
        self._options = options
        self._stop_patience = stop_patience
        self._alive: set[WorkerProcess[Task, Result]] = set()
        self._idle: list[WorkerProcess[Task, Result]] = []
        self._busy: dict[str, WorkerProcess[Task, Result]] = {}
        self._ended: set[str] = set()
        self._delay = FIRST_DELAY
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def capacity(self) -> int:
        """How many jobs can be done at once."""
        return self._workers

    def ready(self) -> int:
        """How many processes are warm."""
        return sum(process.ready for process in (*self._idle, *self._busy.values()))

    def device_memory(self) -> int | None:
        """Bytes of the device on which all processes work, as those that are warm have told."""
        return max((process.device_memory or 0 for process in self._alive), default=0) or None

    async def open(self) -> None:
        """Start the processes; they warm up while the server already answers."""
        self._fill()

    async def close(self) -> None:
        """End all processes."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(process.end() for process in self._alive))

    def control(self, job_id: str, command: RunCommand) -> None:
        """Pass a command on. A job that does not obey a stop in time loses its process."""
        process = self._busy.get(job_id)
        if process is None:
            return
        process.send(Order(job_id, command))
        if isinstance(command, Stop):
            self._spawn(self._insist(job_id, process))

    async def start(self, job_id: str, task: Task, paused: bool = False) -> AsyncGenerator[Result]:
        """Work on a warm process if there is one, else on one that is warming up."""
        process = max(self._idle, key=lambda idle: idle.ready, default=None)
        if process is None:
            try:
                process = self._new()
            except OSError as error:
                raise WorkerLost(f"no process could be started: {error.strerror}; try again in a minute") from error
        else:
            self._idle.remove(process)
        self._busy[job_id] = process
        reusable = False
        try:
            process.send(Job(job_id, task, paused))
            while True:
                match await process.report():
                    case Batch(results):
                        for result in results:
                            yield result
                    case Done():
                        reusable = True
                        return
                    case Failure(message, field, fatal, kind):
                        reusable = not fatal
                        raise kind(message, field)
                    case Gone() if job_id in self._ended:
                        return
                    case Gone() as gone:
                        raise WorkerLost(str(gone))
                    case Ready():
                        pass
        finally:
            del self._busy[job_id]
            self._ended.discard(job_id)
            if reusable and not self._closing:
                self._idle.append(process)
            elif not process.gone.done():
                self._spawn(process.end())
            self._fill()

    def _fill(self) -> None:
        """Start processes until there are as many as wanted; what the system cannot give now is asked for again."""
        try:
            while not self._closing and len(self._idle) + len(self._busy) < self._workers:
                self._idle.append(self._new())
        except OSError as error:
            log.warning("no process could be started: %s; tried again in %g s", error.strerror, self._delay)
            self._spawn(self._fill_later(self._delay))

    def _new(self) -> WorkerProcess[Task, Result]:
        process = WorkerProcess(self._worker, self._options, self._changed)
        self._alive.add(process)
        return process

    def _changed(self, process: WorkerProcess[Task, Result]) -> None:
        """A process became warm, or ended: replace it, but ever more slowly if none gets warm."""
        if not process.gone.done():
            self._delay = FIRST_DELAY
            return
        self._alive.discard(process)
        if process in self._idle and not self._closing:
            self._idle.remove(process)
            log.warning("%s while it had nothing to do; another is started", process.gone.result())
            self._spawn(self._fill_later(0.0 if process.ready else self._delay))

    async def _fill_later(self, delay: float) -> None:
        if delay:
            self._delay = min(2 * self._delay, LAST_DELAY)
        await asyncio.sleep(delay)
        self._fill()

    async def _insist(self, job_id: str, process: WorkerProcess[Task, Result]) -> None:
        await asyncio.sleep(self._stop_patience)
        if self._busy.get(job_id) is process:
            self._ended.add(job_id)
            await process.end()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
