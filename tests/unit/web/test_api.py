"""The JSON API."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from app.contract.experiment import Experiment
from app.contract.presets import PRESETS


def test_health_says_how_many_processes_are_warm(client: TestClient) -> None:
    answer = client.get("/health").json()
    assert answer["status"] == answer["recording"] == "ok" and answer["workers"] == {"ready": 1, "capacity": 1}
    assert answer["queue"] == answer["tracing"]["waiting"] == 0


def test_presets_come_with_the_bounds_of_every_field(client: TestClient) -> None:
    answer = client.get("/api/presets").json()
    assert [preset["name"] for preset in answer["presets"]] == list(PRESETS)
    assert set(answer["limits"]["properties"]) == set(Experiment.model_fields)


def test_an_experiment_is_completed_and_measured(client: TestClient) -> None:
    answer = client.post("/api/experiments/check", json={"depths": [8, 4], "seeds": 3}).json()
    assert answer["experiment"]["depths"] == [4, 8]
    assert answer["hash"] == Experiment(depths=(4, 8), seeds=3).config_hash()
    assert (answer["networks"], answer["layers"]) == (12, 72)
    assert answer["cells"][1] == {"arm": 0, "depth": 8, "learning_rate": 0.05, "layers": 8}


@pytest.mark.parametrize("route", ["/api/experiments/check", "/api/diagrams"])
def test_a_bad_experiment_is_refused_by_name(client: TestClient, route: str) -> None:
    bad: dict[str, Any] = {"depths": [4096]}
    body = bad if route.endswith("check") else {"experiment": bad, "aspect": 5}
    answer = client.post(route, json=body)
    assert answer.status_code == 422
    message = "depths: depth 4096 is over the limit of 1024"
    assert answer.json() == {"code": "refused", "message": message, "field": "depths"}


def test_diagrams_are_plotly_figures_one_for_each_cell(client: TestClient) -> None:
    answer = client.post("/api/diagrams", json={"experiment": {"depths": [4, 8]}, "aspect": 5.5})
    figures = answer.json()["figures"]
    assert len(figures) == 4 and all({"data", "layout"} <= set(figure) for figure in figures)


@pytest.mark.parametrize("aspect", [0.1, 41])
def test_diagrams_refuse_an_impossible_panel(client: TestClient, aspect: float) -> None:
    answer = client.post("/api/diagrams", json={"experiment": {}, "aspect": aspect})
    assert answer.status_code == 422 and answer.json()["field"] == "aspect"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_every_error_of_every_route_has_the_one_body(client: TestClient, app: FastAPI, method: str) -> None:
    paths = {context.path_format for context in iter_route_contexts(app.routes) if context.path_format}
    assert {"/", "/live", "/health", "/api/runs/{run}"} <= paths
    for path in sorted(paths):
        answer = client.request(method, path.replace("{", "%7B").replace("}", "%7D"), content=b"{")
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert set(answer.json()) == {"code", "message", "field"}, path


def test_what_breaks_in_the_server_tells_nothing_of_its_inside(app: FastAPI) -> None:
    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/broken")
        assert answer.status_code == 500
        assert answer.json() == {
            "code": "internal", "message": "something broke in the server; its log says what", "field": None,
        }  # fmt: skip


@pytest.mark.parametrize("run", ["nobody", "..", "%2e%2e", "a%00b", "x" * 41])
@pytest.mark.parametrize("ending", ["", "/export.csv", "/export.jsonl"])
def test_a_run_that_is_not_there_is_not_found(client: TestClient, run: str, ending: str) -> None:
    assert client.get(f"/api/runs/{run}{ending}").status_code in (404, 422)
