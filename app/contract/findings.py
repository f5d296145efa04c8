"""Findings: what an analysis found, as plain numbers that store, travel and export as JSON.

Every finding has ``words``: sentences made from its own numbers, one an arm and then one that compares.
A ``Band`` is [median, low, high] over the seeds, three columns of equal length; numbers that are not finite
are None. ``layers`` is the true number of weight layers of the arm at the asked depth.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.contract.experiment import Experiment
from app.contract.questions import Question

Column = list[float | None]
Band = list[Column]


@dataclass(frozen=True, slots=True)
class ArmCurve:
    """Test accuracy and test loss of one arm along something.

    Attributes:
        arm: its number in the experiment.
        layers: weight layers.
        at: what stands along the axis: block numbers, numbers of deleted blocks, numbers of swaps.
        accuracy, loss: bands over seeds (and repeats), one number for each entry of ``at``.
        accuracy_before, loss_before: [median, low, high] of the whole network.
    """

    arm: int
    layers: int
    at: list[int]
    accuracy: Band
    loss: Band
    accuracy_before: Column
    loss_before: Column


@dataclass(frozen=True, slots=True)
class Cut:
    """Of ``Lesion`` (one entry in ``at``: how many blocks were out), ``Lesions``, ``Deletions`` and ``Shuffle``."""

    arms: list[ArmCurve]
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ArmPaths:
    """The paths through one arm.

    Attributes:
        lengths: weight layers on the way that stand in branches: 0, the layers of one block, … of all.
        paths: share of the 2^n paths that have this length, Binomial(n, ½); for a plain network all in the last.
        share: [mean, lowest, highest] over the seeds of ⟨g_k, g⟩/‖g‖², g the gradient of the mean loss at the output of
            the first layer and g_k what all paths of that length bring of it. Adds up to 1; may be negative.
        whole: [median, low, high] of ‖g‖.
        shortcut, branch: [mean, lowest, highest], one number a block: the same share of what leaves its ⊕ through the
            shortcut and through F. They add up to 1.
        sampled: how many single paths of each length were sampled.
        single: [mean, lowest, highest] over them and the seeds of the norm of the gradient that one path brings.
        product: [mean, lowest, highest] over the seeds of number of paths × mean norm of one, over the sum of all.
        mean_length, product_length: [median, low, high] of the mean length, weighted by ``share`` and by ``product``.
    """

    arm: int
    layers: int
    lengths: list[int]
    paths: Column
    share: Band
    whole: Column
    shortcut: Band
    branch: Band
    sampled: list[int]
    single: Band
    product: Band
    mean_length: Column
    product_length: Column


@dataclass(frozen=True, slots=True)
class PathsFinding:
    """Of ``Paths``."""

    arms: list[ArmPaths]
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ArmFlow:
    """One pass forward and one back through the networks of an arm, bands over (the first five) seeds.

    Attributes:
        forward, backward: one number a weight layer, input side first: root of the mean square of its output h,
            and ‖∂L/∂h‖ over the examples.
        stream: numbers of the layers behind which the stream stands: 1, and the last of every block and transition;
            every hidden layer of a plain network.
        stream_forward, stream_backward: likewise of the stream, one number for each of ``stream``. In dense networks
            that is all channels there; in the others it is that layer's output.
        shortcut_forward, branch_forward: one number a block: root mean square of what reaches its ⊕ by each way.
        shortcut_backward, branch_backward: ‖·‖ of the gradient that leaves the ⊕ by each way.
        shortcut_share: [mean, lowest, highest] share of the gradient that leaves the ⊕ by the shortcut, as in
            ``ArmPaths``.
    """

    arm: int
    layers: int
    forward: Band
    backward: Band
    stream: list[int]
    stream_forward: Band
    stream_backward: Band
    shortcut_forward: Band
    branch_forward: Band
    shortcut_backward: Band
    branch_backward: Band
    shortcut_share: Band


@dataclass(frozen=True, slots=True)
class FlowFinding:
    """Of ``Flow``."""

    arms: list[ArmFlow]
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """The gradient of one arm at one depth along the line.

    Attributes:
        gradient: of the first seed, one number a point, scaled to a largest absolute value of 1.
        autocorrelation: band over seeds, one number a lag.
    """

    arm: int
    layers: int
    gradient: Column
    autocorrelation: Band


@dataclass(frozen=True, slots=True)
class ShatteringFinding:
    """Of ``Shattering``.

    Attributes:
        at: positions on the line: of fresh networks the input itself, of trained ones 0 to 1 between two examples.
        lags: of the autocorrelation, in points.
        spacing: distance of two neighbouring points, in units of the input (Euclidean): lags · spacing is how far
            apart the inputs are.
    """

    at: Column
    lags: list[int]
    spacing: float
    lines: list[Line]
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surface:
    """The loss of one arm over the plane.

    Attributes:
        loss: [side][side], row j at ``beta[j]``, column i at ``alpha[i]``; None where not computed yet or not finite.
        trajectory: [α, β, step] of recorded weights, for the plane ``trajectory``; else empty.
        explained: shares of the way's variance along the two directions, for the plane ``trajectory``; else empty.
    """

    arm: int
    layers: int
    loss: list[Column]
    alpha: list[float]
    beta: list[float]
    trajectory: list[list[float]] = field(default_factory=list)
    explained: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LandscapeFinding:
    """Of ``Landscape``. While it is computed, every ``stride``-th row and column is there; at the end 1.

    Attributes:
        level: the loss, the same for all arms, at which their valleys are compared: half of what guessing costs.
    """

    plane: str
    stride: int
    level: float
    surfaces: list[Surface]
    caveat: str
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reached:
    """When one cell's median test accuracy first reached the target; None where it never did.

    Attributes:
        arm: its number in the experiment.
        layers: weight layers.
        depth: position of the depth slider.
        step: of the first evaluation at which it was there.
        seconds: that training the whole sweep had taken until then, for all its networks train together.
        flops: that this network alone had taken until then.
    """

    arm: int
    layers: int
    depth: int
    step: int | None
    seconds: float | None
    flops: float | None


@dataclass(frozen=True, slots=True)
class ConvergenceFinding:
    """Of ``Convergence``."""

    target: float
    cells: list[Reached]
    words: list[str] = field(default_factory=list)


Finding = Cut | PathsFinding | FlowFinding | ShatteringFinding | LandscapeFinding | ConvergenceFinding


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as it is sent and stored: numbers to six significant digits, which is what float32 has."""
    told: dict[str, Any] = rounded(asdict(finding), 6)
    return told


def rounded(value: Any, digits: int) -> Any:
    """Numbers, and those in lists and objects, to so many significant digits."""
    match value:
        case float():
            return float(f"{value:.{digits}g}")
        case dict():
            return {key: rounded(inner, digits) for key, inner in value.items()}
        case list() | tuple():
            return [rounded(inner, digits) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a process is asked to find out.

    Attributes:
        experiment: what was trained.
        question: what is asked.
        step, file: how long it had been trained, and the file with the weights it had then.
        way: (step, file) of all weights that are kept up to there, ascending.
    """

    experiment: Experiment
    question: Question
    step: int
    file: Path
    way: tuple[tuple[int, Path], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """From that process: the share that is done (0 to 1), and what has been found if that is new."""

    progress: float
    finding: Finding | None = None
    cancelled: bool = False
