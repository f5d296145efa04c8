"""Traces as a visitor gets them: a real server, real weights, a process that is started when it is needed."""

import base64
import signal
from typing import Any

import httpx
import psutil
import pytest

from app.data import load_pictures
from tests.patience import PATIENCE, wait_until
from tests.support import SMALL, Server, connect, running_server


def tracing(server: Server) -> list[psutil.Process]:
    """The processes that trace."""
    return [one for one in server.children() if one.name() == "skip-tracing"]


def ask(server: Server, run: str, path: str = "", **question: Any) -> httpx.Response:
    body = {"image": {"kind": "example", "index": 3}} | question
    return httpx.post(f"{server.url}/api/trace/runs/{run}{path}", json=body, timeout=PATIENCE)


def test_a_recorded_run_is_traced_and_learnt_by_a_process_that_is_there_only_then() -> None:
    with running_server() as server:
        wait_until(server.is_warm)
        assert tracing(server) == []
        answer = ask(server, "recorded-he-fashion", depth=20)
        assert answer.status_code == 200
        trace = answer.json()
        assert [network["name"] for network in trace["networks"]] == ["plain-20", "residual-20"]
        for network in trace["networks"]:
            assert sum(network["probabilities"]) == pytest.approx(1, abs=1e-9)
            assert [stage["kind"] for stage in network["stages"]].count("block") == 9
        pictures = load_pictures("fashion")
        pixels = base64.b64encode(pictures.pixels[3].tobytes()).decode()
        image = {"kind": "pixels", "pixels": pixels}
        copy = ask(server, "recorded-he-fashion", depth=20, image=image, target=trace["label"]).json()
        assert trace["image"] == pixels and copy["label"] is None
        for one, other in zip(trace["networks"], copy["networks"], strict=True):
            assert one["stages"] == other["stages"] and one["logits"] == other["logits"]
        learnt = ask(server, "recorded-degradation", "/learnt", depth=16).json()
        assert learnt["steps"] == [0, 20, 60, 140, 320] and len(learnt["words"]) == 2
        refused = ask(server, "recorded-he-fashion", depth=20, image={"kind": "example", "index": 2000})
        assert refused.status_code == 422 and refused.json()["field"] == "image.index"
        [process] = tracing(server)
        process.send_signal(signal.SIGKILL)
        wait_until(lambda: process.pid not in [one.pid for one in tracing(server)])
        assert ask(server, "recorded-he-fashion", depth=8).status_code == 200
        main = psutil.Process(server.process.pid)
        assert not any("libtorch" in entry.path for entry in main.memory_maps())


def test_a_run_of_ones_own_is_listed_and_traced(server: Server) -> None:
    with connect(server) as viewer:
        run = viewer.start(SMALL)
        viewer.until_state("finished")
    wait_until(lambda: run in _listed(server))  # the store writes twice a second
    listed = _listed(server)
    assert listed[run]["steps"][-1] == 40 and listed["recorded-shallow"]["recorded"]
    trace = ask(server, run, depth=8, step=20).json()
    assert trace["step"] == 20 and len(trace["networks"]) == 2
    rows = server.get(f"/api/trace/runs/{run}/training?depth=8").json()
    assert rows[-1]["step"] == 40 and rows[-1]["words"]


def _listed(server: Server) -> dict[str, Any]:
    return {one["id"]: one for one in server.get("/api/trace/runs").json()}
