"""Events: what the server tells a client. A closed union; the tag is made from the class name.

Columns, not rows: a ``Band`` is three columns (median, low, high over the seeds) of one number per cell
(``Experiment.cells()``), None where it is not finite. Numbers are rounded to four
significant digits; the store keeps full precision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import orjson

from app.contract.commands import tag_of
from app.contract.experiment import CellObject
from app.contract.predictions import Poll

PROTOCOL = 1

RunState = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
RUN_STATES: tuple[RunState, ...] = get_args(RunState)
AnalysisState = Literal["waiting", "running", "finished", "cancelled", "failed"]
FINAL_ANALYSIS_STATES: frozenset[AnalysisState] = frozenset({"finished", "cancelled", "failed"})
FINAL_STATES: frozenset[str] = frozenset({"finished", "stopped", "failed", "interrupted"})

Column = list[float | None]


#: [median, low, high] over the seeds, one number a cell in each. With one seed the three are equal.
Band = list[Column]


@dataclass(frozen=True, slots=True)
class Welcome:
    """The first event on every socket: who the server is, and which run is in progress (or last)."""

    protocol: int
    version: str
    viewer: str
    boot: str
    active: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole run so far: config, provenance, state and history. Replaces all the client had of it.

    ``cells`` are the experiment's, in the order of every column, ``poll`` is what is asked before it trains.
    ``history`` holds past events of the types frame, evaluation, diverged, learning_rate and state in order, frames
    thinned to at most 400, checkpoint, and the last word of every analysis.
    """

    experiment: dict[str, Any]
    cells: list[CellObject]
    poll: Poll
    provenance: dict[str, Any]
    state: RunState
    reason: str | None
    step: int
    recorded: bool
    history: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """One measurement within step ``step``: batch training loss and both gradients of every layer.

    ``weight_gradients`` and ``activation_gradients`` are the median over seeds of ‖∂L/∂W‖ and ‖∂L/∂h‖,
    layer after layer from the input, cell after cell, in the code of ``app.contract.quantise``. So is
    ``activations``, the mean of h².
    """

    step: int
    seconds: float
    loss: Band
    weight_gradients: str
    activation_gradients: str
    activations: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All networks evaluated after ``step`` steps. ``training_*`` are over the whole training set, or None.

    ``regions`` (data in the plane only): per cell a text of 32×32×2 hexadecimal digits, row 0 at the
    bottom: class, then probability in sixteenths. ``words``: a sentence per cell, one per depth that
    compares the arms, one overall, and the ``answer`` to the poll: which choices are right, and why (None while
    it is open). ``best`` (fair mode only, None before the training loss was first measured):
    for every (arm, depth) the cell whose training loss is lowest, None where every rate diverged.
    """

    step: int
    seconds: float
    test_accuracy: Band
    test_loss: Band
    training_loss: Band | None
    training_accuracy: Band | None
    regions: list[str] | None
    words: dict[str, Any]
    best: list[int | None] | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The checkpoint after ``step`` steps was saved for analyses, or was not, for this ``reason``."""

    step: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis of the run: where it stands and what it has found. Each replaces the one before it.

    ``analysis`` is its id, ``question`` what was asked, ``step`` how long the weights had been trained (None
    while it waits), ``progress`` the share that is done, ``finding`` an object of ``app.contract.findings``,
    or None before the first result. ``seconds`` is how long it has been computed, None while it waits and for answers
    that are given at once.
    """

    analysis: str
    question: dict[str, Any]
    step: int | None
    state: AnalysisState
    progress: float
    finding: dict[str, Any] | None
    reason: str | None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Diverged:
    """Networks whose loss became non-finite in ``step``: indices into ``Experiment.networks()``."""

    step: int
    networks: list[int]
    cells: list[int]


@dataclass(frozen=True, slots=True)
class LearningRate:
    """From ``step`` on the arm (None: every arm) trains with this learning rate; ``by`` is as in ``State``."""

    step: int
    learning_rate: float
    arm: int | None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The networks stand: provenance with checksums, parameters, machine and versions."""

    provenance: dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """The run is now in this state; ``reason`` says why when it failed. ``position`` in the queue, from 1.

    ``by`` is the viewer whose command led to it (``Welcome.viewer``); None where no command did, and in a run that was
    read back from the store.
    """

    state: RunState
    step: int
    reason: str | None = None
    position: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """The run was deleted: the last that is heard of it. ``until`` is when it goes for good, in seconds since 1970."""

    until: float


@dataclass(frozen=True, slots=True)
class Viewers:
    """How many viewers follow the run now. It has no number in the run's stream: it is not of the run's past."""

    count: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the server that every viewer should know, such as a full disk."""

    kind: str
    message: str
    active: bool


@dataclass(frozen=True, slots=True)
class Active:
    """A run has begun to train: what is to be seen live now (``Welcome.active`` from now on)."""

    active: str


@dataclass(frozen=True, slots=True)
class Started:
    """Answer to ``start``: the run's id. The run's own events follow."""

    request: str | None


@dataclass(frozen=True, slots=True)
class Pong:
    """Answer to ``ping``."""

    request: str | None


@dataclass(frozen=True, slots=True)
class Error:
    """A command was refused; nothing was changed. ``field`` names the field when there is one."""

    code: str
    message: str
    field: str | None
    request: str | None


Event = (
    Welcome | Snapshot | Frame | Evaluation | Checkpoint | Analysis | Diverged | LearningRate | Prepared | State
    | Deleted | Viewers | Notice | Active | Started | Pong | Error
)  # fmt: skip
EVENTS: tuple[type, ...] = (
    Welcome, Snapshot, Frame, Evaluation, Checkpoint, Analysis, Diverged, LearningRate, Prepared, State, Deleted,
    Viewers, Notice, Active, Started, Pong, Error,
)  # fmt: skip

#: close codes: 4000–4499 the client comes back, 4500–4999 it stays away
CLOSE_CODES: dict[int, str] = {
    4000: "the server is going down",
    4408: "the viewer fell too far behind",
    4429: "too many messages",
    4503: "not allowed",
}


class Position(NamedTuple):
    """Place in a run's stream. ``epoch`` changes when the numbering starts anew, ``seq`` counts events."""

    epoch: int
    seq: int


def envelope(event: Any, run: str | None = None, position: Position | None = None) -> dict[str, Any]:
    """An event as the object that travels: version, type, run and position, then its own fields."""
    head: dict[str, Any] = {"v": PROTOCOL, "type": tag_of(type(event))}
    if run is not None:
        head["run"] = run
    if position is not None:
        head["epoch"], head["seq"] = position
    return head | {name: getattr(event, name) for name in event.__dataclass_fields__}


def encode_event(event: Any, run: str | None = None, position: Position | None = None) -> str:
    """An event as JSON text. NaN and infinities become null, so the text is always valid JSON."""
    return orjson.dumps(envelope(event, run, position), option=orjson.OPT_SERIALIZE_NUMPY).decode()
