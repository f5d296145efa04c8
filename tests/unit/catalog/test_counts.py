"""Parameters and multiply-adds are those that were published, to the last digit given."""

import pytest

from app.catalog import NETWORKS, find

#: torchvision's documentation: parameters, and 10⁹ multiply-adds at 224²
TORCHVISION = {
    "resnet18": (11_689_512, 1.814),
    "resnet34": (21_797_672, 3.664),
    "resnet50": (25_557_032, 4.089),
    "resnet101": (44_549_160, 7.801),
    "resnet152": (60_192_808, 11.514),
    "resnext50_32x4d": (25_028_904, 4.23),
    "resnext101_32x8d": (88_791_336, 16.414),
    "wide_resnet50_2": (68_883_240, 11.398),
    "densenet121": (7_978_856, 2.834),
    "densenet161": (28_681_000, 7.728),
    "densenet169": (14_149_480, 3.36),
    "densenet201": (20_013_928, 4.291),
    "vgg19": (143_667_240, 19.632),
}
CIFAR = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}


@pytest.mark.parametrize("name", TORCHVISION)
def test_networks_of_torchvision_have_its_parameters_and_multiply_adds(name: str) -> None:
    unrolled = find(name).unroll()
    assert (unrolled.parameters, round(unrolled.multiply_adds / 1e9, 3)) == TORCHVISION[name]


@pytest.mark.parametrize(("name", "billions"), [("resnet50", 3.858), ("resnet101", 7.570), ("resnet152", 11.282)])
def test_the_stride_of_the_paper_gives_the_multiply_adds_of_the_paper(name: str, billions: float) -> None:
    network = find(name)
    paper = network.with_choices({"stride_at": "1x1"}).unroll()
    assert round(paper.multiply_adds / 1e9, 3) == billions
    assert paper.parameters == network.unroll().parameters
    assert paper.multiply_adds < network.unroll().multiply_adds


@pytest.mark.parametrize("depth", CIFAR)
def test_networks_of_cifar_have_their_parameters_and_plain_twins_the_same(depth: int) -> None:
    assert find(f"resnet{depth}").unroll().parameters == find(f"plain{depth}").unroll().parameters == CIFAR[depth]


@pytest.mark.parametrize(("depth", "parameters"), [(18, 11_515_688), (34, 21_623_848)])
def test_option_a_adds_no_parameter_to_the_plain_network(depth: int, parameters: int) -> None:
    a = find(f"resnet{depth}").with_choices({"shortcut": "A"}).unroll()
    plain = find(f"plain{depth}").unroll()
    assert a.parameters == plain.parameters == parameters
    assert a.multiply_adds == plain.multiply_adds


@pytest.mark.parametrize("name", [name for name, network in NETWORKS.items() if "shortcut" in network.choices])
def test_each_option_adds_parameters_to_the_one_before(name: str) -> None:
    a, b, c = (find(name).with_choices({"shortcut": option}).unroll() for option in "ABC")
    assert a.parameters < b.parameters < c.parameters
    assert a.output == b.output == c.output
    assert a.weight_layers == b.weight_layers == c.weight_layers


@pytest.mark.parametrize("name", NETWORKS)
def test_totals_are_sums_over_layers_and_their_parts(name: str) -> None:
    unrolled = find(name).unroll()
    weights = sum(layer.weights for layer in unrolled.layers if layer.weighted)
    assert weights + unrolled.biases + unrolled.norm_parameters == unrolled.parameters
    assert all(layer.multiply_adds == 0 for layer in unrolled.layers if layer.kind in ("norm", "activation", "add"))


def counted(name: str) -> int:
    """Layers as the paper of this network counts them."""
    network, unrolled = find(name), find(name).unroll()
    if network.family == "Highway":  # softmax is not counted
        return unrolled.weight_layers - 1
    if name == "wrn28_10":  # convolutions, those of shortcuts too
        return sum(layer.kind == "conv" for layer in unrolled.layers)
    if network.family == "Transformer":  # pairs of blocks
        return len(unrolled.blocks) // 2
    return unrolled.weight_layers


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_as_deep_as_its_name_says(name: str) -> None:
    assert counted(name) == find(name).depth


@pytest.mark.parametrize("n", [3, 5, 7, 9, 18, 200])
def test_networks_of_cifar_have_6n_2_layers_in_3n_blocks(n: int) -> None:
    unrolled = find(f"resnet{6 * n + 2}").unroll()
    assert (unrolled.weight_layers, len(unrolled.blocks), len(unrolled.skips)) == (6 * n + 2, 3 * n, 3 * n)
