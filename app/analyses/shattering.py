"""Shattering (Balduzzi et al. 2017, arXiv 1702.08591): does the gradient at one input tell that at the next?

∂f/∂x of a scalar f along a straight line of inputs, and the autocorrelation of that sequence. Three settings:

``centred``  fresh networks of one input and one output, fully connected, He initialisation, as in sections 1.3 and 3:
             activations are centred by batch norm with the statistics of the line, held fixed while f is
             differentiated. The first layer is only centred, not scaled. In added branches the last norm has the
             gain β = 0.1 (SkipInit has its own factor, 0 at the start; stochastic depth keeps every branch).
``naive``    the same without norms and with zero biases. A ReLU network is then linear on either side of 0.
``trained``  the run's networks between the first two test examples of different classes, f the logit of the first
             one's class, norms with their running statistics.

``depth`` counts weight layers with the first and the last, so 4, 12, 26 and 52 are the 2, 10, 24 and 50 layers that
stand between. The paper's branches have one layer each; the branches here are the connections' own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from app.analyses.agreement import Agreement, sentences
from app.analyses.bands import band, column
from app.analyses.effort import afford, size_of
from app.analyses.joins import caveat
from app.analyses.slopes import Floats, autocorrelation, centre, slopes
from app.analyses.subject import Subject
from app.contract.experiment import Arm, Cell
from app.contract.findings import Column, Finding, Line, ShatteringFinding
from app.contract.questions import Shattering
from app.errors import Refused
from app.nets.stack import NetworkSpec, Stack
from app.nets.structure import Stage, Structure

#: gain of the norm that closes a branch, and the connections that add one
BETA = 0.1
ADDED = ("residual", "preact", "bottleneck", "resnext", "wide", "stochastic")
#: of fresh networks when none are asked for: the paper's
DEPTHS = (4, 12, 26, 52)
#: the line of the fresh networks reaches from −2 to 2
REACH = 2.0
#: lags of the autocorrelation, and the one that the words tell of, in points
MOST_LAGS, TOLD_LAG = 30, 10
#: weights of the fresh networks that stand at once
MOST_WEIGHTS = 20_000_000
#: points of all lines together: what travels to every viewer
MOST_POINTS = 16_384
#: operations that drawing one weight costs, about
DRAWING = 200


def shattering(subject: Subject, question: Shattering) -> Iterator[float | Finding]:
    """The gradient along a line of inputs for all arms at all asked depths.

    After each arm and depth there is a finding of those that are done.

    Raises:
        Refused: too large, a width that an arm cannot have, or, of trained networks, as ``Subject.patients``.
    """
    usual = subject.experiment.depths if question.setting == "trained" else DEPTHS
    depths = sorted(set(question.depths or usual))
    lines: list[Line] = []
    told: list[Agreement] = []
    points = question.points * len(depths) * len(subject.experiment.arms)
    if points > MOST_POINTS:
        raise Refused(
            f"points: {points:,} on the lines of all arms and depths is over the limit of {MOST_POINTS:,}; "
            "ask for fewer points or depths",
            "points",
        )
    at, length, todo = (_trained if question.setting == "trained" else _fresh)(subject, question, depths)
    lags, spacing = list(range(min(MOST_LAGS, question.points // 2) + 1)), length / (question.points - 1)
    lag = min(TOLD_LAG, lags[-1])
    for done, work in enumerate(todo, start=1):
        parts = []
        for one in work.slopes():
            parts.append(one)
            yield (done - 1) / len(todo)
        gradient = np.concatenate(parts)
        largest = np.abs(gradient[0]).max()
        shown = gradient[0] / (largest if 0 < largest < np.inf else 1.0)
        correlations = autocorrelation(gradient, lags)
        lines.append(Line(work.cell.arm, work.cell.layers, column(shown), band(correlations)))
        name = f"{subject.experiment.arm_names()[work.cell.arm]}-{work.cell.layers}"
        told.append(Agreement(work.cell, name, correlations[:, lag]))
        yield done / len(todo)
        words = sentences(subject.experiment, question, told, lag, lag * spacing)
        warned = caveat(subject) if question.setting == "trained" else []
        yield ShatteringFinding(at, lags, spacing, list(lines), [*words, *warned])


class _Work:
    """One arm at one depth: its networks and the line through their inputs."""

    cell: Cell

    def slopes(self) -> Iterator[Floats]:
        """∂f/∂x of some seeds after others, [seeds, points]."""
        raise TypeError("fresh and trained networks have their own")


# Fresh networks


@dataclass(frozen=True)
class _Fresh(_Work):
    cell: Cell
    arm: Arm
    question: Shattering
    seeds: range
    line: Tensor

    def slopes(self) -> Iterator[Floats]:
        width, layers = self.question.width, self.cell.layers
        at_once = max(1, int(MOST_WEIGHTS / _multiply_adds(self.arm, layers, width)))
        for first in range(0, len(self.seeds), at_once):
            stack = self.stack(self.seeds[first : first + at_once])
            yield slopes(stack, self.line, torch.ones_like(self.line), 0)

    def stack(self, seeds: Sequence[int]) -> Stack:
        """Fresh networks, their norms at the statistics of the line."""
        width = self.question.width
        structure = Structure(1, (Stage(width, width, 1),), 1, False)
        specs = [NetworkSpec(self.cell.layers, seed, self.arm, 0.0) for seed in seeds]
        stack = Stack(structure, specs, dtype=self.line.dtype, device=self.line.device)
        for leaf in stack.parameters.leaves:
            leaf.requires_grad_(False)  # nothing is trained, so no pass needs to be remembered
        if self.arm.normalisation == "batch":
            if self.arm.connection in ADDED:
                for norm in stack.norms:
                    if norm.end:
                        norm.gain.value.fill_(BETA)
            centre(stack, self.line)
        stack.at_evaluation = True
        return stack


def _fresh(subject: Subject, question: Shattering, depths: Sequence[int]) -> tuple[Column, float, Sequence[_Work]]:
    """Positions on the line, its length, and the arms' connections at the depths, as one stage of equal width."""
    experiment = subject.experiment.model_copy(update={"family": "mlp"})
    dtype = torch.float32 if subject.device.type == "mps" else torch.float64
    line = torch.linspace(-REACH, REACH, question.points, dtype=dtype, device=subject.device).view(-1, 1)
    seeds = range(experiment.seed, experiment.seed + question.seeds)
    todo, flops = [], 0.0
    for number, told in enumerate(experiment.arms):
        norm = "batch" if question.setting == "centred" else "none"
        arm = told.model_copy(update={"normalisation": norm, "initialisation": "he", "survival": 1.0})
        if arm.connection == "resnext" and (question.width // 2) % arm.cardinality:
            raise Refused(
                f"width: {arm.cardinality} paths of arm {number} do not divide {question.width // 2} inner units",
                "width",
            )
        for depth in depths:
            layers = experiment.layers_of(number, depth)
            flops += _multiply_adds(arm, layers, question.width) * len(seeds) * (6.0 * question.points + DRAWING)
            todo.append(_Fresh(Cell(number, depth, 0.0, layers), arm, question, seeds, line))
    afford(flops, "width", "lower the width, the depths, the seeds or the points")
    return column(line.cpu().numpy()), 2 * REACH, todo


def _multiply_adds(arm: Arm, layers: int, width: int) -> float:
    """Of a fresh network for one point, about; as many weights has it."""
    match arm.connection:
        case "wide":
            return float(layers * width * width * arm.widen)
        case "highway":
            return float(2 * layers * width * width)
        case "dense":
            return float(layers * (width + layers * arm.growth / 2) * arm.growth)
        case _:
            return float(layers * width * width)


# Trained networks


@dataclass(frozen=True)
class _Trained(_Work):
    cell: Cell
    stack: Stack
    line: Tensor
    direction: Tensor
    logit: int

    def slopes(self) -> Iterator[Floats]:
        yield slopes(self.stack, self.line, self.direction, self.logit)


def _trained(subject: Subject, question: Shattering, depths: Sequence[int]) -> tuple[Column, float, Sequence[_Work]]:
    """Positions from 0 to 1 between two test examples of different classes, how far these are apart, the networks."""
    x, y = subject.test_x, subject.test_y
    other = int((y != y[0]).nonzero()[0])
    at = torch.linspace(0, 1, question.points, dtype=x.dtype, device=x.device)
    line = x[0] + at.view(-1, *[1] * (x.dim() - 1)) * (x[other] - x[0])
    direction = (x[other] - x[0]).expand_as(line).contiguous()
    patients = sorted(subject.patients(*depths), key=lambda patient: (patient.cell.arm, patient.cell.depth))
    adds = sum(size_of(patient.stack, x).multiply_adds * patient.stack.k for patient in patients)
    afford(4.0 * question.points * adds, "points", "ask for fewer points or smaller depths")
    return (
        column(at.cpu().numpy()),
        float((x[other] - x[0]).norm()),
        [_Trained(patient.cell, patient.stack, line, direction, int(y[0])) for patient in patients],
    )
