"""The HTML pages."""

from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web import pages
from tests.fakes import FakeExecutor, Finder, Tracer


def test_a_row_in_the_table_makes_a_page_that_the_navigation_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_page = pages.Page("/other", "Other", "base.html", pages.PAGES[0].module)
    monkeypatch.setattr(pages, "PAGES", (*pages.PAGES, other_page))
    app = create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder(), Tracer())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        lab, other = client.get("/").text, client.get("/other").text
    assert "<title>Other · Skipscope</title>" in other and "<title>Lab · Skipscope</title>" in lab
    assert '<a href="/" aria-current="page">Lab</a>' in lab and '<a href="/other">Other</a>' in lab
    assert '<a href="/">Lab</a>' in other and '<a href="/other" aria-current="page">Other</a>' in other
    assert f'{pages.PAGES[0].module}" fetchpriority="low"></script>' in other and 'id="numbers"' in other


def test_trace_is_told_what_can_be_traced(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder(), Tracer())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        text = client.get("/trace").text
        runs = client.get("/api/trace/runs").json()
        published = client.get("/api/trace/catalog").json()["networks"]
    data = orjson.loads(text.split('id="page-data">')[1].split("</script>")[0])
    told = [{name: value for name, value in run.items() if name != "created"} for run in data["runs"]]
    assert told == [{name: run[name] for name in told[0]} for run in runs]
    assert "recorded-he-fashion" in {run["id"] for run in told}
    assert data["published"] == [{"name": one["name"], "label": one["label"]} for one in published]
