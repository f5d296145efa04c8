"""The HTML pages."""

from pathlib import Path

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
