"""Trace: the way of one image through networks, forward to the answer and backward from the loss, as plain numbers.

Asked of the networks of a run, or of a published network with weights from a file. What a network holds at a stage
travels as *maps*: the channels that are most active there, a byte a number.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from app.contract.experiment import DATASET_SHAPES, Experiment
from app.contract.findings import Weights, rounded
from app.contract.questions import Depth
from app.errors import Refused

#: maps of a stage that are sent unless more are asked for, and how many can be
USUAL_MAPS, MOST_MAPS = 8, 2048
#: fields whose numbers keep all their digits
EXACT = ("probabilities", "probe", "channels")
#: characters of base64 of the largest image: 224×224 pixels in three channels
MOST_PIXELS = 4 * (3 * 224 * 224) // 3 + 4

StageKind = Literal["input", "stem", "pooling", "block", "transition", "average", "classifier"]
#: the six parts of a ResNet for ImageNet; the first block is the ``residual block``
Part = Literal[
    "", "input", "convolution and pooling", "residual block", "stacked blocks", "global average pooling",
    "fully connected",
]  # fmt: skip


class Asked(BaseModel):
    """Base of what is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Example(Asked):
    """An image of the run's test set."""

    kind: Literal["example"] = "example"
    index: Annotated[int, Field(ge=0, le=10**7)]


class Pixels(Asked):
    """An image that was drawn or uploaded: base64 of bytes [channels, side, side], 0 black to 255 white."""

    kind: Literal["pixels"] = "pixels"
    pixels: Annotated[str, Field(max_length=MOST_PIXELS, pattern="^[A-Za-z0-9+/]*=*$")]


class TraceQuestion(Asked):
    """What is traced.

    Attributes:
        depth: a position of the depth slider; every arm is traced at it, by its first seed that has not diverged.
        step: the last checkpoint up to this step is traced; None: the newest.
        image: what goes in.
        target: class of the loss that goes back; None: the image's label, and where it has none each network's own
            answer.
        maps: channels of a stage that are sent, the most active first.
        probes: whether linear probes of the states are to be trained; once they are, they always answer.
    """

    depth: Depth
    step: Annotated[int, Field(ge=0)] | None = None
    image: Annotated[Example | Pixels, Field(discriminator="kind")]
    target: Annotated[int, Field(ge=0, le=10**5)] | None = None
    maps: Annotated[int, Field(ge=1, le=MOST_MAPS)] = USUAL_MAPS
    probes: bool = False


@dataclass(frozen=True, slots=True)
class Maps:
    """Some channels of a tensor of one example.

    Attributes:
        channels: which ones, counted from 0 (captions count from 1). All maps of a stage show the same ones: those with
            the largest mean |value| at its output, largest first.
        height, width: of a map; a channel of a fully connected layer is one number, 1×1.
        scale: the largest |value| in the whole tensor, all channels; a byte of ±127 stands for it. null, and so is the
            norm, where something is not finite.
        values: base64 of signed bytes [channels, height, width]: round(127 value / scale), so off by scale / 254 at
            most.
        norm: ‖·‖ of the whole tensor, all channels.
    """

    channels: list[int]
    height: int
    width: int
    scale: float
    values: str
    norm: float


@dataclass(frozen=True, slots=True)
class Join:
    """What meets at the ⊕ of a block, before an activation behind it: F(x) and what came by the skip.

    ``through`` and ``past`` forward, and the loss's gradient at the block's input split alike: Fᵀg and Sᵀg, which add
    up to it. In a plain block nothing comes past. Where what is shown has another width than the stage's output, its
    maps show channels of their own: of F(x) its most active, of the skip and both gradients those of the block's input.
    """

    through: Maps
    past: Maps | None
    gradient_through: Maps
    gradient_past: Maps | None


@dataclass(frozen=True, slots=True)
class TraceStage:
    """One stage of the way.

    Attributes:
        kind: ``input``, ``stem``, ``pooling``, ``block``, ``transition``, ``average`` (global average pooling) or
            ``classifier``.
        name: short: ``block 3``.
        operation: what it does, in a few words: ``two 3×3 convolutions, ⊕``.
        words: a sentence about it, made from the numbers where there are some; the caption of the stage.
        equation: of a block; empty elsewhere.
        layers: numbers of its first and last weight layer; empty without any.
        reads, gives: shapes of one example, channels first: ``(16, 28, 28)``, ``(32,)``.
        output: what it gives; None where there are no weights to compute it.
        gradient: ∂L/∂output, in the same channels.
        join: of a block.
        probe: of a linear probe of the output: its probability of every class, and its accuracy on the test set.
        part: of a published network, the one of its six parts (``Part``) to which the stage belongs; else empty.
    """

    kind: StageKind
    name: str
    operation: str
    words: str
    equation: str
    layers: tuple[int, ...]
    reads: tuple[int, ...]
    gives: tuple[int, ...]
    output: Maps | None = None
    gradient: Maps | None = None
    join: Join | None = None
    probe: list[float] | None = None
    probe_accuracy: float | None = None
    part: Part = ""


@dataclass(frozen=True, slots=True)
class Traced:
    """One network's part.

    Attributes:
        arm: its number in the experiment; 0 of a published network.
        name: ``residual-20``, or the published network's label.
        seed: of the network.
        stages: the input first, the classifier last.
        logits, probabilities: one a class; empty without weights.
        target, loss: class of the loss that went back, and the loss: −log p(target).
        words: sentences about all of it: what it answers, where it became sure, how the gradient came back.
    """

    arm: int
    name: str
    seed: int
    stages: list[TraceStage]
    logits: list[float]
    probabilities: list[float]
    target: int | None
    loss: float | None
    words: list[str]


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer to a ``TraceQuestion``.

    Attributes:
        step: of the weights.
        label: the image's class where it is known.
        classes: their names; for a thousand classes those that are known, in the order of the logits.
        side, channels: of the image that the networks see.
        image: it, as ``Pixels`` has it.
        networks: one an arm that has not diverged.
        left_out: sentences about those that are missing.
        words: what sets the networks apart.
    """

    step: int
    label: int | None
    classes: list[str]
    side: int
    channels: int
    image: str
    networks: list[Traced]
    left_out: list[str]
    words: list[str]


@dataclass(frozen=True, slots=True)
class Learnt:
    """The same image at every checkpoint: what each network answered there.

    Attributes:
        steps: of the checkpoints, ascending.
        label: the image's class where it is known.
        arms: numbers of the arms.
        names: of their networks.
        probabilities: [networks][checkpoints][classes]; None where a network had diverged.
        words: one sentence a network: from which checkpoint on it answers what it answers at the end.
    """

    steps: list[int]
    label: int | None
    arms: list[int]
    names: list[str]
    probabilities: list[list[list[float] | None]]
    words: list[str]


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One evaluation of a run at one depth: the training trace.

    Attributes:
        step, epoch: when; epochs have a fraction, and are not known before the run has begun.
        training_loss, test_accuracy: medians over the seeds, one an arm; None where there is none.
        words: an observation made from the numbers, by the rules of the status line.
    """

    step: int
    epoch: float | None
    training_loss: list[float | None]
    test_accuracy: list[float | None]
    words: str


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """What the process that traces is asked: an image's trace, or with ``learnt`` the answers at every checkpoint."""

    weights: Weights
    question: TraceQuestion
    learnt: bool = False


def traceable(experiment: Experiment) -> bool:
    """Whether there are images to trace: the data are none in the plane."""
    return DATASET_SHAPES[experiment.dataset][1] > 0


def check_traceable(experiment: Experiment) -> None:
    """Raise ``Refused`` unless there are images to trace."""
    if not traceable(experiment):
        raise Refused(
            f"run: its data, {experiment.dataset}, are points in the plane and no images; trace a run on images", "run"
        )


def as_json(answer: Any) -> bytes:
    """A trace, or what belongs to one, or a list of such, as it is sent.

    Numbers have six significant digits, but probabilities all of theirs, so that they add up to 1. What is not finite
    is null.
    """
    return orjson.dumps(_sent([asdict(one) for one in answer] if isinstance(answer, list) else asdict(answer)))


def _sent(value: Any, exact: bool = False) -> Any:
    match value:
        case dict():
            return {key: _sent(inner, key in EXACT) for key, inner in value.items()}
        case list() | tuple():
            return value if exact else [_sent(inner) for inner in value]
    return rounded(value, 6)
