"""Deleted runs, with a real store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from app.contract.events import RunState
from app.errors import IllegalMove, Refused, UnknownRun
from app.ids import RunId
from app.paths import recorded_dir
from app.runs.checkpoints import Checkpoints
from app.runs.deletions import GRACE, Deletions
from app.runs.housekeeping import Housekeeping
from app.runs.recorded_runs import RecordedRuns
from app.runs.retention import Retention
from app.runs.service import RunService
from app.runs.store import Store
from tests.fakes import FakeExecutor, measured
from tests.patience import PATIENCE
from tests.unit.runs.test_store import EXPERIMENT, stored


class House:
    """A data folder with three runs, each with a checkpoint, and a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        recorded = RecordedRuns(recorded_dir())
        self.store = Store(folder, lambda reason: None, recorded=recorded)
        self.checkpoints = Checkpoints(folder / "checkpoints", recorded)
        self.deletions = Deletions(self.store, self.checkpoints, lambda: self.now)
        for number, state in enumerate[RunState](("finished", "stopped", "running")):
            self.store.save_run(stored(f"r{number}", state, created=number))
            for place, measurement in enumerate(measured(EXPERIMENT)):
                self.store.save_measurement(RunId(f"r{number}"), 1, place, measurement)
            (self.checkpoints.folder / f"r{number}").mkdir(parents=True)
            (self.checkpoints.folder / f"r{number}" / "step-1.safetensors").write_bytes(b"weights")
        assert self.store.flush(PATIENCE)

    def rows(self, run: str) -> int:
        with self.store.reading() as db:
            return int(db.execute("SELECT count(*) FROM measurements WHERE run = ?", (run,)).fetchone()[0])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


def test_a_deleted_run_is_unknown_and_in_no_list_and_comes_back_whole(house: House) -> None:
    assert house.deletions.delete("r0") == 1000.0 + GRACE
    assert [run.id for run in house.store.runs()] == ["r2", "r1"]
    with pytest.raises(UnknownRun):
        house.store.run("r0")
    with pytest.raises(UnknownRun):
        house.deletions.delete("r0")
    house.deletions.restore("r0")
    assert [run.id for run in house.store.runs()] == ["r2", "r1", "r0"]
    assert house.store.run("r0") == stored("r0", "finished", created=0)
    assert house.rows("r0") == house.rows("r1") and (house.checkpoints.folder / "r0").exists()


def test_after_an_hour_it_is_gone_for_good_with_its_checkpoints_and_no_other(house: House) -> None:
    house.deletions.delete("r0")
    house.now += GRACE - 1
    house.deletions.remove_old()
    assert house.rows("r0") == house.rows("r1") > 0
    house.now += 1
    house.deletions.remove_old()
    assert house.rows("r0") == 0 < house.rows("r1")
    assert sorted(folder.name for folder in house.checkpoints.folder.iterdir()) == ["r1", "r2"]
    with pytest.raises(UnknownRun, match="gone for good"):
        house.deletions.restore("r0")


@pytest.mark.parametrize(
    ("run", "error", "words"),
    [
        ("r2", IllegalMove, "the run r2 is running; stop it first"),
        ("recorded-fair", Refused, "recorded-fair comes with the program"),
        ("../../etc", UnknownRun, "no run has the id"),
    ],
)
def test_what_cannot_be_deleted_is_refused_by_name(house: House, run: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        house.deletions.delete(run)
    assert not house.deletions.marked()


def test_whoever_follows_a_run_that_another_process_deletes_is_told(house: House) -> None:
    async def test() -> None:
        service = RunService(FakeExecutor(), house.store, 2, house.checkpoints)
        housekeeping = Housekeeping(
            service, house.deletions, Retention(house.store, house.deletions, 2**30), lambda words: None
        )
        run = await service.find("r0")
        house.deletions.delete("r0")
        await housekeeping.round()
        entries = run.stream.since(run.stream.seq - 1)
        assert entries and orjson.loads(entries[0].text)["type"] == "deleted"
        with pytest.raises(UnknownRun):
            await service.find("r0")
        house.deletions.restore("r0")
        again = await service.find("r0")
        assert again.state == "finished" and "deleted" not in again.snapshot()
        house.deletions.delete("r0")  # and once more
        await housekeeping.round()
        house.deletions.restore("r0")
        await housekeeping.round()
        await service.close()

    asyncio.run(test())
