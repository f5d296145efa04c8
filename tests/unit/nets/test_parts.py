"""What reaches a block's ⊕ by its two ways is all that reaches it."""

import pytest
import torch

from app.contract.arms import Normalisation
from app.contract.connections import CONNECTIONS
from app.nets.block import Block
from tests.unit.nets.test_stack_equals_torch import make

#: no activation stands behind the ⊕ of these
BARE = {"preact", "wide", "highway", "dense", "skipinit"}


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("family", ["mlp", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_two_ways_of_a_block_meet_in_its_output(connection: str, family: str, normalisation: Normalisation) -> None:
    stack = make(family, (connection,), normalisation=normalisation)
    x = torch.randn(6, *((20,) if family == "mlp" else (3, 8, 8)), dtype=torch.float64)
    with torch.no_grad():
        h = stack.enter(x)
        # the networks of two depths part at the end of the first block; up to there all are in it
        step = stack.steps()[0]
        assert isinstance(step, Block)
        branch, shortcut = step.parts(h)
        if connection == "dense":
            met = stack.backend.concatenate(shortcut, branch, stack.k)
        else:
            met = branch + shortcut if connection in BARE else torch.relu(branch + shortcut)
        torch.testing.assert_close(met, step(h), rtol=0, atol=1e-12)
        assert connection == "plain" or shortcut.abs().max() > 0
        assert (connection == "plain") == bool((shortcut == 0).all())
