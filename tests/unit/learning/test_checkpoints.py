"""Checkpoints: what was saved is what is loaded, thinned out, and never a reason to stop training."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.checkpoints import LEFT_FREE, MOST_FILES, MOST_REQUESTED, CheckpointBound, checkpoints_in, file_of
from app.contract.commands import Command, Resume, SaveCheckpoint
from app.contract.experiment import Experiment
from app.data import load
from app.errors import DataUnavailable
from app.learning import checkpoint, checkpoint_folder
from app.learning.checkpoint_folder import CheckpointFolder
from app.learning.sweep import Sweep
from app.learning.training import train
from app.nets import initialise

ARMS = (Arm(connection="plain"), Arm(connection="residual"), Arm(connection="preact"))
SMALL = Experiment(arms=ARMS, depths=(4, 8), seeds=2, width=8, batch_size=16, steps=12, evaluate_every=4)


def saved(folder: Path) -> list[int]:
    return [step for step, _ in checkpoints_in(folder)]


def test_what_is_loaded_evaluates_to_what_was_measured_when_it_was_saved(tmp_path: Path) -> None:
    events = list(train(SMALL, checkpoints=tmp_path))
    points = {event.step: event for event in events if isinstance(event, m.Evaluated)}
    assert saved(tmp_path) == sorted(points) == [e.step for e in events if isinstance(e, m.CheckpointSaved)]
    data = load("digits", None)
    for step, file in checkpoints_in(tmp_path):
        sweep = Sweep(SMALL)
        checkpoint.load(sweep, file)
        loss, accuracy = sweep.evaluate(torch.from_numpy(data.test_x), torch.from_numpy(data.test_y))
        np.testing.assert_array_equal(loss, points[step].test_loss)
        np.testing.assert_array_equal(accuracy, points[step].test_accuracy)


def test_a_diverged_network_is_diverged_in_the_file_too(tmp_path: Path) -> None:
    lost = SMALL.model_copy(update={"learning_rates": (0.01, 1e9)})
    list(train(lost, checkpoints=tmp_path))
    sweep = Sweep(lost)
    checkpoint.load(sweep, file_of(tmp_path, 12))
    diverged = [
        sweep.networks[members[k]].learning_rate
        for members, trainer in zip(sweep.members, sweep.trainers, strict=True)
        for k in trainer.frozen
    ]
    assert diverged and set(diverged) == {1e9}


def test_the_weights_of_now_are_kept_when_somebody_asks(tmp_path: Path) -> None:
    orders: list[Command] = [SaveCheckpoint(run=""), Resume(run="")]
    asked = iter([None, None, None, *orders])

    def take(wait: bool) -> Command | None:
        return next(asked, Resume(run="") if wait else None)

    events = list(train(SMALL, take=take, checkpoints=tmp_path))
    assert 3 in saved(tmp_path)
    assert m.CheckpointSaved(3) in events


def test_files_are_thinned_evenly_and_the_first_and_the_newest_stay(tmp_path: Path) -> None:
    folder, sweep = CheckpointFolder(tmp_path), Sweep(Experiment(depths=(4,), width=2))
    for step in range(3 * MOST_FILES):
        assert folder.save(sweep, step) == m.CheckpointSaved(step)
        assert len(saved(tmp_path)) <= MOST_FILES
        assert saved(tmp_path)[0] == 0 and saved(tmp_path)[-1] == step
    gaps = np.diff(saved(tmp_path)[:-1])
    assert gaps.max() == gaps.min() <= 4


def test_what_is_kept_for_a_question_waits_for_it_and_does_not_disturb_the_record(tmp_path: Path) -> None:
    folder, sweep = CheckpointFolder(tmp_path), Sweep(Experiment(depths=(4,), width=2))
    asked = []
    for step in range(0, 10 * MOST_FILES, 10):
        folder.save(sweep, step)
        if step > 10 * MOST_FILES - 100:
            folder.save(sweep, step + 3, requested=True)
            asked.append(step + 3)
            assert asked[-1] in saved(tmp_path)
            folder.save(sweep, step + 5)  # an evaluation while the question is being answered
            assert asked[-1] in saved(tmp_path)
    left = saved(tmp_path)
    assert [step for step in left if step in asked] == asked[-MOST_REQUESTED:]


def test_what_a_question_waits_for_stays_though_the_record_has_it_too(tmp_path: Path) -> None:
    folder, sweep = CheckpointFolder(tmp_path), Sweep(Experiment(depths=(4,), width=2))
    for step in range(2 * MOST_FILES):
        folder.save(sweep, step)
        if step == 9:
            folder.save(sweep, step, requested=True)
        assert step < 9 or 9 in saved(tmp_path)
    for step in range(MOST_REQUESTED):
        folder.save(sweep, 1000 + step, requested=True)
    assert 9 not in saved(tmp_path), "it stays for the question, not for ever"


def test_what_cannot_be_kept_is_told_and_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    events = list(train(SMALL, checkpoints=tmp_path / "file"))
    reasons = [event.reason for event in events if isinstance(event, m.CheckpointSaved)]
    assert len(reasons) == 6 and all(reason and "could not be written" in reason for reason in reasons)
    assert isinstance(events[-1], m.Ended) and not events[-1].stopped
    monkeypatch.setattr(checkpoint_folder, "MOST_BYTES", 1000)
    reason = CheckpointFolder(tmp_path / "other").save(Sweep(SMALL), 0).reason
    assert reason and "over the limit" in reason


TINY = Experiment(depths=(4,), width=2)


def size_of(place: Path) -> int:
    """Bytes of all checkpoints of all runs."""
    return sum(file.stat().st_size for file in place.glob("*/*"))


def one_file(tmp_path: Path) -> int:
    CheckpointFolder(tmp_path / "measure").save(Sweep(TINY), 10**8)
    return size_of(tmp_path)


class Watched:
    """Training runs side by side, and the bytes of all their checkpoints, looked at before and after every write."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, runs: int) -> None:
        self.file = one_file(folder)
        self.place, self.sweep, self.largest = folder / "checkpoints", Sweep(TINY), 0
        self.bound = CheckpointBound(10 * self.file, 10 * self.file // runs)
        write = checkpoint.write

        def watched(path: Path, data: bytes) -> None:
            write(path, data)
            self.largest = max(self.largest, size_of(self.place))

        monkeypatch.setattr(checkpoint, "write", watched)

    def run(self, name: str) -> CheckpointFolder:
        return CheckpointFolder(self.place / name, self.bound)

    def save(self, folder: CheckpointFolder, *steps: int, requested: bool = False) -> None:
        for step in steps:
            assert folder.save(self.sweep, step + 10**8, requested=requested).reason is None

    def saved(self, name: str) -> list[int]:
        return [step - 10**8 for step in saved(self.place / name)]


def test_all_checkpoints_together_stay_in_their_bound_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Watched(tmp_path, monkeypatch, 1)
    for name in ("r1", "r2", "r3"):
        folder = runs.run(name)
        with folder:
            runs.save(folder, *range(100))
            runs.save(folder, *range(100, 120), requested=True)
            runs.save(folder, *range(120, 200))
        assert runs.saved(name)[0] == 0 and runs.saved(name)[-1] == 199 and len(runs.saved(name)) > 4
    assert 8 * runs.file < runs.largest <= 10 * runs.file
    assert runs.saved("r1") == runs.saved("r2") == [], "the oldest runs lose theirs first"


def test_what_trains_never_makes_room_for_another_and_each_has_its_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Watched(tmp_path, monkeypatch, 2)
    old, first, second = runs.run("r1"), runs.run("r2"), runs.run("r3")
    with old:
        runs.save(old, *range(3))
    with first, second:
        for step in range(100):
            runs.save(first, step)
            runs.save(second, step)
            assert runs.saved("r2")[-1] == runs.saved("r3")[-1] == step
        assert runs.saved("r1") == [] and runs.saved("r2")[0] == 0
        assert 1 < len(runs.saved("r2")) <= 5 and 1 < len(runs.saved("r3")) <= 5
    assert runs.largest <= 10 * runs.file


def test_without_room_for_one_file_the_reason_is_told_and_nothing_of_others_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Watched(tmp_path, monkeypatch, 1)
    old = runs.run("r1")
    with old:
        runs.save(old, *range(3))
    small = CheckpointFolder(runs.place / "r2", CheckpointBound(runs.bound.of_all, runs.file // 2))
    with small:
        reason = small.save(runs.sweep, 0).reason
    assert reason and "there is room for 0.0 MiB (SKIPSCOPE_CHECKPOINTS_MIB" in reason
    assert runs.saved("r1") == [0, 1, 2]


def test_a_disk_that_is_nearly_full_bounds_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Watched(tmp_path, monkeypatch, 1)
    disk = 4 * runs.file + LEFT_FREE
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=disk - size_of(runs.place)))
    folder = runs.run("r1")
    with folder:
        runs.save(folder, *range(50))
    assert 3 * runs.file <= runs.largest <= 4 * runs.file


def test_a_file_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    sweep = Sweep(SMALL)
    with pytest.raises(DataUnavailable, match="step 7 is not there any more"):
        checkpoint.load(sweep, file_of(tmp_path, 7))
    file_of(tmp_path, 8).write_bytes(b"\x00 damaged")
    with pytest.raises(DataUnavailable, match="step 8 cannot be read, the file is damaged"):
        checkpoint.load(sweep, file_of(tmp_path, 8))
    checkpoint.save(sweep, 9, file_of(tmp_path, 9))
    file_of(tmp_path, 9).rename(file_of(tmp_path, 10))
    with pytest.raises(DataUnavailable, match="its head is not that of a checkpoint of this step"):
        checkpoint.load(sweep, file_of(tmp_path, 10))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": 1}, "seed is 1 there and 0 in this run"),
        ({"learning_rate": 0.06}, "learning_rate is 0.06 there and 0.05 in this run"),
        (
            {"arms": (*ARMS[:2], ARMS[2].model_copy(update={"skip_scale": 0.5}))},
            "arms.2.skip_scale is 0.5 there and 1.0",
        ),
        ({"width": 4}, "width is 4 there and 8 in this run"),
        ({"depths": (4, 6)}, "depths.1 is 6 there and 8 in this run"),
    ],
)
def test_weights_of_another_experiment_are_refused_with_the_reason(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    """The first three have as many numbers in the same places; only the head tells them apart."""
    other = Sweep(SMALL.model_copy(update=change))
    checkpoint.save(other, 4, file_of(tmp_path, 4))
    sweep = Sweep(SMALL)
    before = [trainer.parameters.flat.clone() for trainer in sweep.trainers]
    with pytest.raises(DataUnavailable, match=f"step 4 is of another experiment: {re.escape(reason)}"):
        checkpoint.load(sweep, file_of(tmp_path, 4))
    assert all(torch.equal(a, trainer.parameters.flat) for a, trainer in zip(before, sweep.trainers, strict=True))


def test_a_checkpoint_of_another_layout_is_refused(tmp_path: Path) -> None:
    checkpoint.save(Sweep(SMALL), 4, file_of(tmp_path, 4))
    sweep = Sweep(SMALL)
    groups = sweep.trainers[0].parameters.groups.values()
    next(group for group in groups if group.layers != group.layers[::-1]).layers.reverse()
    with pytest.raises(DataUnavailable, match="step 4 was written by another version of Skipscope"):
        checkpoint.load(sweep, file_of(tmp_path, 4))


def buffers(sweep: Sweep) -> list[torch.Tensor]:
    """All weights and running statistics."""
    return [one for trainer in sweep.trainers for one in (trainer.parameters.flat, *trainer.stack.running)]


@pytest.mark.parametrize("precision", ["single", "double"])
def test_a_compressed_file_is_smaller_and_holds_the_same_bits(tmp_path: Path, precision: str) -> None:
    experiment = Experiment.model_validate(SMALL.model_dump() | {"precision": precision, "width": 32})
    list(train(experiment, checkpoints=tmp_path))
    file = file_of(tmp_path, 12)
    before, after, size = Sweep(experiment), Sweep(experiment), file.stat().st_size
    checkpoint.load(before, file)
    checkpoint.compress(file)
    checkpoint.load(after, file)
    assert all(map(torch.equal, buffers(before), buffers(after)))
    assert file.stat().st_size < 0.95 * size


def test_what_a_compressed_file_lacks_is_named(tmp_path: Path) -> None:
    list(train(SMALL, checkpoints=tmp_path))
    file = file_of(tmp_path, 12)
    checkpoint.compress(file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255
    file.write_bytes(data)
    with pytest.raises(DataUnavailable, match="step 12 cannot be read, the file is damaged"):
        checkpoint.load(Sweep(SMALL), file)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_the_first_weights_follow_from_the_seed_without_a_file_of_them(tmp_path: Path, precision: str) -> None:
    experiment = Experiment.model_validate(SMALL.model_dump() | {"precision": precision})
    list(train(experiment, checkpoints=tmp_path))
    file, first, last = tmp_path / "000000000.safetensors", Sweep(experiment), Sweep(experiment)
    checkpoint.load(first, file)
    checkpoint.save_initial(Sweep(experiment), file)
    assert file.stat().st_size < 4096
    checkpoint.load(last, file_of(tmp_path, 12))
    assert checkpoint.diverged(last, file) == set()
    checkpoint.load(last, file)
    assert all(map(torch.equal, buffers(first), buffers(last)))


def test_first_weights_that_are_not_those_of_the_run_are_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "000000000.safetensors"
    checkpoint.save_initial(Sweep(SMALL), file)
    with pytest.raises(DataUnavailable, match="of another experiment: seed is 0 there and 1 in this run"):
        checkpoint.load(Sweep(SMALL.model_copy(update={"seed": 1})), file)
    # a machine whose arithmetic differs in the last digit
    draws = initialise.DRAWS | {"he": lambda row, generator: initialise.he(row, generator) * (1 + 1e-6)}
    monkeypatch.setattr(initialise, "DRAWS", draws)
    with pytest.raises(DataUnavailable, match="weights of step 0 cannot be made again"):
        checkpoint.load(Sweep(SMALL), file)
