"""Any input to the HTTP API: never a 5xx, and errors with the one body."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

from app.main import create_app
from app.settings import Settings
from tests.fakes import FakeExecutor, Finder, Tracer


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_no_input_breaks_the_api(tmp_path: Path, mode: schemathesis.GenerationMode) -> None:
    app = create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder(), Tracer())
    seen = set()

    def check(case: Any) -> None:
        seen.add(case.operation.path)
        answer = case.call(base_url="http://127.0.0.1:8484")
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert set(answer.json()) == {"code", "message", "field"}

    openapi = schemathesis.openapi.from_dict(app.openapi())
    openapi.app = app
    for result in openapi.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if not {"parameters", "requestBody"} & set(operation.definition.raw):
            continue  # it takes no input
        cases = operation.as_strategy(generation_mode=mode)
        settings(max_examples=25, suppress_health_check=list(HealthCheck))(given(case=cases)(check))()
    assert {"/api/diagrams", "/api/experiments/check", "/api/runs/{run}/export.csv"} <= seen
