"""Every attack at once, with killed processes: the server stays up, the lecturer's page alive, and the record whole."""

import asyncio
import contextlib
import random
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from app.contract.measurements import Measured
from app.runs.store import Store
from tests.load.attackers import KINDS, attackers
from tests.load.measure import Meter, Report, watched
from tests.load.server import LONG, server_under_load
from tests.patience import PATIENCE
from tests.support import Server

#: megabytes of the web process, and the longest that the lecturer's page may wait, in seconds
MOST_MEMORY, LONGEST_WAIT = 300, 1.0
#: seconds between two deaths of a training process, and of the server
TRAINER_DIES, SERVER_DIES = 20.0, 120.0
#: seconds after which what was seen must be stored
STORED_AFTER = 1.0
FLOODERS = 4


@dataclass
class Seen:
    """What the lecturer's page has seen: frames by run, and how long it waited for the server."""

    frames: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    pings: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Lecturer:
    """A page that has a run train at all times, pings the live line, and asks for ``/health``."""

    def __init__(self, server: Server, seen: Seen) -> None:
        self._server, self._seen = server, seen
        self._pongs: dict[str, asyncio.Future[float]] = {}

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                async with (
                    connect(
                        self._server.live_url,
                        origin=Origin(self._server.url.rstrip("/")),
                        compression=None,
                        max_size=None,
                        open_timeout=PATIENCE,
                    ) as line,
                    asyncio.TaskGroup() as tasks,
                ):
                    tasks.create_task(self._read(line))
                    tasks.create_task(self._ping(line))
                    tasks.create_task(self._health())
            except* (ConnectionClosed, OSError, httpx.HTTPError) as gone:
                self._seen.lost += map(repr, gone.exceptions)

    async def _read(self, line: ClientConnection) -> None:
        start = orjson.dumps({"type": "start", "experiment": LONG}).decode()
        await line.send(start)
        async for text in line:
            event: dict[str, Any] = orjson.loads(text)
            match event["type"]:
                case "frame":
                    self._seen.frames.setdefault(event["run"], []).append((time.monotonic(), event["step"]))
                case "state" if event["state"] in ("failed", "interrupted"):
                    await line.send(start)
                case "pong":
                    self._pongs.pop(event["request"]).set_result(time.monotonic())

    async def _ping(self, line: ClientConnection) -> None:
        number = 0
        while True:
            number += 1
            answer = self._pongs[str(number)] = asyncio.get_running_loop().create_future()
            asked = time.monotonic()
            await line.send(f'{{"type":"ping","request":"{number}"}}')
            self._seen.pings.append(await answer - asked)
            await asyncio.sleep(0.2)

    async def _health(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            while True:
                asked = time.monotonic()
                (await client.get(self._server.url.rstrip("/") + "/health")).raise_for_status()
                self._seen.health.append(time.monotonic() - asked)
                await asyncio.sleep(0.5)


def lost(folder: Path, lives: list[dict[str, set[int]]]) -> int:
    """How many frames are not in the record that must be: steps by run, of each life of the server."""
    store = Store(folder, lambda reason: None)
    try:
        return sum(
            len(steps - {frame.step for frame in store.measurements(run) if isinstance(frame, Measured)})
            for wanted in lives
            for run, steps in wanted.items()
        )
    finally:
        store.close()


def is_whole(folder: Path) -> bool:
    """Whether SQLite finds the record whole."""
    with contextlib.closing(sqlite3.connect(folder / "runs.sqlite3")) as db:
        return bool(db.execute("PRAGMA integrity_check").fetchone() == ("ok",))


@dataclass
class Life:
    """What was found of one server, from its start to its killing."""

    memory: float
    trainers_killed: int
    orphans: int
    whole: bool
    must_be_stored: dict[str, set[int]]
    attacks: Counter[str]


#: what happens to a server in its life; returns how many training processes were killed
Siege = Callable[[Server, Seen], Awaitable[int]]


def kill_trainers(seconds: float) -> Siege:
    """One training process dies every 20 seconds."""

    async def siege(server: Server, seen: Seen) -> int:
        killed, until = 0, time.monotonic() + seconds
        while (left := until - time.monotonic()) > TRAINER_DIES:
            await asyncio.sleep(TRAINER_DIES)
            random.choice(server.workers()).kill()
            killed += 1
        await asyncio.sleep(max(0.0, left))
        return killed

    return siege


async def one_life(folder: Path, siege: Siege, seen: Seen) -> Life:
    """Attack a server as long as its siege lasts, then kill it."""
    async with server_under_load(folder) as server:
        web = Meter(server.process.pid)
        page = asyncio.create_task(Lecturer(server, seen).watch())
        async with watched(web):
            with attackers(server.port, *KINDS, *["flood"] * (FLOODERS - 1)) as made:
                killed = await siege(server, seen)
                children = server.children()
                page.cancel()
                await asyncio.gather(page, return_exceptions=True)
                server.process.send_signal(signal.SIGKILL)
                early = time.monotonic() - STORED_AFTER
                _, alive = await asyncio.to_thread(psutil.wait_procs, children, PATIENCE)
    wanted = {run: {step for at, step in frames if at < early} for run, frames in seen.frames.items()}
    seen.frames.clear()
    return Life(web.most, killed, len(alive), is_whole(folder), wanted, made)


async def attack(minutes: float = 10) -> list[Report]:
    """All attacks for so many minutes, the server killed and started again every two of them."""
    report = Report(f"attack: everything at once for {minutes:g} minutes")
    seen, lives = Seen(), list[Life]()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        while (left := 60 * minutes - (time.monotonic() - began)) > 0:
            lives.append(await one_life(Path(name), kill_trainers(min(SERVER_DIES, left)), seen))
        missing = lost(Path(name), [life.must_be_stored for life in lives])
    report.add("memory of the web process, most", max(life.memory for life in lives), "MB", MOST_MEMORY)
    for what, waits in (("the live line", seen.pings), ("/health", seen.health)):
        report.add(f"longest wait for {what}", max(waits), "s", LONGEST_WAIT)
        report.add(f"wait for {what}, 99th percentile", sorted(waits)[int(0.99 * len(waits))], "s")
        report.add(f"answers of {what}", len(waits))
    report.add("times that it was cut off while the server lived", len(seen.lost), aim=0)
    report.add("frames seen a second before a kill that are not stored", missing, aim=0)
    report.add(
        "frames that had to be stored", sum(len(steps) for life in lives for steps in life.must_be_stored.values())
    )
    report.add("lives after which the record was not whole", sum(not life.whole for life in lives), aim=0)
    report.add("processes left over after a kill", sum(life.orphans for life in lives), aim=0)
    made = sum((life.attacks for life in lives), Counter[str]())
    for kind in KINDS:
        report.add(f"attacks that were made: {kind.replace('_', ' ')}", made[kind])
    report.add("kinds of attack that were not made", sum(not made[kind] for kind in KINDS), aim=0)
    report.add("training processes killed", sum(life.trainers_killed for life in lives))
    report.add("servers killed", len(lives))
    report.words += seen.lost[:10]
    return [report]
