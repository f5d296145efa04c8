"""The gradient by length of path: it adds up, each length is what enumeration finds, plain has one path."""

from collections.abc import Generator
from itertools import product
from math import comb
from typing import TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor

from app.analyses.analyse import analyse
from app.analyses.joins import at_the_end, parted, reads, through
from app.analyses.paths import blocks, measure, most_of
from app.contract.experiment import CONNECTIONS
from app.contract.findings import PathsFinding
from app.contract.questions import Paths
from app.errors import Refused
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.stack import Stack
from tests.unit.analyses.trained import DEPTHS, FAMILIES, patient_of, subject_of

T = TypeVar("T")


def finished(generator: Generator[float, None, T]) -> T:
    """What a generator returns."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            found: T = end.value
            return found


def by_autograd(stack: Stack, x: Tensor, y: Tensor, ways: tuple[bool, ...] | None = None) -> Tensor:
    """The whole gradient at the output of the first layer by one call of autograd; with ``ways`` only what takes
    the branch of those blocks for which it is true, and the shortcut of the others."""
    first = stack.enter(x).detach().requires_grad_()
    h, number = first, 0
    for step in stack.steps():
        if isinstance(step, Block) and ways is not None:
            branch, number = ways[number], number + 1
            h = step.forward(h, h.detach()) if branch else step.forward(h.detach(), h)
        else:
            h = step(h)
    loss = losses(stack.leave(h), y).sum() / len(y)
    gradient = torch.autograd.grad(loss, first, allow_unused=True)[0]
    return torch.zeros_like(first) if gradient is None else gradient


def by_length(stack: Stack, x: Tensor, y: Tensor) -> Tensor:
    """The gradients themselves, one a length, by the recursion that ``measure`` takes the norms of."""
    inputs = reads(stack, x)
    g = at_the_end(stack, inputs[-1], y, len(x)).unsqueeze(0)
    for step, h in zip(reversed(stack.steps()), reversed(inputs[:-1]), strict=True):
        if isinstance(step, Block):
            past, branch = parted(step, h, g)
            none = torch.zeros_like(past[:1])
            g = torch.cat([past, none]) + torch.cat([none, branch])
        else:
            g = through(step, h, g)
    return g


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_gradients_of_all_lengths_add_up_to_the_whole(connection: str, family: str) -> None:
    subject = subject_of(connection, family)
    stack = patient_of(subject).stack
    x, y = subject.train_x[:12], subject.train_y[:12]
    whole = by_autograd(stack, x, y)
    assert whole.norm() > 0
    torch.testing.assert_close(by_length(stack, x, y).sum(0), whole, rtol=0, atol=1e-12 * float(whole.norm()))
    lengths, total, shortcut, branch = finished(measure(stack, x, y))
    np.testing.assert_allclose(total, stack.space.norms(whole, stack.k, torch.float64), rtol=1e-12)
    assert lengths.shape == (blocks(stack) + 1, stack.k)
    assert shortcut.shape == branch.shape == (blocks(stack), stack.k)


@pytest.mark.parametrize("connection", ["plain", "residual", "preact", "highway", "skipinit", "dense"])
def test_each_length_carries_what_enumeration_of_all_paths_finds(connection: str) -> None:
    subject = subject_of(connection, "conv6n2" if connection != "plain" else "mlp")
    stack = patient_of(subject, shallow=True).stack
    x, y = subject.train_x[:6], subject.train_y[:6]
    n = blocks(stack)
    assert 3 <= n <= 6
    sums: list[Tensor] = [torch.zeros(())] * (n + 1)
    counted = [0] * (n + 1)
    for ways in product((False, True), repeat=n):
        sums[sum(ways)] = sums[sum(ways)] + by_autograd(stack, x, y, ways)
        counted[sum(ways)] += 1
    assert counted == [comb(n, k) for k in range(n + 1)]
    expected = np.stack([stack.space.norms(one, stack.k, torch.float64).numpy() for one in sums])
    lengths, *_ = finished(measure(stack, x, y))
    np.testing.assert_allclose(lengths, expected, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(by_length(stack, x, y), torch.stack(sums), rtol=1e-10, atol=1e-14)


def test_the_shares_at_each_join_are_those_of_the_whole_gradient() -> None:
    subject = subject_of("residual", "mlp")
    stack = patient_of(subject).stack
    x, y = subject.train_x[:8], subject.train_y[:8]
    _, _, shortcut, branch = finished(measure(stack, x, y))
    inputs = reads(stack, x)
    for number, step in enumerate(stack.steps()):
        assert isinstance(step, Block)
        behind = inputs[number + 1].detach().requires_grad_()
        h = behind
        for later in stack.steps()[number + 1 :]:
            h = later(h)
        (g,) = torch.autograd.grad(losses(stack.leave(h), y).sum() / len(y), behind)
        for way, got in ((False, shortcut), (True, branch)):
            h = inputs[number].detach().requires_grad_()
            out = step.forward(h, h.detach()) if way else step.forward(h.detach(), h)
            (back,) = torch.autograd.grad(out, h, g)
            np.testing.assert_allclose(got[number], stack.space.norms(back, stack.k, torch.float64), rtol=1e-10)


def test_slices_of_the_examples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("residual", "conv6n2")
    stack = patient_of(subject).stack
    x, y = subject.train_x[:12], subject.train_y[:12]
    together = finished(measure(stack, x, y))
    monkeypatch.setattr("app.analyses.paths.MOST_NUMBERS", 5 * 7 * stack.k * 8 * 64)
    shares = list(measure(stack, x, y))
    assert len(shares) == 3 * blocks(stack)
    assert shares == sorted(shares) and shares[-1] == 1
    for one, other in zip(finished(measure(stack, x, y)), together, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_finding_tells_of_every_arm_at_the_asked_depth() -> None:
    subject = subject_of("residual", "mlp")
    *_, finding = analyse(subject, Paths(depth=8, examples=16))
    assert isinstance(finding, PathsFinding)
    plain, residual = finding.arms
    assert [arm.arm for arm in finding.arms] == [0, 1]
    assert plain.lengths == residual.lengths == [0, 1, 2, 3]
    assert plain.paths == [0, 0, 0, 1] and residual.paths == [1 / 8, 3 / 8, 3 / 8, 1 / 8]
    # nothing passes by a plain block: all gradient goes through all of them
    assert plain.gradient[0][:3] == [0, 0, 0]
    assert plain.gradient[0][3] == pytest.approx(plain.whole[0], rel=1e-12)
    assert all(value is not None and value > 0 for value in residual.gradient[0])
    for shares in zip(residual.shortcut[0], residual.branch[0], strict=True):
        assert sum(shares) == pytest.approx(1)  # type: ignore[arg-type]
    assert finding.words[0] == "plain-8 has one path, and all gradient takes it, through all 3 branches"
    assert finding.words[1].startswith("residual-8: 90 % of the gradient on its 2³ paths goes through ")
    assert finding.words[2].startswith("Gradient takes ")


def test_a_skip_scaled_by_nothing_is_one_path_too() -> None:
    *_, finding = analyse(subject_of("residual", "mlp", skip_scale=0), Paths(depth=8, examples=4))
    assert isinstance(finding, PathsFinding)
    assert finding.arms[1].paths == [0, 0, 0, 1] and finding.arms[1].gradient[0][:3] == [0, 0, 0]
    assert finding.words[-1] == "No difference: gradient takes 3.0 to 3.0 branches on its way in all arms"


def test_a_network_whose_paths_are_too_much_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.analyses.effort.MOST_FLOPS", 1000.0)
    with pytest.raises(Refused, match=r"^depth: this needs") as refusal:
        list(analyse(subject_of("residual", "mlp"), Paths(depth=DEPTHS["mlp"][1])))
    assert refusal.value.field == "depth"


@pytest.mark.parametrize(
    ("gradient", "run"),
    [
        ([0.0, 0.0, 3.0], (2, 2)),
        ([5.0, 4.0, 1.0], (0, 1)),
        ([1.0, 0.0, 1.0], (0, 2)),
        ([0.0], None),
        ([None, 1.0], None),
    ],
)
def test_most_of_the_gradient_lies_on_the_shortest_run_of_lengths(
    gradient: list[float | None], run: tuple[int, int] | None
) -> None:
    assert most_of(gradient) == run
