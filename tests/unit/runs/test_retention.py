"""The bound of the store, with a real one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest

from app.contract import measurements as m
from app.ids import RunId
from app.runs.checkpoints import Checkpoints
from app.runs.deletions import Deletions
from app.runs.export import csv_lines, jsonl_lines
from app.runs.housekeeping import Housekeeping
from app.runs.retention import NEWEST, Retention
from app.runs.service import THINNED, RunService, rebuild
from app.runs.store import Store
from tests.fakes import FakeExecutor, measured
from tests.patience import PATIENCE
from tests.unit.runs.test_store import EXPERIMENT, stored

OLD = 4


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Four old runs and the newest ten; the oldest of all has not ended."""
    store = Store(tmp_path, lambda reason: None)
    for number in range(OLD + NEWEST):
        store.save_run(stored(f"r{number}", "finished" if number else "running", created=number))
        for place, measurement in enumerate(measured(EXPERIMENT)):
            store.save_measurement(RunId(f"r{number}"), 1, place, measurement)
    assert store.flush(PATIENCE)
    yield store
    store.close()


def retention(store: Store, most_bytes: int) -> Retention:
    return Retention(store, Deletions(store, Checkpoints(store.path.parent / "checkpoints")), most_bytes)


def kinds(store: Store, run: str) -> dict[type, int]:
    found: dict[type, int] = {}
    for measurement in store.measurements(run):
        found[type(measurement)] = found.get(type(measurement), 0) + 1
    return found


def test_a_store_within_its_bound_is_left_alone(store: Store) -> None:
    made = retention(store, store.used_bytes()).make_room()
    assert made.fits and made.words(2**20) is None and len(store.runs()) == OLD + NEWEST


def test_the_oldest_is_thinned_first_keeps_its_evaluations_and_says_so(store: Store) -> None:
    whole = kinds(store, "r1")
    made = retention(store, store.used_bytes() - 1).make_room()
    assert (made.thinned, made.removed, made.fits) == (1, [], True)
    assert made.words(2**20) == (
        "The record of runs has come to its bound of 1 MiB (SKIPSCOPE_STORE_MIB): of the oldest, 1 run lost nine "
        "of ten measurements between evaluations."
    )
    thin = kinds(store, "r1")
    assert thin.pop(m.Measured) < whole.pop(m.Measured) / 4 and thin == whole
    assert kinds(store, "r2")[m.Measured] == kinds(store, "r0")[m.Measured] == kinds(store, "r13")[m.Measured]
    run = rebuild(store, "r1")
    assert run.state == "finished" and run.reason == THINNED
    head = orjson.loads(next(jsonl_lines(store, store.run("r1"))))
    assert head["thinned"] and list(csv_lines(store, store.run("r1")))[-1] == ",,thinned,,,,,,,0.1\n"
    assert not orjson.loads(next(jsonl_lines(store, store.run("r2"))))["thinned"]


def test_an_evaluation_keeps_the_measurement_before_it(store: Store) -> None:
    before = {
        one.step: one.loss
        for one, after in zip(all_of(store, "r1"), all_of(store, "r1")[1:], strict=False)
        if isinstance(one, m.Measured) and isinstance(after, m.Evaluated)
    }
    assert before
    retention(store, store.used_bytes() - 1).make_room()
    left = {one.step: one.loss for one in all_of(store, "r1") if isinstance(one, m.Measured)}
    assert all(np.array_equal(left[step], loss) for step, loss in before.items())


def test_past_that_the_oldest_go_but_neither_the_newest_nor_one_that_has_not_ended(store: Store) -> None:
    keeper = retention(store, 1)
    made = keeper.make_room()
    assert (made.thinned, made.removed, made.fits) == (OLD - 1, ["r1", "r2", "r3"], False)
    assert "3 runs went for good" in (made.words(2**20) or "")
    assert [run.id for run in store.runs()] == [f"r{n}" for n in range(OLD + NEWEST - 1, OLD - 1, -1)] + ["r0"]
    assert kinds(store, "r4") == kinds(store, "r13") == kinds(store, "r0")
    again = keeper.make_room()
    assert "the newest 10 runs stay: raise it, or delete runs" in (again.words(2**20) or "")


def test_what_was_removed_leaves_room(store: Store) -> None:
    before = store.used_bytes()
    keeper = retention(store, before * 9 // 10)
    assert keeper.make_room().fits and store.used_bytes() <= before * 9 // 10


def test_whoever_looks_at_a_run_that_goes_is_told_and_everybody_hears_once_why(store: Store) -> None:
    told: list[str] = []

    async def test() -> None:
        keeper = retention(store, 1)
        service = RunService(FakeExecutor(), store, 2, Checkpoints(store.path.parent / "checkpoints"))
        run = await service.find("r2")
        housekeeping = Housekeeping(service, Deletions(store, service.checkpoints), keeper, told.append)
        for _ in range(3):
            await housekeeping.round()
        entries = run.stream.since(run.stream.seq - 1)
        assert entries and orjson.loads(entries[0].text)["type"] == "deleted"
        await service.close()

    asyncio.run(test())
    assert len(told) == 2 and "went for good" in told[0] and "raise it, or delete runs" in told[1]


def all_of(store: Store, run: str) -> list[m.Measurement]:
    return list(store.measurements(run))
