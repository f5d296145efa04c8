"""The recorded runs that come with the program, and how they are kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.contract import measurements as m
from app.contract.checkpoints import checkpoints_in
from app.contract.experiment import Experiment
from app.contract.presets import PRESETS
from app.contract.recordings import RECORDINGS
from app.errors import DataUnavailable, UnknownRun
from app.learning import checkpoint
from app.learning.sweep import Sweep
from app.paths import recorded_dir, static_dir
from app.runs import recorded_runs
from app.runs.checkpoints import Checkpoints
from app.runs.recorded_runs import RecordedRuns, recorded_id, write
from app.runs.service import rebuild
from app.runs.store import Store
from app.runs.stored_run import StoredRun
from tests.fakes import measured

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=30, evaluate_every=10)
SHIPPED = RecordedRuns(recorded_dir())


def test_every_recording_is_there_with_its_own_experiment_and_nothing_else_is() -> None:
    assert {run: SHIPPED.run(run).experiment for run in SHIPPED} == {
        recorded_id(one.name): one.experiment for one in RECORDINGS.values()
    }


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_checkpoint_that_comes_with_the_program_can_be_loaded(name: str) -> None:
    folder = SHIPPED.folder_of(recorded_id(name))
    assert folder is not None
    sweep, steps = Sweep(RECORDINGS[name].experiment), []
    for step, file in reversed(checkpoints_in(folder)):
        checkpoint.load(sweep, file)
        steps.append(step)
    assert steps[-1] == 0 and steps[0] in (0, RECORDINGS[name].experiment.steps)
    assert set(RECORDINGS[name].kept) <= set(steps)
    (prepared,) = (one for one in SHIPPED.measurements(recorded_id(name)) if isinstance(one, m.Prepared))
    assert sweep.checksums() == prepared.checksums, "the weights of step 0 are those that the recording began with"
    kept = [one.step for one in SHIPPED.measurements(recorded_id(name)) if isinstance(one, m.CheckpointSaved)]
    assert kept == steps[::-1]


def test_the_snapshot_of_the_first_view_is_that_of_the_recorded_run() -> None:
    name = next(iter(PRESETS))
    shown = (static_dir() / "recorded" / f"{name}.json").read_text()
    assert shown == rebuild(SHIPPED, recorded_id(name)).snapshot() + "\n", "run `make record`"


def test_all_of_it_stays_small() -> None:
    sizes = [file.stat().st_size for file in recorded_dir().rglob("*") if file.is_file()]
    assert sum(sizes) < 44_000_000


def written(folder: Path, found: Sequence[m.Measurement], kept: Sequence[int] = ()) -> RecordedRuns:
    """The recorded runs of a folder in which one of a preset was written."""
    (folder / "shallow").mkdir()
    run = StoredRun(recorded_id("shallow"), 1.5, "finished", None, 30, EXPERIMENT, {"device": "cpu"}, {"a": "1"})
    write(folder / "shallow", run, found, kept)
    recorded = RecordedRuns(folder)
    assert recorded.run("recorded-shallow") == run
    return recorded


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    found = [*measured(EXPERIMENT)]
    there = list(written(tmp_path, found).measurements("recorded-shallow"))
    assert list(map(repr, there)) == list(map(repr, found))


def test_checkpoints_that_do_not_travel_are_not_told_of(tmp_path: Path) -> None:
    found = [*measured(EXPERIMENT)]
    found[-1:-1] = [m.CheckpointSaved(0), m.CheckpointSaved(10), m.CheckpointSaved(30)]
    there = written(tmp_path, found, kept=[0, 30]).measurements("recorded-shallow")
    assert [one.step for one in there if isinstance(one, m.CheckpointSaved)] == [0, 30]


def test_of_many_frames_those_of_evaluations_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = next(one for one in measured(EXPERIMENT) if isinstance(one, m.Measured))
    point = next(one for one in measured(EXPERIMENT) if isinstance(one, m.Evaluated))
    frames = [m.Measured(step, *(getattr(frame, name) for name in FRAME)) for step in range(31)]
    points = [m.Evaluated(step, 0.0, point.test_accuracy, point.test_loss, None, None) for step in (0, 10, 20, 30)]
    found: list[m.Measurement] = []
    for frame in frames:
        found += [frame, *(one for one in points if one.step == frame.step)]
    monkeypatch.setattr(recorded_runs, "MOST_FRAME_BYTES", 1)
    there = [
        one.step
        for one in written(tmp_path, [*found, m.Ended(30, 2.0)]).measurements("recorded-shallow")
        if isinstance(one, m.Measured)
    ]
    assert there == [0, 1, 10, 20, 30]


FRAME = ("seconds", "loss", "weight_gradients", "activation_gradients", "activations")


def test_a_store_reads_recorded_runs_and_never_writes_them(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda reason: None, recorded=SHIPPED)
    try:
        run = rebuild(store, "recorded-spiral")
        assert run.provenance["recorded_at"] and run.over
        assert store.runs() == [] and store.durations() == []
        with pytest.raises(UnknownRun):
            store.run("recorded-nothing")
    finally:
        store.close()


def test_their_checkpoints_are_found(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, SHIPPED)
    run = recorded_id("spiral")
    assert [step for step, _ in checkpoints.trajectory(run)] == [0, 100, 260, 500]
    assert [step for step, _ in checkpoints.trajectory(run, 499)] == [0, 100, 260]


@pytest.mark.parametrize("name", ["run.json", "measurements.bin"])
def test_a_damaged_recording_is_named(tmp_path: Path, name: str) -> None:
    recorded = written(tmp_path, [*measured(EXPERIMENT)])
    file = tmp_path / "shallow" / name
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DataUnavailable, match="damaged"):
        recorded.run("recorded-shallow")
        list(recorded.measurements("recorded-shallow"))
