"""The landscape (Li et al. 2018, arXiv 1712.09913): training loss over a plane through the trained weights.

f(α, β) = L(θ + α δ + β η), the mean over the whole training set, for the first seed of every arm. The running
statistics of batch norm are those of θ everywhere, so f(0, 0) is the run's own training loss. From coarse to fine:
first a few rows and columns of the whole plane, then those between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isqrt
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.analyses.bands import column
from app.analyses.cost import MOST_FLOPS, Size, check_cost, size_of
from app.analyses.record import AnalysisRecord, Answer, Table, steps
from app.analyses.valleys import Ground, compared, described, level_of
from app.analyses.words import arm_name, name_of, share
from app.contract.experiment import Experiment
from app.contract.findings import Column, Finding
from app.contract.questions import Depth, Question, Seed
from app.errors import Refused
from app.lazy import Lazy

if TYPE_CHECKING:
    import torch

    from app.analyses import perturbed, planes
    from app.analyses.planes import Plane
    from app.analyses.subject import Replica, Subject
else:
    torch, perturbed, planes = Lazy("torch"), Lazy("app.analyses.perturbed"), Lazy("app.analyses.planes")

STRIDES = (8, 4, 2, 1)
LEAST_SIDE = 5
#: by plane the checkpoints that it needs: a trajectory of fewer spans none
LEAST_CHECKPOINTS = {"trajectory": 3}
CAVEAT = (
    "A two-dimensional slice of a surface in many dimensions: a slice that is not convex proves that the surface is "
    "not convex; a convex slice proves nothing."
)
OWN_PLANES = "Each arm has a plane and axes of its own: heights can be compared, widths cannot"
STATISTICS = " The running statistics of batch norm are those of the weights at the origin everywhere."


class Landscape(Question):
    """Training loss over a plane through the weights (Li et al. 2018), first seed of each arm.

    ``random``: two filter-normalised directions from ``seed``, ``span`` times the weights' norm to each side.
    ``trajectory``: the first two principal directions of the weights' trajectory so far, axes as long as that.
    """

    kind: Literal["landscape"] = "landscape"
    depth: Depth
    plane: Literal["random", "trajectory"] = "random"
    side: Annotated[int, Field(ge=LEAST_SIDE, le=101, description="points along an axis, odd")] = 31
    span: Annotated[float, Field(gt=0, le=10)] = 1.0
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Surface:
    """The loss of one arm over the plane.

    Attributes:
        loss: [side][side], row j at ``beta[j]``, column i at ``alpha[i]``; None where not computed yet or not finite.
        trajectory: [α, β, step] of recorded weights, for the plane ``trajectory``; else empty.
        explained: shares of the trajectory's variance along both directions, for the plane ``trajectory``; else empty.
    """

    arm: int
    layers: int
    loss: list[Column]
    alpha: list[float]
    beta: list[float]
    trajectory: list[list[float]] = field(default_factory=list)
    explained: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LandscapeFinding(Finding):
    """Of ``Landscape``. While it is computed, every ``stride``-th row and column is there; at the end 1.

    Attributes:
        level: the loss, the same for all arms, at which their valleys are compared: half of what guessing costs.
    """

    plane: str
    stride: int
    level: float
    surfaces: list[Surface]
    caveat: str


class _Arm:
    """One arm's surface while it is computed."""

    def __init__(self, subject: Subject, replica: Replica, size: Size, plane: Plane, question: Landscape) -> None:
        self.subject, self.replica, self.plane = subject, replica, plane
        self.name, side = name_of(subject.experiment, replica.cell), question.side
        self.loss = np.full((side, side), np.nan)
        self.copies = perturbed.Perturbed(replica.stack, plane.directions, size, len(subject.train_x))
        *_, self.centre = (float(loss) for _, part in self.losses(np.zeros((1, 2))) for loss in part)

    def losses(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """As ``Perturbed.losses``, at points [n, 2]."""
        subject = self.subject
        at = torch.from_numpy(points).to(subject.train_x)
        for first, part in self.copies.losses(at, subject.train_x, subject.train_y):
            yield first, part.numpy()

    def fill(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Iterator[int]:
        """Compute these points of the grid; yields how many of them are done."""
        points = np.stack([self.plane.alpha[columns], self.plane.beta[rows]], axis=1)
        for first, part in self.losses(points):
            here = slice(first, first + len(part))
            self.loss[rows[here], columns[here]] = part
            yield first + len(part)

    def surface(self) -> Surface:
        """What is computed of it so far."""
        plane, cell = self.plane, self.replica.cell
        steps = [step for step, _ in self.subject.trajectory] if plane.trajectory else []
        return Surface(
            cell.arm, cell.layers, [column(row) for row in self.loss],
            plane.alpha.tolist(), plane.beta.tolist(),
            [[a, b, float(step)] for (a, b), step in zip(plane.trajectory, steps, strict=True)], plane.explained,
        )  # fmt: skip


def landscape(subject: Subject, question: Landscape) -> Iterator[float | Finding]:
    """The loss of every arm over a plane of ``side`` × ``side`` points.

    ``random``: the arms' directions are the same numbers wherever their layers have one shape, and so are the axes.
    ``trajectory``: each arm has the plane of its own trajectory, which needs three recorded steps.

    Raises:
        Refused: ``side`` is even, the network too large or the plane too fine (``cost.MOST_FLOPS``), fewer steps are
            recorded, or as ``Subject.replicas``.
    """
    side = question.side
    if side % 2 == 0:
        raise Refused(f"side: {side} is even; an odd number of points has the weights themselves in the middle", "side")
    replicas = list(subject.replicas(question.depth, seeds=1))
    sizes = [size_of(replica.stack, subject.train_x) for replica in replicas]
    _check_cost(subject, sizes, side)
    yield 0.0
    each_plane = _planes(subject, replicas, question)
    arms = [_Arm(subject, *each, question) for each in zip(replicas, sizes, each_plane, strict=True)]
    everything, done = len(arms) * side * side, 0
    for stride in STRIDES:
        rows, columns = new_points(arms[0].loss, stride)
        for arm in arms:
            for count in arm.fill(rows, columns):
                yield (done + count) / everything
            done += len(rows)
        words = _words(subject, arms, question.plane) if stride == 1 else []
        batch = any(arm.replica.stack.normalisation == "batch" for arm in arms)
        surfaces = [arm.surface() for arm in arms]
        level = level_of(subject.experiment)
        yield LandscapeFinding(question.plane, stride, level, surfaces, CAVEAT + STATISTICS * batch, words=words)


def new_points(loss: NDArray[np.float64], stride: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the points on every ``stride``-th row and column, or the last, that no coarser stride has."""
    side = len(loss)

    def on(stride: int) -> NDArray[np.bool_]:
        lines = np.arange(side) % stride == 0
        lines[-1] = True
        grid: NDArray[np.bool_] = lines[:, None] & lines[None, :]
        return grid

    fresh = on(stride)
    for coarser in STRIDES[: STRIDES.index(stride)]:
        fresh &= ~on(coarser)
    rows, columns = np.nonzero(fresh)
    return rows, columns


def _check_cost(subject: Subject, sizes: list[Size], side: int) -> None:
    """A pass of the training set at every point. The refusal says how many points would do."""
    a_point = sum(2.0 * size.multiply_adds * len(subject.train_x) for size in sizes)
    most = isqrt(int(MOST_FLOPS / a_point))
    most -= most % 2 == 0
    remedy = f"ask for at most {most} points along an axis" if most >= LEAST_SIDE else "ask at a smaller depth"
    check_cost(a_point * side * side, "side" if most >= LEAST_SIDE else "depth", remedy)


def _planes(subject: Subject, replicas: list[Replica], question: Landscape) -> list[Plane]:
    if question.plane == "random":
        return [planes.random_plane(replica.stack, question.seed, question.side, question.span) for replica in replicas]
    least, kept = LEAST_CHECKPOINTS[question.plane], len(subject.trajectory)
    if kept < least:
        raise Refused(
            f"plane: a trajectory needs the weights of at least {least} recorded steps, and {kept} are kept", "plane"
        )
    for replica in replicas:
        perturbed.room_for(replica.stack, 4 * len(subject.trajectory))  # in float64, and once more about their mean
    recorded: list[list[torch.Tensor]] = [[] for _ in replicas]
    for then in subject.along_trajectory():
        for weights, replica in zip(recorded, replicas, strict=True):
            weights.append(then.matching(replica).stack.parameters.flat)
    return [
        planes.trajectory_plane(replica.stack.parameters.flat, weights, question.side)
        for replica, weights in zip(replicas, recorded, strict=True)
    ]


# Words


def _words(subject: Subject, arms: list[_Arm], plane: str) -> list[str]:
    """One sentence for each arm, and one that compares the arms."""
    grounds = [Ground(arm.name, arm.loss, arm.centre) for arm in arms]
    words = [described(subject.experiment, ground, around_weights=plane == "random") for ground in grounds]
    if plane == "trajectory":
        held = (share(sum(arm.plane.explained)) for arm in arms)
        words = [
            f"{text}; the plane holds {part} of the variance of its trajectory"
            for text, part in zip(words, held, strict=True)
        ]
    if len(arms) > 1:
        words.append(OWN_PLANES if plane == "trajectory" else compared(subject.experiment, grounds))
    return words


def _table(experiment: Experiment, finding: LandscapeFinding) -> Table:
    """One row for each arm."""
    rows = []
    for surface in finding.surfaces:
        losses = [loss for row in surface.loss for loss in row if loss is not None]
        rows.append([arm_name(experiment, surface), min(losses, default=None), max(losses, default=None)])
    return Table(["arm", "lowest loss of the plane", "highest"], rows)


ANALYSIS = AnalysisRecord(
    name="landscape",
    label="Landscape",
    position=40,
    answers=(Answer(Landscape, landscape, steps(lambda question: question.side**2)),),
    finding=LandscapeFinding,
    table=_table,
    least_checkpoints=LEAST_CHECKPOINTS,
)
