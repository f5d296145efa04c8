"""Helpers for tests that need the real program: a server process, and a client of its socket.

``running_server()`` starts Skipscope on a free port with its own data folder and ends it afterwards;
``connect(server)`` opens a websocket as the page would. Nothing here is a double of anything.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as websocket_connect

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (
    "import sys; from app.main import serve; from app.settings import Settings; "
    "sys.exit(serve(Settings(), open_browser=False))"
)

#: a server goes when its test is gone, however that ended: then its standard input ends, too
LEASH = (
    "import os, signal, threading; "
    "threading.Thread(target=lambda: (os.read(0, 1), os.kill(os.getpid(), signal.SIGTERM)), daemon=True).start()\n"
)

#: an experiment that trains in a moment
SMALL: dict[str, Any] = {"depths": [4, 8], "width": 8, "steps": 40, "evaluate_every": 20}


def training_processes(parent: psutil.Process) -> list[psutil.Process]:
    """The living working processes that ``parent`` has started."""
    found = []
    for child in parent.children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


@dataclass
class Server:
    """A Skipscope server process. ``lines`` holds what it has printed (stdout and stderr) so far."""

    process: subprocess.Popen[str]
    data_dir: Path
    url: str = ""
    started_in: float = 0.0
    lines: list[str] = field(default_factory=list)
    _arrived: "queue.Queue[str | None]" = field(default_factory=queue.Queue)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.split("/")[2].rsplit(":", 1)[1])

    @property
    def live_url(self) -> str:
        """The address of its websocket."""
        return self.url.split("?")[0].replace("http", "ws", 1).rstrip("/") + "/live"

    def read_line(self, containing: str) -> str:
        """Wait for a printed line with this text."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:  # it has ended, or hangs
                raise AssertionError(f"no line with {containing!r} in: {self.lines}")
            if containing in line:
                return line

    def get(self, path: str) -> httpx.Response:
        """The server's answer at a path."""
        return httpx.get(self.url.rstrip("/") + path, timeout=PATIENCE)

    def is_warm(self) -> bool:
        """Whether all its training processes can begin at once."""
        workers = self.get("/health").json()["workers"]
        return bool(workers["ready"] == workers["capacity"])

    def children(self) -> list[psutil.Process]:
        """The processes that the server has started, grandchildren included."""
        children: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return children

    def workers(self) -> list[psutil.Process]:
        """Its training processes, without the one that analyses."""
        found = training_processes(psutil.Process(self.process.pid))
        return [process for process in found if process.name() == "skip-training"]

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        self.process.send_signal(signal_number)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def running_server(data_dir: Path | None = None, program: str = PROGRAM, **settings: Any) -> Iterator[Server]:
    """A real server in its own process, on a free port of loopback, ended at the end of the block.

    Args:
        data_dir: folder for runs; a temporary one when None.
        program: what the process runs.
        settings: fields of ``app.settings.Settings``, such as ``workers=2``.
    """
    with contextlib.ExitStack() as stack:
        if data_dir is None:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        # as on a small machine, wherever the tests run
        values = {"port": 0, "data_dir": data_dir, "workers": 1, "threads": 1} | settings
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SKIPSCOPE_")}
        environment |= {f"SKIPSCOPE_{name.upper()}": str(value) for name, value in values.items()}
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", LEASH + program],
            cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,  # a test may send a signal to all that the server has started
        )  # fmt: skip
        server = Server(process, data_dir)
        reader = threading.Thread(target=_read_lines, args=(server,), daemon=True)
        reader.start()
        try:
            line = server.read_line("Skipscope is at ")
            server.started_in = time.monotonic() - began
            server.url = line.split("Skipscope is at ")[1].strip().rstrip("/")
            yield server
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            reader.join(PATIENCE)
            assert process.stdin is not None and process.stdout is not None
            process.stdin.close()
            process.stdout.close()


def _read_lines(server: Server) -> None:
    assert server.process.stdout is not None
    with contextlib.suppress(ValueError):
        for line in server.process.stdout:
            server.lines.append(line)
            server._arrived.put(line)
    server._arrived.put(None)


class Client:
    """A viewer: sends commands, receives events as objects."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome = self.receive("welcome")

    def send(self, type: str, **fields: Any) -> None:
        """Send a command."""
        self.socket.send(orjson.dumps({"type": type} | fields).decode())

    def next(self, timeout: float = PATIENCE) -> dict[str, Any]:
        """The next event."""
        event: dict[str, Any] = orjson.loads(self.socket.recv(timeout))
        return event

    def receive(self, type: str) -> dict[str, Any]:
        """The next event of this type; those before it are passed over."""
        return self.until(lambda event: event["type"] == type)[-1]

    def until(self, done: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """All events up to the one for which ``done`` holds."""
        events: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while not events or not done(events[-1]):
            try:
                events.append(self.next(max(0.0, deadline - time.monotonic())))
            except TimeoutError:
                seen = [(event["type"], event.get("state")) for event in events]
                raise AssertionError(f"the awaited event did not come; came: {seen[-40:]}") from None
        return events

    def until_state(self, *states: str) -> list[dict[str, Any]]:
        """All events up to a ``state`` event (or a snapshot) with one of these states."""
        return self.until(lambda event: event.get("state") in states)

    def start(self, experiment: dict[str, Any] | None = None, paused: bool = False) -> str:
        """Start a run; returns its id."""
        self.send("start", experiment=SMALL if experiment is None else experiment, paused=paused, request="start")
        answer = self.until(lambda event: event["type"] in ("started", "error"))[-1]
        assert answer["type"] == "started", answer
        run: str = answer["run"]
        return run


@contextlib.contextmanager
def connect(server: Server, **options: Any) -> Iterator[Client]:
    """A viewer of the server. ``options`` go to ``websockets.sync.client.connect``."""
    own = {"open_timeout": PATIENCE, "ping_interval": None}  # a busy machine is no reason to hang up
    options = {"origin": server.url.split("/?")[0], "compression": None, "max_size": None} | own | options
    with websocket_connect(server.live_url, **options) as socket:
        yield Client(socket)
