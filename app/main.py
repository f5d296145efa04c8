"""The program: puts the rooms together, listens, and ends in good order."""

import asyncio
import contextlib
import errno
import gc
import logging
import secrets
import signal
import socket
import sqlite3
import sys
import webbrowser
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from app import __version__, logs
from app.contract.events import Notice
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisProgress, AnalysisRequest
from app.contract.measurements import Measurement
from app.contract.published_trace import PublishedRequest
from app.contract.trace import TraceRequest
from app.ids import RunId
from app.lazy import Lazy
from app.paths import recorded_dir
from app.rooms.room import Room
from app.rooms.tally import Tally
from app.runs import silence
from app.runs.analysis_service import AnalysisService
from app.runs.checkpoints import FOLDER, Checkpoints
from app.runs.deletions import Deletions
from app.runs.housekeeping import Housekeeping
from app.runs.recorded_runs import RecordedRuns
from app.runs.retention import Retention
from app.runs.service import RunService
from app.runs.store import Store
from app.runs.trace_service import TraceService
from app.runs.weights_folder import FOLDER as WEIGHTS
from app.runs.weights_folder import WeightsFolder
from app.settings import Settings
from app.web import addresses, api, catalog, errors, metrics, pages, published_trace, trace
from app.web.guard import Guard
from app.web.line_guard import LineGuard
from app.web.lines import Lines, most_lines
from app.web.live import Live
from app.web.live_line import LiveLine
from app.workers.analysis import AnalysisWorker
from app.workers.executor import Executor
from app.workers.local import LocalExecutor
from app.workers.messages import Options
from app.workers.tracing import TracingWorker
from app.workers.training import TrainingWorker

log = logging.getLogger(__name__)

figures, memory = Lazy("app.figures"), Lazy("app.figures.memory")

GOING_DOWN = 4000
#: ports tried after the default one
MORE_PORTS = 20
#: seconds that viewers have to take their close frame, and that requests have to end
GOODBYE_SECONDS, REQUEST_SECONDS = 0.5, 1
#: bytes that the system holds for a viewer that does not read, and milliseconds it holds them when we have hung up.
#: Long, for the system counts from when the window was last as wide as a segment, even while bytes get through; as long
#: as a line is open, ``app.web.progress`` cuts it when it stands still
SEND_BUFFER, USER_TIMEOUT = 64 * 1024, 120_000


def create_app(
    settings: Settings,
    executor: Executor[Experiment, Measurement] | None = None,
    analyses: Executor[AnalysisRequest, AnalysisProgress] | None = None,
    tracing: Executor[TraceRequest | PublishedRequest, bytes] | None = None,
) -> FastAPI:
    """The application. Opens its store at once, its training processes when it starts.

    Args:
        settings: all of them.
        executor: what trains; processes of this machine when None.
        analyses: what answers questions about weights; a process of this machine when None.
        tracing: what traces images; a process of this machine when None, which is started when it is first needed.
    """
    boot = secrets.token_hex(4)
    room, tally = Room(), Tally()
    loops: list[asyncio.AbstractEventLoop] = []

    def storage_trouble(reason: str | None) -> None:
        """Called by the store's thread."""
        message = "Recording goes on." if reason is None else f"Recording pauses, training goes on: {reason}."
        if loops:
            loops[0].call_soon_threadsafe(room.announce, Notice("storage", message, reason is not None))

    def training_silent(run: RunId, silent: bool) -> None:
        message = f"Nothing has come from the training of {run} for {silence.PATIENCE:g} seconds. Stop ends it."
        room.announce(Notice(f"silence {run}", message if silent else "It goes on, or has ended.", silent))

    recorded = RecordedRuns(recorded_dir())
    checkpoints = Checkpoints(settings.data_dir / FOLDER, settings.checkpoints_mib * 2**20, recorded)
    options = Options(
        settings.threads,
        1 / settings.frame_rate,
        settings.dataset_dir,
        device=settings.device,
        checkpoints=checkpoints.folder,
    )
    executor = executor or LocalExecutor(settings.workers, TrainingWorker(), options)
    analysing = replace(options, threads=settings.analysis_threads, checkpoints=None)
    analyses = analyses or LocalExecutor(1, AnalysisWorker(), analysing)
    store = Store(settings.data_dir, storage_trouble, recorded=recorded)
    service = RunService(
        executor,
        store,
        settings.queue_limit,
        checkpoints,
        admit=lambda experiment: memory.check_memory(experiment, settings.workers),
        on_silence=training_silent,
    )
    deletions = Deletions(store, checkpoints)
    retention = Retention(store, deletions, settings.store_mib * 2**20)
    housekeeping = Housekeeping(service, deletions, retention, lambda words: room.announce(Notice("room", words, True)))
    analysis_service = AnalysisService(service, analyses)
    trace_service = TraceService(service, tracing or LocalExecutor(1, TracingWorker(), analysing))
    weights = WeightsFolder(settings.weights_dir or settings.data_dir / WEIGHTS)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loops.append(asyncio.get_running_loop())
        await run_in_threadpool(int)  # its library imports much when first used: while descriptors are there
        # as a task, so that the server listens before the first process is started
        tasks = [asyncio.create_task(_warm_up(executor, analyses)), asyncio.create_task(housekeeping.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await trace_service.close()
        await analysis_service.close()
        await service.close()
        await asyncio.to_thread(store.close)

    app = FastAPI(title="Skipscope", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.room = room
    app.include_router(api.router(service, deletions, trace_service, boot))
    app.include_router(catalog.router())
    app.include_router(trace.router(service, trace_service, settings.dataset_dir))
    app.include_router(published_trace.router(weights, trace_service))
    app.include_router(metrics.router(service, trace_service, room, tally))
    app.include_router(pages.router(service, boot))
    app.add_api_websocket_route("/live", Live(service, analysis_service, room, boot, tally).__call__)
    token = None if settings.is_private else settings.token or secrets.token_urlsafe(16)
    app.include_router(addresses.router(settings, token))
    errors.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Guard, host=settings.host, token=token, public=settings.public_url)
    app.state.token = token
    return app


async def _warm_up(
    training: Executor[Experiment, Measurement], analyses: Executor[AnalysisRequest, AnalysisProgress]
) -> None:
    """Get ready what takes long: the training processes, the figures, and last what nobody needs at once.

    What libraries import when they are first used is used here once: later it may fail, when descriptors have run out.
    """
    await training.open()
    await asyncio.to_thread(memory.load)
    await asyncio.to_thread(figures.diagrams, Experiment(), 1.0)
    # What the libraries have made stays for good. Left to the collector, it would be looked through every time that
    # much was allocated, and nothing would be answered meanwhile: for 60 ms on an idle core
    gc.freeze()
    while training.ready() < training.capacity():
        await asyncio.sleep(0.25)
    await analyses.open()


class Server(uvicorn.Server):
    """Uvicorn's server; says where it is once it listens, and says goodbye to viewers before it goes."""

    def __init__(self, config: uvicorn.Config, room: Room, told: list[str], address: str | None) -> None:
        super().__init__(config)
        self._room, self._told, self._address = room, told, address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        print(*self._told, sep="\n", flush=True)
        if self._address:
            asyncio.get_running_loop().run_in_executor(None, webbrowser.open, self._address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the viewers with a code that lets them come back, then all else."""
        for server in self.servers:
            server.close()
        await self._room.close(GOING_DOWN, GOODBYE_SECONDS)
        await super().shutdown(sockets)


def serve(settings: Settings, open_browser: bool = False) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code."""
    logs.install()
    try:
        listener = listen(settings)
    except OSError as error:
        print(f"skipscope: {error}", file=sys.stderr)
        return 1
    try:
        app = create_app(settings)
    except (OSError, sqlite3.Error) as error:
        listener.close()
        print(f"skipscope: cannot record in {settings.data_dir}: {error}; choose --data-dir", file=sys.stderr)
        return 1
    lines = Lines(most_lines())
    config = uvicorn.Config(
        app,
        http=cast(type[asyncio.Protocol], partial(LineGuard, lines)),
        ws=cast(type[asyncio.Protocol], partial(LiveLine, lines)),
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=REQUEST_SECONDS,
        log_config=None,
        log_level="warning",  # at "info" uvicorn prints whole addresses, and one may hold the token
        access_log=False,
        server_header=False,
        # only of those that are named: anybody can say that he is somebody else
        proxy_headers=settings.trusted_proxies is not None,
        forwarded_allow_ips=settings.trusted_proxies or "",
    )
    port = listener.getsockname()[1]
    told = addresses.announcement(settings, port, app.state.token, sys.stdout.encoding)
    own = addresses.own_link(settings, port, app.state.token) if open_browser else None
    server = Server(config, app.state.room, told, own)

    def leave(*_: Any) -> None:
        server.should_exit = True

    # Uvicorn raises the signal again when it is done; with a handler of our own that ends nothing,
    # and the exit code is 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    server.run(sockets=[listener])
    return 0


def listen(settings: Settings) -> socket.socket:
    """A listening socket. Raises OSError with a sentence that says what to do."""
    first = settings.port
    chosen = "port" in settings.model_fields_set
    ports = [first] if chosen else range(first, first + MORE_PORTS)
    for port in ports:
        try:
            listener = _bind(settings.host, port)
        except PermissionError:
            raise OSError(f"port {port} needs rights that you do not have; choose one with --port") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                problem = f"cannot listen on {settings.host}: {error.strerror}"
                raise OSError(f"{problem}; choose an address with --host") from None
            continue
        if port != first:
            print(f"Port {first} is taken, so this is {port}.", flush=True)
        return listener
    raise OSError(f"port {first} is taken; choose another with --port, or --port 0 for any that is free")


def _bind(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # connections inherit both: what a viewer that never reads may hold, and for how long
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)
        listener.bind(address)
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
