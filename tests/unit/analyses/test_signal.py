"""Signal: both states of training are measured, theory stands beside the first, and the words claim no more."""

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from app.analyses.analyse import analyse
from app.analyses.hidden_states import at_start, in_double, settle_batch_norms
from app.analyses.kinds.signal import Signal, SignalFinding
from app.analyses.mean_field import predict
from app.analyses.signal_words import ArmResult, Measured, sentences
from app.analyses.signals import branch_shares, correlations
from app.analyses.subject import Subject
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.contract.findings import Column, plain
from app.errors import Refused
from tests.unit.analyses.trained import FAMILIES, subject_of


def assert_allclose(mine: Column, theirs: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(np.array(mine, dtype=np.float64), theirs, rtol=1e-12)


def ask(subject: Subject, **question: int) -> SignalFinding:
    *_, finding = analyse(subject, Signal.model_validate({"depth": 8, "examples": 12, "jacobians": 2} | question))
    assert isinstance(finding, SignalFinding)
    return finding


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_finding_holds_both_states_of_training(connection: str, family: str) -> None:
    subject = subject_of(connection, family)
    finding = ask(subject, jacobians=1)
    x = subject.test_x[:12]
    for arm, replica in zip(finding.arms, subject.replicas(8), strict=True):
        start = at_start(subject.experiment, replica.cell, replica.seeds, subject.device)
        settle_batch_norms(start, x)
        for passage, stack in ((arm.before, start), (arm.after, in_double(replica.stack))):
            # the median of two seeds is their mean
            assert_allclose(passage.correlation[0], correlations(stack, x).mean(1))
            shares = branch_shares(stack, x)
            blocks = 0 if arm.arm == 0 or connection == "plain" else len(shares)
            assert [len(part) for part in passage.branch_share] == [blocks] * 3
            if passage.branch_share[0]:
                assert len(arm.blocks) == len(shares) and set(arm.blocks) <= set(arm.states[1:])
                assert_allclose(passage.branch_share[0], shares.mean(1))
            sizes = np.array([passage.largest[0], passage.median[0], passage.smallest[0]])
            assert sizes.shape == (3, len(arm.states)) and (sizes[0] >= sizes[1]).all() and (sizes[1] >= sizes[2]).all()
        assert (arm.expected is None) == (family != "mlp" or (arm.arm == 1 and connection == "dense"))
        assert arm.states == sorted(arm.states) and arm.states[0] == 1 and arm.states[-1] == arm.layers - 1


def test_theory_is_scaled_to_the_singular_values_that_there_are() -> None:
    subject = subject_of("residual", "mlp")
    arm = ask(subject).arms[1]
    expected = predict(subject.experiment.arms[1], 8, 3, subject.test_x[:12].flatten(1).numpy())
    assert expected is not None and arm.expected is not None
    # 8 units, 64 inputs: there are 8 singular values, whose squares add up to the squares of all derivatives
    assert_allclose(arm.expected.mean_square, expected.mean_square)
    assert_allclose(arm.expected.correlation, expected.correlation)
    spiral = Subject(Experiment(dataset="spiral", depths=(4,), width=16, arms=subject.experiment.arms), 0)
    arm = ask(spiral, depth=4).arms[0]
    expected = predict(spiral.experiment.arms[0], 16, 1, spiral.test_x[:12].double().numpy())
    assert expected is not None and arm.expected is not None
    assert_allclose(arm.expected.mean_square, 8 * expected.mean_square)


def test_before_the_first_step_both_states_are_the_same() -> None:
    subject = subject_of("residual", "mlp", steps=0)
    finding = ask(subject)
    for arm in finding.arms:
        assert plain_of(arm.before) == plain_of(arm.after)
    assert all("at step" not in sentence for sentence in finding.words)
    trained = ask(subject_of("residual", "mlp"))
    assert plain_of(trained.arms[1].before) == plain_of(finding.arms[1].before) != plain_of(trained.arms[1].after)
    assert all("at step 3" in sentence for sentence in trained.words)


def plain_of(passage: object) -> str:
    return repr(passage)


def test_without_jacobians_there_are_no_spectra() -> None:
    arm = ask(subject_of("residual", "mlp"), jacobians=0).arms[1]
    assert arm.after.largest == arm.before.mean_square == [[], [], []]
    assert len(arm.after.correlation[0]) == 4


def test_progress_rises_and_findings_grow() -> None:
    parts = list(analyse(subject_of("residual", "mlp"), Signal(depth=8, examples=8, jacobians=2)))
    shares = [part for part in parts if isinstance(part, float)]
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] < 1
    assert [len(part.arms) for part in parts if isinstance(part, SignalFinding)] == [1, 2]


def test_what_travels_is_small_also_of_many_deep_arms() -> None:
    experiment = Experiment.model_validate(
        {"arms": [{"connection": "highway", "normalisation": "none"}] * 2, "depths": [256], "width": 2, "batch_size": 2}
    )
    finding = ask(Subject(experiment, 0), depth=256, examples=8, jacobians=1)
    assert len(orjson.dumps(plain(finding))) < 200_000


def test_a_question_that_is_too_large_is_refused_with_what_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("residual", "conv6n2", steps=1)
    monkeypatch.setattr("app.analyses.kinds.signal.MOST_NUMBERS", 1000)
    with pytest.raises(Refused, match=r"jacobians: those of one example have .* or for 0 of them"):
        ask(subject)
    assert ask(subject, jacobians=0).arms
    monkeypatch.setattr("app.analyses.cost.MOST_FLOPS", 1e3)
    with pytest.raises(Refused, match=r"jacobians: this needs .* billion operations"):
        ask(subject, jacobians=0)


# Words


def measured(cosine: list[float], size: list[float] | None, shares: list[list[float]] | None) -> Measured:
    """One number a seed."""
    spectrum = {} if size is None else {"mean_square": np.array([size])}
    return Measured(np.array([cosine]), spectrum, None if shares is None else np.array(shares))


def result(
    name: str, cosine: list[float], size: list[float] | None = None, shares: list[list[float]] | None = None,
    expected: float | None = None, step: int = 320,
) -> ArmResult:  # fmt: skip
    before = measured([0.5] * len(cosine), size and [1.0] * len(size), shares)
    return ArmResult(name, before, measured(cosine, size, shares), expected, step)


def test_words_tell_both_states_and_theory() -> None:
    arm = result("residual-32", [0.2, 0.3, 0.4], [7, 8, 9], [[0.7] * 3, [0.04] * 3], expected=0.52)
    assert sentences([arm]) == [
        "residual-32: the cosine of two inputs after the last block is 0.50 before training (theory 0.52) and 0.30 at "
        "step 320; the mean square singular value of the Jacobian there is 1 and 8; the branch brings 70 % of the "
        "variance at the first ⊕ and 4 % at the last before training, 70 % and 4 % at step 320"
    ]
    assert sentences([result("plain-4", [0.2], step=0)]) == [
        "plain-4: the cosine of two inputs after the last block is 0.50 before training (one seed)"
    ]


def test_arms_are_told_apart_only_by_more_than_their_seeds() -> None:
    low, high = result("a-8", [0.2, 0.25, 0.22], [1, 1.1, 0.9]), result("b-8", [0.8, 0.82, 0.79], [50, 60, 70])
    assert sentences([low, high])[-1] == (
        "At step 320 two inputs are more alike after the last block in b-8 (0.80) than in a-8 (0.22) and the Jacobian "
        "there is larger in b-8 (60) than in a-8 (1)"
    )
    same = "No clear difference between the arms after the last block at step 320"
    assert sentences([low, result("b-8", [0.1, 0.9, 0.3], [0.1, 1, 100])])[-1] == same
    assert sentences([low, result("b-8", [0.23, 0.28, 0.25], [1.2, 1.3, 1.1])])[-1] == same
    one = result("c-8", [0.9], [90])
    assert sentences([low, one])[-1] == "Whether the arms differ at step 320 cannot be told from one seed"


def test_of_what_does_not_arrive_nothing_is_compared() -> None:
    none = result("a-8", [np.nan] * 3, [0.0] * 3, [[np.nan] * 3, [np.nan] * 3])
    words = sentences([none, result("b-8", [0.5, 0.5, 0.51], [1, 1.01, 1])])
    assert "undefined at step 320" in words[0] and "undefined and undefined at step 320" in words[0]
    assert words[-1] == "No clear difference between the arms after the last block at step 320"


def test_equal_arms_are_not_told_apart() -> None:
    assert ask(subject_of("plain", "mlp")).words[-1].startswith("No clear difference")
