"""The network as ordinary PyTorch: a text that runs, made of the classes that it needs and a line that builds it."""

import ast
from functools import cache
from math import prod
from pathlib import Path

from app.catalog import connections as c
from app.catalog.beyond import Encoder, UNet
from app.catalog.layer import Unrolled
from app.catalog.network import Network
from app.catalog.staged import Staged
from app.contract.connections import Connection
from app.contract.shapes import Site

_FOLDER = Path(__file__).parent / "pytorch"
#: modules in the order in which they build on each other
_MODULES = ("shortcuts", "blocks", "networks", "beyond")
#: where the names in them come from
_STANDARD = {
    "Callable": "from collections.abc import Callable",
    "partial": "from functools import partial",
    "pairwise": "from itertools import pairwise",
    "Any": "from typing import Any",
}
#: class of the blocks of a connection
_BLOCKS = {
    c.PLAIN.name: "PlainBlock", c.RESIDUAL.name: "BasicBlock", c.BOTTLENECK.name: "Bottleneck",
    c.RESNEXT.name: "Bottleneck", c.WIDE.name: "PreActivation", c.PREACT_BOTTLENECK.name: "PreActivationBottleneck",
}  # fmt: skip


def code_of(network: Network, unrolled: Unrolled) -> str:
    """The text of a Python program that defines ``network``, an ``nn.Module``, and counts its parameters.

    Args:
        unrolled: the same network at the input size that is meant.
    """
    reads = unrolled.layers[0].reads
    build = f"network = {_call(network, prod(reads))}"
    pieces, names = _needed(build)
    header = "\n\n".join([f'"""{network.label} ({network.paper})."""', *_imports(names)])
    tail = f"print(sum(p.numel() for p in network.parameters()))  # {unrolled.parameters:,}"
    return "\n\n\n".join([header, *pieces, f"# reads batches of {' × '.join(map(str, reads))}\n{build}\n{tail}\n"])


def _call(network: Network, inputs: int) -> str:
    """The expression that makes the network; ``inputs``: numbers of one example."""
    match network.body:
        case UNet() as body:
            return f"UNet(channels={network.input.channels}, widths={body.widths}, classes={body.classes})"
        case Encoder() as body:
            block = "PreNorm" if body.pre_norm else "PostNorm"
            sizes = f"width={body.width}, heads={body.heads}, hidden={body.hidden}"
            return f"encoder({block}, layers={body.layers}, {sizes})"
        case Staged(stem=None) as body:
            return f"vgg({_blocks(body)}, widths={_widths(body)}, classes={body.classes})"
        case Staged(images=False) as body:
            (stage,) = body.stages
            sizes = f"width={stage.width}, layers={stage.blocks}, classes={body.classes}"
            return f"highway_network({inputs}, {sizes}, gate_bias={body.arm.gate_bias})"
        case Staged(connection=Connection(join="concatenate")) as body:
            sizes = f"blocks={_blocks(body)}, growth={body.arm.growth}, classes={body.classes}"
            return f"dense_network({_first(body)}, {sizes})"
        case Staged() as body:
            pre = ", pre_activation=True" if body.connection.pre_activation else ""
            return (
                f"residual_network(\n    {_first(body)}, {_block(body)},\n    blocks={_blocks(body)}, "
                f"widths={_widths(body)}, classes={body.classes}{pre},\n)"
            )
    raise TypeError(f"no text for {network.body}")


def _first(body: Staged) -> str:
    """The stem, and the channels that it gives."""
    assert body.stem
    width = body.stem.width
    made = f"stem({width})" if body.stem.pooled else f"small_stem({width})"
    return f"{made if body.stem.activated else f'conv(3, {width}, 3)'}, {width}"


def _block(body: Staged) -> str:
    """The class of the blocks, with what is not its default."""
    record, arm = body.connection, body.arm
    name, given = _BLOCKS[record.name], []
    if record.join == "add" and not record.pre_activation:
        given.append(f"shortcut=option_{arm.shortcut.lower()}")
    if name == "Bottleneck":
        middle = record.shapes(arm, Site(64, 256, 1, True))[1]
        given += [f"widen={middle.out // 64}"] if middle.out > 64 else []
        given += [f"groups={middle.groups}"] if middle.groups > 1 else []
        given += ['stride_at="1x1"'] if arm.stride_at == "1x1" else []
    return f"partial({name}, {', '.join(given)})" if given else name


def _blocks(body: Staged) -> tuple[int, ...]:
    return tuple(stage.blocks for stage in body.stages)


def _widths(body: Staged) -> tuple[int, ...]:
    """Widths of the stages; those of a wide network are k times as wide."""
    factor = body.arm.widen if body.connection.uses("widen") else 1
    return tuple(stage.width * factor for stage in body.stages)


def _imports(names: set[str]) -> list[str]:
    """The lines that import these names: those of the standard library, and those of torch."""
    standard = [line for name, line in _STANDARD.items() if name in names]
    torch = [
        *(["import torch"] if "torch" in names else []),
        "from torch import Tensor, nn" if "Tensor" in names else "from torch import nn",
        *(["from torch.nn import functional as F"] if "F" in names else []),
    ]
    return ["\n".join(lines) for lines in (standard, torch) if lines]


def _needed(build: str) -> tuple[list[str], set[str]]:
    """The definitions that a text needs, in order, and all names in it and in them."""
    found = _definitions()
    names, new = set[str](), _names(build)
    while new:
        names |= new
        new = {name for needed in new if needed in found for name in _names(found[needed])} - names
    return [text for name, text in found.items() if name in names], names


@cache
def _definitions() -> dict[str, str]:
    """Text of every class and function by name."""
    made = {}
    for module in _MODULES:
        text = (_FOLDER / f"{module}.py").read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                made[node.name] = (ast.get_source_segment(text, node) or "").replace("  # fmt: skip", "")
    return made


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
