"""Correlations, Jacobians and shares of variance are those of independent networks, state by state."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from app.analyses.hidden_states import (
    at_start,
    has_seen_no_batch,
    in_double,
    layers_of_blocks,
    layers_of_states,
    settle_batch_norms,
)
from app.analyses.signals import Spectrum, branch_shares, correlations, jacobians, mean_cosine, widths
from app.analyses.subject import Subject
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.nets.copies import copies
from app.nets.stack import Stack
from tests.unit.analyses.networks import network
from tests.unit.analyses.states import branch, references, shortcut, states
from tests.unit.analyses.trained import FAMILIES
from tests.unit.nets.test_stack_equals_torch import batch, make

every_connection = pytest.mark.parametrize("connection", CONNECTIONS)
every_family = pytest.mark.parametrize("family", FAMILIES)


@every_family
@every_connection
def test_the_correlation_is_the_mean_cosine_of_all_pairs_of_examples(connection: str, family: str) -> None:
    stack = network(connection, family, activation="tanh")
    x, _ = batch(stack.structure, size=5)
    found = correlations(stack, x)
    assert len(found) == len(layers_of_states(stack)) == len(stack.steps()) + 1
    for number, reference in enumerate(references(stack)):
        for index, h in enumerate(states(reference, x)):
            rows = h.detach().flatten(1)
            pairs = [F.cosine_similarity(rows[i], rows[j], dim=0) for i in range(5) for j in range(i)]
            assert found[index, number] == pytest.approx(float(torch.stack(pairs).mean()), abs=1e-9)


def test_states_that_are_all_zeros_have_no_cosine() -> None:
    h = torch.tensor([[[1.0, 0], [0, 0], [1, 1]], [[0, 0], [0, 0], [1, 1]]])
    found = mean_cosine(h)
    assert found[0] == pytest.approx(0.5**0.5) and np.isnan(found[1])


@every_family
@every_connection
def test_singular_values_are_those_of_torchs_own_jacobian(connection: str, family: str) -> None:
    stack = network(connection, family, seeds=(1,), activation="tanh")
    x = batch(stack.structure, size=2)[0][..., :5, :5] if family == "conv6n2" else batch(stack.structure, size=2)[0]
    spectrum = Spectrum()
    for matrices in jacobians(stack, x):
        assert [matrix.shape[1:] for matrix in matrices] == [(width, x[0].numel()) for width in widths(stack, x)]
        spectrum.add(matrices)
    [reference] = references(stack)
    for example in range(2):

        def passed(flat: Tensor) -> tuple[Tensor, ...]:
            return tuple(h.flatten() for h in states(reference, flat.view(1, *x.shape[1:])))

        theirs = torch.func.jacrev(passed)(x[example].flatten())
        for mine, matrix in zip(spectrum.values, theirs, strict=True):
            expected = torch.linalg.svdvals(matrix.detach())
            torch.testing.assert_close(mine[0, example], expected, rtol=1e-9, atol=1e-9 * float(expected[0]))
    found = spectrum.summary()
    for index, values in enumerate(spectrum.values):
        of_examples = values[0]
        assert found["largest"][index, 0] == pytest.approx(float(of_examples[:, 0].mean()))  # the median of two
        assert found["smallest"][index, 0] == pytest.approx(float(of_examples[:, -1].mean()))
        assert found["median"][index, 0] == pytest.approx(float(np.median(of_examples.numpy(), axis=1).mean()))
        assert found["mean_square"][index, 0] == pytest.approx(float(of_examples.square().mean()))


def test_a_direction_that_is_lost_has_the_singular_value_zero_and_no_rounding() -> None:
    lost = torch.tensor([[[1.0, 2, 3], [2, 4, 6], [0, 0, 1]]], dtype=torch.float64)
    broken = torch.full((1, 3, 3), torch.inf, dtype=torch.float64)
    spectrum = Spectrum()
    spectrum.add([lost, broken])
    assert spectrum.summary()["smallest"][0, 0] == 0 < spectrum.summary()["median"][0, 0]
    assert np.isnan(spectrum.summary()["largest"][1, 0])
    assert Spectrum().summary() == {}


@every_family
@pytest.mark.parametrize("connection", [name for name in CONNECTIONS if name != "plain"])
def test_the_branchs_share_is_that_of_the_variances_at_the_join(connection: str, family: str) -> None:
    stack = network(connection, family, activation="tanh")
    x, _ = batch(stack.structure, size=9)
    found = branch_shares(stack, x)
    for number, reference in enumerate(references(stack)):
        passed = [h.detach() for h in states(reference, x)]
        transitions, block = 0, 0
        for i, (h, out) in enumerate(pairwise(passed)):
            if connection == "dense" and out.shape[1] < h.shape[1]:
                transitions += 1
                continue
            past = shortcut(reference, i, h, out)
            if connection == "dense":
                through = out[:, h.shape[1] :]
            elif connection == "highway":
                through = out - past  # T H
            else:
                through = branch(reference, i, h)
            variances = []
            for part in (through, past):
                by_unit = part.detach().transpose(0, 1).flatten(1)
                variances.append(float(((by_unit - by_unit.mean(1, keepdim=True)) ** 2).mean(1).sum()))
            assert found[block, number] == pytest.approx(variances[0] / sum(variances), abs=1e-9)
            block += 1
        assert block == len(found) and transitions == (2 if connection == "dense" and family == "conv6n2" else 0)


@every_family
@pytest.mark.parametrize("connection", [name for name in CONNECTIONS if name != "stochastic"])
def test_settled_norms_make_evaluation_equal_a_training_pass(connection: str, family: str) -> None:
    stack = network(connection, family)
    x, _ = batch(stack.structure)
    trained = [reference.train()(x).detach() for reference in references(stack)]
    settle_batch_norms(stack, x)
    for number, logits in enumerate(trained):
        torch.testing.assert_close(stack.forward(x)[number].T, logits, rtol=1e-9, atol=1e-9)


def test_settled_norms_of_stochastic_depth_are_those_of_what_they_read_at_evaluation() -> None:
    stack = network("stochastic", "mlp", survival=0.3)
    x, _ = batch(stack.structure)
    settle_batch_norms(stack, x)
    read: list[Tensor] = []
    for number, reference in enumerate(references(stack)):
        hooks = [norm.register_forward_hook(lambda _, args, __: read.append(args[0])) for norm in reference.norms]
        reference(x)
        assert len(hooks) == len(read) == len(stack.norms)
        for norm, z in zip(stack.norms, read, strict=True):
            mean, variance = (buffer.view(stack.k, -1)[number] for buffer in (norm.running.mean, norm.running.var))
            torch.testing.assert_close(mean, z.detach().mean(0), rtol=1e-9, atol=1e-9)
            torch.testing.assert_close(variance, z.detach().var(0, correction=0), rtol=1e-9, atol=1e-9)
        read.clear()


@every_connection
def test_the_networks_before_training_are_those_that_training_began_with(connection: str) -> None:
    arms = [{"connection": "plain"}, {"connection": connection}]
    experiment = Experiment.model_validate({"arms": arms, "depths": [8, 14], "width": 8, "seeds": 3, "seed": 5})
    subject = Subject(experiment, 0)
    for replica in subject.replicas(14):
        start = at_start(experiment, replica.cell, (0, 2), subject.device)
        theirs = copies(replica.stack, [0, 2])
        assert has_seen_no_batch(start) and has_seen_no_batch(theirs)
        torch.testing.assert_close(start.parameters.flat.float(), theirs.parameters.flat, rtol=0, atol=0)
        assert start.dtype == torch.float64 and start.at_evaluation


def test_layers_of_states_and_blocks_are_those_that_the_diagrams_count() -> None:
    dense = network("dense", "conv6n2")  # two transitions, of which each is a layer and no block
    assert layers_of_states(dense) == list(range(1, 13)) and layers_of_blocks(dense) == [2, 3, 4, 6, 7, 8, 10, 11, 12]
    bottleneck = network("bottleneck", "mlp")
    assert layers_of_states(bottleneck) == [1, 4, 7, 10, 13, 16] == [1, *layers_of_blocks(bottleneck)]


def test_copies_in_double_precision_hold_the_same_numbers() -> None:
    single = Stack(make("mlp", ("residual",), (8,)).structure, make("mlp", ("residual",), (8,)).specs)
    double = in_double(single)
    torch.testing.assert_close(double.parameters.flat, single.parameters.flat.double(), rtol=0, atol=0)
    for mine, theirs in zip(double.running, single.running, strict=True):
        torch.testing.assert_close(mine, theirs.double(), rtol=0, atol=0)
