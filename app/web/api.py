"""The JSON API: health, presets, runs and their exports, the check of an experiment, diagrams."""

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from app import __version__
from app.contract.experiment import Experiment
from app.contract.presets import PRESETS
from app.lazy import Lazy
from app.runs import export
from app.runs.service import RunService
from app.runs.store import StoredRun

figures = Lazy("app.figures")

RunName = Annotated[str, Path(description="id of a run, as the server made it", max_length=40)]
Columns = Annotated[int, Body(ge=4, le=64, description="blocks in a row of the diagram")]


class JSON(Response):
    """A JSON response by orjson; non-finite numbers become null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def presets() -> list[dict[str, Any]]:
    """All presets as JSON-able objects."""
    return [
        {"name": p.name, "title": p.title, "about": p.about, "experiment": p.experiment.model_dump(mode="json")}
        for p in PRESETS.values()
    ]


def limits() -> dict[str, Any]:
    """The bounds of every field of an experiment: its JSON schema."""
    return Experiment.model_json_schema()


def router(service: RunService, boot: str) -> APIRouter:
    """The routes of the API, bound to a service."""
    api = APIRouter(default_response_class=JSON)

    @api.get("/health")
    async def health() -> JSON:
        """Whether the server is up, and how many training processes are warm."""
        executor = service.executor
        workers = {"ready": executor.ready(), "capacity": executor.capacity()}
        return JSON({"status": "ok", "version": __version__, "boot": boot, "workers": workers})

    @api.get("/api/presets")
    async def get_presets() -> JSON:
        """Experiments worth a name, and the bounds of every field."""
        return JSON({"presets": presets(), "limits": limits()})

    @api.get("/api/runs")
    async def get_runs() -> JSON:
        """The newest hundred runs, newest first."""
        stored = await run_in_threadpool(service.store.runs)
        return JSON({"active": service.active, "runs": [summary(run) for run in stored]})

    @api.get("/api/runs/{run}")
    async def get_run(run: RunName) -> Response:
        """A whole run as a ``snapshot`` event."""
        return Response((await service.find(run)).snapshot(), media_type="application/json")

    @api.get("/api/runs/{run}/export.csv")
    async def export_csv(run: RunName) -> StreamingResponse:
        """Every number of a run in full precision, one a line."""
        return await _download(service, run, "csv", "text/csv", export.csv_lines)

    @api.get("/api/runs/{run}/export.jsonl")
    async def export_jsonl(run: RunName) -> StreamingResponse:
        """Every measurement of a run in full precision, one JSON object a line, the experiment first."""
        return await _download(service, run, "jsonl", "application/x-ndjson", export.jsonl_lines)

    @api.post("/api/experiments/check")
    async def check(experiment: Experiment) -> JSON:
        """The experiment in full, with its hash and size; or what is wrong with it."""
        networks = experiment.networks()
        return JSON(
            {
                "experiment": experiment.model_dump(mode="json"),
                "hash": experiment.config_hash(),
                "cells": [cell._asdict() for cell in experiment.cells()],
                "networks": len(networks),
                "layers": sum(network.layers for network in networks),
            }
        )

    @api.post("/api/diagrams")
    def diagrams(experiment: Annotated[Experiment, Body()], columns: Columns) -> JSON:
        """A Plotly figure for each cell of an experiment."""
        return JSON({"figures": figures.diagrams(experiment, columns)})

    return api


def summary(run: StoredRun) -> dict[str, Any]:
    """A run as one line of the list of runs."""
    return {
        "id": run.id, "created": run.created, "state": run.state, "reason": run.reason, "step": run.step,
        "hash": run.experiment.config_hash(), "experiment": run.experiment.model_dump(mode="json"),
    }  # fmt: skip


async def _download(service: RunService, run: str, ending: str, media_type: str, lines: Any) -> StreamingResponse:
    await run_in_threadpool(service.store.flush)
    stored = await run_in_threadpool(service.store.run, run)
    rows: Iterator[str] = lines(service.store, stored)
    headers = {"Content-Disposition": f'attachment; filename="skipscope-{stored.id}.{ending}"'}
    return StreamingResponse(_chunks(rows), media_type=media_type, headers=headers)


def _chunks(lines: Iterator[str], size: int = 64 * 1024) -> Iterator[str]:
    """Lines in pieces of about ``size`` characters: a piece is a hop between threads."""
    piece: list[str] = []
    length = 0
    for line in lines:
        piece.append(line)
        length += len(line)
        if length >= size:
            yield "".join(piece)
            piece, length = [], 0
    yield "".join(piece)
