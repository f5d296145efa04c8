"""The experiment: everything that decides the numbers of a run, with the bound of every field.

An experiment is a *sweep*: arms × depths × seeds, all trained together. Two words recur everywhere:

* a **network** is one (arm, depth, learning rate, seed);
* a **cell** is one (arm, depth, learning rate), the median over its seeds is what a viewer sees.

Networks and cells are always listed arm first, then depth ascending, then rate, then seed. Depth counts weight
layers as He et al. (2015) count them: first layer, two a block, last layer.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from typing_extensions import TypedDict  # pydantic reads that of typing from Python 3.12 on only

from app.contract.arms import Arm, check_arm, record_of
from app.contract.labels import labelled
from app.contract.refusals import refused
from app.contract.shapes import Site

Precision = Literal["single", "double"]
Dataset = Literal["digits", "fashion", "fashion28", "spiral", "fashion-mnist", "idx", "cifar10"]
Family = Literal["mlp", "conv", "conv6n2"]
Optimiser = Literal["sgd", "nesterov", "adam", "adamw"]
Schedule = Literal["constant", "step", "cosine"]

DATASETS = {
    "digits": "digits, 8×8",
    "fashion": "Fashion-MNIST, 14×14",
    "fashion28": "Fashion-MNIST, 28×28",
    "spiral": "spiral, in the plane",
    "fashion-mnist": "Fashion-MNIST, 28×28, all 60,000",
    "idx": "your IDX files",
    "cifar10": "CIFAR-10",
}
FAMILIES = {"mlp": "fully connected", "conv": "convolutional", "conv6n2": "convolutional, 6n+2"}
OPTIMISERS = {"sgd": "SGD", "nesterov": "SGD, Nesterov", "adam": "Adam", "adamw": "AdamW"}
SCHEDULES = {"constant": "constant", "step": "÷ 10 at ½ and ¾", "cosine": "cosine"}
PRECISIONS = {"single": "single, 32 bits", "double": "double, 64 bits"}

#: input channels, side, classes of each data set; the spiral is a point in the plane (side 0)
DATASET_SHAPES: dict[str, tuple[int, int, int]] = {
    "digits": (1, 8, 10),
    "fashion": (1, 14, 10),
    "fashion28": (1, 28, 10),
    "spiral": (2, 0, 3),
    "fashion-mnist": (1, 28, 10),
    "idx": (1, 28, 10),
    "cifar10": (3, 32, 10),
}

#: every so many evaluations, and at the last, the whole training set is measured, too
FULL_EVERY = 4
#: examples to train on and to test on; of the user's own files as many as there may be in Fashion-MNIST's
DATASET_EXAMPLES: dict[str, tuple[int, int]] = {
    "digits": (1437, 360),
    "fashion": (10_000, 2000),
    "fashion28": (4000, 2000),
    "spiral": (1500, 600),
    "fashion-mnist": (60_000, 10_000),
    "idx": (60_000, 10_000),
    "cifar10": (50_000, 10_000),
}

#: weight layers of fully connected and of convolutional networks
MAX_DEPTH, MAX_CONV_DEPTH = 1024, 128
MAX_DEPTHS = 8
MAX_ARMS = 4
MAX_SEEDS = 10
MAX_RATES = 6
MAX_LAYERS = 6_000
MAX_ACTIVATIONS = 500_000_000


class Cell(NamedTuple):
    """One (arm, depth, learning rate) of an experiment; ``layers`` is how many weight layers it has."""

    arm: int
    depth: int
    learning_rate: float
    layers: int


class CellObject(TypedDict):
    """A cell as JSON has it."""

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


class Experiment(BaseModel):
    """A sweep and its training settings. Frozen; equal experiments have equal ``config_hash``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: Annotated[Dataset, labelled("Data", DATASETS, group="data")] = "digits"
    family: Annotated[Family, labelled("Networks", FAMILIES, group="data")] = "mlp"
    width: Annotated[
        int,
        labelled("Width", group="data", ge=2, le=256, description="units a layer, or filters of the first stage"),
    ] = 32
    depths: Annotated[
        tuple[int, ...],
        labelled("Depths", group="data", min_length=1, max_length=MAX_DEPTHS, description="weight layers"),
    ] = (4, 8, 16, 32, 64)
    arms: Annotated[tuple[Arm, ...], Field(min_length=1, max_length=MAX_ARMS)] = (
        Arm(connection="plain"),
        Arm(connection="residual"),
    )
    seed: Annotated[int, labelled("First seed", group="data", ge=0, le=2**31 - 1)] = 0
    seeds: Annotated[
        int, labelled("Seeds", group="data", ge=1, le=MAX_SEEDS, description="repetitions of every network")
    ] = 1
    optimiser: Annotated[Optimiser, labelled("Optimiser", OPTIMISERS, group="optimisation")] = "sgd"
    learning_rate: Annotated[float, labelled("Learning rate", group="optimisation", gt=0, le=1e9)] = 0.05
    momentum: Annotated[float, labelled("Momentum", ge=0, lt=1)] = 0.9
    weight_decay: Annotated[float, labelled("Weight decay", ge=0, le=1)] = 1e-4
    batch_size: Annotated[int, labelled("Batch size", group="optimisation", ge=2, le=1024)] = 64
    steps: Annotated[int, labelled("Steps", group="optimisation", ge=1, le=200_000)] = 320
    evaluate_every: Annotated[int, labelled("Evaluate every", ge=1, le=10_000, description="steps")] = 20
    learning_rates: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1e9)], ...],
        labelled(
            "Fair mode: rates",
            group="optimisation",
            max_length=MAX_RATES,
            description="fair mode: every arm is trained at each of these rates",
        ),
    ] = ()
    schedule: Annotated[Schedule, labelled("Schedule", SCHEDULES, group="optimisation")] = "constant"
    warm_up: Annotated[int, labelled("Warm-up", ge=0, le=100_000, description="steps over which the rate rises")] = 0
    augment: Annotated[
        bool,
        labelled(
            "Augmentation",
            {"false": "no", "true": "yes"},
            description="shift images by up to two or four pixels and mirror them",
        ),
    ] = False
    precision: Annotated[
        Precision, labelled("Precision", PRECISIONS, description="of all arithmetic: 32 or 64 bits a number")
    ] = "single"

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
        if self.images and side == 0:
            raise ValueError(
                f"family: convolutional networks need images, and {self.dataset} has none; "
                "choose fully connected ones (mlp)"
            )
        for depth in self.depths:
            check_depth(self.family, depth)
        if self.augment and side == 0:
            raise ValueError(f"augment: {self.dataset} has no images to shift or mirror")
        for number, arm in enumerate(self.arms):
            check_arm(arm, number, width=self.width, images=self.images, fair=bool(self.learning_rates))
        layers = sum(network.layers for network in self.networks())
        if layers > MAX_LAYERS:
            raise ValueError(
                f"depths: {layers} layers over all networks is over the limit of {MAX_LAYERS}; "
                "name fewer depths, arms, seeds or learning rates"
            )
        pixels = side * side if self.images else 1
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

    @property
    def images(self) -> bool:
        """Whether the networks are convolutional."""
        return self.family != "mlp"

    @property
    def stages(self) -> int:
        """Stages of a network: three of halving resolution in the 6n+2 form (He et al. 2015, section 4.2), else one."""
        return 3 if self.family == "conv6n2" else 1

    def _widest(self, arm: Arm, layers: int) -> int:
        """Channels of the widest layers of an arm's networks, at the resolution of the first stage."""
        record = record_of(arm)
        shapes = record.shapes(arm, Site(self.width, self.width, 1, self.images))
        return self.width + shapes[-1].out * layers if record.concatenates else max(shape.out for shape in shapes)

    def layers_of(self, arm: int, depth: int) -> int:
        """Weight layers of the networks of an arm at position ``depth``: the nearest number that its
        connection can have. A bottleneck has three layers a block, a dense network two transitions."""
        record = record_of(self.arms[arm])
        at_once = record.layers * self.stages
        return 2 + record.transitions(self.stages) + at_once * max(1, round((depth - 2) / at_once))

    def arm_names(self) -> tuple[str, ...]:
        """What the arms are called in sentences; those of one connection are numbered: residual₁, residual₂.

        Not by letters, which the shortcut options have.
        """
        names = [record_of(arm).spoken or arm.connection for arm in self.arms]
        return tuple(
            name + ("₁₂₃₄"[names[:i].count(name)] if names.count(name) > 1 else "") for i, name in enumerate(names)
        )

    def cells(self) -> tuple[Cell, ...]:
        """All cells: arm first, depth ascending, rates as given; the order of every column on the wire."""
        return tuple(
            Cell(arm, depth, rate, self.layers_of(arm, depth))
            for arm in range(len(self.arms))
            for depth in self.depths
            for rate in self.learning_rates or (self.learning_rate_of(arm),)
        )

    def cell_objects(self) -> list[CellObject]:
        """All cells, as JSON has them."""
        return [CellObject(arm=a, depth=d, learning_rate=rate, layers=n) for a, d, rate, n in self.cells()]

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
