"""The store, with a real SQLite file."""

import itertools
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.contract import measurements as m
from app.contract.events import RunState
from app.contract.experiment import Experiment
from app.errors import UnknownRun
from app.ids import RunId
from app.runs.store import Store
from app.runs.stored_run import StoredRun
from app.runs.writer import BATCH_SECONDS, Row, Writer
from tests.patience import PATIENCE

EXPERIMENT = Experiment(depths=(4, 6), seeds=2)


class Troubles(list[str | None]):
    """What the store said about itself, and a way to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Semaphore(0)

    def __call__(self, reason: str | None) -> None:
        self.append(reason)
        self.told.release()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, Troubles())
    yield store
    store.close()


def stored(run_id: str = "r1", state: RunState = "running", created: float = 1.0) -> StoredRun:
    return StoredRun(RunId(run_id), created, state, None, 7, EXPERIMENT, {"device": "cpu"}, {"python": "3"})


def frame(step: int, size: int = 20) -> m.Measured:
    return m.Measured(step, step / 10, *(np.full(size, step, np.float32),) * 4)


def test_a_run_comes_back_as_it_was(store: Store) -> None:
    store.save_run(stored())
    assert store.flush(PATIENCE)
    assert store.run("r1") == stored()
    store.save_run(stored(state="finished"))
    assert store.flush(PATIENCE)
    assert store.run("r1").state == "finished"


def test_an_unknown_run_is_refused_by_name(store: Store) -> None:
    with pytest.raises(UnknownRun, match="no run has the id 'nobody'"):
        store.run("nobody")


def test_runs_are_listed_newest_first(store: Store) -> None:
    for number in range(5):
        store.save_run(stored(f"r{number}", created=float(number)))
    assert store.flush(PATIENCE)
    assert [run.id for run in store.runs(limit=3)] == ["r4", "r3", "r2"]


def test_measurements_come_back_in_order_and_can_be_thinned(store: Store) -> None:
    store.save_run(stored())
    for step in range(1000):
        store.save_measurement(RunId("r1"), 1, step, frame(step) if step % 10 else m.Paused(step))
    assert store.flush(PATIENCE)
    assert [x.step for x in store.measurements("r1") if not isinstance(x, m.Prepared)] == list(range(1000))
    thin = list(store.measurements("r1", most_frames=100))
    assert sum(isinstance(x, m.Measured) for x in thin) <= 100
    assert sum(isinstance(x, m.Paused) for x in thin) == 100


def test_unfinished_runs_are_interrupted_when_the_next_server_opens_the_folder(tmp_path: Path) -> None:
    first = Store(tmp_path, Troubles())
    first.save_run(stored("r1", "running"))
    first.save_run(stored("r2", "finished"))
    first.close()
    second = Store(tmp_path, Troubles())
    assert (second.run("r1").state, second.run("r1").reason) == ("interrupted", "the server ended")
    assert second.run("r2").state == "finished"
    second.close()


def test_a_second_server_on_the_same_folder_leaves_the_runs_of_the_first_alone(tmp_path: Path, store: Store) -> None:
    store.save_run(stored())
    assert store.flush(PATIENCE)
    Store(tmp_path, Troubles()).close()
    assert store.run("r1").state == "running"


def test_when_one_of_two_servers_is_gone_its_runs_and_no_others_are_interrupted(tmp_path: Path, store: Store) -> None:
    other = Store(tmp_path, Troubles())
    store.save_run(stored("r1"))
    other.save_run(stored("r2"))
    other.save_run(stored("r3", "finished"))
    assert store.flush(PATIENCE) and other.flush(PATIENCE)

    def states() -> list[str]:
        store.interrupt_abandoned()
        assert store.flush(PATIENCE)
        return [store.run(run).state for run in ("r1", "r2", "r3")]

    assert states() == ["running", "running", "finished"]
    other.close()
    assert states() == ["running", "interrupted", "finished"]
    Store(tmp_path, Troubles()).close()
    assert states() == ["running", "interrupted", "finished"]


def test_a_server_that_comes_calls_only_the_runs_of_those_interrupted_that_are_gone(
    tmp_path: Path, store: Store
) -> None:
    store.save_run(stored("r1"))
    other = Store(tmp_path, Troubles())
    other.save_run(stored("r2"))
    assert store.flush(PATIENCE) and other.flush(PATIENCE)
    other.close()
    third = Store(tmp_path, Troubles())
    assert [third.run(run).state for run in ("r1", "r2")] == ["running", "interrupted"]
    third.close()


def test_a_lock_that_was_removed_is_taken_again(tmp_path: Path, store: Store) -> None:
    store.save_run(stored("r1"))
    assert store.flush(PATIENCE)
    shutil.rmtree(tmp_path / "servers")
    assert store.flush(PATIENCE)  # the writer looks whenever it writes
    Store(tmp_path, Troubles()).close()
    assert store.run("r1").state == "running"


def remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def move_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def remove_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def replace_by_nothing(path: Path) -> None:
    remove(path)
    path.touch()


def replace_by_another(path: Path) -> None:
    other = Store(path.parent / "other", Troubles())
    other.save_run(stored("r2", "finished"))
    other.close()
    remove(path)
    other.path.rename(path)


def replace_by_what_is_no_record(path: Path) -> None:
    remove(path)
    path.write_text("not a database" * 1000)


@pytest.mark.parametrize(
    ("lose", "others"),
    [
        (remove, []),
        (move_folder, []),
        (remove_log, []),
        (replace_by_nothing, []),
        (replace_by_another, ["r2"]),
        (replace_by_what_is_no_record, []),
    ],
)
def test_a_record_that_is_removed_or_replaced_is_written_again(
    tmp_path: Path, lose: Callable[[Path], None], others: list[str]
) -> None:
    troubles, losses = Troubles(), Troubles()
    store = Store(tmp_path / "data", troubles, on_loss=lambda whole: losses(str(whole)))
    store.save_run(stored())
    for step in range(10):
        store.save_measurement(RunId("r1"), 1, step, frame(step))
    assert store.flush(PATIENCE) and store.writer.rewritten is None
    lose(store.path)
    assert losses.told.acquire(timeout=PATIENCE), "nobody has to write for it to be noticed"
    assert store.writer.rewritten is not None and not store.writer.failing and troubles == []
    for step in range(10, 20):
        store.save_measurement(RunId("r1"), 1, step, frame(step))
    store.save_run(stored(state="finished"))
    assert store.flush(PATIENCE)
    assert sorted(run.id for run in store.runs()) == ["r1", *others]
    store.close()
    again = Store(tmp_path / "data", Troubles())
    assert again.run("r1") == stored(state="finished")
    assert [one.step for one in again.measurements("r1") if isinstance(one, m.Measured)] == list(range(20))
    again.close()
    assert losses == ["True"]


@pytest.mark.parametrize("content", [b"", b"not a database" * 100_000])
def test_a_record_that_is_overwritten_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr("app.runs.writer.RETRY_SECONDS", 0.01)
    troubles, losses = Troubles(), Troubles()
    store = Store(tmp_path, troubles, on_loss=lambda whole: losses(str(whole)))
    store.save_run(stored())
    for step in range(500):
        store.save_measurement(RunId("r1"), 1, step, frame(step, 500))
    assert store.flush(PATIENCE)
    store.path.write_bytes(content)
    store.save_run(stored("r2"))
    assert all(troubles.told.acquire(timeout=PATIENCE) for _ in range(2))
    assert troubles == ["database disk image is malformed", None] and losses == ["False"]
    assert store.flush(PATIENCE)
    assert "r2" in {run.id for run in store.runs()}
    assert store.path.with_name(store.path.name + ".unreadable").read_bytes() == content
    store.close()
    again = Store(tmp_path, Troubles())
    assert "r2" in {run.id for run in again.runs()}
    again.close()


def test_whoever_reads_makes_no_file_where_the_record_is_gone(store: Store) -> None:
    store.save_run(stored())
    assert store.flush(PATIENCE)
    remove(store.path)
    assert store.run("r1") == stored(), "the reader has waited for the record"


def test_a_record_that_cannot_be_written_again_pauses_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.runs.writer.RETRY_SECONDS", 0.01)
    troubles = Troubles()
    store = Store(tmp_path / "data", troubles)
    store.save_run(stored())
    assert store.flush(PATIENCE)
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "data").write_text("a file in the way")
    assert troubles.told.acquire(timeout=PATIENCE) and store.writer.failing
    assert "the record of runs is gone and cannot be written again" in str(troubles[0])
    store.save_run(stored("r2"))
    (tmp_path / "data").unlink()
    assert troubles.told.acquire(timeout=PATIENCE) and troubles[1] is None
    assert store.flush(PATIENCE)
    assert {run.id for run in store.runs()} == {"r1", "r2"}
    store.close()


def test_a_full_disk_pauses_the_recording_and_room_resumes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runs.writer.RETRY_SECONDS", 0.01)
    troubles = Troubles()
    store = Store(tmp_path, troubles, max_pages=40)
    store.save_run(stored())
    for step in range(200):
        store.save_measurement(RunId("r1"), 1, step, frame(step, 500))
    assert troubles.told.acquire(timeout=PATIENCE)
    assert troubles == ["database or disk is full"]
    store.writer.max_pages = 10_000
    assert troubles.told.acquire(timeout=PATIENCE)
    assert troubles == ["database or disk is full", None]
    assert len(list(store.measurements("r1"))) == 200
    store.close()


def test_what_waits_for_a_full_disk_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runs.writer.MOST_WAITING", 100_000)
    monkeypatch.setattr("app.runs.writer.RETRY_SECONDS", 0.01)
    troubles = Troubles()
    store = Store(tmp_path, troubles, max_pages=20)
    for step in range(1000):
        store.save_measurement(RunId("r1"), 1, step, frame(step, 500))
    assert troubles.told.acquire(timeout=PATIENCE)
    assert store.writer.waiting_bytes <= 100_000
    store.writer.max_pages = 10_000
    assert troubles.told.acquire(timeout=PATIENCE)
    assert 0 < len(list(store.measurements("r1"))) < 1000
    store.close()


def test_the_file_is_whole_and_readable_while_it_is_written(store: Store) -> None:
    for step in range(300):
        store.save_measurement(RunId("r1"), 1, step, frame(step))
        if step % 100 == 0:
            assert store.flush(PATIENCE)
            with sqlite3.connect(store.path) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            db.close()


def test_rows_that_keep_coming_put_off_no_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock on which a tenth of a second passes with each row, no batch holds more than half a second."""
    ticks = itertools.count()
    monkeypatch.setattr("app.runs.writer.time", SimpleNamespace(monotonic=lambda: next(ticks) / 10))
    batches: list[int] = []

    class Watched(Writer):
        def _commit(self, rows: list[Row]) -> bool:
            batches.append(len(rows))
            return super()._commit(rows)

    monkeypatch.setattr("app.runs.store.Writer", Watched)
    store = Store(tmp_path, Troubles())
    store.save_run(stored())
    for step in range(100):
        store.save_measurement(RunId("r1"), 1, step, frame(step))
    assert store.flush(PATIENCE)
    assert sum(batches) == 102 and max(batches) <= 1 + BATCH_SECONDS / 0.1
    assert BATCH_SECONDS <= 0.5
    store.close()
