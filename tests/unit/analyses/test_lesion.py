"""Cut networks equal torch.nn networks built without the blocks, and the numbers are what Veit et al. would expect."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from app.analyses import block_orders
from app.analyses.analyse import analyse
from app.analyses.block_orders import BlockOrder, blocks, evaluate_orders, plan, unchanged
from app.analyses.cost import size_of
from app.analyses.kinds.lesion import Cut
from app.analyses.lesion_words import ArmResult, after_changes, without_blocks, without_each
from app.analyses.registry import parse_question
from app.analyses.subject import Subject
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.errors import Refused
from app.nets.block import Block
from app.nets.copies import copies
from app.nets.stack import Stack
from tests.unit.analyses.networks import FAMILIES, network, trained
from tests.unit.analyses.trained import subject_of
from tests.unit.nets.reference import ReferenceNetwork, reference_of
from tests.unit.nets.test_stack_equals_torch import batch, make


def cut(stack: Stack, network: int, order: BlockOrder) -> ReferenceNetwork:
    """The same torch.nn modules in another order, and where one is missing what ``bypass`` says."""
    reference = reference_of(stack, network).eval()
    made = list(reference.blocks)
    reference.blocks = [
        made[choice] if choice is not None else bypass(stack, network, place) for place, choice in enumerate(order)
    ]
    return reference


def bypass(stack: Stack, network: int, place: int) -> Any:
    """What a lesion leaves, without the stack's own ``without``.

    With a skip it is the trained block itself after its last layer was set to zero, in highway networks with the
    gate closed; so no second equation is written that could share a mistake with the first. Without a skip it is x,
    with zeros for new channels and every stride-th pixel.
    """
    arm = stack.specs[network].arm
    if arm.connection == "plain" or arm.skip_scale == 0:
        reference = reference_of(stack, network)
        n = reference.total // len(reference.structure.stages)
        stage = reference.structure.stages[place // n]
        wider = {"bottleneck": 4, "resnext": 4, "wide": arm.widen}.get(arm.connection, 1) if reference.conv else 1
        return lambda x: reference.pad(x, stage.width * wider, stage.stride if place % n == 0 else 1)
    silenced = copies(stack, range(stack.k))
    block: Any = silenced.steps()[place]
    if arm.connection == "highway":
        block.W_T.value.value.zero_()
        block.W_T.bias.value.fill_(-1e6)
    elif arm.connection == "skipinit":
        block.scale.value.zero_()
    elif block.connection.pre_activation:
        last = block.W if arm.connection == "dense" else block.W2
        for slot in (last.value, last.bias):
            if slot:
                slot.value.zero_()
    else:
        layer = block.NW3 if hasattr(block, "NW3") else block.NW2
        for slot in (layer.norm.gain, layer.norm.shift):
            slot.value.zero_()
    return reference_of(silenced, network).eval().blocks[place]


def expected(stack: Stack, order: BlockOrder, x: Tensor, y: Tensor) -> tuple[list[float], list[float]]:
    accuracy, loss = [], []
    for k in range(stack.k):
        with torch.no_grad():
            logits = cut(stack, k, order)(x)
        accuracy.append((logits.argmax(1) == y).double().mean().item())
        loss.append(F.cross_entropy(logits, y).item())
    return accuracy, loss


def evaluated(stack: Stack, x: Tensor, y: Tensor, asked: Sequence[BlockOrder]) -> Any:
    work = evaluate_orders(stack, size_of(stack, x), x, y, asked)
    while True:
        try:
            assert 0 <= next(work) <= 1
        except StopIteration as end:
            return end.value


def assert_equal_references(stack: Stack, asked: Sequence[BlockOrder]) -> None:
    x, y = batch(stack.structure)
    accuracy, loss = evaluated(stack, x, y, asked)
    for number, order in enumerate(asked):
        right, lost = expected(stack, order, x, y)
        np.testing.assert_allclose(accuracy[number], right, rtol=0, atol=1e-9)
        np.testing.assert_allclose(loss[number], lost, rtol=1e-9, atol=1e-9)


def without(stack: Stack, *numbers: int) -> BlockOrder:
    out = [blocks(stack)[number - 1] for number in numbers]
    return tuple(None if place in out else place for place in unchanged(stack))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_a_lesion_is_the_network_with_that_branch_at_zero(connection: str, family: str) -> None:
    stack = network(connection, family)
    count = len(blocks(stack))
    single = [without(stack, number) for number in range(1, count + 1)]
    several = [without(stack, 1, 3), without(stack, 2, count), without(stack, *range(1, count + 1))]
    assert_equal_references(stack, [unchanged(stack), *single, *several])


SCALED = ("residual", "preact", "bottleneck", "resnext", "wide")
#: settings under which a lesion could mean two things, and the connections that have them
CASES: dict[str, tuple[dict[str, Any], Sequence[str]]] = {
    "tanh": ({"activation": "tanh"}, list(CONNECTIONS)),
    "scaled": ({"skip_scale": 0.5}, SCALED),
    "B": ({"shortcut": "B", "activation": "gelu"}, (*SCALED, "skipinit", "stochastic")),
    "C": ({"shortcut": "C", "skip_scale": 1.5}, SCALED),
    "no skip": ({"shortcut": "C", "skip_scale": 0.0, "activation": "tanh"}, SCALED),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("case", "connection"), [(case, name) for case, (_, names) in CASES.items() for name in names])
def test_a_lesion_is_that_with_every_activation_scale_and_shortcut(connection: str, family: str, case: str) -> None:
    stack = network(connection, family, seeds=(1,), **CASES[case][0])
    count = len(blocks(stack))
    # in three stages the middle block but one is the first of its stage
    assert_equal_references(stack, [without(stack, 1), without(stack, (count + 1) // 2 - 1, count)])


def test_in_one_stack_a_plain_block_leaves_x_and_a_residual_one_its_activated_shortcut() -> None:
    stack = make("mlp", ("plain", "residual"), (8,), seeds=1, activation="tanh")
    x = torch.randn(2, 8, 5, dtype=torch.float64)
    block = stack.steps()[0]
    assert isinstance(block, Block)
    left = block.without(x)
    assert torch.equal(left[0], x[0])
    torch.testing.assert_close(left[1], torch.tanh(x[1]))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", [name for name in CONNECTIONS if name != "dense"])
def test_a_swap_equals_a_torch_network_with_its_modules_swapped(connection: str, family: str) -> None:
    stack = network(connection, family)
    one = list(unchanged(stack))
    a, b = (1, 4) if family == "mlp" else (7, 8)  # the first block of a stage changes the size
    one[a], one[b] = one[b], one[a]
    twice = list(one)
    if family == "mlp":
        twice[0], twice[b] = twice[b], twice[0]
    assert_equal_references(stack, [tuple(one), tuple(twice), unchanged(stack)])


@pytest.mark.parametrize("slice_bytes", [1, 3000, 20_000])
def test_slices_of_examples_and_of_variants_change_no_number(slice_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = network("residual", "conv6n2")
    asked = [unchanged(stack), without(stack, 1), without(stack, 1, 2), without(stack, 5)]
    x, y = batch(stack.structure)
    at_once = evaluated(stack, x, y, asked)
    monkeypatch.setattr(block_orders, "SLICE_BYTES", slice_bytes)
    for one, other in zip(at_once, evaluated(stack, x, y, asked), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_what_variants_share_is_computed_once() -> None:
    asked: list[BlockOrder] = [(0, 1, 2), (None, 1, 2), (None, None, 2), (0, 1, None)]
    forks, places, passes = plan(asked)
    assert passes == 2 + 3 + 4
    assert sorted(places) == [0, 1, 2, 3]
    assert [len(here) for here in forks] == [2, 2, 2]


# The analyses, of a real run


EXPERIMENT = Experiment(depths=(16, 32), seeds=3)


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """The part of the default experiment that has 16 and 32 layers, trained for real."""
    return trained(EXPERIMENT, tmp_path_factory.mktemp("kept"))


def ask(subject: Subject, **question: object) -> Cut:
    finding = list(analyse(subject, parse_question(question)))[-1]
    assert isinstance(finding, Cut)
    return finding


def test_a_residual_network_survives_any_deletion_and_a_plain_one_none(subject: Subject) -> None:
    plain, _ = ask(subject, kind="lesions", depth=16).arms
    _, residual = ask(subject, kind="lesions", depth=32).arms
    assert (plain.layers, residual.layers) == (16, 32)
    assert plain.accuracy_before[0] > 0.9 and residual.accuracy_before[0] > 0.9  # type: ignore[operator]
    assert np.median(np.array(residual.accuracy[0], float)) >= 0.85
    assert np.median(np.array(plain.accuracy[0], float)) <= 0.4


def test_the_bands_are_those_of_the_seeds_and_the_whole_is_what_the_run_measured(subject: Subject) -> None:
    _, accuracy = subject.sweep.evaluate(subject.test_x, subject.test_y)
    arms: Any = ask(subject, kind="lesion", depth=16, blocks=[2]).arms
    for arm, curve in enumerate(arms):
        mine = [accuracy[i] for i, n in enumerate(subject.sweep.networks) if (n.arm, n.depth) == (arm, 16)]
        np.testing.assert_allclose(curve.accuracy_before, [np.median(mine), min(mine), max(mine)], atol=1e-7)
        assert curve.at == [1]
        assert curve.accuracy[1][0] <= curve.accuracy[0][0] <= curve.accuracy[2][0]


def test_one_lesion_is_that_block_of_all_lesions(subject: Subject) -> None:
    every = ask(subject, kind="lesions", depth=32)
    one = ask(subject, kind="lesion", depth=32, blocks=[7])
    for single, row in zip(one.arms, every.arms, strict=True):
        assert row.at == list(range(1, 16))
        assert [column[0] for column in single.accuracy] == [column[6] for column in row.accuracy]
        assert [column[0] for column in single.loss] == pytest.approx([column[6] for column in row.loss], rel=1e-5)


@pytest.mark.parametrize("kind", ["deletions", "shuffle"])
def test_random_cuts_start_whole_repeat_with_their_seed_and_are_the_same_for_both_arms(
    subject: Subject, kind: str
) -> None:
    def curve(seed: int) -> Any:
        return ask(subject, kind=kind, depth=16, most=4, repeats=3, seed=seed).arms

    plain, residual = curve(0)
    assert plain.at == residual.at == [0, 1, 2, 3, 4]
    assert [column[0] for column in residual.accuracy] == residual.accuracy_before
    assert curve(0) == [plain, residual] and curve(1) != [plain, residual]


def test_deletions_end_when_no_block_is_left(subject: Subject) -> None:
    _, residual = ask(subject, kind="deletions", depth=16, most=100, repeats=2).arms
    assert residual.at == list(range(8))
    everything = ask(subject, kind="lesion", depth=16, blocks=list(range(1, 8))).arms[1]
    assert [column[-1] for column in residual.accuracy] == [column[0] for column in everything.accuracy]


def test_matched_arms_share_the_draws(subject: Subject) -> None:
    """With one weight in both arms, alike draws give alike curves."""
    twins = Experiment(arms=(Arm(connection="residual"), Arm(connection="residual")), depths=(16,), width=8)
    fresh = Subject(twins, 0)
    for kind in ("deletions", "shuffle"):
        one, other = ask(fresh, kind=kind, depth=16, most=3, repeats=2).arms
        assert (one.accuracy, one.loss) == (other.accuracy, other.loss)


def test_dense_blocks_have_no_two_of_one_shape_and_the_words_say_so(tmp_path: Path) -> None:
    arms = (Arm(connection="residual"), Arm(connection="dense"))
    experiment = Experiment(arms=arms, depths=(8,), width=8, steps=60)
    learned = trained(experiment, tmp_path)
    found = ask(learned, kind="shuffle", depth=8, most=3, repeats=2)
    assert found.arms[0].at == [0, 1, 2, 3] and found.arms[1].at == [0]
    assert found.words[1:] == ["dense-8: no two blocks have one shape, so there is nothing to swap"], "none compared"


@pytest.mark.parametrize("shortcut", ["A", "C"])
def test_a_branch_that_is_zero_is_not_missed_with_a_projection_either(shortcut: str) -> None:
    fresh = subject_of("skipinit", "mlp", steps=0, shortcut=shortcut)
    arm = ask(fresh, kind="lesions", depth=fresh.experiment.depths[-1]).arms[1]
    assert arm.loss[0] == pytest.approx([arm.loss_before[0]] * len(arm.at), rel=1e-12)


def test_arms_that_lack_a_block_are_not_compared(tmp_path: Path) -> None:
    arms = (Arm(connection="residual"), Arm(connection="bottleneck"))
    learned = trained(Experiment(arms=arms, depths=(14,), width=8, steps=60), tmp_path)
    words = ask(learned, kind="lesion", depth=14, blocks=[5]).words
    assert len(words) == 2 and words[1].startswith("bottleneck-14 has no block 5: ")


def test_the_words_are_made_of_the_numbers(subject: Subject) -> None:
    found = ask(subject, kind="lesions", depth=32)
    plain, residual, *_ = found.words
    accuracy = np.array(found.arms[1].accuracy[0], float)
    worst, whole = int(accuracy.argmin()), float(found.arms[1].accuracy_before[0] or 0)
    assert residual == (
        f"residual-32: without one block, median accuracy {100 * np.median(accuracy):.0f} % "
        f"({100 * whole:.0f} % whole); the worst is block {worst + 1}, {100 * accuracy[worst]:.0f} %"
    )
    assert plain.startswith("plain-32: ")
    same = ask(subject, kind="lesion", depth=32, blocks=[12]).words[1]
    assert same.endswith("no clear difference")


def result(name: str, before: list[float], after: Any, examples: int = 360) -> ArmResult:
    """Of one arm: ``after`` [entries, draws, seeds]."""
    left = np.array(after, float)
    return ArmResult(name, list(range(len(left))), np.array(before), left, examples, 10)


def test_what_equal_networks_show_is_no_difference_and_one_seed_is_said() -> None:
    """Three points on 360 examples are within the sampling error."""
    sentences = without_blocks((3,))
    arms = [result(name, [0.94], [[[after]]]) for name, after in (("plain-16", 0.91), ("residual-16", 0.94))]
    arms = [arm._replace(at=[1]) for arm in arms]
    assert sentences(arms) == [
        "plain-16: without block 3, median accuracy 91 % (94 % whole), no clear difference (one seed)",
        "residual-16: without block 3, median accuracy 94 % (94 % whole), no clear difference (one seed)",
        "No clear difference between the arms: without block 3, median accuracy changes by −3 to 0 points",
    ]


def test_a_difference_that_the_seeds_agree_on_is_told() -> None:
    plain = result("plain-16", [0.96, 0.95, 0.97], [[[0.10, 0.12, 0.09]], [[0.20, 0.22, 0.18]]])
    residual = result("residual-16", [0.97, 0.97, 0.98], [[[0.97, 0.96, 0.98]], [[0.96, 0.95, 0.98]]])
    assert without_each([plain, residual]) == [
        "plain-16: without one block, median accuracy 15 % (96 % whole); the worst is block 0, 10 %",
        "residual-16: without one block, median accuracy 96 % (97 % whole); no single block is clearly missed",
        "Without one block, plain-16 loses 81 points of median accuracy and residual-16 loses 1 point of median "
        "accuracy",
    ]


def test_what_one_network_loses_is_a_fact_but_no_difference_between_arms() -> None:
    """Two equal networks that were trained apart may differ by as much in what they lose."""
    arms = [result(name, [0.94], [[[after]]]) for name, after in (("plain-16", 0.84), ("residual-16", 0.94))]
    plain, _, both = without_each(arms)
    assert plain.endswith("the worst is block 0, 84 % (one seed)")
    assert both == "No clear difference between the arms: without one block, median accuracy changes by −10 to 0 points"


def test_the_comparison_is_of_the_medians_that_are_told_of_each_arm() -> None:
    """One of three seeds loses more: the mean of plain falls by 20 points and its median by 10."""
    plain = result("plain-16", [0.9, 0.9, 0.9], [[[0.9, 0.9, 0.9]], [[0.8, 0.8, 0.5]]])
    residual = result("residual-16", [0.9, 0.9, 0.9], [[[0.9, 0.9, 0.9]], [[0.9, 0.9, 0.9]]])
    first, _, both = after_changes("block")([plain, residual])
    assert "median accuracy 90 % whole, 80 % after 1 block" in first
    loses = "Without 1 random block, plain-16 loses 10 points of median accuracy"
    assert both == f"{loses} and residual-16 loses 0 points of median accuracy"


def test_arms_whose_seeds_disagree_about_a_lesion_are_not_told_apart() -> None:
    shaky = result("plain-16", [0.9, 0.9, 0.9], [[[0.9, 0.5, 0.9]], [[0.9, 0.5, 0.9]]])
    steady = result("residual-16", [0.9, 0.9, 0.9], [[[0.9, 0.9, 0.9]], [[0.9, 0.9, 0.9]]])
    for sentences in (without_each, after_changes("block")):
        assert sentences([shaky, steady])[-1].startswith("No clear difference between the arms: ")


def test_only_what_is_within_the_sampling_error_of_chance_has_nothing_to_lose() -> None:
    """Of 360 examples 14 % is not chance, and 12 % is."""
    words = [
        without_each([result("plain-16", [accuracy], [[[0.1]]], examples)])[0]
        for accuracy, examples in ((0.14, 360), (0.12, 360))
    ]
    assert ["nothing to lose" in word for word in words] == [False, True]


def test_of_an_untrained_network_the_words_say_that_there_is_nothing_to_lose() -> None:
    fresh = Subject(Experiment(depths=(4,), width=8), 0)
    for trainer in fresh.sweep.trainers:
        trainer.parameters.flat.zero_()  # one answer to every example
    words = ask(fresh, kind="lesions", depth=4).words
    assert len(words) == 2
    assert all(word.endswith("there is nothing to lose") for word in words)


def test_an_arm_without_the_block_is_left_whole_and_a_block_that_no_arm_has_is_refused() -> None:
    arms = (Arm(connection="residual"), Arm(connection="bottleneck"))
    fresh = Subject(Experiment(arms=arms, depths=(14,), width=8), 0)
    residual, bottleneck = ask(fresh, kind="lesion", depth=14, blocks=[6]).arms
    assert (residual.at, bottleneck.at) == ([1], [0])
    assert [column[0] for column in bottleneck.accuracy] == bottleneck.accuracy_before
    with pytest.raises(Refused, match="blocks: 7 is over the number of blocks at depth 14, 6"):
        ask(fresh, kind="lesion", depth=14, blocks=[6, 7])
    with pytest.raises(Refused, match="depth: this run has no networks at 16"):
        ask(fresh, kind="lesions", depth=16)


def test_what_would_take_too_long_is_refused_with_the_bound() -> None:
    fresh = Subject(Experiment(dataset="fashion", family="conv6n2", depths=(56,), width=16), 0)
    with pytest.raises(Refused, match=r"over the limit of 3,600 billion .* fewer draws"):
        ask(fresh, kind="deletions", depth=56, most=27, repeats=50)


def test_closing_the_analysis_leaves_the_run_as_it_was(subject: Subject) -> None:
    before = [trainer.parameters.flat.clone() for trainer in subject.sweep.trainers]
    work = analyse(subject, parse_question({"kind": "lesions", "depth": 32}))
    assert isinstance(next(work), float)
    work.close()  # type: ignore[attr-defined]
    assert torch.is_grad_enabled()
    for trainer, weights in zip(subject.sweep.trainers, before, strict=True):
        assert torch.equal(trainer.parameters.flat, weights)
