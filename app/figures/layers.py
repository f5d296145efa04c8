"""Weight layers as a reader sees them: name, shapes, number of weights. Arithmetic only, no torch.

The order is the order of the gradients on the wire: first layer, two a block, last layer.
"""

from dataclasses import dataclass

from app.contract.experiment import DATASET_SHAPES, Experiment


@dataclass(frozen=True, slots=True)
class Layer:
    """One weight layer.

    Attributes:
        number: 1 for the layer nearest the input.
        name: what people call it, such as ``block 3, layer 2``.
        kind: ``linear`` or ``conv 3×3``.
        reads, gives: shapes of one example before and after, such as ``16×7×7``.
        weights: entries of its weight matrix or kernels, biases and norms not counted.
        block: number of its block from 1, 0 for the first and the last layer.
        stage: stage of a 6n+2 network from 1, 0 elsewhere.
    """

    number: int
    name: str
    kind: str
    reads: str
    gives: str
    weights: int
    block: int
    stage: int


def block_count(depth: int) -> int:
    """How many blocks of two layers a network of this depth has."""
    return (depth - 2) // 2


def stage_of_block(experiment: Experiment, depth: int, block: int) -> int:
    """The stage, from 1, of a block (from 1) of a 6n+2 network; 0 for networks without stages."""
    if experiment.family != "conv6n2":
        return 0
    return (block - 1) // ((depth - 2) // 6) + 1


def layers_of(experiment: Experiment, depth: int) -> tuple[Layer, ...]:
    """All ``depth`` weight layers of a network of the experiment, input side first."""
    channels, side, classes = DATASET_SHAPES[experiment.dataset]
    width = experiment.width
    convolutional = experiment.family != "mlp"
    kind = "conv 3×3" if convolutional else "linear"

    def shape(filters: int, size: int) -> str:
        return f"{filters}×{size}×{size}" if convolutional else str(filters)

    inputs = channels if convolutional else channels * max(1, side) ** 2
    filters, size = width, side
    taps = 9 if convolutional else 1
    layers = [
        Layer(1, "first layer", kind, shape(inputs, side), shape(width, side), taps * inputs * width, 0,
              1 if experiment.family == "conv6n2" else 0)
    ]  # fmt: skip
    for block in range(1, block_count(depth) + 1):
        stage = stage_of_block(experiment, depth, block)
        before, before_size = filters, size
        if stage:
            filters, size = width * 2 ** (stage - 1), -(-side // 2 ** (stage - 1))
        for part in (1, 2):
            reads = shape(before, before_size) if part == 1 else shape(filters, size)
            weights = taps * (before if part == 1 else filters) * filters
            layers.append(
                Layer(len(layers) + 1, f"block {block}, layer {part}", kind, reads, shape(filters, size), weights,
                      block, stage)
            )  # fmt: skip
    layers.append(
        Layer(depth, "last layer", "linear", str(filters), str(classes), filters * classes, 0, layers[-1].stage)
    )
    return tuple(layers)
