"""Shapes: those that papers give, and what input fits."""

import pytest

from app.catalog import NETWORKS, find
from app.catalog.layer import Unrolled
from app.errors import Refused, UnknownNetwork

BASIC = [(64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7)]
BOTTLENECK = [(256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7)]
DENSE = {
    121: (256, 512, 1024, 1024),
    169: (256, 512, 1280, 1664),
    201: (256, 512, 1792, 1920),
    161: (384, 768, 2112, 2208),
}


def stage_outputs(unrolled: Unrolled) -> list[tuple[int, ...]]:
    """What the last block of each stage gives."""
    last = {block.stage: unrolled.of(block)[-1].gives for block in unrolled.blocks}
    return list(last.values())


@pytest.mark.parametrize("name", ["plain18", "plain34", "resnet18", "resnet34"])
def test_stages_of_basic_blocks(name: str) -> None:
    assert stage_outputs(find(name).unroll()) == BASIC


@pytest.mark.parametrize(
    "name", ["resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2"]
)
@pytest.mark.parametrize("place", ["1x1", "3x3"])
def test_stages_of_bottlenecks(name: str, place: str) -> None:
    assert stage_outputs(find(name).with_choices({"stride_at": place}).unroll()) == BOTTLENECK


@pytest.mark.parametrize("depth", DENSE)
def test_dense_blocks_and_transitions_that_halve_channels_and_size(depth: int) -> None:
    unrolled = find(f"densenet{depth}").unroll()
    sides = (56, 28, 14, 7)
    assert stage_outputs(unrolled) == [(c, s, s) for c, s in zip(DENSE[depth], sides, strict=True)]
    pools = [layer for layer in unrolled.layers if layer.kind == "average pool"]
    assert [pool.gives for pool in pools] == [
        (c // 2, s // 2, s // 2) for c, s in zip(DENSE[depth][:-1], sides, strict=False)
    ]


@pytest.mark.parametrize("name", ["resnet20", "plain1202", "preact164", "wrn28_10"])
def test_stages_of_cifar_are_at_32_16_and_8_pixels(name: str) -> None:
    assert [shape[1:] for shape in stage_outputs(find(name).unroll())] == [(32, 32), (16, 16), (8, 8)]


def test_u_net_turns_572_pixels_into_388() -> None:
    unrolled = find("unet").unroll()
    assert unrolled.output == (2, 388, 388)
    assert min(layer.gives[1] for layer in unrolled.layers) == 28


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_read_what_others_gave(name: str) -> None:
    network = find(name)
    for side in (network.input.least, network.input.side, network.input.most):
        unrolled = network.unroll(side)
        shapes = [unrolled.layers[0].reads, *(layer.gives for layer in unrolled.layers)]
        for layer in unrolled.layers:
            assert layer.reads in shapes[: layer.number], layer
            assert min(layer.gives) > 0
        for skip in unrolled.skips:
            assert 0 <= skip.start < skip.end
            joined, start = unrolled.layers[skip.end - 1], shapes[skip.start]
            if skip.kind == "identity":
                assert start == joined.gives == joined.reads
            elif skip.kind == "concatenated":
                assert joined.gives[0] == joined.reads[0] + start[0]
            else:
                assert joined.kind in ("add", "gate")


@pytest.mark.parametrize("name", NETWORKS)
def test_an_input_out_of_bounds_is_refused_by_name(name: str) -> None:
    bounds = find(name).input
    for side, bound in ((bounds.least - bounds.step, bounds.least), (bounds.most + bounds.step, bounds.most)):
        with pytest.raises(Refused, match=rf"^input: .*\b{bound}\b") as refusal:
            find(name).unroll(side)
        assert refusal.value.field == "input"


@pytest.mark.parametrize("side", [571, 573, 580])
def test_a_tile_that_cannot_be_halved_evenly_is_refused_with_the_nearest_that_can(side: int) -> None:
    low = 556 if side < 572 else 572
    with pytest.raises(Refused, match=f"input: {side} .* {low} or {low + 16}"):
        find("unet").unroll(side)


@pytest.mark.parametrize(
    ("name", "choice", "words"),
    [
        ("densenet121", {"shortcut": "A"}, "shortcut: DenseNet-121 has no choice of it"),
        ("resnet18", {"stride_at": "1x1"}, "stride_at: ResNet-18 has no choice of it"),
        ("resnet18", {"shortcut": "D"}, "shortcut: 'D' is not one of A, B, C"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_by_name(name: str, choice: dict[str, str], words: str) -> None:
    with pytest.raises(Refused) as refusal:
        find(name).with_choices(choice)
    assert (str(refusal.value), refusal.value.field) == (words, next(iter(choice)))


def test_a_network_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNetwork, match="there is no published network 'resnet19'"):
        find("resnet19")
