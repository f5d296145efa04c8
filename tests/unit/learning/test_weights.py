"""Weights as files: what was saved is what is loaded, thinned out, and never a reason to stop training."""

from pathlib import Path

import numpy as np
import pytest
import torch

from app.contract import measurements as m
from app.contract.commands import Command, KeepWeights, Resume
from app.contract.experiment import Arm, Experiment
from app.contract.kept import file_of, steps_in
from app.data import load
from app.errors import DataUnavailable
from app.learning import keeper, weights
from app.learning.keeper import MOST_ASKED, MOST_FILES, Keeper
from app.learning.sweep import Sweep
from app.learning.training import train

ARMS = (Arm(connection="plain"), Arm(connection="residual"), Arm(connection="preact"))
SMALL = Experiment(arms=ARMS, depths=(4, 8), seeds=2, width=8, batch_size=16, steps=12, evaluate_every=4)


def kept(folder: Path) -> list[int]:
    return [step for step, _ in steps_in(folder)]


def test_what_is_loaded_evaluates_to_what_was_measured_when_it_was_saved(tmp_path: Path) -> None:
    events = list(train(SMALL, keep=tmp_path))
    points = {event.step: event for event in events if isinstance(event, m.Evaluated)}
    assert kept(tmp_path) == sorted(points) == [e.step for e in events if isinstance(e, m.WeightsKept)]
    data = load("digits", None)
    for step, file in steps_in(tmp_path):
        sweep = Sweep(SMALL)
        weights.load(sweep, file)
        loss, accuracy = sweep.evaluate(torch.from_numpy(data.test_x), torch.from_numpy(data.test_y))
        np.testing.assert_array_equal(loss, points[step].test_loss)
        np.testing.assert_array_equal(accuracy, points[step].test_accuracy)


def test_a_diverged_network_is_diverged_in_the_file_too(tmp_path: Path) -> None:
    lost = SMALL.model_copy(update={"learning_rates": (0.01, 1e9)})
    list(train(lost, keep=tmp_path))
    sweep = Sweep(lost)
    weights.load(sweep, file_of(tmp_path, 12))
    diverged = [
        sweep.networks[members[k]].learning_rate
        for members, trainer in zip(sweep.members, sweep.trainers, strict=True)
        for k in trainer.frozen
    ]
    assert diverged and set(diverged) == {1e9}


def test_the_weights_of_now_are_kept_when_somebody_asks(tmp_path: Path) -> None:
    orders: list[Command] = [KeepWeights(run=""), Resume(run="")]
    asked = iter([None, None, None, *orders])

    def take(wait: bool) -> Command | None:
        return next(asked, Resume(run="") if wait else None)

    events = list(train(SMALL, take=take, keep=tmp_path))
    assert 3 in kept(tmp_path)
    assert m.WeightsKept(3) in events


def test_files_are_thinned_evenly_and_the_first_and_the_newest_stay(tmp_path: Path) -> None:
    keeping, sweep = Keeper(tmp_path), Sweep(Experiment(depths=(4,), width=2))
    for step in range(3 * MOST_FILES):
        assert keeping.keep(sweep, step) == m.WeightsKept(step)
        assert len(kept(tmp_path)) <= MOST_FILES
        assert kept(tmp_path)[0] == 0 and kept(tmp_path)[-1] == step
    gaps = np.diff(kept(tmp_path)[:-1])
    assert gaps.max() == gaps.min() <= 4


def test_what_is_kept_for_a_question_waits_for_it_and_does_not_disturb_the_record(tmp_path: Path) -> None:
    keeping, sweep = Keeper(tmp_path), Sweep(Experiment(depths=(4,), width=2))
    asked = []
    for step in range(0, 10 * MOST_FILES, 10):
        keeping.keep(sweep, step)
        if step > 10 * MOST_FILES - 100:
            keeping.keep(sweep, step + 3, asked=True)
            asked.append(step + 3)
            assert asked[-1] in kept(tmp_path)
            keeping.keep(sweep, step + 5)  # an evaluation while the question is being answered
            assert asked[-1] in kept(tmp_path)
    left = kept(tmp_path)
    assert [step for step in left if step in asked] == asked[-MOST_ASKED:]


def test_what_a_question_waits_for_stays_though_the_record_has_it_too(tmp_path: Path) -> None:
    keeping, sweep = Keeper(tmp_path), Sweep(Experiment(depths=(4,), width=2))
    for step in range(2 * MOST_FILES):
        keeping.keep(sweep, step)
        if step == 9:
            keeping.keep(sweep, step, asked=True)
        assert step < 9 or 9 in kept(tmp_path)
    for step in range(MOST_ASKED):
        keeping.keep(sweep, 1000 + step, asked=True)
    assert 9 not in kept(tmp_path), "it stays for the question, not for ever"


def test_what_cannot_be_kept_is_told_and_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    events = list(train(SMALL, keep=tmp_path / "file"))
    reasons = [event.reason for event in events if isinstance(event, m.WeightsKept)]
    assert len(reasons) == 6 and all(reason and "could not be written" in reason for reason in reasons)
    assert isinstance(events[-1], m.Ended) and not events[-1].stopped
    monkeypatch.setattr(keeper, "MOST_BYTES", 1000)
    reason = Keeper(tmp_path / "other").keep(Sweep(SMALL), 0).reason
    assert reason and "over the limit" in reason


def test_a_file_that_is_missing_damaged_or_anothers_is_named(tmp_path: Path) -> None:
    sweep = Sweep(SMALL)
    with pytest.raises(DataUnavailable, match="step 000000007 are not there any more"):
        weights.load(sweep, file_of(tmp_path, 7))
    file_of(tmp_path, 8).write_bytes(b"\x93NUMPY damaged")
    with pytest.raises(DataUnavailable, match="step 000000008 cannot be read"):
        weights.load(sweep, file_of(tmp_path, 8))
    weights.save(Sweep(SMALL.model_copy(update={"width": 4})), file_of(tmp_path, 9))
    with pytest.raises(DataUnavailable, match="those of another experiment"):
        weights.load(sweep, file_of(tmp_path, 9))
