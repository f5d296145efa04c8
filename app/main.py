"""The program: puts the rooms together, listens, and ends in good order."""

import asyncio
import contextlib
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
from app.contract.checkpoints import CheckpointBound
from app.contract.events import Active, encode_event
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisProgress, AnalysisRequest
from app.contract.measurements import Measurement
from app.contract.published_trace import PublishedRequest
from app.contract.roles import Role
from app.contract.trace import TraceRequest
from app.lazy import Lazy
from app.paths import recorded_dir
from app.rooms.notices import Notices
from app.rooms.room import Room
from app.rooms.tally import Tally
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
from app.web.lines import Lines, most_lines, most_students
from app.web.listening import listen
from app.web.live import Live
from app.web.live_line import LiveLine
from app.web.tokens import Tokens
from app.workers.analysis import AnalysisWorker
from app.workers.executor import Executor
from app.workers.local import LocalExecutor
from app.workers.messages import Options
from app.workers.tracing import TracingWorker
from app.workers.training import TrainingWorker

log = logging.getLogger(__name__)

figures, memory, kept = Lazy("app.figures"), Lazy("app.figures.memory"), Lazy("app.figures.checkpoints")

GOING_DOWN = 4000
#: seconds that viewers have to take their close frame, and that requests have to end
GOODBYE_SECONDS, REQUEST_SECONDS = 0.5, 1


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
    given = {Role.LECTURER: settings.token, Role.STUDENT: settings.student_token}
    tokens = None if settings.is_private else Tokens(given, settings.data_dir)
    room, tally = Room(), Tally()
    notices = Notices(room)
    recorded = RecordedRuns(recorded_dir())
    checkpoints = Checkpoints(settings.data_dir / FOLDER, recorded)
    most = settings.checkpoints_mib * 2**20
    bound = CheckpointBound(most, most // settings.workers)
    options = Options(
        settings.threads,
        1 / settings.frame_rate,
        settings.dataset_dir,
        device=settings.device,
        checkpoints=checkpoints.folder,
        checkpoint_bound=bound,
    )
    executor = executor or LocalExecutor(settings.workers, TrainingWorker(), options)
    analysing = replace(options, threads=settings.analysis_threads, checkpoints=None)
    analyses = analyses or LocalExecutor(1, AnalysisWorker(), analysing)
    store = Store(
        settings.data_dir,
        notices.storage,
        recorded=recorded,
        on_loss=lambda is_whole: notices.record(is_whole, service.record_again),
    )
    service = RunService(
        executor,
        store,
        settings.queue_limit,
        checkpoints,
        what_stays=lambda experiment: kept.what_stays(experiment, bound, checkpoints.room()),
        admit=lambda experiment: memory.check_memory(experiment, settings.workers, executor.device_memory()),
        longest_hours=settings.longest_run_h,
        on_silence=notices.silence,
        on_active=lambda run: room.tell(encode_event(Active(run))),
    )
    deletions = Deletions(store, checkpoints)
    retention = Retention(store, deletions, settings.store_mib * 2**20)
    housekeeping = Housekeeping(service, deletions, retention, notices.room)
    analysis_service = AnalysisService(service, analyses)
    trace_service = TraceService(service, tracing or LocalExecutor(1, TracingWorker(), analysing))
    weights = WeightsFolder(settings.weights_dir or settings.data_dir / WEIGHTS)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        notices.begin()
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
    most = most_lines()
    live = Live(service, analysis_service, room, boot, tally, most_students(most))
    app.add_api_websocket_route("/live", live.__call__)
    app.include_router(addresses.router(settings, tokens, room))
    errors.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Guard, host=settings.host, tokens=tokens, public=settings.public_url)
    app.state.tokens, app.state.most_lines = tokens, most
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
    logs.install(settings.log)
    try:
        listener = listen(settings)
    except OSError as error:
        print(f"skipscope: {error}", file=sys.stderr)
        return 1
    if 0 != settings.port != (taken := listener.getsockname()[1]):
        print(f"Port {settings.port} is taken, so this is {taken}.", flush=True)
    try:
        app = create_app(settings)
    except (OSError, sqlite3.Error) as error:
        listener.close()
        print(f"skipscope: cannot record in {settings.data_dir}: {error}; choose --data-dir", file=sys.stderr)
        return 1
    lines = Lines(app.state.most_lines)
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
    told = addresses.announcement(settings, port, app.state.tokens, sys.stdout.encoding)
    own = addresses.own_link(settings, port, app.state.tokens) if open_browser else None
    server = Server(config, app.state.room, told, own)

    def leave(*_: Any) -> None:
        server.should_exit = True

    # Uvicorn raises the signal again when it is done; with a handler of our own that ends nothing,
    # and the exit code is 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    server.run(sockets=[listener])
    return 0
