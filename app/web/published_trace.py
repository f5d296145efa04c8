"""The JSON API of an image's way through published networks, and of the files with their weights."""

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.catalog.header import CONVERT
from app.catalog.pipeline import PIPELINES, find_pipeline, walk
from app.catalog.weights import largest_file
from app.contract.published_trace import PublishedQuestion, PublishedRequest
from app.errors import Refused
from app.runs.trace_service import TraceService
from app.runs.weights_folder import NAME, WeightsFolder
from app.web.roles import role_of
from app.web.trace import for_asker, sent

Name = Annotated[str, Path(description="name of a published network", max_length=40)]
File = Annotated[str, Path(description="plain name of a file, ending in .safetensors", pattern=NAME)]


def router(weights: WeightsFolder, traces: TraceService) -> APIRouter:
    """The routes, bound to a folder of weights and to what traces."""
    api = APIRouter(prefix="/api/trace")

    @api.get("/catalog")
    async def networks() -> Response:
        """The networks that have a trace, the files of weights with what is wrong with them, and the bounds.

        Where a file fits somebody is about to trace, so that the process begins to warm up.
        """
        files = await run_in_threadpool(weights.files)
        if any(file.network for file in files):
            await traces.open()
        listed = [
            {
                "name": name,
                "label": network.label,
                "parameters": network.unroll().parameters,
                "files": [file.name for file in files if file.network == name],
            }
            for name, network in PIPELINES.items()
        ]
        return _json(
            {
                "networks": listed,
                "files": [asdict(file) for file in files],
                "folder": str(weights.folder),
                "most_bytes": largest_file(),
                "convert": CONVERT,
            }
        )

    @api.get("/catalog/{name}")
    async def shapes(name: Name) -> Response:
        """The way through a network in shapes, operations and counts, without weights."""
        return await sent(await run_in_threadpool(walk, find_pipeline(name)))

    @api.post("/catalog/{name}")
    async def trace(request: Request, name: Name, question: PublishedQuestion) -> Response:
        """An image's way through a network with the weights of a file, forward and back."""
        file = await run_in_threadpool(weights.find, find_pipeline(name).name, question.file)
        return await for_asker(request, traces.ask_published(PublishedRequest(name, file, question), role_of(request)))

    @api.put("/weights/{name}")
    async def upload(name: File, request: Request) -> Response:
        """Take a file of weights into the folder; its bytes are the body."""
        try:
            return _json(await weights.receive(name, _length(request), request.stream()))
        except ClientDisconnect:
            raise Refused("the upload was cut off", "length") from None

    return api


def _length(request: Request) -> int | None:
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else None


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
