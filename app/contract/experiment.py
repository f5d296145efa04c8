"""The experiment: everything that decides the numbers of a run, with the bound of every field.

An experiment is a *sweep*: arms × depths × seeds, all trained together. Two words recur everywhere:

* a **network** is one (arm, depth, learning rate, seed);
* a **cell** is one (arm, depth, learning rate), the median over its seeds is what a viewer sees.

Networks and cells are always listed arm first, then depth ascending, then rate, then seed. Depth counts weight
layers as He et al. (2015) count them: first layer, two a block, last layer.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Self, get_args

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from app.contract.arms import check_arm
from app.contract.refusals import refused

Connection = Literal[
    "plain", "residual", "preact", "bottleneck", "resnext", "wide", "highway", "dense", "skipinit", "stochastic"
]
#: what connections are called in sentences, where that is not their name in commands
SPOKEN = {"preact": "pre-activation", "resnext": "ResNeXt", "skipinit": "SkipInit", "stochastic": "stochastic depth"}
Normalisation = Literal["none", "batch", "layer"]
Activation = Literal["relu", "tanh", "gelu"]
Initialisation = Literal["he", "xavier", "pytorch", "zero_last", "orthogonal", "fixup", "looks_linear"]
ShortcutOption = Literal["A", "B", "C"]
StrideAt = Literal["3x3", "1x1"]
Precision = Literal["single", "double"]
Dataset = Literal["digits", "fashion", "spiral", "idx", "cifar10"]
Family = Literal["mlp", "conv", "conv6n2"]
Optimiser = Literal["sgd", "nesterov", "adam", "adamw"]
Schedule = Literal["constant", "step", "cosine"]

CONNECTIONS: tuple[str, ...] = get_args(Connection)

#: weight layers of one block, as the papers count them
_NOT_TWO = {"bottleneck": 3, "resnext": 3, "highway": 1, "dense": 1}
LAYERS_A_BLOCK: dict[str, int] = {connection: _NOT_TWO.get(connection, 2) for connection in CONNECTIONS}

#: input channels, side, classes of each data set; the spiral is a point in the plane (side 0)
DATASET_SHAPES: dict[str, tuple[int, int, int]] = {
    "digits": (1, 8, 10),
    "fashion": (1, 14, 10),
    "spiral": (2, 0, 3),
    "idx": (1, 28, 10),
    "cifar10": (3, 32, 10),
}

#: weight layers of fully connected and of convolutional networks
MAX_DEPTH, MAX_CONV_DEPTH = 1024, 128
MAX_DEPTHS = 8
MAX_ARMS = 4
MAX_SEEDS = 10
MAX_RATES = 6
MAX_LAYERS = 6_000
MAX_ACTIVATIONS = 500_000_000


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Arm(_Model):
    """One side of a comparison. ``learning_rate`` None means the experiment's."""

    connection: Connection
    normalisation: Normalisation = "batch"
    activation: Activation = "relu"
    initialisation: Initialisation = "he"
    skip_scale: Annotated[float, Field(ge=0, le=2, description="factor λ on the skip; 0 makes it plain")] = 1.0
    learning_rate: Annotated[float, Field(gt=0, le=1e9)] | None = None
    shortcut: ShortcutOption = "A"
    cardinality: Annotated[int, Field(ge=1, le=32, description="parallel paths of a ResNeXt block")] = 4
    widen: Annotated[int, Field(ge=1, le=8, description="factor k of a wide block")] = 2
    gate_bias: Annotated[float, Field(ge=-10, le=10, description="bias of a highway gate at the start")] = -2.0
    growth: Annotated[int, Field(ge=1, le=64, description="channels that a dense layer adds")] = 8
    compression: Annotated[float, Field(gt=0, le=1, description="share of channels a dense transition keeps")] = 0.5
    survival: Annotated[float, Field(gt=0, le=1, description="p_L of stochastic depth")] = 0.5
    stride_at: Annotated[StrideAt, Field(description="layer of a bottleneck that halves the resolution")] = "3x3"


class Cell(NamedTuple):
    """One (arm, depth, learning rate) of an experiment; ``layers`` is how many weight layers it has."""

    arm: int
    depth: int
    learning_rate: float
    layers: int


class Network(NamedTuple):
    """One (arm, depth, learning rate, seed) of an experiment."""

    arm: int
    depth: int
    learning_rate: float
    layers: int
    seed: int


class Experiment(_Model):
    """A sweep and its training settings. Frozen; equal experiments have equal ``config_hash``."""

    dataset: Dataset = "digits"
    family: Family = "mlp"
    width: Annotated[int, Field(ge=2, le=256, description="units a layer, or filters of the first stage")] = 32
    depths: Annotated[tuple[int, ...], Field(min_length=1, max_length=MAX_DEPTHS)] = (4, 8, 16, 32, 64)
    arms: Annotated[tuple[Arm, ...], Field(min_length=1, max_length=MAX_ARMS)] = (
        Arm(connection="plain"),
        Arm(connection="residual"),
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="first seed")] = 0
    seeds: Annotated[int, Field(ge=1, le=MAX_SEEDS, description="how many seeds")] = 1
    optimiser: Optimiser = "sgd"
    learning_rate: Annotated[float, Field(gt=0, le=1e9)] = 0.05
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 1e-4
    batch_size: Annotated[int, Field(ge=2, le=1024)] = 64
    steps: Annotated[int, Field(ge=1, le=200_000)] = 320
    evaluate_every: Annotated[int, Field(ge=1, le=10_000)] = 20
    learning_rates: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1e9)], ...],
        Field(max_length=MAX_RATES, description="fair mode: every arm is trained at each of these rates"),
    ] = ()
    schedule: Schedule = "constant"
    warm_up: Annotated[int, Field(ge=0, le=100_000, description="steps over which the rate rises")] = 0
    augment: Annotated[bool, Field(description="shift images by up to two or four pixels and mirror them")] = False
    precision: Annotated[Precision, Field(description="of all arithmetic: 32 or 64 bits a number")] = "single"

    @field_validator("depths")
    @classmethod
    def _depths_ascend(cls, depths: tuple[int, ...]) -> tuple[int, ...]:
        if max(depths) > MAX_DEPTH:
            raise ValueError(f"depth {max(depths)} is over the limit of {MAX_DEPTH}")
        if len(set(depths)) != len(depths):
            raise ValueError("each depth may be named once")
        return tuple(sorted(depths))

    @field_validator("learning_rates")
    @classmethod
    def _rates_differ(cls, rates: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(rates)) != len(rates):
            raise ValueError("each rate may be named once")
        return rates

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _, side, _ = DATASET_SHAPES[self.dataset]
        if self.family != "mlp" and side == 0:
            raise ValueError(f"family: {self.family} needs images, and {self.dataset} has none; choose mlp")
        for depth in self.depths:
            check_depth(self.family, depth)
        if self.augment and side == 0:
            raise ValueError(f"augment: {self.dataset} has no images to shift or mirror")
        for number, arm in enumerate(self.arms):
            check_arm(self, number, arm)
        layers = sum(network.layers for network in self.networks())
        if layers > MAX_LAYERS:
            raise ValueError(
                f"depths: {layers} layers over all networks is over the limit of {MAX_LAYERS}; "
                "name fewer depths, arms, seeds or learning rates"
            )
        pixels = side * side if self.family != "mlp" else 1
        widths = sum(
            network.layers * self._widest(self.arms[network.arm], network.layers) for network in self.networks()
        )
        activations = widths * self.batch_size * pixels
        if activations > MAX_ACTIVATIONS:
            raise ValueError(
                f"width: {activations:,} activations a step is over the limit of {MAX_ACTIVATIONS:,}; "
                "lower the width, the batch size or the depths"
            )
        return self

    def _widest(self, arm: Arm, layers: int) -> int:
        """Channels of the widest layers of an arm's networks, at the resolution of the first stage."""
        images = self.family != "mlp"
        match arm.connection:
            case "bottleneck" | "resnext":
                return 4 * self.width if images else self.width
            case "wide":
                return arm.widen * self.width
            case "dense":
                return self.width + arm.growth * layers
            case _:
                return self.width

    def layers_of(self, arm: int, depth: int) -> int:
        """Weight layers of the networks of an arm at position ``depth``: the nearest number that its
        connection can have. A bottleneck has three layers a block, a dense network two transitions."""
        connection, stages = self.arms[arm].connection, 3 if self.family == "conv6n2" else 1
        a_block = LAYERS_A_BLOCK[connection] * stages
        extra = stages - 1 if connection == "dense" else 0
        return 2 + extra + a_block * max(1, round((depth - 2) / a_block))

    def arm_names(self) -> tuple[str, ...]:
        """What the arms are called in sentences; those of one connection are numbered: residual₁, residual₂.

        Not by letters, which the shortcut options have.
        """
        kinds = [arm.connection for arm in self.arms]
        return tuple(
            SPOKEN.get(kind, kind) + ("₁₂₃₄"[kinds[:i].count(kind)] if kinds.count(kind) > 1 else "")
            for i, kind in enumerate(kinds)
        )

    def cells(self) -> tuple[Cell, ...]:
        """All cells: arm first, depth ascending, rates as given; the order of every column on the wire."""
        return tuple(
            Cell(arm, depth, rate, self.layers_of(arm, depth))
            for arm in range(len(self.arms))
            for depth in self.depths
            for rate in self.learning_rates or (self.learning_rate_of(arm),)
        )

    def networks(self) -> tuple[Network, ...]:
        """All networks: the cells in order, the seeds of a cell side by side."""
        return tuple(Network(*cell, self.seed + index) for cell in self.cells() for index in range(self.seeds))

    def learning_rate_of(self, arm: int) -> float:
        """The learning rate of an arm: its own, else the experiment's."""
        own = self.arms[arm].learning_rate
        return self.learning_rate if own is None else own

    def evaluation_steps(self) -> Iterator[int]:
        """Steps before which the networks are evaluated: 0, then doubling up to ``evaluate_every``, then
        every ``evaluate_every``, and the last. Early ones lie closer because accuracy moves fastest there."""
        yield 0
        for early in (self.evaluate_every // 4, self.evaluate_every // 2):
            if 0 < early < self.steps:
                yield early
        step = self.evaluate_every
        while step < self.steps:
            yield step
            step += self.evaluate_every
        yield self.steps

    def config_hash(self) -> str:
        """The first 12 hexadecimal digits of SHA-256 over the canonical JSON of the experiment."""
        canonical = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()[:12]


def check_depth(family: str, depth: int) -> None:
    """Raise ValueError unless networks of ``family`` can have ``depth`` weight layers."""
    if family != "mlp" and depth > MAX_CONV_DEPTH:
        raise ValueError(f"depths: {depth} is over the limit of {MAX_CONV_DEPTH} for convolutional networks")
    if family == "conv6n2":
        if depth < 8 or (depth - 2) % 6:
            below, above = max(8, depth - (depth - 2) % 6), max(8, depth + (2 - depth) % 6)
            raise ValueError(f"depths: {depth} is not of the form 6n+2; the nearest are {below} and {above}")
    elif depth < 4 or depth % 2:
        raise ValueError(f"depths: {depth} must be even and at least 4 (first layer, two a block, last layer)")


def parse_experiment(data: Any) -> Experiment:
    """An experiment from parsed JSON. Raises ``Refused``, naming the field and the bound."""
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        raise refused(error) from None
