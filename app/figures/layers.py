"""Weight layers as a reader sees them: name, shapes, number of weights. Arithmetic only, no torch.

The order is the order of the gradients on the wire: first layer, the layers of each block, last layer.
"""

from dataclasses import dataclass

from app.contract.experiment import DATASET_SHAPES, LAYERS_A_BLOCK, Arm, Cell, Experiment


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


@dataclass(frozen=True, slots=True)
class _Step:
    """One weight layer to come: channels it gives, taps of its kernel a side, groups, and channels after it."""

    gives: int
    kernel: int = 3
    groups: int = 1
    then: int | None = None


def plan_of(experiment: Experiment, cell: Cell) -> Plan:
    """The weight layers of the networks of a cell, as ``app.nets`` builds them."""
    arm = experiment.arms[cell.arm]
    channels, side, classes = DATASET_SHAPES[experiment.dataset]
    images, staged = experiment.family != "mlp", experiment.family == "conv6n2"
    stages = 3 if staged else 1
    inputs = channels if images else channels * max(1, side) ** 2
    layers = [_layer(1, "first layer", images, _Step(experiment.width), inputs, side, side, 0, int(staged))]
    width, size = experiment.width, side
    blocks: list[Block] = []
    a_block = LAYERS_A_BLOCK[arm.connection]
    count = (cell.layers - 2 - (stages - 1) * (arm.connection == "dense")) // (a_block * stages)
    for stage in range(1, stages + 1):
        for i in range(count):
            before, stride = width, 2 if stage > 1 and i == 0 and arm.connection != "dense" else 1
            halves = stride == 2
            number, first = (stage - 1) * count + i + 1, len(layers) + 1
            for part, step in enumerate(_steps(arm, experiment.width * 2 ** (stage - 1), width, images), 1):
                down = stride == 2 and (step.kernel == 3 or arm.stride_at == "1x1")
                halved = -(-size // 2) if down else size
                stride = 1 if down else stride
                name = f"block {number}, layer {part}" if a_block > 1 else f"block {number}"
                layers.append(_layer(len(layers) + 1, name, images, step, width, size, halved, number, stage * staged))
                width, size = step.then or step.gives, halved
            resized = (before != width or halves) and arm.connection != "dense"
            blocks.append(Block(number, first, a_block, stage * staged, resized))
        if arm.connection == "dense" and stage < stages:
            step = _Step(max(1, int(width * arm.compression)), kernel=1)
            blocks.append(Block(0, len(layers) + 1, 1, stage))
            layers.append(_layer(len(layers) + 1, f"transition {stage}", images, step, width, size, size, 0, stage))
            width, size = step.gives, -(-size // 2)
    last = Layer(
        len(layers) + 1, "last layer", "linear", str(width), str(classes), width * classes, 0, stages * staged,
        width, classes,
    )  # fmt: skip
    return Plan((*layers, last), tuple(blocks))


def _steps(arm: Arm, width: int, now: int, images: bool) -> list[_Step]:
    """The layers of one block of an arm, at ``width`` filters of its stage, reading ``now`` channels."""
    match arm.connection:
        case "bottleneck" | "resnext":
            out = 4 * width if images else width
            groups = arm.cardinality if arm.connection == "resnext" else 1
            middle = max(1, out // (2 if groups > 1 or arm.connection == "resnext" else 4))
            return [_Step(middle, 1), _Step(middle, 3, groups), _Step(out, 1)]
        case "wide":
            wide = width * arm.widen
            return [_Step(wide), _Step(wide if images else width)]
        case "highway":
            return [_Step(width)]
        case "dense":
            return [_Step(arm.growth, then=now + arm.growth)]
        case _:
            return [_Step(width), _Step(width)]


def _layer(
    number: int, name: str, images: bool, step: _Step, reads: int, size: int, after: int, block: int, stage: int
) -> Layer:
    kind = f"conv {step.kernel}×{step.kernel}" if images else "linear"
    kind += f" in {step.groups} paths" if step.groups > 1 else ""
    weights = reads // step.groups * step.gives * (step.kernel**2 if images else 1)
    return Layer(
        number, name, kind,
        f"{reads}×{size}×{size}" if images else str(reads),
        f"{step.gives}×{after}×{after}" if images else str(step.gives),
        weights, block, stage, reads, step.gives, step.groups,
    )  # fmt: skip
