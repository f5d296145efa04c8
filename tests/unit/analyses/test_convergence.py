"""When a target accuracy was reached, from evaluations alone."""

import numpy as np
import pytest

from app.analyses.evaluations import Evaluations
from app.analyses.kinds.convergence import Convergence, ConvergenceFinding, convergence
from app.contract.arms import Arm
from app.contract.experiment import Experiment
from app.contract.measurements import Evaluated, Measurement, Prepared
from app.errors import Refused
from app.learning.training import train

NAN = float("nan")


def measured(
    accuracies: list[list[float]], losses: list[float] | None = None, test_loss: list[float] | None = None
) -> list[Measurement]:
    """Evaluations every 10 steps that take 2 seconds each, one list of networks an evaluation, of 360 examples."""
    last, count = len(accuracies) - 1, len(accuracies[0]) if accuracies else 0
    flops = tuple(1000 * (network + 1) for network in range(count))
    points = [
        Evaluated(
            10 * i, 2.0 * i, np.array(row, np.float32), np.array(test_loss or [0.0] * count, np.float32),
            np.array(losses, np.float32) if losses and i == last else None, None,
        )
        for i, row in enumerate(accuracies)
    ]  # fmt: skip
    return [Prepared(("",) * count, (1,) * count, flops, 1437, 360, "cpu", 1, "2"), *points]


def asked(
    experiment: Experiment, accuracies: list[list[float]], losses: list[float] | None = None, target: float = 0.9
) -> ConvergenceFinding:
    return answered(experiment, measured(accuracies, losses), target)[1]


def answered(
    experiment: Experiment, measurements: list[Measurement], target: float = 0.9, until: int | None = None
) -> tuple[int, ConvergenceFinding]:
    """The step of the last evaluation that counts, and the finding."""
    evaluations = Evaluations.of(experiment, measurements, until)
    [finding] = convergence(evaluations, Convergence(target=target))
    return evaluations.step, finding


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
        "plain: 90 % test accuracy at 1 of 2 depths, the deepest of 4 layers: by step 10 at 4 layers; "
        "not by step 30 at 8 layers",
        "residual: 90 % test accuracy at every depth, up to 8 layers: by step 10 at 4, by step 20 at 8 layers",
        "At the greatest depth residual-8 was there by step 20, plain-8 not by step 30",
    ]


@pytest.mark.parametrize(
    ("plain", "residual", "last", "sentence"),
    [
        (0.2, 0.2, 0.3, "No arm reached it at the greatest depth"),
        (0.9, 0.9, 0.99, "No difference at the greatest depth: all arms were there by step 10"),
        (0.3, 0.9, 0.99, "At the greatest depth residual-4 was there by step 10, plain-4 by step 20"),
        (
            0.89, 0.9, 0.99,
            "No clear difference: at the greatest depth residual-4 was there by step 10, plain-4 by step 20, "
            "but at step 10 they had 90 % and 89 %, as equal arms may (one seed)",
        ),
        (
            0.89, 0.9, 0.89,
            "No clear difference: at the greatest depth residual-4 was there by step 10, plain-4 not by step 20, "
            "but at step 10 they had 90 % and 89 %, as equal arms may (one seed)",
        ),
    ],
)  # fmt: skip
def test_the_arms_are_compared_where_there_is_evidence(
    plain: float, residual: float, last: float, sentence: str
) -> None:
    finding = asked(Experiment(depths=(4,)), [[0.1, 0.1], [plain, residual], [last, last]])
    assert finding.words[-1] == sentence
    assert ("was not reached at any depth by step 20" in finding.words[0]) == (plain < 0.9 and last < 0.9)


def test_several_seeds_that_agree_are_evidence_where_one_is_not() -> None:
    rows = [[0.1] * 4, [0.84, 0.84, 0.91, 0.91], [0.95] * 4]
    assert asked(Experiment(depths=(4,)), [[row[0], row[2]] for row in rows]).words[-1].endswith("(one seed)")
    many = [[row[0]] * 8 + [row[2]] * 8 for row in rows]
    assert asked(Experiment(depths=(4,), seeds=8), many).words[-1].startswith("At the greatest depth residual-4 was")


def test_of_three_arms_the_first_is_told_against_the_last() -> None:
    arms = tuple(Arm(connection=name) for name in ("plain", "residual", "highway"))
    finding = asked(Experiment(depths=(4,), arms=arms), [[0.1] * 3, [0.2, 0.95, 0.93], [0.3, 0.95, 0.95]])
    assert finding.words[-1] == "At the greatest depth residual-4 was there by step 10, plain-4 not by step 20"


def test_the_median_over_the_seeds_decides_and_a_diverged_seed_is_late() -> None:
    experiment = Experiment(depths=(4,), seeds=3, arms=(Arm(connection="plain"),))
    assert asked(experiment, [[0.95, 0.5, NAN]]).cells[0].step is None
    assert asked(experiment, [[0.1] * 3, [0.95, 0.92, NAN]]).cells[0].step == 10
    assert asked(experiment, [[NAN] * 3]).words == [
        "plain: 90 % test accuracy was not reached at any depth by step 0",
        "A seed that diverged counts as not there: plain-4 (3 of 3)",
    ]
    assert "(1 of 3)" in asked(experiment, [[0.1] * 3, [0.95, 0.92, NAN]]).words[-1]


def test_in_fair_mode_the_rate_with_the_lowest_training_loss_stands_for_the_arm() -> None:
    experiment = Experiment(depths=(4,), learning_rates=(0.1, 0.01), arms=(Arm(connection="residual"),))
    rows = [[0.1, 0.1], [0.95, 0.5], [0.95, 0.95]]
    assert asked(experiment, rows, [0.2, 0.1]).cells[0].step == 20
    assert asked(experiment, rows, [0.1, 0.2]).cells[0].step == 10
    assert asked(experiment, rows, [NAN, 0.2]).cells[0].step == 20
    assert len(asked(experiment, rows, [0.2, 0.1]).cells) == 1
    words = asked(experiment, rows, [0.2, 0.1]).words
    assert words == ["residual: 90 % test accuracy by step 20 at 4 (rate 0.01, the lowest tried) layers"]


def test_the_test_set_has_no_say_in_the_choice_of_the_rate() -> None:
    experiment = Experiment(depths=(4,), learning_rates=(0.1, 0.01), arms=(Arm(connection="residual"),))
    rows = [[0.1, 0.1], [0.95, 0.5], [0.95, 0.95]]
    with pytest.raises(Refused, match="the training loss that tells which that is was not measured up to there"):
        answered(experiment, measured(rows, test_loss=[0.2, 0.1]))
    for test_loss in ([0.2, 0.1], [0.1, 0.2]):
        finding = answered(experiment, measured(rows, [0.2, 0.1], test_loss))[1]
        assert finding.cells[0].step == 20


def test_evaluations_after_the_step_that_is_asked_about_do_not_count() -> None:
    experiment = Experiment(depths=(4,), arms=(Arm(connection="residual"),))
    measurements = measured([[0.1], [0.5], [0.95]])
    for until, last, step in ((None, 20, 20), (20, 20, 20), (19, 10, None), (10, 10, None), (3, 0, None)):
        at, finding = answered(experiment, measurements, until=until)
        assert (at, finding.cells[0].step) == (last, step)
        assert step or finding.words == [f"residual: 90 % test accuracy was not reached at any depth by step {last}"]


def test_arms_of_one_connection_are_told_apart() -> None:
    experiment = Experiment(
        depths=(4,), arms=(Arm(connection="residual"), Arm(connection="residual", activation="tanh"))
    )
    assert [sentence.split(":")[0] for sentence in asked(experiment, [[0.9, 0.9]]).words[:2]] == [
        "residual₁", "residual₂",
    ]  # fmt: skip


def test_without_an_evaluation_there_is_nothing_to_tell() -> None:
    with pytest.raises(Refused, match=r"^step: nothing of this run was evaluated up to there"):
        answered(Experiment(depths=(4,)), measured([]))


def test_a_real_run_tells_when_it_was_there() -> None:
    experiment = Experiment(depths=(4,), width=16, steps=60, evaluate_every=20)
    measurements = list(train(experiment))
    flops = next(m.flops for m in measurements if isinstance(m, Prepared))
    evaluations = [m for m in measurements if isinstance(m, Evaluated)]
    at, finding = answered(experiment, measurements, 0.5)
    assert at == 60
    for network, cell in enumerate(finding.cells):
        assert cell.step is not None
        reached = [float(p.test_accuracy[network]) >= 0.5 for p in evaluations]
        assert evaluations[reached.index(True)].step == cell.step
        assert cell.flops == cell.step * flops[network]
