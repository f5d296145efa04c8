"""The gradient by length of path: it adds up, each length is what enumeration finds, plain has one path."""

from collections.abc import Generator
from functools import partial
from itertools import product
from math import comb
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from app.analyses import cost
from app.analyses.analyse import analyse
from app.analyses.kinds.paths import Paths, PathsFinding
from app.analyses.path_gradients import blocks, measure
from app.analyses.paths_words import ArmResult, sentences, up_to
from app.analyses.single_paths import branches, draw, walk
from app.analyses.skip_gradients import back_through, gradient_at_end, split_gradient, step_inputs
from app.analyses.subject import Subject
from app.contract.connections import CONNECTIONS
from app.errors import Refused
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.stack import Stack
from tests.unit.analyses.trained import DEPTHS, FAMILIES, replica_of, subject_of
from tests.unit.nets.reference import reference_of

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
    inputs = step_inputs(stack, x)
    g = gradient_at_end(stack, inputs[-1], y, len(x)).unsqueeze(0)
    for step, h in zip(reversed(stack.steps()), reversed(inputs[:-1]), strict=True):
        if isinstance(step, Block):
            past, branch = split_gradient(step, h, g)
            none = torch.zeros_like(past[:1])
            g = torch.cat([past, none]) + torch.cat([none, branch])
        else:
            g = back_through(step, h, g)
    return g


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_gradients_of_all_lengths_add_up_to_the_whole_and_their_shares_to_one(connection: str, family: str) -> None:
    subject = subject_of(connection, family)
    stack = replica_of(subject).stack
    x, y = subject.train_x[:12], subject.train_y[:12]
    whole = by_autograd(stack, x, y)
    assert whole.norm() > 0
    parts = by_length(stack, x, y)
    torch.testing.assert_close(parts.sum(0), whole, rtol=0, atol=1e-12 * float(whole.norm()))
    found = finished(measure(stack, x, y))
    np.testing.assert_allclose(found.whole, stack.backend.norms(whole, stack.k, torch.float64), rtol=1e-12)
    np.testing.assert_allclose(found.shares.sum(0), 1, rtol=0, atol=1e-12)
    g = of_networks(stack, whole)
    expected = torch.stack([(of_networks(stack, part) * g).sum(1) for part in parts]) / g.square().sum(1)
    np.testing.assert_allclose(found.shares, expected, rtol=1e-10, atol=1e-14)
    assert found.shortcut.shape == (blocks(stack), stack.k)


def of_networks(stack: Stack, h: Tensor) -> Tensor:
    """[networks, numbers]."""
    return (h.unflatten(1, (stack.k, -1)).transpose(0, 1) if stack.backend.convolutional else h).reshape(stack.k, -1)


@pytest.mark.parametrize("connection", ["plain", "residual", "preact", "highway", "skipinit", "dense"])
def test_all_single_paths_of_a_length_add_up_to_what_it_carries(connection: str) -> None:
    subject = subject_of(connection, "conv6n2" if connection != "plain" else "mlp")
    stack = replica_of(subject, shallow=True).stack
    x, y = subject.train_x[:6], subject.train_y[:6]
    n = blocks(stack)
    assert 3 <= n <= 6
    sums: list[Tensor] = [torch.zeros(())] * (n + 1)
    norms = {}
    for ways in product((False, True), repeat=n):
        single = by_autograd(stack, x, y, ways)
        sums[sum(ways)] = sums[sum(ways)] + single
        norms[ways] = stack.backend.norms(single, stack.k, torch.float64).numpy()
    torch.testing.assert_close(by_length(stack, x, y), torch.stack(sums), rtol=1e-10, atol=1e-14)
    # where there are no more paths of a length than samples, every one of them is taken, once
    masks = draw(n, max(comb(n, k) for k in range(n + 1)), seed=0)
    assert sorted(map(tuple, masks.tolist())) == sorted(norms)
    taken = finished(walk(stack, x, y, masks))
    np.testing.assert_allclose(taken, [norms[tuple(mask)] for mask in masks.tolist()], rtol=1e-10, atol=1e-14)


def post_activation(σ: Any, first: Any, second: Any, a: Tensor, b: Tensor) -> Tensor:
    """σ(F(a) + b) of one example."""
    joined: Tensor = σ(second(σ(first(a[None]))) + b)[0]
    return joined


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_single_path_is_the_product_of_the_jacobians_on_its_way(activation: str) -> None:
    """Every block's Jacobian as a matrix, of an ordinary network with these weights; nothing of the stack's passes."""
    subject = subject_of("residual", "mlp", activation=activation)
    stack = replica_of(subject, shallow=True).stack
    x, y = subject.train_x[:3], subject.train_y[:3]
    masks = np.array([[True, False, True], [False, False, False], [False, True, True]])
    taken = finished(walk(stack, x, y, masks))
    σ = {"relu": torch.relu, "tanh": torch.tanh}[activation]
    for k in range(stack.k):
        reference = reference_of(stack, k).eval()
        w, n = list(reference.weights)[1:], list(reference.norms)[1:]
        squares = np.zeros(len(masks))
        for example, label in zip(x, y, strict=True):
            h = σ(reference.stem_norm(reference.stem(example.flatten()[None])))[0]
            jacobians = []
            for block in range(3):
                first, second = (torch.nn.Sequential(w[i], n[i]) for i in (2 * block, 2 * block + 1))
                join = partial(post_activation, σ, first, second)
                jacobians.append(torch.autograd.functional.jacobian(join, (h, h)))
                h = join(h, h)
            h = h.detach().requires_grad_()
            (end,) = torch.autograd.grad(F.cross_entropy(reference.head(h[None]), label[None]) / len(x), h)
            for row, mask in enumerate(masks):
                g = end
                for block in (2, 1, 0):
                    through, past = jacobians[block]
                    g = (through if mask[block] else past).T @ g
                squares[row] += float(g.square().sum())
        np.testing.assert_allclose(taken[:, k], np.sqrt(squares), rtol=1e-9)


def test_drawn_paths_are_different_repeat_with_their_seed_and_are_of_every_length() -> None:
    masks = draw(9, 5, seed=3)
    assert masks.sum(1).tolist() == [0, *[k for k in range(1, 9) for _ in range(5)], 9]
    assert len({tuple(mask) for mask in masks.tolist()}) == len(masks)
    assert (draw(9, 5, seed=3) == masks).all() and (draw(9, 5, seed=4) != masks).any()
    assert branches(9, 5) == masks.sum()


def test_slices_of_paths_and_examples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("residual", "conv6n2")
    stack = replica_of(subject).stack
    x, y = subject.train_x[:12], subject.train_y[:12]
    masks = draw(blocks(stack), 3, seed=0)
    together = finished(walk(stack, x, y, masks))
    for most in (1, 5 * stack.k * 8 * 64, 30 * stack.k * 8 * 64):
        monkeypatch.setattr("app.analyses.single_paths.MOST_NUMBERS", most)
        shares = list(walk(stack, x, y, masks))
        assert len(shares) > 1 and shares == sorted(shares) and shares[-1] == 1
        np.testing.assert_allclose(finished(walk(stack, x, y, masks)), together, rtol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_shares_at_each_join_are_those_of_the_whole_gradient(family: str) -> None:
    subject = subject_of("residual", family)
    stack = replica_of(subject).stack
    x, y = subject.train_x[:8], subject.train_y[:8]
    found = finished(measure(stack, x, y)).shortcut
    inputs = step_inputs(stack, x)
    for number, step in enumerate(stack.steps()):
        assert isinstance(step, Block)
        before = inputs[number].detach().requires_grad_()
        h = before
        for later in stack.steps()[number:]:
            h = later(h)
        (whole,) = torch.autograd.grad(losses(stack.leave(h), y).sum() / len(y), before)
        h = step.forward(before.detach(), before)
        for later in stack.steps()[number + 1 :]:
            h = later(h)
        (past,) = torch.autograd.grad(losses(stack.leave(h), y).sum() / len(y), before)
        g, by = of_networks(stack, whole), of_networks(stack, past)
        np.testing.assert_allclose(found[number], (by * g).sum(1) / g.square().sum(1), rtol=1e-10, atol=1e-14)


def test_slices_of_the_examples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("residual", "conv6n2")
    stack = replica_of(subject).stack
    x, y = subject.train_x[:12], subject.train_y[:12]
    together = finished(measure(stack, x, y))
    monkeypatch.setattr("app.analyses.path_gradients.MOST_NUMBERS", 5 * 7 * stack.k * 8 * 64)
    shares = list(measure(stack, x, y))
    assert len(shares) == 3 * blocks(stack)
    assert shares == sorted(shares) and shares[-1] == 1
    for one, other in zip(finished(measure(stack, x, y)), together, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-14)


def test_the_finding_tells_of_every_arm_at_the_asked_depth() -> None:
    subject = subject_of("residual", "mlp")
    *_, finding = analyse(subject, Paths(depth=8, examples=16))
    assert isinstance(finding, PathsFinding)
    plain, residual = finding.arms
    assert [arm.arm for arm in finding.arms] == [0, 1]
    assert plain.lengths == residual.lengths == [0, 2, 4, 6]
    assert plain.paths == [0, 0, 0, 1] and residual.paths == [1 / 8, 3 / 8, 3 / 8, 1 / 8]
    # nothing passes by a plain block: all gradient goes through all of them
    assert plain.share[0] == pytest.approx([0, 0, 0, 1], abs=1e-15) and plain.sampled == [0, 0, 0, 1]
    assert plain.single[0] == [None, None, None, pytest.approx(np.mean(whole_of(subject, 0)), rel=1e-12)]
    assert residual.sampled == [1, 3, 3, 1]
    for shares in (residual.share[0], residual.product[0]):
        assert sum(shares) == pytest.approx(1, abs=1e-12)  # type: ignore[arg-type]
    for parts in zip(residual.shortcut[0], residual.branch[0], strict=True):
        assert sum(parts) == pytest.approx(1)  # type: ignore[arg-type]
    # all paths were sampled, so the products are the numbers of paths times their true mean norms
    size = np.array(residual.paths, float) * np.array([s or 0 for s in residual.single[0]], float)
    assert size.argmax() == np.array(residual.product[0], float).argmax()
    assert (
        finding.words[0] == "plain-8 has one path, and all gradient takes it, through all 6 weight layers of its blocks"
    )
    assert finding.words[1].startswith("residual-8: of its 2³ paths, those through at most ")
    assert " over 2 seeds)" in finding.words[1] and "sizes cannot cancel" in finding.words[2]


def whole_of(subject: Subject, arm: int) -> list[float]:
    stack = list(subject.replicas(8))[arm].stack
    whole = by_autograd(stack, subject.train_x[:16], subject.train_y[:16])
    return [float(norm) for norm in stack.backend.norms(whole, stack.k, torch.float64)]


@pytest.mark.parametrize(("connection", "layers"), [("residual", 2), ("bottleneck", 3), ("highway", 1), ("dense", 1)])
def test_lengths_are_counted_in_weight_layers(connection: str, layers: int) -> None:
    """They were counted in blocks, so that bottlenecks seemed to have shorter paths."""
    *_, finding = analyse(subject_of(connection, "mlp"), Paths(depth=8, examples=4, samples=1))
    assert isinstance(finding, PathsFinding)
    arm = finding.arms[1]
    assert arm.lengths == [layers * k for k in range(len(arm.lengths))] and arm.lengths[-1] == arm.layers - 2
    weighted = float(np.array(arm.lengths) @ np.array(arm.share[0], float))
    low, high = float(arm.mean_length[1] or 0), float(arm.mean_length[2] or 0)
    assert low <= weighted <= high


def test_a_skip_scaled_by_nothing_is_one_path_too() -> None:
    *_, finding = analyse(subject_of("residual", "mlp", skip_scale=0), Paths(depth=8, examples=4))
    assert isinstance(finding, PathsFinding)
    arm = finding.arms[1]
    assert arm.paths == [0, 0, 0, 1] and arm.share[0] == pytest.approx([0, 0, 0, 1], abs=1e-15)
    assert finding.words[-1] == "No clear difference: 6 to 6 weight layers in all arms"


def test_fewer_paths_are_sampled_where_more_are_too_much_work(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("residual", "mlp")
    whole = [finding for finding in analyse(subject, Paths(depth=12, examples=4)) if isinstance(finding, PathsFinding)]
    assert whole[-1].arms[1].sampled == [1, 5, 10, 10, 5, 1]
    monkeypatch.setattr("app.analyses.kinds.paths.SAMPLING", cost.MOST_FLOPS / 2e5)
    *_, finding = analyse(subject, Paths(depth=12, examples=4))
    assert isinstance(finding, PathsFinding)
    assert 1 <= max(finding.arms[1].sampled) < 10
    np.testing.assert_array_equal(finding.arms[1].share, whole[-1].arms[1].share)


# Words


def result(name: str, lengths: list[int], *shares: list[float], skips: bool = True) -> ArmResult:
    """An arm with these shares, one list a seed."""
    columns = np.array(shares).T
    products, excess = np.abs(columns) / np.abs(columns).sum(0), np.array([1.6] * len(shares))
    return ArmResult(name, lengths, skips, columns, products, excess, range(len(shares)))


def test_words_tell_the_sum_of_shares_that_pull_both_ways() -> None:
    arm = result("residual-10", [0, 2, 4, 6, 8], [0.2, 0.9, 0.25, -0.3, -0.05])
    assert sentences([arm]) == [
        "residual-10: of its 2⁴ paths, those through at most 6 of 8 weight layers carry 105 % of the gradient; "
        "weighted by share, the mean length is 0.6 weight layers (one seed); those through 6 pull "
        "against the others (−30 %)",
        "residual-10: weighted by the size of single paths times their number instead, it is 2.9 weight layers "
        "(one seed); sizes cannot cancel and gradients can: added up, these sizes make about 1.6× the gradient",
    ]


def test_arms_differ_only_if_the_seeds_agree_on_the_lengths() -> None:
    lengths, short, middle, long = [0, 2, 4], [1.0, 0, 0], [0.0, 1, 0], [0.0, 0, 1]
    plain = result("plain-6", lengths, long, long, skips=False)
    assert sentences([plain, result("residual-6", lengths, short, middle)])[-1] == (
        "Weighted by share, gradient passes 1 weight layers of blocks in residual-6 and 4 in plain-6"
    )
    assert sentences([plain, result("residual-6", lengths, short, long)])[-1].startswith("No clear difference: 2 to 4 ")
    assert sentences([result("a-6", lengths, middle), result("b-6", lengths, [0, 0.6, 0.4])])[-1].endswith(
        "in all arms (one seed)"
    )


def test_a_seed_without_gradient_is_left_out_and_said() -> None:
    nothing = [np.nan, np.nan, np.nan]
    assert sentences([result("a-6", [0, 2, 4], nothing)]) == [
        "a-6: no gradient that can be measured reaches the first layer"
    ]
    assert "; in 1 of 2 seeds none reaches it" in sentences([result("a-6", [0, 2, 4], nothing, [0.5, 0.5, 0])])[0]


def test_a_network_whose_paths_are_too_much_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.analyses.cost.MOST_FLOPS", 1000.0)
    with pytest.raises(Refused, match=r"^depth: this needs") as refusal:
        list(analyse(subject_of("residual", "mlp"), Paths(depth=DEPTHS["mlp"][1])))
    assert refusal.value.field == "depth"


@pytest.mark.parametrize(
    ("shares", "entry", "carried"),
    [
        ([0.0, 0.0, 1.0], 2, 1.0),
        ([0.5, 0.45, 0.05], 1, 0.95),
        ([1.0, 0.5, -0.5], 2, 1.0),
        ([0.95, 0.3, -0.25], 2, 1.0),
        ([1.0], 0, 1.0),
    ],
)
def test_shares_add_up_to_the_whole_from_where_they_stay_near_it(
    shares: list[float], entry: int, carried: float
) -> None:
    found = up_to(np.array(shares))
    assert found[0] == entry and found[1] == pytest.approx(carried)
