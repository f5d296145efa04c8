"""Refinement: probes read what the states hold, cosines are those of the gradient, and the words claim no more."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression

from app.analyses.analyse import analyse
from app.analyses.kinds.refinement import Refinement, RefinementFinding
from app.analyses.refinement_words import ArmResult, sentences
from app.analyses.refining import cosines, probe_features
from app.analyses.subject import Subject
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.errors import Refused
from tests.unit.analyses.networks import network
from tests.unit.analyses.states import branch, leave, references, states
from tests.unit.analyses.trained import FAMILIES, subject_of
from tests.unit.nets.test_stack_equals_torch import batch

#: what adds something to its own input
ADDING = [name for name in CONNECTIONS if name not in ("plain", "dense")]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_probes_read_every_state_of_the_network(connection: str, family: str) -> None:
    stack = network(connection, family)
    x, _ = batch(stack.structure, size=7)
    found = probe_features(stack, x)
    for number, reference in enumerate(references(stack)):
        expected = [h.mean((2, 3)) if reference.conv else h for h in states(reference, x)]
        for mine, theirs in zip(found, expected, strict=True):
            torch.testing.assert_close(mine[number], theirs.detach(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("connection", ADDING)
def test_the_cosine_is_that_of_each_examples_own_gradient(connection: str, activation: str, family: str) -> None:
    stack = network(connection, family, activation=activation)
    x, y = batch(stack.structure, size=6)
    found = cosines(stack, x, y)
    assert found.shape == (len(stack.steps()), stack.k, 6)
    for number, reference in enumerate(references(stack)):
        for example in range(6):
            alone = slice(example, example + 1)
            passed = states(reference, x[alone])
            loss = F.cross_entropy(leave(reference, passed[-1]), y[alone])
            gradients = torch.autograd.grad(loss, passed[:-1])
            for i, (h, g) in enumerate(zip(passed, gradients, strict=False)):
                defined = passed[i + 1].shape == h.shape and not (connection in ("preact", "wide") and i == 0)
                if not defined:
                    assert np.isnan(found[i, number, example])
                else:
                    a, b = branch(reference, i, h).flatten(), -g.flatten()
                    expected = a @ b / (a.norm() * b.norm())  # NaN where a branch is dead
                    assert found[i, number, example] == pytest.approx(expected.item(), abs=1e-9, nan_ok=True)
    assert np.isfinite(found).mean() > (0.3 if activation == "tanh" else 0)


def test_slices_of_the_examples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = network("residual", "conv6n2")
    x, y = batch(stack.structure, size=7)
    together, features = cosines(stack, x, y), probe_features(stack, x)
    monkeypatch.setattr("app.analyses.refining.MOST_NUMBERS", 1)
    np.testing.assert_allclose(cosines(stack, x, y), together, atol=1e-12)
    for one, other in zip(probe_features(stack, x), features, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("connection", ["plain", "dense"])
def test_where_nothing_is_added_to_the_input_there_is_no_cosine(connection: str) -> None:
    subject = subject_of(connection, "mlp")
    *_, finding = analyse(subject, Refinement(depth=12, examples=64))
    assert isinstance(finding, RefinementFinding)
    for part in finding.arms[1].cosine:
        assert part == [] if connection == "plain" else set(part) == {None}
    assert "gradient" not in finding.words[1]


def test_a_projection_leaves_no_cosine() -> None:
    stack = network("residual", "mlp", shortcut="C")
    assert np.isnan(cosines(stack, *batch(stack.structure, size=4))).all()


def test_the_finding_holds_what_was_asked() -> None:
    subject = subject_of("residual", "mlp", steps=20)
    parts = list(analyse(subject, Refinement(depth=8, examples=300)))
    shares = [part for part in parts if isinstance(part, float)]
    assert shares == sorted(shares) and shares[-1] == 1
    finding = parts[-1]
    assert isinstance(finding, RefinementFinding)
    assert [len(part.arms) for part in parts if isinstance(part, RefinementFinding)] == [1, 2]
    arm = finding.arms[1]
    assert (
        arm.states == [1, 3, 5, 7] and arm.blocks == [3, 5, 7] and len(arm.accuracy[0]) == 4 and len(arm.cosine[0]) == 3
    )
    assert (finding.trained, finding.tested, finding.chance) == (300, len(subject.test_x), 0.1)
    # by scikit-learn, from the independent network of each seed
    stack = list(subject.replicas(8))[1].stack
    accuracies = []
    for reference in references(stack):
        train, test = (states(reference, x)[2].detach() for x in (subject.train_x[:300], subject.test_x))
        z, t = ((h - train.mean(0)) / train.std(0, correction=0).clamp_min(1e-300) for h in (train, test))
        z, t = z.nan_to_num(), t.nan_to_num()
        model = LogisticRegression(C=1.0, tol=1e-8, max_iter=10_000).fit(z.numpy(), subject.train_y[:300].numpy())
        accuracies.append(model.score(t.numpy(), subject.test_y.numpy()))
    assert arm.accuracy[0][2] == pytest.approx(float(np.median(accuracies)), abs=2.01 / len(subject.test_x))
    own = subject.sweep.evaluate(subject.test_x, subject.test_y)[1].reshape(4, 2)
    assert arm.own_accuracy[0] == pytest.approx(float(np.median(own[2])), abs=1e-9)


@pytest.mark.parametrize("connections", [["residual"], ["plain", "preact", "dense"]])
def test_one_arm_or_many_are_asked(connections: list[str]) -> None:
    arms = [{"connection": connection} for connection in connections]
    experiment = Experiment.model_validate({"arms": arms, "depths": [8], "width": 8, "batch_size": 2, "seeds": 6})
    *_, finding = analyse(Subject(experiment, 0), Refinement(depth=8, examples=64))
    assert isinstance(finding, RefinementFinding) and len(finding.arms) == len(arms)
    # a sentence an arm, one that compares, and that batch norm has seen nothing yet
    assert len(finding.words) == len(arms) + (len(arms) > 1) + 1
    assert finding.words[-1].startswith("Before the first step") and "(one seed)" not in finding.words[0]


def test_equal_arms_are_not_told_apart() -> None:
    *_, finding = analyse(subject_of("plain", "mlp", steps=20), Refinement(depth=8, examples=300))
    assert isinstance(finding, RefinementFinding) and finding.words[2].startswith("No clear difference")


def test_a_question_that_is_too_large_is_refused_with_what_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("residual", "mlp", steps=1)
    monkeypatch.setattr("app.analyses.kinds.refinement.MOST_FEATURES", 1000)
    with pytest.raises(Refused, match=r"examples: .* ask for fewer examples or at a smaller depth"):
        list(analyse(subject, Refinement(depth=8)))
    monkeypatch.setattr("app.analyses.cost.MOST_FLOPS", 1e6)
    with pytest.raises(Refused, match=r"examples: this needs .* billion operations"):
        list(analyse(subject, Refinement(depth=8)))


# Words


def result(name: str, *accuracy: list[float], own: float = 0.9, cosine: Any = None) -> ArmResult:
    """An arm with these accuracies, one list a state, a number a seed."""
    found = np.array(accuracy)
    cosine = np.empty((0, found.shape[1], 1)) if cosine is None else np.array(cosine)
    seeds = range(found.shape[1])
    return ArmResult(name, range(1, 2 * len(found), 2), found, np.full(found.shape[1], own), cosine, seeds, 360)


def test_words_tell_what_a_probe_reads_first_last_and_best() -> None:
    arm = result("plain-64", [0.95] * 3, [0.97] * 3, [0.2] * 3, own=0.19)
    assert sentences([arm]) == [
        "plain-64: a linear probe classifies 95 % of the test examples correctly after layer 1 and 20 % after the last "
        "block (the network itself 19 %); best is the probe after layer 3, 97 %"
    ]
    same = sentences([result("residual-64", [0.95], [0.96], own=0.96)])[0]
    assert same.endswith("after the last block, no clear difference (the network itself 96 %) (one seed)")
    # one network is compared with itself, so one seed is enough for what the test set can tell
    rise = sentences([result("residual-64", [0.9], [1.0], own=1.0)])[0]
    assert rise.endswith("after layer 1 and 100 % after the last block (the network itself 100 %) (one seed)")


def test_words_count_the_blocks_whose_sign_is_clear_in_every_seed() -> None:
    generator = np.random.default_rng(0)
    clear = 0.3 + 0.1 * generator.standard_normal((1, 3, 50))
    unclear = 0.1 * generator.standard_normal((1, 3, 50))
    mixed = np.concatenate([clear[:, :2], -clear[:, 2:]], axis=1)
    undefined = np.full((1, 3, 50), np.nan)
    cosine = np.concatenate([clear, unclear, -clear, mixed, undefined])
    arm = result("residual-12", [0.9] * 3, [0.9] * 3, cosine=cosine)
    assert arm.signs() == (1, 1, 4)
    assert "; F points down the gradient in 1 of 4 blocks and up in 1 (cosine " in sentences([arm])[0]
    # one example has no spread, so it shows no sign
    assert result("a", [0.9], [0.9], cosine=np.full((2, 1, 1), 0.5)).signs() == (0, 0, 2)


def test_arms_are_compared_after_the_last_block_and_only_with_evidence() -> None:
    good, bad = result("a-8", [0.5] * 3, [0.9, 0.92, 0.91]), result("b-8", [0.5] * 3, [0.5, 0.6, 0.55])
    assert sentences([good, bad])[-1] == (
        "After the last block the classes are easier to read in a-8 (91 %) than in b-8 (55 %)"
    )
    equal = result("b-8", [0.5] * 3, [0.91, 0.9, 0.93])
    assert sentences([good, equal])[-1].startswith("No clear difference between the arms: after the last block")
    one = result("c-8", [0.5], [0.3])
    assert sentences([good, one])[-1].endswith("than in c-8 (30 %) (one seed)")
    apart = ArmResult(*good[:5], seeds=[5, 6, 7], examples=360)
    assert sentences([good, apart])[-1] == "The arms have no seed in common that is left, so they are not compared"
