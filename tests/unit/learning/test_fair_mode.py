"""Fair mode: every arm at every rate, and each shown at the one that trains it best."""

import numpy as np
import pytest

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.events import Evaluation
from app.contract.experiment import Experiment
from app.learning.sweep import Sweep
from app.learning.training import train
from app.runs.digest import Digest
from tests.fakes import prepared

RATES = (0.001, 0.1, 0.01)
FAIR = Experiment(depths=(4, 8), seeds=2, width=8, batch_size=16, steps=12, evaluate_every=6, learning_rates=RATES)
CELLS = len(FAIR.cells())


def evaluated(loss: list[list[float]], step: int = 12) -> m.Evaluated:
    """The last evaluation of FAIR, with these training losses, a row for each cell."""
    losses = np.array(loss, dtype=np.float32).ravel()
    accuracy = np.linspace(0.1, 0.9, len(losses), dtype=np.float32)
    return m.Evaluated(step, 1.0, accuracy, accuracy, losses, accuracy)


def ready(experiment: Experiment = FAIR) -> Digest:
    """A digest that has heard of the networks."""
    digest = Digest(experiment)
    digest.event(prepared(experiment))
    return digest


def best(loss: list[list[float]]) -> list[int | None] | None:
    event = ready().event(evaluated(loss))
    assert isinstance(event, Evaluation)
    return event.best


def test_cells_are_listed_arm_then_depth_then_rate_as_given() -> None:
    assert [(cell.arm, cell.depth, cell.learning_rate) for cell in FAIR.cells()] == [
        (arm, depth, rate) for arm in (0, 1) for depth in (4, 8) for rate in RATES
    ]
    assert [(network[:4], network.seed) for network in FAIR.networks()] == [
        (tuple(cell), seed) for cell in FAIR.cells() for seed in (0, 1)
    ]


def test_every_arm_is_trained_at_every_rate_as_it_would_be_alone() -> None:
    events = list(train(FAIR, frame_interval=0.0))
    together = next(event for event in reversed(events) if isinstance(event, m.Evaluated))
    assert len(Sweep(FAIR).trainers) == 1
    for number, rate in enumerate(RATES):
        single = FAIR.model_copy(update={"learning_rates": (), "learning_rate": rate})
        alone = [event for event in train(single) if isinstance(event, m.Evaluated)][-1]
        mine = together.test_loss.reshape(4, 3, 2)[:, number].ravel()
        np.testing.assert_allclose(mine, alone.test_loss, rtol=1e-3)
    assert len(set(together.test_loss.tolist())) == len(FAIR.networks())


def test_rates_share_initial_weights() -> None:
    checksums = np.array(Sweep(FAIR).checksums()).reshape(2, 2, 3, 2)
    for depth in range(2):
        for seed in range(2):
            assert len(set(checksums[:, depth, :, seed].ravel())) == 1


def test_the_best_rate_has_the_lowest_median_training_loss() -> None:
    loss = [[float(cell), float(cell)] for cell in range(CELLS)]
    assert best(loss) == [0, 3, 6, 9]
    assert best(loss[::-1]) == [2, 5, 8, 11]
    # seeds 0.1 and 3.0 have a worse median than 1.0 and 1.2
    loss[3:6] = [[0.1, 3.0], [1.0, 1.2], [2.0, 2.0]]
    assert best(loss) == [0, 4, 6, 9]


def test_a_rate_that_diverged_is_never_the_best_while_another_is_left() -> None:
    nan = float("nan")
    loss = [[1.0, 1.0] for _ in range(CELLS)]
    loss[0] = [nan, nan]
    loss[3] = [0.01, nan]  # one seed survived, and is not asked
    loss[6:9] = [[nan, nan]] * 3
    assert best(loss) == [1, 4, None, 9]


def test_before_any_training_loss_no_rate_is_the_best_and_no_arms_are_compared() -> None:
    accuracy = np.linspace(0.1, 0.9, 2 * CELLS, dtype=np.float32)
    digest = ready(FAIR.model_copy(update={"steps": 40}))
    # a loss before the first step says nothing of rates
    for step, loss in ((0, accuracy), (1, None), (3, None)):
        event = digest.event(m.Evaluated(step, 0.0, accuracy, accuracy, loss, None))
        assert isinstance(event, Evaluation) and event.best is None
        assert event.words["depths"] == ["", ""] and "best" not in " ".join(event.words["cells"])
        expected = "Nothing is trained yet" if step == 0 else "No learning rate is the best yet"
        assert event.words["overall"].startswith(expected)
    usual = Experiment(depths=(4, 8))
    event = ready(usual).event(m.Evaluated(0, 0.0, accuracy[:4], accuracy[:4], None, None))
    assert isinstance(event, Evaluation) and event.best is None


def test_the_test_set_does_not_choose_the_rate() -> None:
    rng = np.random.default_rng(0)
    losses = rng.random((CELLS, 2)).astype(np.float32)
    chosen = []
    for _ in range(5):
        accuracy, loss = rng.random((2, 2 * CELLS)).astype(np.float32)
        event = ready().event(m.Evaluated(12, 1.0, accuracy, loss, losses.ravel(), accuracy))
        assert isinstance(event, Evaluation)
        chosen.append(event.best)
    assert chosen == [chosen[0]] * 5


def test_words_compare_each_arm_at_its_best_rate_and_name_it() -> None:
    loss = [[2.0, 2.0], [3.0, 3.0], [1.0, 1.0]] * 4
    point = evaluated(loss)
    accuracy = np.full((4, 3, 2), 0.1, dtype=np.float32)
    accuracy[:, 2] = np.array([0.9, 0.3, 0.9, 0.8])[:, None]
    event = ready().event(m.Evaluated(12, 1.0, accuracy.ravel(), point.test_loss, point.training_loss, None))
    assert isinstance(event, Evaluation) and event.best == [2, 5, 8, 11]
    # 0.01 stands between 0.001 and 0.1, though it is the last in the list
    assert event.words["cells"][2] == "plain-4 at rate 0.01 is at 90 %"
    assert event.words["depths"][0] == "At 4 layers 2 seeds cannot tell plain (90 %) and residual (90 %) apart"
    assert event.words["depths"][1].startswith("At 8 layers residual is 50 points ahead of plain")


def test_a_best_rate_at_the_edge_of_the_grid_is_said_to_be_there() -> None:
    loss = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]] * 2 + [[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]] * 2
    event = ready().event(evaluated(loss))
    assert isinstance(event, Evaluation)
    cells = event.words["cells"]
    assert cells[0].startswith("plain-4 at rate 0.001, the lowest tried (the best may lie beyond), is at ")
    assert cells[7].startswith("residual-4 at rate 0.1, the highest tried (the best may lie beyond), is at ")
    assert sum("tried" in sentence for sentence in cells) == 4


@pytest.mark.parametrize("connection", ["preact", "dense", "highway"])
def test_connections_of_other_structures_train_beside_it_in_lock_step(connection: str) -> None:
    arms = (FAIR.arms[1], Arm.model_validate({"connection": connection}))
    mixed = Experiment.model_validate(FAIR.model_dump() | {"arms": arms, "depths": (4, 6), "steps": 4})
    last = [event for event in train(mixed) if isinstance(event, m.Evaluated)][-1]
    assert np.isfinite(last.test_loss).all() and last.step == 4
    alone = Experiment.model_validate(mixed.model_dump() | {"arms": arms[:1]})
    one = [event for event in train(alone) if isinstance(event, m.Evaluated)][-1]
    np.testing.assert_allclose(last.test_loss[: len(one.test_loss)], one.test_loss, rtol=1e-3)
