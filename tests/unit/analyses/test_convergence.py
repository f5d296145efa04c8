"""When a target accuracy was reached, from evaluations alone."""

import numpy as np
import pytest

from app.analyses.convergence import convergence
from app.contract.experiment import Arm, Experiment
from app.contract.findings import ConvergenceFinding
from app.contract.measurements import Evaluated, Prepared
from app.contract.questions import Convergence
from app.learning.training import train

NAN = float("nan")


def asked(
    experiment: Experiment, accuracies: list[list[float]], losses: list[float] | None = None, target: float = 0.9
) -> ConvergenceFinding:
    """Of evaluations every 10 steps that take 2 seconds each, one list of networks an evaluation."""
    last = len(accuracies) - 1
    points = [
        Evaluated(
            10 * i, 2.0 * i, np.array(row, np.float32), np.zeros(len(row), np.float32),
            np.array(losses, np.float32) if losses and i == last else None, None,
        )
        for i, row in enumerate(accuracies)
    ]  # fmt: skip
    flops = [1000 * (network + 1) for network in range(len(accuracies[0]))]
    return convergence(experiment, points, flops, Convergence(target=target))


def test_the_first_evaluation_at_the_target_counts() -> None:
    experiment = Experiment(depths=(4, 8))
    finding = asked(
        experiment, [[0.1] * 4, [0.95, 0.2, 0.9, 0.3], [0.8, 0.3, 0.95, 0.91], [0.96, 0.4, 0.95, 0.5]]
    )  # fmt: skip
    assert [(cell.arm, cell.depth, cell.layers, cell.step) for cell in finding.cells] == [
        (0, 4, 4, 10), (0, 8, 8, None), (1, 4, 4, 10), (1, 8, 8, 20),
    ]  # fmt: skip
    assert [cell.seconds for cell in finding.cells] == [2.0, None, 2.0, 4.0]
    assert [cell.flops for cell in finding.cells] == [10_000.0, None, 30_000.0, 80_000.0]
    assert finding.words == [
        "plain: 90 % test accuracy after 10 steps at 4 layers; not reached at 8 layers",
        "residual: 90 % test accuracy after 10 steps at 4, 20 steps at 8 layers",
        "At the greatest depth only residual-8 reached it",
    ]


@pytest.mark.parametrize(
    ("plain", "residual", "sentence"),
    [
        (0.2, 0.2, "No arm reached it at the greatest depth"),
        (0.9, 0.9, "No difference at the greatest depth: all arms were there by step 10"),
        (0.5, 0.9, "At the greatest depth residual-4 was there after 10 steps, plain-4 after 20"),
    ],
)
def test_words_compare_the_arms(plain: float, residual: float, sentence: str) -> None:
    last = 0.99 if max(plain, residual) > 0.5 else 0.3
    finding = asked(Experiment(depths=(4,)), [[0.1, 0.1], [plain, residual], [last, last]])
    assert finding.words[-1] == sentence
    assert ("not reached at any depth" in finding.words[0]) == (last == 0.3)


def test_the_median_over_the_seeds_decides_and_a_diverged_seed_is_late() -> None:
    experiment = Experiment(depths=(4,), seeds=3, arms=(Arm(connection="plain"),))
    assert asked(experiment, [[0.95, 0.5, NAN]]).cells[0].step is None
    assert asked(experiment, [[0.1] * 3, [0.95, 0.92, NAN]]).cells[0].step == 10
    assert asked(experiment, [[NAN] * 3]).words == ["plain: 90 % test accuracy was not reached at any depth"]


def test_in_fair_mode_the_rate_with_the_lowest_training_loss_stands_for_the_arm() -> None:
    experiment = Experiment(depths=(4,), learning_rates=(0.1, 0.01), arms=(Arm(connection="residual"),))
    rows = [[0.1, 0.1], [0.95, 0.5], [0.95, 0.95]]
    assert asked(experiment, rows, [0.2, 0.1]).cells[0].step == 20
    assert asked(experiment, rows, [0.1, 0.2]).cells[0].step == 10
    assert asked(experiment, rows, [NAN, 0.2]).cells[0].step == 20
    assert len(asked(experiment, rows).cells) == 1


def test_arms_of_one_connection_are_told_apart() -> None:
    experiment = Experiment(
        depths=(4,), arms=(Arm(connection="residual"), Arm(connection="residual", activation="tanh"))
    )
    assert [sentence.split(":")[0] for sentence in asked(experiment, [[0.9, 0.9]]).words[:2]] == [
        "residual₁", "residual₂",
    ]  # fmt: skip


def test_without_evaluations_or_flops_nothing_is_claimed() -> None:
    experiment = Experiment(depths=(4,))
    assert all(cell.step is None for cell in convergence(experiment, [], [], Convergence()).cells)


def test_a_real_run_tells_when_it_was_there() -> None:
    experiment = Experiment(depths=(4,), width=16, steps=60, evaluate_every=20)
    measured = list(train(experiment))
    flops = next(m.flops for m in measured if isinstance(m, Prepared))
    evaluations = [m for m in measured if isinstance(m, Evaluated)]
    finding = convergence(experiment, evaluations, flops, Convergence(target=0.5))
    for network, cell in enumerate(finding.cells):
        assert cell.step is not None
        reached = [float(p.test_accuracy[network]) >= 0.5 for p in evaluations]
        assert evaluations[reached.index(True)].step == cell.step
        assert cell.flops == cell.step * flops[network]
