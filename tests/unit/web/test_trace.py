"""The routes of the traces: images, lists, answers, and what is refused by name."""

import base64
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.contract.trace import MOST_MAPS, MOST_PIXELS
from app.data import load_pictures
from app.errors import Refused, WorkerLost
from app.web.trace import MOST_IMAGES
from tests.fakes import Tracer

RUN = "/api/trace/runs/recorded-he-fashion"
EXAMPLE: dict[str, Any] = {"depth": 20, "image": {"kind": "example", "index": 3}}


def test_the_process_is_asked_for_when_the_first_visitor_comes(client: TestClient, tracer: Tracer) -> None:
    client.get("/")
    client.get("/api/trace/images/digits")
    assert tracer.opened == 0
    runs = client.get("/api/trace/runs").json()
    assert tracer.opened == 1 and runs[0]["id"] == "recorded-trace-pair"


@pytest.mark.parametrize(("path", "learnt"), [("", False), ("/learnt", True)])
def test_an_answer_is_handed_on_as_it_is(client: TestClient, tracer: Tracer, path: str, learnt: bool) -> None:
    tracer.answers.put_nowait(b'{"words":[]}')
    answer = client.post(RUN + path, json=EXAMPLE)
    assert (answer.status_code, answer.json()) == (200, {"words": []})
    assert answer.headers["content-type"] == "application/json"
    [asked] = tracer.asked
    assert (asked.learnt, asked.question.depth, asked.weights.step) == (learnt, 20, 400)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("maps: too many", "maps"), 422, "refused"),
        (WorkerLost("the worker process ended (signal 9)"), 500, "worker_lost"),
    ],
)
def test_an_error_of_the_process_has_its_own_status(
    client: TestClient, tracer: Tracer, error: Refused | WorkerLost, status: int, code: str
) -> None:
    tracer.answers.put_nowait(error)
    answer = client.post(RUN, json=EXAMPLE)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (status, code, str(error))


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"depth": 1025}, "depth", "1025 is over the limit of 1024"),
        ({"depth": None}, "depth", "is not a whole number"),
        ({"step": -1}, "step", "must be at least 0"),
        ({"maps": MOST_MAPS + 1}, "maps", f"over the limit of {MOST_MAPS}"),
        ({"maps": 0}, "maps", "must be at least 1"),
        ({"target": 10**5 + 1}, "target", "over the limit of 100000"),
        ({"more": 1}, "more", "there is no such field"),
        ({"image": {"kind": "example", "index": -1}}, "image.example.index", "must be at least 0"),
        ({"image": {"kind": "drawing"}}, "image", "is not one of 'example', 'pixels'"),
        ({"image": {"kind": "pixels", "pixels": "A" * (MOST_PIXELS + 1)}}, "image.pixels.pixels", "over the limit of"),
        ({"image": {"kind": "pixels", "pixels": "<svg>"}}, "image.pixels.pixels", "is not a text"),
    ],
)
@pytest.mark.parametrize("path", ["", "/learnt"])
def test_what_is_out_of_bounds_is_refused_by_name(
    client: TestClient, tracer: Tracer, path: str, changed: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post(RUN + path, json=EXAMPLE | changed)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "refused", field)
    assert words in answer.json()["message"] and not tracer.asked


def test_runs_that_cannot_be_traced_are_told_why(client: TestClient, tracer: Tracer) -> None:
    assert client.post("/api/trace/runs/nobody", json=EXAMPLE).status_code == 404
    spiral = client.post("/api/trace/runs/recorded-spiral", json=EXAMPLE)
    assert spiral.status_code == 422 and "points in the plane and no images" in spiral.json()["message"]
    assert not tracer.asked


def test_the_training_trace_is_a_row_an_evaluation(client: TestClient) -> None:
    rows = client.get(f"{RUN}/training?depth=20").json()
    assert [row["step"] for row in rows][-1] == 400 and all(row["words"] for row in rows)
    assert set(rows[0]) == {"step", "epoch", "training_loss", "test_accuracy", "words"}
    assert client.get(f"{RUN}/training?depth=21").json()["message"].startswith("depth: this run has no networks at 21")
    assert client.get(f"{RUN}/training").json()["message"] == "depth: is missing"


@pytest.mark.parametrize("dataset", ["digits", "fashion"])
def test_images_come_a_page_at_a_time(client: TestClient, dataset: str) -> None:
    pictures = load_pictures(dataset)
    page = client.get(f"/api/trace/images/{dataset}?first=100&count=3").json()
    assert (page["first"], page["total"], page["labels"]) == (
        100,
        len(pictures.labels),
        pictures.labels[100:103].tolist(),
    )
    shape = (page["channels"], page["side"], page["side"])
    shown = [np.frombuffer(base64.b64decode(one), np.uint8).reshape(shape) for one in page["images"]]
    assert np.array_equal(np.stack(shown), pictures.pixels[100:103])
    assert len(page["classes"]) == 10
    last = client.get(f"/api/trace/images/{dataset}?first={page['total'] - 1}").json()
    assert len(last["images"]) == 1
    assert client.get(f"/api/trace/images/{dataset}?first=10000000").json()["images"] == []


@pytest.mark.parametrize(
    ("path", "field", "words"),
    [
        ("digits?count=0", "count", "count: must be at least 1"),
        (f"digits?count={MOST_IMAGES + 1}", "count", f"is over the limit of {MOST_IMAGES}"),
        ("digits?first=-1", "first", "first: must be at least 0"),
        ("spiral", "dataset", "points in the plane"),
        ("mnist", "dataset", "is not one of digits"),
        ("idx", "dataset", "set SKIPSCOPE_DATASET_DIR"),
    ],
)
def test_images_that_are_not_there_are_refused_by_name(client: TestClient, path: str, field: str, words: str) -> None:
    answer = client.get(f"/api/trace/images/{path}")
    assert (answer.status_code, answer.json()["field"]) == (422, field) and words in answer.json()["message"]


async def _hung_up(app: FastAPI, tracer: Tracer) -> list[dict[str, Any]]:
    """Ask, and go away before there is an answer."""
    body = b'{"depth": 20, "image": {"kind": "example", "index": 3}}'
    incoming = [{"type": "http.request", "body": body, "more_body": False}, {"type": "http.disconnect"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": RUN, "scheme": "http", "query_string": b"", "http_version": "1.1",
        "headers": [(b"host", b"127.0.0.1:8484"), (b"origin", b"http://127.0.0.1:8484"),
                    (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
    }  # fmt: skip
    await app(scope, receive, send)
    return sent


def test_who_has_gone_away_is_not_waited_for(client: TestClient, app: FastAPI, tracer: Tracer) -> None:
    assert client.portal is not None
    sent = client.portal.call(_hung_up, app, tracer)
    assert sent[0]["status"] == 499
