"""Equal arms are rarely told apart, and the count of it is the same each time."""

import pytest

from app.contract.arms import Arm
from app.contract.experiment import Experiment
from benchmarks.equal_arms import Count, alone, count

#: small, and chaotic: deep for its width, at a high rate
SMALL = Experiment(
    arms=(Arm(connection="plain"), Arm(connection="residual")),
    dataset="spiral", depths=(8, 24), width=8, steps=60, evaluate_every=5, learning_rate=0.1, batch_size=32,
)  # fmt: skip


def test_the_arms_differ_in_the_rate_alone_and_hardly() -> None:
    one, other = (alone(SMALL, SMALL.arms[0], factor) for factor in (1.0, 1.000002))
    assert one.learning_rate_of(0) != other.learning_rate_of(0) == pytest.approx(0.1, rel=1e-5)
    fair = Experiment.model_validate(SMALL.model_dump() | {"learning_rates": (0.1, 0.2)})
    assert alone(fair, fair.arms[1], 2.0).learning_rates == (0.2, 0.4)


def test_every_sentence_that_ranks_is_counted() -> None:
    found = Count()
    found.add({"depths": ["At 4 layers a is 9 points ahead of b, give or take 1 (one seed)", ""], "overall": "Equal"})
    found.add({"depths": ["", ""], "overall": "Nothing is trained yet"})
    assert (found.sentences, found.claims, found.share) == (2, 1, 0.5)


@pytest.mark.parametrize("seeds", [1, 5])
def test_equal_arms_are_rarely_told_apart(seeds: int) -> None:
    experiment = SMALL.model_copy(update={"seeds": seeds})
    found = count(experiment)
    assert found.sentences >= 60 and found.share <= 0.05


def test_the_count_is_the_same_each_time() -> None:
    short = SMALL.model_copy(update={"steps": 25, "depths": (8,)})
    assert count(short) == count(short)
