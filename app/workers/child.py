"""Inside a worker process: the only kind of process of the server that loads torch.

The main thread works. A second thread reads the pipe, so that orders arrive while the main thread is
inside a long step of training, and so that the process ends itself as soon as its server has ended.
"""

import contextlib
import os
import queue
import signal
import threading
import time
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from app.contract.commands import Command, Pause
from app.contract.measurements import Measured
from app.errors import SkipscopeError
from app.workers.messages import Batch, Done, Failure, Job, Options, Order, Ready
from app.workers.worker import Context, Worker

Task = TypeVar("Task")
Result = TypeVar("Result")

#: measurements are gathered for at most this many seconds, which makes 20 messages a second
BATCH_SECONDS = 0.05


def main(pipe: "connection.Connection[Any, Any]", worker: Worker[Task, Result], options: Options) -> None:
    """Do jobs from ``pipe`` until the server ends this process, or is gone itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides what ends
    _set_process_name(worker.name)
    orders: Orders[Task] = Orders()
    threading.Thread(target=orders.read, args=(pipe,), name="orders", daemon=True).start()
    worker.warm_up(options.threads)
    pipe.send(Ready(worker.device_memory(options.device)))
    while True:
        job = orders.jobs.get()
        failure = _do(worker, job, Sender(pipe, orders, job.id), options)
        pipe.send(failure or Done())
        if failure is not None and failure.fatal:
            return


def _set_process_name(work: str) -> None:
    """Let ``top`` tell training processes from analysing ones, on systems that have names for processes."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(f"skip-{work}", encoding="ascii")


def _do(
    worker: Worker[Task, Result], job: Job[Task], sender: "Sender[Task, Result]", options: Options
) -> Failure | None:
    """Do one job. Whatever goes wrong becomes a sentence for the viewers."""
    try:
        if job.paused:
            sender.orders.first = Order(job.id, Pause(run=job.id))
        context = Context(
            sender.take,
            frame_interval=options.frame_interval,
            dataset_dir=options.dataset_dir,
            device=options.device,
            checkpoints=options.checkpoints / job.id if options.checkpoints else None,
            checkpoint_bound=options.checkpoint_bound,
        )
        for result in worker.run(job.task, context):
            sender.add(result)
        sender.flush()
    except SkipscopeError as error:
        return Failure(str(error), error.field, fatal=False, kind=type(error))
    except Exception as error:
        return Failure(sentence(worker.name, error), None, fatal=True)
    return None


def sentence(work: str, error: Exception) -> str:
    """What went wrong, in one line that can be shown. ``work`` is the worker's name."""
    lines = str(error).strip().splitlines()
    text = lines[0][:300] if lines else ""
    if isinstance(error, MemoryError) or "allocate memory" in text or "out of memory" in text:
        return f"{work} ran out of memory; choose fewer or narrower networks"
    return f"{work} failed: {type(error).__name__}: {text}"


class Orders(Generic[Task]):
    """What the server sends: jobs, and commands for the job at hand."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Job[Task]] = queue.SimpleQueue()
        self.commands: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self.first: Order | None = None

    def read(self, pipe: "connection.Connection[Any, Any]") -> NoReturn:
        """Read the pipe until the server is gone, then end the process."""
        parent = parent_process()
        watched: list[Any] = [pipe] if parent is None else [pipe, parent.sentinel]
        try:
            while True:
                if pipe not in connection.wait(watched):
                    break
                message = pipe.recv()
                (self.jobs if isinstance(message, Job) else self.commands).put(message)
        except (EOFError, OSError):
            pass
        os._exit(1)  # at once, even while the main thread is inside a training step

    def take(self, job: str, block: bool) -> Command | None:
        """The next command for ``job``; late ones for an earlier job are dropped."""
        if self.first is not None:
            order, self.first = self.first, None
            return order.command
        while True:
            try:
                order = self.commands.get(block)
            except queue.Empty:
                return None
            if order.id == job:
                return order.command


class Sender(Generic[Task, Result]):
    """Gathers the results of a job and sends them in batches; hands out orders in between."""

    def __init__(self, pipe: "connection.Connection[Any, Any]", orders: Orders[Task], job: str) -> None:
        self.pipe, self.orders, self.job = pipe, orders, job
        self.pending: list[Result] = []
        self.sent_at = 0.0

    def add(self, result: Result) -> None:
        """Send a frame soon, every other result at once."""
        self.pending.append(result)
        if not isinstance(result, Measured) or self._is_time():
            self.flush()

    def take(self, block: bool) -> Command | None:
        """The next order for the worker. Called between all steps, so a batch never waits for a measurement."""
        if self.pending and (block or self._is_time()):
            self.flush()
        return self.orders.take(self.job, block)

    def flush(self) -> None:
        """Send what was gathered. Waits while the server is behind, which bounds what waits in the pipe."""
        if self.pending:
            self.pipe.send(Batch(self.pending))
            self.pending = []
            self.sent_at = time.monotonic()

    def _is_time(self) -> bool:
        return time.monotonic() - self.sent_at >= BATCH_SECONDS
