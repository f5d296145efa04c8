"""Processors: those of the machine, or what a container is given of them."""

import os
import re
from pathlib import Path

import pytest

from app import machine, settings
from app.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


@pytest.mark.parametrize(
    ("files", "own", "quotas"),
    [
        ({"cpu.max": "150000 100000"}, "0::/", {1.5}),
        ({"cpu.max": "max 100000"}, "0::/", set()),
        ({"docker/box/cpu.max": "400000 100000", "docker/cpu.max": "200000 100000"}, "0::/docker/box", {4.0, 2.0}),
        ({"cpu/docker/box/cpu.cfs_quota_us": "50000", "cpu/docker/box/cpu.cfs_period_us": "100000"},
         "3:cpu:/docker/box\n0::/", {0.5}),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "3:cpu:/", set()),
        ({"cpu.max": "words of another kind"}, "0::/", set()),
        ({"cpu.max": "100000 0"}, "0::/", set()),
        ({}, "", set()),
    ],
)  # fmt: skip
def test_the_quota_of_a_control_group_is_read(
    files: dict[str, str], own: str, quotas: set[float], tmp_path: Path
) -> None:
    for name, text in files.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    (tmp_path / "own").write_text(own)
    assert set(machine._quotas(tmp_path / "cgroup", tmp_path / "own")) == quotas


def test_a_quota_lowers_the_processors_and_never_to_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usable = len(os.sched_getaffinity(0))
    monkeypatch.setattr(machine, "CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "OWN_GROUP", tmp_path / "own")
    (tmp_path / "own").write_text("0::/\n")
    for quota, expected in (("max 100000", usable), ("25000 100000", 1), ("100000000 100000", usable)):
        (tmp_path / "cpu.max").write_text(quota)
        assert machine.processors() == expected


def test_the_defaults_follow_the_processors_as_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OMP_NUM_THREADS", "SKIPSCOPE_WORKERS", "SKIPSCOPE_THREADS", "SKIPSCOPE_ANALYSIS_THREADS"):
        monkeypatch.delenv(variable, raising=False)
    rows = re.findall(r"^\| (\d+)[^|]* \| (\d) \| (\d) \| (\d) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 5
    for row in rows:
        count, *expected = map(int, row)
        monkeypatch.setattr(machine, "processors", lambda count=count: count)
        made = Settings()
        assert [made.workers, made.threads, made.analysis_threads] == expected, count


@pytest.mark.parametrize("count", range(4, 65))
def test_training_analysing_and_serving_fit_into_the_processors(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(machine, "processors", lambda: count)
    made = Settings()
    assert made.workers * made.threads + made.analysis_threads + 1 <= count


@pytest.mark.parametrize(("limit", "cores"), [("1", 1), ("3", 3), ("0", 4), ("many", 4), ("", 4), ("99", 4)])
def test_the_variable_of_openmp_lowers_them(limit: str, cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "processors", lambda: 16)
    monkeypatch.setenv("OMP_NUM_THREADS", limit)
    assert settings.cores() == cores


def test_a_container_is_known_by_its_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CONTAINER_MARKS", (tmp_path / "mark",))
    assert not machine.in_container()
    (tmp_path / "mark").touch()
    assert machine.in_container()
