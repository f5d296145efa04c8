"""A real server and a real browser. A page that errs, breaks the policy or asks another host fails its test."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from tests.chromium import ARGUMENTS, find
from tests.patience import PATIENCE
from tests.support import Server, connect, running_server

#: The browser writes down every answer that is a refusal (the page shows it, and the test looks there), and gives
#: advice on speed about how Plotly reads back its drawings in three dimensions.
HARMLESS = ("status of 422", "willReadFrequently", "GPU stall due to ReadPixels")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": str(find()), "args": list(ARGUMENTS), "timeout": 1000 * PATIENCE}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 720}}


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """One server for all tests that start their own runs; what a test leaves training is stopped."""
    yield shared_server
    with connect(shared_server) as viewer:
        if run := viewer.welcome["active"]:
            viewer.send("stop", run=run)
            viewer.send("subscribe", run=run)
            viewer.until_state("finished", "stopped")


@pytest.fixture(scope="session")
def fresh_server() -> Iterator[Server]:
    """A server on which nobody trains anything: for tests that look at the recorded run."""
    with running_server() as server:
        yield server
        assert server.get("/api/runs").json()["runs"] == []


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """As pytest-playwright makes it, with the patience of all tests."""
    context.set_default_timeout(1000 * PATIENCE)
    return context


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """The page; at the end of the test it must have said nothing bad and asked nobody else."""
    said: list[str] = []
    asked: list[str] = []

    def request(made: Request) -> None:
        asked.append(made.url)

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(words in message.text for words in HARMLESS):
            said.append(message.text)

    page.on("console", console)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", request)
    yield page
    assert said == []
    hosts = {url.split("/")[2] for url in asked if url.startswith("http")}
    assert all(host.startswith("127.0.0.1:") for host in hosts), hosts
