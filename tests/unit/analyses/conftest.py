"""Fixtures for the tests of analyses."""

from pathlib import Path

import pytest

from app.learning.training import train


@pytest.fixture(scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the weights of the module's ``EXPERIMENT``."""
    folder: Path = tmp_path_factory.mktemp("kept")
    for _ in train(request.module.EXPERIMENT, checkpoints=folder):
        pass
    return folder
