"""Weight layers as a reader sees them: name, shapes, number of weights. Arithmetic only, no torch.

The order is the order of the gradients on the wire: first layer, the layers of each block, last layer.
"""

from dataclasses import dataclass

from app.contract.arms import record_of
from app.contract.experiment import DATASET_SHAPES, Cell, Experiment
from app.contract.shapes import LayerShape, Site


@dataclass(frozen=True, slots=True)
class Layer:
    """One weight layer.

    Attributes:
        number: 1 for the layer nearest the input.
        name: what people call it, such as ``block 3, layer 2``.
        kind: ``linear`` or ``conv 3×3``.
        reads, gives: shapes of one example before and after, such as ``16×7×7``.
        weights: entries of its weight matrix or kernels, biases and norms not counted.
        block: number of its block from 1, 0 for the first and the last layer and for transitions.
        stage: stage of a 6n+2 network from 1, 0 elsewhere.
        into, out: channels, or units, that it reads and gives.
        paths: groups that its channels are parted into, 1 but for ResNeXt.
    """

    number: int
    name: str
    kind: str
    reads: str
    gives: str
    weights: int
    block: int
    stage: int
    into: int
    out: int
    paths: int = 1

    @property
    def transition(self) -> bool:
        """It stands between two stages of a dense network."""
        return self.name.startswith("transition")


@dataclass(frozen=True, slots=True)
class Block:
    """Where a block's layers stand.

    Attributes:
        number: from 1 at the input side, as analyses count blocks; 0 for a transition of a dense network.
        first, layers: number of its first weight layer, and how many it has.
        stage: as ``Layer.stage``.
        resized: it changes width or resolution, so that the identity does not fit its shortcut (as
            ``app.nets.block.Block.changes_size``; a test holds the two together). Never of a dense block,
            which passes on all that it reads.
    """

    number: int
    first: int
    layers: int
    stage: int
    resized: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The weight layers of a network, and how they stand in blocks; both input side first."""

    layers: tuple[Layer, ...]
    blocks: tuple[Block, ...]


def plan_of(experiment: Experiment, cell: Cell) -> Plan:
    """The weight layers of the networks of a cell, as ``app.nets`` builds them."""
    arm, images, stages = experiment.arms[cell.arm], experiment.images, experiment.stages
    record, staged = record_of(arm), int(stages > 1)
    channels, side, classes = DATASET_SHAPES[experiment.dataset]
    inputs = channels if images else channels * max(1, side) ** 2
    layers = [_layer(1, "first layer", images, LayerShape(experiment.width), inputs, side, side, 0, staged)]
    width, size = experiment.width, side
    blocks: list[Block] = []
    count = (cell.layers - 2 - record.transitions(stages)) // (record.layers * stages)
    for stage in range(1, stages + 1):
        for i in range(count):
            stride = 2 if stage > 1 and i == 0 and not record.transition else 1
            site = Site(experiment.width * 2 ** (stage - 1), width, stride, images)
            number, first = (stage - 1) * count + i + 1, len(layers) + 1
            reads = width
            for part, shape in enumerate(record.shapes(arm, site), 1):
                after = -(-size // shape.stride)
                name = f"block {number}, layer {part}" if record.layers > 1 else f"block {number}"
                layers.append(_layer(len(layers) + 1, name, images, shape, reads, size, after, number, stage * staged))
                reads, size = shape.out, after
            gives = record.gives(arm, site)
            resized = (width != gives or stride > 1) and not record.concatenates
            blocks.append(Block(number, first, record.layers, stage * staged, resized))
            width = gives
        if record.transition and stage < stages:
            shape = LayerShape(record.transition(arm, width), kernel=1)
            blocks.append(Block(0, len(layers) + 1, 1, stage))
            layers.append(_layer(len(layers) + 1, f"transition {stage}", images, shape, width, size, size, 0, stage))
            width, size = shape.out, -(-size // 2)
    last = Layer(
        len(layers) + 1, "last layer", "linear", str(width), str(classes), width * classes, 0, stages * staged,
        width, classes,
    )  # fmt: skip
    return Plan((*layers, last), tuple(blocks))


def _layer(
    number: int, name: str, images: bool, shape: LayerShape, reads: int, size: int, after: int, block: int, stage: int
) -> Layer:
    kind = f"conv {shape.kernel}×{shape.kernel}" if images else "linear"
    kind += f" in {shape.groups} paths" if shape.groups > 1 else ""
    weights = reads // shape.groups * shape.out * (shape.kernel**2 if images else 1)
    return Layer(
        number, name, kind,
        f"{reads}×{size}×{size}" if images else str(reads),
        f"{shape.out}×{after}×{after}" if images else str(shape.out),
        weights, block, stage, reads, shape.out, shape.groups,
    )  # fmt: skip
