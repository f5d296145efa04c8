"""The landscape (Li et al. 2018, arXiv 1712.09913): training loss over a plane through the trained weights.

f(α, β) = L(θ + α δ + β η), the mean over the whole training set, for the first seed of every arm. The running
statistics of batch norm are those of θ everywhere, so f(0, 0) is the run's own training loss. From coarse to fine:
first a few rows and columns of the whole plane, then those between.
"""

from collections.abc import Iterator
from math import isqrt

import numpy as np
import torch
from numpy.typing import NDArray

from app.analyses.bands import column
from app.analyses.effort import MOST_FLOPS, Size, afford, size_of
from app.analyses.perturbed import Perturbed, room_for
from app.analyses.planes import Plane, plane_of_way, random_plane
from app.analyses.subject import Patient, Subject
from app.analyses.valleys import Ground, compared, described, level_of
from app.analyses.words import name_of, share
from app.contract.findings import Finding, LandscapeFinding, Surface
from app.contract.questions import Landscape
from app.errors import Refused

STRIDES = (8, 4, 2, 1)
LEAST_SIDE = 5
CAVEAT = (
    "A two-dimensional slice of a surface in many dimensions: a slice that is not convex proves that the surface is "
    "not convex; a convex slice proves nothing."
)
OWN_PLANES = "Each arm has a plane and axes of its own: heights can be compared, widths cannot"
STATISTICS = " The running statistics of batch norm are those of the weights at the origin everywhere."


class _Arm:
    """One arm's surface while it is computed."""

    def __init__(self, subject: Subject, patient: Patient, size: Size, plane: Plane, question: Landscape) -> None:
        self.subject, self.patient, self.plane = subject, patient, plane
        self.name, side = name_of(subject.experiment, patient.cell), question.side
        self.loss = np.full((side, side), np.nan)
        self.perturbed = Perturbed(patient.stack, plane.directions, size, len(subject.train_x))
        *_, self.centre = (float(loss) for _, part in self.losses(np.zeros((1, 2))) for loss in part)

    def losses(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """As ``Perturbed.losses``, at points [n, 2]."""
        subject = self.subject
        at = torch.from_numpy(points).to(subject.train_x)
        for first, part in self.perturbed.losses(at, subject.train_x, subject.train_y):
            yield first, part.numpy()

    def fill(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Iterator[int]:
        """Compute these points of the grid; yields how many of them stand."""
        points = np.stack([self.plane.alpha[columns], self.plane.beta[rows]], axis=1)
        for first, part in self.losses(points):
            here = slice(first, first + len(part))
            self.loss[rows[here], columns[here]] = part
            yield first + len(part)

    def surface(self) -> Surface:
        """What there is of it now."""
        plane, cell = self.plane, self.patient.cell
        steps = [step for step, _ in self.subject.way] if plane.way else []
        return Surface(
            cell.arm, cell.layers, [column(row) for row in self.loss],
            plane.alpha.tolist(), plane.beta.tolist(),
            [[a, b, float(step)] for (a, b), step in zip(plane.way, steps, strict=True)], plane.explained,
        )  # fmt: skip


@torch.no_grad()
def landscape(subject: Subject, question: Landscape) -> Iterator[float | Finding]:
    """The loss of every arm over a plane of ``side`` × ``side`` points.

    ``random``: the arms' directions are the same numbers wherever their layers have one shape, and so are the axes.
    ``trajectory``: each arm has the plane of its own way over ``subject.way``, which needs three recorded steps.

    Raises:
        Refused: ``side`` is even, the network too large or the plane too fine (``effort.MOST_FLOPS``), there is no
            way, or as ``Subject.patients``.
    """
    side = question.side
    if side % 2 == 0:
        raise Refused(f"side: {side} is even; an odd number of points has the weights themselves in the middle", "side")
    patients = list(subject.patients(question.depth, seeds=1))
    sizes = [size_of(patient.stack, subject.train_x) for patient in patients]
    _affordable(subject, sizes, side)
    yield 0.0
    planes = _planes(subject, patients, question)
    arms = [_Arm(subject, *each, question) for each in zip(patients, sizes, planes, strict=True)]
    everything, done = len(arms) * side * side, 0
    for stride in STRIDES:
        rows, columns = new_points(arms[0].loss, stride)
        for arm in arms:
            for count in arm.fill(rows, columns):
                yield (done + count) / everything
            done += len(rows)
        words = _words(subject, arms, question.plane) if stride == 1 else []
        batch = any(arm.patient.stack.normalisation == "batch" for arm in arms)
        surfaces = [arm.surface() for arm in arms]
        level = level_of(subject.experiment)
        yield LandscapeFinding(question.plane, stride, level, surfaces, CAVEAT + STATISTICS * batch, words)


def new_points(loss: NDArray[np.float64], stride: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the points that stand on every ``stride``-th row and column, or the last, for the first
    time. A point is new as long as no coarser stride has it."""
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


def _affordable(subject: Subject, sizes: list[Size], side: int) -> None:
    a_point = sum(2.0 * size.multiply_adds * len(subject.train_x) for size in sizes)
    most = isqrt(int(MOST_FLOPS / a_point))
    most -= most % 2 == 0
    remedy = f"ask for at most {most} points along an axis" if most >= LEAST_SIDE else "ask at a smaller depth"
    afford(a_point * side * side, "side" if most >= LEAST_SIDE else "depth", remedy)


def _planes(subject: Subject, patients: list[Patient], question: Landscape) -> list[Plane]:
    if question.plane == "random":
        return [random_plane(patient.stack, question.seed, question.side, question.span) for patient in patients]
    for patient in patients:
        room_for(patient.stack, 4 * len(subject.way))  # in float64, and once more about their mean
    ways: list[list[torch.Tensor]] = [[] for _ in patients]
    for past in subject.past():
        for way, patient in zip(ways, patients, strict=True):
            way.append(past.same(patient).stack.parameters.flat)
    return [
        plane_of_way(patient.stack.parameters.flat, way, question.side)
        for patient, way in zip(patients, ways, strict=True)
    ]


# Words


def _words(subject: Subject, arms: list[_Arm], plane: str) -> list[str]:
    """A sentence an arm, and one that compares the arms."""
    grounds = [Ground(arm.name, arm.loss, arm.centre) for arm in arms]
    words = [described(subject.experiment, ground, around_weights=plane == "random") for ground in grounds]
    if plane == "trajectory":
        held = (share(sum(arm.plane.explained)) for arm in arms)
        words = [
            f"{text}; the plane holds {part} of the variance of its way" for text, part in zip(words, held, strict=True)
        ]
    if len(arms) > 1:
        words.append(OWN_PLANES if plane == "trajectory" else compared(subject.experiment, grounds))
    return words
