"""A training that says nothing."""

import asyncio

import pytest

from app.runs import silence
from app.runs.silence import Silence
from tests.patience import run, until


def test_a_silence_is_told_once_and_its_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "PATIENCE", 0.01)

    async def test() -> None:
        told: list[bool] = []
        watched = Silence(lambda: True, told.append)
        await until(lambda: told)
        watched.heard()
        assert told == [True, False]
        await until(lambda: len(told) == 3)
        watched.end()
        watched.end()
        assert told == [True, False, True, False]

    run(test)


def test_a_run_that_is_paused_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "PATIENCE", 0.0)

    async def test() -> None:
        told: list[bool] = []
        watched = Silence(lambda: False, told.append)
        for _ in range(20):
            await asyncio.sleep(0)
        watched.end()
        assert told == []

    run(test)
