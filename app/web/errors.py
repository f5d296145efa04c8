"""One error body for everything that goes wrong over HTTP: ``{"code", "message", "field"}``."""

import logging

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.contract.refusals import first_problem
from app.errors import MalformedMessage, SkipscopeError

log = logging.getLogger(__name__)


class Unexpected(SkipscopeError):
    """Something in the server broke. What it was is in the log, not in the answer."""

    code = "internal"
    status = 500


def install(app: FastAPI) -> None:
    """Make every error of this application speak with one body."""
    app.add_exception_handler(SkipscopeError, _skipscope_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def answer(error: SkipscopeError) -> Response:
    """The error as a response."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return Response(orjson.dumps(error.body()), error.status, headers, media_type="application/json")


async def _skipscope_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, SkipscopeError)
    return answer(error)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if problems[0]["type"] == "json_invalid":
        return answer(MalformedMessage("the body is not JSON"))
    return answer(first_problem(problems))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    body = SkipscopeError(str(error.detail))
    names = {404: "not_found", 405: "method_not_allowed", 400: "malformed"}
    content = body.body() | {"code": names.get(error.status_code, "error")}
    return Response(
        orjson.dumps(content), error.status_code, media_type="application/json", headers=dict(error.headers or {})
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s broke", request.method, request.url.path, exc_info=error)
    return answer(Unexpected("something broke in the server; its log says what"))
