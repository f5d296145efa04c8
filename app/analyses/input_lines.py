"""Networks and the lines of inputs along which ``app.analyses.kinds.shattering`` takes their gradient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from app.analyses.bands import column
from app.analyses.cost import check_cost, size_of
from app.analyses.slopes import Floats, centre, slopes
from app.analyses.subject import Subject
from app.contract.arms import Arm, record_of
from app.contract.experiment import Cell
from app.contract.findings import Column
from app.contract.shapes import Site
from app.errors import Refused
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import Stage, Structure

#: gain of the norm that closes an added branch
BETA = 0.1
#: the line of the fresh networks reaches from −2 to 2
REACH = 2.0
#: weights of the fresh networks that are in memory at once
MOST_WEIGHTS = 20_000_000
#: operations that drawing one weight costs, about
DRAWING = 200


class Networks(Protocol):
    """One arm at one depth: its networks, to be followed along the line."""

    @property
    def cell(self) -> Cell:
        """Which arm and depth."""
        ...

    def slopes(self) -> Iterator[Floats]:
        """∂f/∂x along the line, a few seeds at a time, [seeds, points]."""
        ...


class InputLine(NamedTuple):
    """A line of inputs and the networks that are followed along it.

    Attributes:
        at: positions of the points.
        length: of the line, in units of the input.
    """

    at: Column
    length: float
    networks: Sequence[Networks]


# Fresh networks


@dataclass(frozen=True)
class _Fresh:
    cell: Cell
    arm: Arm
    width: int
    seeds: range
    line: Tensor

    def slopes(self) -> Iterator[Floats]:
        layers = self.cell.layers
        at_once = max(1, int(MOST_WEIGHTS / _multiply_adds(self.arm, layers, self.width)))
        for first in range(0, len(self.seeds), at_once):
            stack = self.stack(self.seeds[first : first + at_once])
            yield slopes(stack, self.line, torch.ones_like(self.line), 0)

    def stack(self, seeds: Sequence[int]) -> Stack:
        """Fresh networks, their norms at the statistics of the line."""
        structure = Structure(1, (Stage(self.width),), 1, False)
        specs = [NetworkSpec(self.cell.layers, seed, self.arm, 0.0) for seed in seeds]
        stack = Stack(structure, specs, dtype=self.line.dtype, device=self.line.device)
        for leaf in stack.parameters.leaves:
            leaf.requires_grad_(False)  # nothing is trained, so no graph is recorded
        if self.arm.normalisation == "batch":
            record = record_of(self.arm)
            if record.join == "add" and not record.trained_scale:
                for norm in stack.norms:
                    if norm.end:
                        norm.gain.value.fill_(BETA)
            centre(stack, self.line)
        stack.at_evaluation = True
        return stack


def fresh(subject: Subject, depths: Sequence[int], points: int, *, width: int, seeds: int, centred: bool) -> InputLine:
    """The arms' connections at the depths, as fresh networks of one stage of equal width.

    Raises:
        Refused: a width that an arm cannot have, or too large.
    """
    experiment = subject.experiment.model_copy(update={"family": "mlp"})
    dtype = torch.float32 if subject.device.type == "mps" else torch.float64
    line = torch.linspace(-REACH, REACH, points, dtype=dtype, device=subject.device).view(-1, 1)
    chosen = range(experiment.seed, experiment.seed + seeds)
    networks, flops = [], 0.0
    for number, own in enumerate(experiment.arms):
        norm = "batch" if centred else "none"
        arm = own.model_copy(update={"normalisation": norm, "initialisation": "he", "survival": 1.0})
        for shape in record_of(arm).shapes(arm, Site(width, width, 1, False)):
            if shape.out % shape.groups:
                raise Refused(
                    f"width: {shape.groups} paths of arm {number} do not divide {shape.out} inner units", "width"
                )
        for depth in depths:
            layers = experiment.layers_of(number, depth)
            flops += _multiply_adds(arm, layers, width) * seeds * (6.0 * points + DRAWING)
            networks.append(_Fresh(Cell(number, depth, 0.0, layers), arm, width, chosen, line))
    check_cost(flops, "width", "lower the width, the depths, the seeds or the points")
    return InputLine(column(line.cpu().numpy()), 2 * REACH, networks)


def _multiply_adds(arm: Arm, layers: int, width: int) -> float:
    """Multiply-adds of a fresh network for one point, roughly; also the number of its weights."""
    record, reads, weights = record_of(arm), width, 0
    for _ in range(layers // record.layers):
        site = Site(width, reads, 1, False)
        inner = reads
        for shape in record.shapes(arm, site):
            weights += inner * shape.out // shape.groups
            inner = shape.out
        reads = record.gives(arm, site)
    return float(weights) * (2 if record.join == "gate" else 1)


# Trained networks


@dataclass(frozen=True)
class _Trained:
    cell: Cell
    stack: Stack
    line: Tensor
    direction: Tensor
    logit: int

    def slopes(self) -> Iterator[Floats]:
        yield slopes(self.stack, self.line, self.direction, self.logit)


def trained(subject: Subject, depths: Sequence[int], points: int) -> InputLine:
    """The run's networks at the depths, and the line (0 to 1) between two test examples of different classes.

    Raises:
        Refused: as ``Subject.replicas``, or too large.
    """
    x, y = subject.test_x, subject.test_y
    other = int((y != y[0]).nonzero()[0])
    at = torch.linspace(0, 1, points, dtype=x.dtype, device=x.device)
    line = x[0] + at.view(-1, *[1] * (x.dim() - 1)) * (x[other] - x[0])
    direction = (x[other] - x[0]).expand_as(line).contiguous()
    replicas = sorted(subject.replicas(*depths), key=lambda replica: (replica.cell.arm, replica.cell.depth))
    adds = sum(size_of(replica.stack, x).multiply_adds * replica.stack.k for replica in replicas)
    check_cost(4.0 * points * adds, "points", "ask for fewer points or smaller depths")
    return InputLine(
        column(at.cpu().numpy()),
        float((x[other] - x[0]).norm()),
        [_Trained(replica.cell, replica.stack, line, direction, int(y[0])) for replica in replicas],
    )
