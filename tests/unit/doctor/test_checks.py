"""Checks whose causes no test may make: a clock that is wrong, and a file system that cannot lock."""

import errno
import time
from pathlib import Path

import pytest

from app.doctor.finding import Level
from app.doctor.folder import disk
from app.doctor.resources import SKEW, clock
from app.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, store_mib=1, checkpoints_mib=1)


def test_a_clock_before_the_recordings_were_made_is_wrong(settings: Settings) -> None:
    found = clock(settings, now=lambda: 0.0)
    assert found.level is Level.PROBLEM and found.words.startswith("it is 1970-01-01 00:00 UTC, before Skipscope")


def test_a_clock_that_was_set_meanwhile_is_told(settings: Settings) -> None:
    began = (time.time(), 100.0)
    for jump, level in ((0, Level.OK), (SKEW + 1, Level.WARNING), (-SKEW - 1, Level.WARNING)):
        now = began[0] + 5 + jump
        assert clock(settings, now=lambda now=now: now, steady=lambda: 105.0, since=began).level is level  # type: ignore[misc]


def test_a_file_system_that_cannot_lock_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk(settings).level is Level.OK

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.lockf", refuse)
    found = disk(settings)
    assert found.level is Level.PROBLEM and "cannot lock" in found.words and list(settings.data_dir.iterdir()) == []
