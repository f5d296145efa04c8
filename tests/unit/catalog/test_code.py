"""The text of every network runs, and counts what the catalogue counts."""

import ast

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from app.catalog import NETWORKS, find
from app.catalog.code import code_of
from app.catalog.network import Network
from tests.unit.catalog.programs import built

CHOICES = [{"shortcut": shortcut, "stride_at": place} for shortcut in "ABC" for place in ("3x3", "1x1")]


def variants() -> list[Network]:
    """Every network with every choice."""
    made = {}
    for network in NETWORKS.values():
        for choice in CHOICES:
            one = network.with_choices({name: value for name, value in choice.items() if name in network.choices})
            made[network.name, *one.chosen.values()] = one
    return list(made.values())


def name_of(network: Network) -> str:
    return "-".join([network.name, *network.chosen.values()])


def check(network: Network, side: int) -> None:
    unrolled, batch = network.unroll(side), 2
    module = built(network, side)
    assert sum(p.numel() for p in module.parameters()) == unrolled.parameters
    given: list[int] = []
    for child in module.modules():
        if isinstance(child, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            child.register_forward_hook(lambda _, __, out: given.append(out[0].numel()))
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        y = module(torch.zeros(batch, *unrolled.layers[0].reads, device="meta"))
    assert tuple(y.shape) == (batch, *unrolled.output)
    assert sum(given) == unrolled.activations
    assert counter.get_total_flops() == 2 * batch * unrolled.multiply_adds  # it counts products and sums


LONG = [name for name, network in NETWORKS.items() if network.depth > 1000]


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(one, marks=pytest.mark.slow) if one.name in LONG and one.chosen != find(one.name).chosen else one
        for one in variants()
    ],
    ids=name_of,
)
def test_the_text_gives_the_parameters_output_and_multiply_adds_of_the_catalogue(network: Network) -> None:
    check(network, network.input.side)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in NETWORKS])
def test_it_does_at_the_least_and_at_an_odd_size(name: str) -> None:
    network = find(name)
    check(network, network.input.least)
    check(network, network.input.least + 11 * network.input.step)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_text_holds_only_what_it_uses_and_imports_only_torch(name: str) -> None:
    tree = ast.parse(code_of(find(name), find(name).unroll()))
    named = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            assert node.name in named
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [one.asname or one.name for one in node.names]
            assert set(names) <= set(named), ast.unparse(node)
            module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert str(module).split(".")[0] in ("torch", "collections", "functools", "itertools", "typing")


class Given(TorchDispatchMode):
    """Counts the numbers that operations give, those of views left out."""

    VIEWS = (
        "view",
        "t",
        "transpose",
        "slice",
        "alias",
        "detach",
        "expand",
        "permute",
        "unsqueeze",
        "squeeze",
        "select",
    )

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        if func._schema.name.split("::")[1] not in (*self.VIEWS, "_unsafe_view"):
            self.numbers += (out[0] if isinstance(out, tuple) else out).numel()
        return out


@pytest.mark.parametrize("name", ["vgg19", "plain34", "resnet34", "resnet50", "densenet121", "resnet20", "wrn28_10"])
def test_memory_is_all_that_operations_give(name: str) -> None:
    network = find(name).with_choices({"shortcut": "A"} if name == "resnet34" else {})
    unrolled = network.unroll()
    module, x = built(network), torch.zeros(1, *unrolled.layers[0].reads, device="meta")
    with Given() as given, torch.no_grad():
        module(x)
    assert unrolled.memory == 4 * given.numbers
