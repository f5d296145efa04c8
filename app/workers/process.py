"""One worker process, as the server uses it: started, sent jobs, read from, ended."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing import connection, resource_tracker
from typing import Any, Generic, TypeVar

from app.workers import child
from app.workers.messages import Gone, Job, Options, Order, Ready, Report
from app.workers.worker import Worker

Task = TypeVar("Task")
Result = TypeVar("Result")

#: reports read from the pipe and not yet handled; past this the process waits
MOST_UNHANDLED = 16


@contextlib.contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """A process that is started in this block never receives Ctrl-C, not even before our first line in it has run.

    Ctrl-C reaches the whole group; the server decides what ends.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it changes the mask when it starts
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextlib.contextmanager
def _one_thread_of_numpy() -> Iterator[None]:
    """A process that is started in here has one thread of NumPy, unless the user's environment says otherwise.

    Its threads are torch's, as many as the settings say; NumPy's would compete with them for the same cores.
    """
    name = "OPENBLAS_NUM_THREADS"
    given = os.environ.get(name)
    os.environ.setdefault(name, "1")
    try:
        yield
    finally:
        if given is None:
            del os.environ[name]


class WorkerProcess(Generic[Task, Result]):
    """A process that does one job at a time.

    ``report`` gives what it sends, with ``Gone`` at the very end. ``on_change`` is called (on the event
    loop) when it became warm and when it has ended.

    Raises:
        OSError: the system has no more memory, descriptors or processes; nothing is left behind.
    """

    def __init__(
        self,
        worker: Worker[Task, Result],
        options: Options,
        on_change: Callable[["WorkerProcess[Task, Result]"], None],
    ) -> None:
        self.ready = False
        self.device_memory: int | None = None
        self._ending = False
        self.gone: asyncio.Future[Gone] = asyncio.get_running_loop().create_future()
        self._on_change = on_change
        self._reports: asyncio.Queue[Report[Result]] = asyncio.Queue()
        self._credit = threading.Semaphore(MOST_UNHANDLED)
        self._loop = asyncio.get_running_loop()
        # spawn, never fork: a copy of a process with threads in it may hang
        context = multiprocessing.get_context("spawn")
        self._pipe: connection.Connection[Any, Any]
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=child.main, args=(theirs, worker, options), name="skipscope-worker", daemon=True
        )
        try:
            with _ignoring_ctrl_c(), _one_thread_of_numpy():
                self._process.start()
        except OSError:
            self._pipe.close()
            raise
        finally:
            theirs.close()  # so that the pipe ends when the process does
        threading.Thread(target=self._read, name=f"reader-{self._process.pid}", daemon=True).start()

    def send(self, message: Job[Task] | Order) -> None:
        """Send to the process. When it has just ended, ``report`` says so."""
        with contextlib.suppress(OSError):
            self._pipe.send(message)

    async def report(self) -> Report[Result]:
        """The next message from it."""
        report = await self._reports.get()
        self._credit.release()
        return report

    async def end(self, patience: float = 1.0) -> None:
        """Terminate; kill when that did not help within ``patience`` seconds. Returns when it has ended."""
        self._ending = True
        self._process.terminate()
        self._credit.release()  # the reader may be waiting for room
        try:
            await asyncio.wait_for(asyncio.shield(self.gone), patience)
        except TimeoutError:
            self._process.kill()
            await self.gone

    def _read(self) -> None:
        """The reader thread: pipe to event loop, with bounded credit."""
        while True:
            try:
                report = self._pipe.recv()
            except (EOFError, OSError):
                break
            if not isinstance(report, Ready) and not self._ending:
                self._credit.acquire()
            self._post(report)
        self._process.join()
        self._pipe.close()
        self._post(Gone(self._process.exitcode))

    def _post(self, report: Report[Result]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._received, report)

    def _received(self, report: Report[Result]) -> None:
        if isinstance(report, Ready):
            self.ready = True
            self.device_memory = report.device_memory
            self._on_change(self)
            return
        self._reports.put_nowait(report)
        if isinstance(report, Gone):
            self.gone.set_result(report)
            self._on_change(self)
