"""Questions: what can be asked of trained weights. A closed union, told apart by ``kind``.

``depth`` is a position of the depth slider: all arms are asked at it, each with all its seeds unless said
otherwise. Blocks are numbered from 1, input side first.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.contract.experiment import MAX_DEPTHS
from app.contract.refusals import refused

Depth = Annotated[int, Field(ge=4, le=1024)]


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Lesion(_Question):
    """Accuracy and loss without some blocks (Veit et al. 2016)."""

    kind: Literal["lesion"] = "lesion"
    depth: Depth
    blocks: Annotated[tuple[Annotated[int, Field(ge=1, le=512)], ...], Field(min_length=1, max_length=512)]


class Lesions(_Question):
    """Accuracy and loss without each block in turn."""

    kind: Literal["lesions"] = "lesions"
    depth: Depth


class Deletions(_Question):
    """Accuracy and loss without k random blocks, k from 0 up; ``repeats`` draws for each k."""

    kind: Literal["deletions"] = "deletions"
    depth: Depth
    most: Annotated[int, Field(ge=1, le=100, description="most blocks deleted")] = 20
    repeats: Annotated[int, Field(ge=1, le=50)] = 10
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Shuffle(_Question):
    """Accuracy and loss after random swaps of two blocks of equal shape."""

    kind: Literal["shuffle"] = "shuffle"
    depth: Depth
    most: Annotated[int, Field(ge=1, le=100, description="most swaps")] = 16
    repeats: Annotated[int, Field(ge=1, le=50)] = 10
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Paths(_Question):
    """How many paths of each length there are, how much gradient they carry, and what single ones do."""

    kind: Literal["paths"] = "paths"
    depth: Depth
    examples: Annotated[int, Field(ge=1, le=256, description="training examples whose gradient is taken apart")] = 64
    samples: Annotated[int, Field(ge=1, le=256, description="single paths of each length")] = 32
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="of the samples")] = 0


class Flow(_Question):
    """What goes forward and what comes back, at every layer, shortcut and branch."""

    kind: Literal["flow"] = "flow"
    depth: Depth
    examples: Annotated[int, Field(ge=1, le=1024)] = 256


class Shattering(_Question):
    """The gradient ∂f/∂x along a line of inputs, and its autocorrelation (Balduzzi et al. 2017).

    ``setting``: ``centred`` takes fresh networks with activations centred over the line, ``naive`` fresh ones
    with zero biases and nothing centred, ``trained`` the weights of the run between two test examples.
    ``depths``: without any, fresh networks have 4, 12, 26 and 52 layers, trained ones those of the run.
    """

    kind: Literal["shattering"] = "shattering"
    depths: Annotated[tuple[Depth, ...], Field(max_length=MAX_DEPTHS)] = ()
    setting: Literal["centred", "naive", "trained"] = "centred"
    points: Annotated[int, Field(ge=32, le=1024, description="inputs on the line")] = 256
    width: Annotated[int, Field(ge=8, le=512, description="width of the fresh networks")] = 128
    seeds: Annotated[int, Field(ge=1, le=20)] = 5


class Landscape(_Question):
    """Training loss over a plane through the weights (Li et al. 2018), first seed of each arm.

    ``random``: two filter-normalised directions from ``seed``, ``span`` times the weights' norm to each side.
    ``trajectory``: the first two principal directions of the weights' way so far, axes as long as that way.
    """

    kind: Literal["landscape"] = "landscape"
    depth: Depth
    plane: Literal["random", "trajectory"] = "random"
    side: Annotated[int, Field(ge=5, le=101, description="points along an axis, odd")] = 31
    span: Annotated[float, Field(gt=0, le=10)] = 1.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Convergence(_Question):
    """Steps, seconds (of the sweep) and FLOPs (of one network) to a target test accuracy, for every arm and depth."""

    kind: Literal["convergence"] = "convergence"
    target: Annotated[float, Field(gt=0, le=1)] = 0.9


Question = Annotated[
    Lesion | Lesions | Deletions | Shuffle | Paths | Flow | Shattering | Landscape | Convergence,
    Field(discriminator="kind"),
]
QUESTIONS: tuple[type[_Question], ...] = (
    Lesion, Lesions, Deletions, Shuffle, Paths, Flow, Shattering, Landscape, Convergence,
)  # fmt: skip
_adapter: TypeAdapter[Any] = TypeAdapter(Question)


def parse_question(data: Any) -> Question:
    """A question from parsed JSON. Raises ``Refused``, naming the field and the bound."""
    try:
        question: Question = _adapter.validate_python(data)
    except ValidationError as error:
        raise refused(error) from None
    return question
