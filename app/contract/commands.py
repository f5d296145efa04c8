"""Commands: what a client may ask of the server. A closed union; the tag is made from the class name."""

import re
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.contract.experiment import Experiment
from app.contract.refusals import refused
from app.errors import MalformedMessage


def tag_of(cls: type) -> str:
    """The wire tag of a command or event class: ``SetLearningRate`` → ``set_learning_rate``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Command(BaseModel):
    """Base of all commands. ``request`` is any short text; the server's answer carries it back."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    tag: ClassVar[str]

    request: Annotated[str, Field(max_length=80)] | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.tag = tag_of(cls)


class RunCommand(Command):
    """Base of the commands that concern one run."""

    run: Annotated[str, Field(max_length=40)]


class Start(Command):
    """Train an experiment. The sender is subscribed to the new run."""

    experiment: Experiment
    paused: bool = False


class Pause(RunCommand):
    """Hold training before the next step."""


class Resume(RunCommand):
    """Go on after a pause."""


class Step(RunCommand):
    """Train one step; a running run pauses first."""


class Stop(RunCommand):
    """End the run where it is. What it measured stays."""


class SetLearningRate(RunCommand):
    """Change the learning rate of one arm, or of all, from the next step on. Nothing is reset."""

    learning_rate: Annotated[float, Field(gt=0, le=1e9)]
    arm: Annotated[int, Field(ge=0, le=15)] | None = None


class SaveCheckpoint(RunCommand):
    """Save a checkpoint now, for an analysis. Given by the server itself, not by clients."""


class Analyse(RunCommand):
    """Ask a question about a run: about its last checkpoint up to ``step``, or without one about the weights of now.

    ``question`` is plain JSON here; ``app.analyses.registry.parse_question`` checks it.
    """

    question: Any
    step: Annotated[int, Field(ge=0)] | None = None


class CancelAnalysis(RunCommand):
    """End an analysis of this run; what it has found so far stays."""

    analysis: Annotated[str, Field(max_length=40)]


class Subscribe(RunCommand):
    """Follow a run. With the last position seen, missing events follow; without, a snapshot."""

    epoch: Annotated[int, Field(ge=0)] | None = None
    seq: Annotated[int, Field(ge=0)] | None = None


class Unsubscribe(RunCommand):
    """Follow the run no longer. The run goes on."""


class Ping(Command):
    """Ask for a ``pong``: the page measures the delay of the line with it."""


COMMANDS: tuple[type[Command], ...] = (
    Start, Pause, Resume, Step, Stop, SetLearningRate, Analyse, CancelAnalysis, Subscribe, Unsubscribe, Ping,
)  # fmt: skip
_BY_TAG = {cls.tag: cls for cls in COMMANDS}

Move = Literal["pause", "resume", "step", "stop"]


def decode_command(text: str | bytes) -> Command:
    """The command in a JSON message.

    Raises:
        MalformedMessage: not JSON, not an object, or no known ``type``.
        Refused: a field is missing or outside its bound; the message names it.
    """
    try:
        data = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise MalformedMessage("the message is not JSON") from error
    if not isinstance(data, dict):
        raise MalformedMessage("the message is not a JSON object")
    kind = data.pop("type", None)
    cls = _BY_TAG.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise MalformedMessage(f"type: must be one of {', '.join(_BY_TAG)}", "type")
    try:
        return cls.model_validate(data)
    except ValidationError as error:
        raise refused(error) from None
