"""The way of an image through a ResNet for ImageNet, stage by stage, in shapes and counts that the catalogue computes.

Six parts: input, convolution and pooling, the first residual block, the blocks stacked on it, global average pooling,
the fully connected layer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import prod

from app.catalog.layer import Block, Layer, Shape, Unrolled
from app.catalog.network import Network
from app.catalog.registry import NETWORKS, find
from app.catalog.staged import Staged
from app.catalog.words import number, shape
from app.contract.trace import Part, StageKind, Trace, Traced, TraceStage
from app.errors import UnknownNetwork

#: what a section is by the first of its layers that stands outside of blocks
_KINDS: dict[str, StageKind] = {"max pool": "pooling", "global pool": "average", "linear": "classifier"}
_PARTS: dict[str, Part] = {
    "input": "input", "stem": "convolution and pooling", "pooling": "convolution and pooling",
    "average": "global average pooling", "classifier": "fully connected",
}  # fmt: skip
_NAMES = {"average": "average pooling", "classifier": "fully connected"}
_COUNTS = ("no", "one", "two", "three", "four")


@dataclass(frozen=True, slots=True)
class Section:
    """Layers that are one stage of the way.

    Attributes:
        block: None outside of blocks.
    """

    kind: StageKind
    layers: tuple[Layer, ...]
    block: Block | None

    @property
    def branch(self) -> tuple[Layer, ...]:
        """F: the layers that a skip passes by."""
        return tuple(layer for layer in self.layers if layer.path == "branch")

    @property
    def shortcut(self) -> tuple[Layer, ...]:
        """The layers on the skip; none where it is the identity."""
        return tuple(layer for layer in self.layers if layer.path == "shortcut")


def _has_pipeline(network: Network) -> bool:
    """It is a residual network of stages that reads what ImageNet's do: a large stem and a pool in front."""
    body = network.body
    if not isinstance(body, Staged) or body.stem is None:
        return False
    return body.stem.pooled and body.connection.join == "add" and body.connection.rectified


#: the networks whose way can be followed
PIPELINES: dict[str, Network] = {name: network for name, network in NETWORKS.items() if _has_pipeline(network)}


def find_pipeline(name: str) -> Network:
    """The network of this name; raises UnknownNetwork where there is none, or its way cannot be followed."""
    network = find(name)
    if name not in PIPELINES:
        raise UnknownNetwork(f"{network.label} has no trace here; these have one: {', '.join(PIPELINES)}", "name")
    return network


def sections(unrolled: Unrolled) -> list[Section]:
    """The stages behind the input: stem, pooling, every block, global average pooling, classifier."""
    runs = groupby(unrolled.layers, key=lambda layer: (layer.block, _kind(layer)))
    return [
        Section(kind, tuple(layers), unrolled.blocks[block - 1] if block else None) for (block, kind), layers in runs
    ]


def walk(network: Network) -> Trace:
    """The way in shapes, operations and counts, without weights: no maps, no answer."""
    unrolled = network.unroll()
    stages = list(_stages(network, unrolled))
    traced = Traced(0, network.label, 0, stages, [], [], None, None, _words(network, unrolled))
    channels, side, _ = unrolled.layers[0].reads
    return Trace(0, None, [], side, channels, "", [traced], [], [])


def _kind(layer: Layer) -> StageKind:
    return "block" if layer.block else _KINDS.get(layer.kind, "stem")


def _stages(network: Network, unrolled: Unrolled) -> Iterator[TraceStage]:
    reads = unrolled.layers[0].reads
    words = f"An image of {shape(reads[1:])} pixels in {reads[0]} channels: {prod(reads):,} numbers"
    yield TraceStage("input", "input", "the image", words, "", (), reads, reads, part=_PARTS["input"])
    counted = 0
    for section in sections(unrolled):
        weighted = sum(layer.weighted and layer.path != "shortcut" for layer in section.layers)
        numbers = tuple(sorted({counted + 1, counted + weighted})) if weighted else ()
        counted += weighted
        first, last = section.layers[0], section.layers[-1]
        yield TraceStage(
            section.kind,
            f"block {section.block.number}" if section.block else _NAMES.get(section.kind, section.kind),
            _operation(section),
            ". ".join((_does(unrolled, section), _counts(section), _sees(last, reads))),
            _equation(network, section),
            numbers,
            first.reads,
            last.gives,
            part=_part(section),
        )


def _part(section: Section) -> Part:
    if section.block is None:
        return _PARTS[section.kind]
    return "residual block" if section.block.number == 1 else "stacked blocks"


def _equation(network: Network, section: Section) -> str:
    """Of a block: what passes is x itself, or s(x) where it is made to fit."""
    if section.block is None:
        return ""
    return network.equation if section.shortcut else network.equation.replace("s(x)", "x")


def _operation(section: Section) -> str:
    if section.kind == "average":
        return f"mean over {shape(section.layers[0].reads[1:])}"
    if section.block is None:
        return ", ".join(layer.role or layer.text for layer in section.layers)
    kernels = [f"{layer.kernel}×{layer.kernel}" for layer in section.branch if layer.weighted]
    alike = len(set(kernels)) == 1
    return (f"{_COUNTS[len(kernels)]} {kernels[0]}" if alike else ", ".join(kernels)) + " convolutions, ⊕"


def _does(unrolled: Unrolled, section: Section) -> str:
    """What happens, in a sentence."""
    first, last = section.layers[0], section.layers[-1]
    match section.kind:
        case "stem":
            return (
                f"{first.gives[0]} filters of {first.kernel}×{first.kernel} pixels slide over the image in steps of "
                f"{first.stride}; then batch norm and ReLU"
            )
        case "pooling":
            return f"Of every {first.kernel}×{first.kernel} pixels the largest, in steps of {first.stride}"
        case "average":
            return f"Each channel becomes its mean over {shape(first.reads[1:])} pixels: where things are is lost"
        case "classifier":
            return (
                f"Each of {last.gives[0]:,} classes gets a weighted sum of the {first.reads[0]:,} numbers and a bias; "
                "softmax makes probabilities of them"
            )
    assert section.block
    row = [block for block in unrolled.blocks if block.stage == section.block.stage]
    lines = "; ".join(layer.text for layer in section.branch if layer.weighted)
    skip = "; ".join(layer.text for layer in section.shortcut if layer.weighted)
    carried = f"a projection of x, which makes it fit: {skip}" if skip else "x unchanged"
    place = f"Block {row.index(section.block) + 1} of {len(row)} of conv{section.block.stage + 1}_x"
    return f"{place}: F is {lines}. The skip carries {carried}"


def _counts(section: Section) -> str:
    parameters = sum(layer.parameters for layer in section.layers)
    products = sum(layer.multiply_adds for layer in section.layers)
    if not parameters:
        return "No parameters"
    return f"{parameters:,} parameters, {number(products)} multiply-adds"


def _sees(layer: Layer, image: Shape) -> str:
    """On how much of the image a number depends."""
    field = layer.receptive_field
    if field is None:
        return "Each number depends on the whole image"
    if field > image[1]:
        return f"The receptive field of a number, {field}×{field} pixels, is larger than the image"
    return f"Each number depends on {field}×{field} pixels of the image"


def _words(network: Network, unrolled: Unrolled) -> list[str]:
    """The network in sentences."""
    blocks, reads = unrolled.blocks, unrolled.layers[0].reads
    inner = [layer for layer in unrolled.layers if layer.block]
    last = unrolled.of(blocks[-1])[-1].gives
    projections = sum(block.shortcut == "projection" for block in blocks)
    parameters = sum(layer.parameters for layer in inner) / unrolled.parameters
    products = sum(layer.multiply_adds for layer in inner) / unrolled.multiply_adds
    return [
        f"{network.label} has {network.depth} layers, {unrolled.parameters:,} parameters, and takes "
        f"{number(unrolled.multiply_adds)} multiply-adds for an image of {shape(reads[1:])} pixels",
        f"Its {len(blocks)} blocks hold {100 * parameters:.0f} % of the parameters and do {100 * products:.0f} % "
        "of the multiply-adds",
        f"Of its {len(blocks)} skips {len(blocks) - projections} are the identity and {projections} projections",
        f"On the way the image's {reads[1]}×{reads[2]} pixels become {last[1]}×{last[2]}, and {reads[0]} channels "
        f"become {last[0]:,}",
    ]
