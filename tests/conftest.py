"""What all tests share: the browser, and how hypothesis behaves."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from tests import chromium

# One thread: the tests' tensors are small, and on a busy machine threads that wait for each other cost most of it.
os.environ["OMP_NUM_THREADS"] = "1"

# Several things run on the machine at once: how long an example takes says nothing about the code. The same examples
# each time, so that what passed here passes there.
hypothesis.settings.register_profile("skipscope", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("skipscope")


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """A process that trains flushes the smallest numbers to zero; what a test warms up must not do so to the next."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How pytest-playwright starts the browser: the machine's own when it has one, else Playwright's."""
    arguments = browser_type_launch_args | {"args": list(chromium.ARGUMENTS)}
    if found := chromium.on_machine():
        arguments["executable_path"] = str(found)
    return arguments
