"""Flow: what goes forward through trained networks and what comes back: at every layer, along the stream, at every ⊕.

One pass of training examples through the networks of each arm, with the running statistics of batch norm, and the
gradient of the mean loss back.

The *stream* is what one block hands to the next: the output of layer 1 and of every block and transition, and where
nothing passes by the branches, in plain networks, of every hidden layer. Only along it
is it said where a gradient shrinks: a layer inside a branch sees the part of it that takes that branch, which is no
stage of one way. In a dense network the stream is all channels that are there, those passed on and the new ones, for
the new ones alone are no stage of one way either. The two ways of a ⊕ are those of ``Block.parts`` forward and of
``app.analyses.joins`` backward. In plain networks nothing goes by the shortcut.
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.bands import band, mean_band
from app.analyses.effort import afford, size_of
from app.analyses.flow_words import Told, said
from app.analyses.joins import at_the_end, caveat, parted, products, reads, skips, through
from app.analyses.subject import Subject
from app.analyses.words import name_of
from app.contract.findings import ArmFlow, Finding, FlowFinding
from app.contract.questions import Flow
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.spaces import norm_of
from app.nets.stack import Stack

#: activations of one pass; what is more is done in slices of the examples
MOST_NUMBERS = 16_000_000
#: of more seeds the first few are measured
MOST_SEEDS = 5

Floats = NDArray[np.float64]


def flow(subject: Subject, question: Flow) -> Iterator[float | Finding]:
    """One pass forward and one back of the first ``examples`` training examples, of the first ``MOST_SEEDS`` seeds.

    After each arm there is a finding of those that are done.

    Raises:
        Refused: as ``Subject.patients``, or the networks are too large.
    """
    patients = list(subject.patients(question.depth, seeds=MOST_SEEDS))
    x, y = subject.train_x[: question.examples], subject.train_y[: question.examples]
    sizes = [size_of(patient.stack, x) for patient in patients]
    # the layers' pass is three times a pass forward, the joins' is four and the parts' one
    flops = sum(16.0 * size.multiply_adds * p.stack.k for size, p in zip(sizes, patients, strict=True)) * len(x)
    afford(flops, "depth", "ask at a smaller depth")
    arms: list[ArmFlow] = []
    told: list[Told] = []
    for number, (patient, size) in enumerate(zip(patients, sizes, strict=True)):
        cell, stack = patient.cell, patient.stack
        skipping = skips(subject.experiment.arms[cell.arm])
        sums = _Sums(stack, cell.layers, skipping)
        batch = max(1, MOST_NUMBERS // (size.activations * cell.layers * stack.k))
        for start in range(0, len(x), batch):
            some = slice(start, start + batch)
            sums.add(x[some], y[some], len(x))
            yield (number + min(1.0, (start + batch) / len(x))) / len(patients)
        arms.append(sums.finding(cell.arm))
        name = name_of(subject.experiment, cell)
        told.append(Told(name, arms[-1].stream, sums.back(), sums.shares(), skipping, patient.seeds))
        yield FlowFinding(list(arms), said(told) + caveat(subject))


class _Sums:
    """Sums of squares over the examples, at every layer and every step of networks of one cell, [places, networks]."""

    def __init__(self, stack: Stack, layers: int, skipping: bool) -> None:
        self.stack, self.layers, self.skipping, self.examples = stack, layers, skipping, 0
        steps = stack.steps()
        blocks = sum(isinstance(step, Block) for step in steps)

        def empty(places: int) -> Floats:
            return np.zeros((places, stack.k))

        self.layer = {"forward": empty(layers), "backward": empty(layers), "units": empty(layers)}
        self.step = {name: empty(len(steps) + 1) for name in ("forward", "backward", "units")}
        ways = (
            "branch",
            "shortcut",
            "branch_units",
            "shortcut_units",
            "branch_back",
            "shortcut_back",
            "share",
            "whole",
        )
        self.join = {way: empty(blocks) for way in ways}

    def add(self, x: Tensor, y: Tensor, examples: int) -> None:
        """A slice of all ``examples``."""
        self.examples += len(x)
        logits, outputs = self.stack.capture(x)
        heights = [h for h, _ in outputs]
        gradients = torch.autograd.grad(losses(logits, y).sum() / examples, heights)
        for (h, numbers), g in zip(outputs, gradients, strict=True):
            self._add(self.layer, numbers[0] - 1, h, g, len(x))
        self._add_joins(x, y, examples)

    def _add_joins(self, x: Tensor, y: Tensor, examples: int) -> None:
        stack, steps, join = self.stack, self.stack.steps(), self.join
        inputs = reads(stack, x)
        g = at_the_end(stack, inputs[-1], y, examples)
        self._add(self.step, len(steps), inputs[-1], g, len(x))
        block = len(join["branch"])
        for place in range(len(steps) - 1, -1, -1):
            step, h = steps[place], inputs[place]
            if isinstance(step, Block):
                block -= 1
                with torch.no_grad():
                    parts = step.parts(h)
                past, branch = (one[0] for one in parted(step, h, g.unsqueeze(0)))
                for way, part, back in zip(("branch", "shortcut"), parts, (branch, past), strict=True):
                    join[way][block] += self._square(part)
                    join[f"{way}_units"][block] = part.numel() / len(x) / stack.k
                    join[f"{way}_back"][block] += self._square(back)
                g = past + branch
                join["share"][block] += products(stack, past.unsqueeze(0), g)[0].numpy()
                join["whole"][block] += self._square(g)
            else:
                g = through(step, h, g.unsqueeze(0))[0]
            self._add(self.step, place, h, g, len(x))

    def _add(self, sums: dict[str, Floats], place: int, h: Tensor, g: Tensor, examples: int) -> None:
        sums["forward"][place] += self._square(h)
        sums["backward"][place] += self._square(g)
        sums["units"][place] = h.numel() / examples / self.stack.k

    @property
    def stream(self) -> list[int]:
        """Numbers of the layers behind which the stream stands; without a skip every hidden layer is on the one way."""
        if not self.skipping:
            return list(range(1, self.layers))
        found = [1]
        for step in self.stack.steps():
            found.append(found[-1] + (step.layers if isinstance(step, Block) else 1))
        return found

    @property
    def along(self) -> dict[str, Floats]:
        """Sums along the stream."""
        return self.step if self.skipping else {name: sums[:-1] for name, sums in self.layer.items()}

    def _square(self, h: Tensor) -> Floats:
        """Sum of squares of each network, [networks]; logits are [networks, classes, examples] in both spaces."""
        h, k = h.detach(), self.stack.k
        norms = self.stack.space.norms(h, k, torch.float64) if h.dim() == 4 else norm_of(h.reshape(k, -1), (1,))
        found: Floats = norms.cpu().double().square().numpy()
        return found

    def back(self) -> Floats:
        """‖∂L/∂h‖ along the stream, [places, networks], input side first."""
        return np.sqrt(self.along["backward"])

    def shares(self) -> Floats:
        """Share of the gradient at every block's input that has come by the shortcut, [blocks, networks]."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: Floats = self.join["share"] / self.join["whole"]
        return shares

    def finding(self, arm: int) -> ArmFlow:
        """What was summed, as the finding of the arm."""

        def mean(sums: dict[str, Floats], name: str, units: str) -> list[list[float | None]]:
            return band(np.sqrt(sums[name] / (sums[units] * self.examples)).T)

        return ArmFlow(
            arm,
            self.layers,
            forward=mean(self.layer, "forward", "units"),
            backward=band(np.sqrt(self.layer["backward"]).T),
            stream=self.stream,
            stream_forward=mean(self.along, "forward", "units"),
            stream_backward=band(self.back().T),
            shortcut_forward=mean(self.join, "shortcut", "shortcut_units"),
            branch_forward=mean(self.join, "branch", "branch_units"),
            shortcut_backward=band(np.sqrt(self.join["shortcut_back"]).T),
            branch_backward=band(np.sqrt(self.join["branch_back"]).T),
            shortcut_share=mean_band(self.shares().T),
        )
