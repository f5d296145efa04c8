"""The JSON API: health, presets, runs and their exports, the check of an experiment, diagrams."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from app import __version__
from app.analyses.registry import parse_question
from app.contract.events import envelope
from app.contract.experiment import MAX_DEPTHS, Experiment
from app.contract.findings import rounded
from app.contract.presets import prediction_of
from app.data.registry import PACKAGED, load
from app.errors import Refused
from app.lazy import Lazy
from app.runs import export
from app.runs.deletions import Deletions
from app.runs.service import RunService
from app.runs.stored_run import StoredRun
from app.runs.trace_service import TraceService
from app.web.downloads import Downloads
from app.web.page_data import duration, limits, presets

figures, parameters = Lazy("app.figures"), Lazy("app.figures.parameters")

RunName = Annotated[str, Path(description="id of a run, as the server made it", max_length=40)]
AnalysisName = Annotated[str, Path(description="id of an analysis, as the server made it", max_length=40)]
Aspect = Annotated[
    float, Body(ge=0.2, le=40, allow_inf_nan=False, description="width of a diagram's panel by its height")
]

Questions = Annotated[list[dict[str, Any]], Body(min_length=1, max_length=MAX_DEPTHS)]


class JSON(Response):
    """A JSON response by orjson; non-finite numbers become null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def router(service: RunService, deletions: Deletions, traces: TraceService, boot: str) -> APIRouter:
    """The routes of the API, bound to a service."""
    api = APIRouter(default_response_class=JSON)
    downloads = Downloads(service.store)

    @api.get("/health")
    async def health() -> JSON:
        """What works: ``status`` is ``limited`` while recording pauses or no training process is warm."""
        executor = service.executor
        workers = {"ready": executor.ready(), "capacity": executor.capacity()}
        writer = service.store.writer
        recording = "paused" if writer.failing else "ok"
        works = recording == "ok" and (workers["ready"] > 0 or service.active_count > 0)
        return JSON(
            {
                "status": "ok" if works else "limited", "version": __version__, "boot": boot, "workers": workers,
                "recording": recording, "record_written_again": writer.rewritten, "queue": service.waiting,
                "tracing": traces.health(),
                "sending": {"interval": round(service.pace.interval, 3)},
            }
        )  # fmt: skip

    @api.get("/api/presets")
    async def get_presets() -> JSON:
        """Experiments worth a name, and the bounds of every field."""
        return JSON({"presets": presets(service), "limits": limits()})

    @api.get("/api/runs")
    async def get_runs() -> JSON:
        """The newest hundred runs, newest first, and the names of those whose record is damaged."""
        damaged: list[str] = []
        await run_in_threadpool(service.store.flush, 1.0)  # a run that has just ended is among them
        stored = await run_in_threadpool(service.store.runs, on_damage=damaged.append)
        return JSON({"active": service.active, "runs": [summary(run) for run in stored], "damaged": damaged})

    @api.get("/api/runs/{run}")
    async def get_run(run: RunName) -> Response:
        """A whole run as a ``snapshot`` event."""
        return Response((await service.find(run)).snapshot(), media_type="application/json")

    @api.get("/api/runs/{run}/analyses/{analysis}")
    async def get_analysis(run: RunName, analysis: AnalysisName) -> JSON:
        """A stored analysis as an ``analysis`` event without a number: what a snapshot only announces."""
        await run_in_threadpool(service.store.flush, 1.0)
        return JSON(envelope(await run_in_threadpool(service.store.analysis, run, analysis), run))

    @api.delete("/api/runs/{run}")
    async def delete_run(run: RunName) -> JSON:
        """Delete a run that has ended. For an hour it can be brought back."""
        until = await run_in_threadpool(deletions.delete, run)
        service.forget(run, until)
        return JSON({"deleted": run, "until": until})

    @api.post("/api/runs/{run}/restore")
    async def restore_run(run: RunName) -> JSON:
        """Bring a deleted run back."""
        await run_in_threadpool(deletions.restore, run)
        return JSON({"restored": run})

    @api.get("/api/runs/{run}/export.csv")
    async def export_csv(run: RunName) -> StreamingResponse:
        """Every number of a run in full precision, one a line."""
        return await downloads.answer(run, "csv", "text/csv", export.csv_lines)

    @api.get("/api/runs/{run}/export.jsonl")
    async def export_jsonl(run: RunName) -> StreamingResponse:
        """Every measurement of a run in full precision, one JSON object a line, the experiment first."""
        return await downloads.answer(run, "jsonl", "application/x-ndjson", export.jsonl_lines)

    @api.post("/api/experiments/check")
    def check(experiment: Experiment) -> JSON:
        """The experiment in full, with its hash, its size and about how long it takes; or what is wrong with it."""
        service.admit(experiment)
        networks = experiment.networks()
        return JSON(
            {
                "experiment": experiment.model_dump(mode="json"),
                "hash": experiment.config_hash(),
                "cells": experiment.cell_objects(),
                "poll": prediction_of(experiment).poll(experiment),
                "networks": len(networks),
                "layers": sum(network.layers for network in networks),
                **duration(service, experiment),
                "kept": service.what_stays(experiment),
                "parameters": parameters.parameters_of_all(experiment),
            }
        )

    @api.post("/api/questions/time")
    def time_of_answers(experiment: Annotated[Experiment, Body()], questions: Questions) -> JSON:
        """About how many seconds the answers to questions about an experiment take together; null: not known yet."""
        asked = [parse_question(question, "questions", str(place)) for place, question in enumerate(questions)]
        seconds = [service.answer_times.of(experiment, question) for question in asked]
        known = [one for one in seconds if one is not None]
        return JSON({"seconds": rounded(sum(known), 2) if len(known) == len(seconds) else None})

    @api.get("/api/points/{dataset}")
    def points(dataset: Annotated[str, Path(max_length=20)]) -> JSON:
        """The test set of data in the plane: coordinates in [-1, 1] and the class of every point."""
        data = load(dataset) if dataset in PACKAGED else None
        if data is None or data.test_x.ndim != 2:
            raise Refused(f"dataset: {dataset!r} is not data in the plane", "dataset")
        x, y = data.test_x.astype(float).round(3).T.tolist()
        return JSON({"x": x, "y": y, "classes": data.test_y.tolist()})

    @api.post("/api/diagrams")
    def diagrams(experiment: Annotated[Experiment, Body()], aspect: Aspect) -> JSON:
        """A Plotly figure for each cell of an experiment."""
        return JSON({"figures": figures.diagrams(experiment, aspect)})

    return api


def summary(run: StoredRun) -> dict[str, Any]:
    """A run as one line of the list of runs."""
    return {
        "id": run.id, "created": run.created, "state": run.state, "reason": run.reason, "step": run.step,
        "hash": run.experiment.config_hash(), "experiment": run.experiment.model_dump(mode="json"),
    }  # fmt: skip
