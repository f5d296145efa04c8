"""The JSON API of the traces: what can be traced, images to trace, and the answers, each for its asker alone."""

import asyncio
import base64
from collections.abc import Coroutine
from pathlib import Path as Folder
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from orjson import Fragment
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.contract.questions import Depth
from app.contract.trace import TraceQuestion, as_json
from app.contract.trace_lists import ImagePage
from app.data import load_pictures
from app.runs.service import RunService
from app.runs.trace_service import TraceService
from app.runs.traceable_runs import traceable_runs
from app.runs.training_trace import training_rows
from app.web.api import JSON, RunName
from app.web.roles import role_of

#: images in one answer
MOST_IMAGES = 200
#: status of an answer that nobody reads: the client has closed the connection
CLIENT_GONE = 499

First = Annotated[int, Query(ge=0, le=10**7, description="number of the first image, from 0")]
Count = Annotated[int, Query(ge=1, le=MOST_IMAGES, description="how many images")]


def router(service: RunService, traces: TraceService, dataset_dir: Folder | None) -> APIRouter:
    """The routes, bound to the runs, to what traces them, and to the folder of the user's own data."""
    api = APIRouter(prefix="/api/trace")

    @api.get("/runs")
    async def runs() -> Response:
        """Runs whose networks can be traced. Whoever asks is about to trace, so that the process begins to warm up."""
        await traces.open()
        return await sent(await run_in_threadpool(traceable_runs, service))

    @api.post("/runs/{run}")
    async def trace(request: Request, run: RunName, question: TraceQuestion) -> Response:
        """An image's way through a network of each arm, forward and back."""
        return await for_asker(request, traces.ask(run, question, role=role_of(request)))

    @api.post("/runs/{run}/learnt")
    async def learnt(request: Request, run: RunName, question: TraceQuestion) -> Response:
        """What the same networks answered to the image at every checkpoint."""
        return await for_asker(request, traces.ask(run, question, learnt=True, role=role_of(request)))

    @api.get("/runs/{run}/training")
    async def training(run: RunName, depth: Annotated[Depth, Query()]) -> Response:
        """The training trace: every evaluation of a run at one depth, with an observation."""
        found = await service.find(run)
        return await sent(await run_in_threadpool(training_rows, found, depth))

    @api.get("/images/{dataset}")
    async def images(dataset: Annotated[str, Path(max_length=20)], first: First = 0, count: Count = 50) -> Response:
        """Some test images of a data set."""
        return await sent(await run_in_threadpool(_page, dataset, dataset_dir, first, count))

    return api


def _page(dataset: str, folder: Folder | None, first: int, count: int) -> ImagePage:
    found = load_pictures(dataset, folder)
    total, channels, side, _ = found.pixels.shape
    some = slice(first, first + count)
    images = [base64.b64encode(image.tobytes()).decode() for image in found.pixels[some]]
    return ImagePage(
        dataset, first, total, list(found.classes), side, channels, found.labels[some].tolist(), images
    )  # fmt: skip


async def for_asker(request: Request, answering: Coroutine[Any, Any, bytes]) -> Response:
    """The answer, unless the asker goes away meanwhile: then nobody waits for it any more."""
    answer, gone = asyncio.create_task(answering), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        return JSON(Fragment(answer.result())) if answer.done() else Response(status_code=CLIENT_GONE)
    finally:
        for task in (answer, gone):
            task.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def sent(answer: Any) -> JSON:
    """A trace, or what belongs to one, encoded in a thread."""
    return JSON(Fragment(await run_in_threadpool(as_json, answer)))
