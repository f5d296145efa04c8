"""Servers for the tests: one that all may share, since runs are independent."""

from collections.abc import Iterator

import pytest

from tests.support import Client, Server, connect, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with two training processes that nobody kills."""
    with running_server(workers=2) as server:
        yield server


@pytest.fixture
def viewer(server: Server) -> Iterator[Client]:
    with connect(server) as client:
        yield client
