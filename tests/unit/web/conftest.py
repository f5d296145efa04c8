"""The application with a fake executor, and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.fakes import FakeExecutor, Finder, Tracer


@pytest.fixture
def tracer() -> Tracer:
    return Tracer()


@pytest.fixture
def app(tmp_path: Path, tracer: Tracer) -> FastAPI:
    return create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder(), tracer)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8484", raise_server_exceptions=False) as client:
        yield client
