"""``/metrics``, read by Prometheus' own parser."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.contract.events import RUN_STATES
from app.main import create_app
from app.settings import Settings
from tests.fakes import FakeExecutor, Finder

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "k7pXw2nV9qLr4tYz8mBc5d"


def read(client: TestClient) -> dict[str, float]:
    """Samples by name and, where there are any, labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_every_metric_is_on_the_page_and_nothing_else_is(client: TestClient) -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(skipscope_\w+)` \|", page, re.MULTILINE))
    families = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(client.get("/metrics").text)
    }
    assert {name for name in families if name.startswith("skipscope_")} == rows


def test_before_anybody_comes_all_is_zero_and_every_state_is_there(client: TestClient) -> None:
    before = read(client)
    assert before["skipscope_viewers"] == before["skipscope_queue_length"] == 0
    assert {name.split()[1] for name in before if name.startswith("skipscope_runs ")} == set(RUN_STATES)


@pytest.fixture
def exposed(tmp_path: Path) -> FastAPI:
    return create_app(Settings(data_dir=tmp_path, host="0.0.0.0", token=TOKEN), FakeExecutor(), Finder())


def test_beyond_loopback_it_asks_for_the_token_which_a_program_shows_in_a_header(exposed: FastAPI) -> None:
    with TestClient(exposed, base_url="http://hall.example:8484") as client:
        for header in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN):
            assert client.get("/metrics", headers={"Authorization": header}).status_code == 403, header
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200 and "skipscope_viewers" in answer.text and TOKEN not in answer.text
