"""The server under load: the command that a user gives, in a process of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from app.settings import threads, workers
from tests.patience import until
from tests.support import Server, connect, running_server

#: `skipscope serve --no-browser`; its settings come by the environment
PROGRAM = "import sys; from app.cli import main; sys.argv = ['skipscope', 'serve', '--no-browser']; sys.exit(main())"
#: the default sweep, for as long as it is watched
LONG: dict[str, Any] = {"steps": 200_000, "evaluate_every": 10_000}


@contextlib.asynccontextmanager
async def server_under_load(data_dir: Path | None = None, **settings: Any) -> AsyncIterator[Server]:
    """A server with as many training processes as this machine would have, all warm."""
    own: dict[str, Any] = {"workers": workers(), "threads": threads()}
    with running_server(data_dir, PROGRAM, **own | settings) as server:
        await until(server.is_warm)
        yield server


async def train_everywhere(server: Server, experiment: dict[str, Any] | None = None) -> list[str]:
    """Start a run in every training process; returns their ids when each has its first frame."""

    def start() -> list[str]:
        capacity = server.get("/health").json()["workers"]["capacity"]
        runs = []
        with connect(server) as lecturer:
            for _ in range(capacity):
                runs.append(lecturer.start(LONG | (experiment or {})))
                lecturer.receive("frame")
        return runs

    return await asyncio.to_thread(start)


async def metrics(server: Server) -> dict[str, float]:
    """Samples of ``/metrics`` by name and labels."""
    async with httpx.AsyncClient(timeout=60) as client:
        text = (await client.get(server.url + "/metrics")).text
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
