"""Flow: what goes forward through a trained network and what comes back, at every layer and at both ways of every ⊕.

One pass of training examples through the first seed's network of each arm, with the running statistics of batch
norm, and the gradient of the mean loss back. The two ways of a ⊕ are those of ``Block.parts`` forward and of
``app.analyses.joins`` backward. In plain networks nothing goes by the shortcut.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from app.analyses.bands import column
from app.analyses.effort import afford, size_of
from app.analyses.joins import at_the_end, caveat, parted, reads, through
from app.analyses.subject import Patient, Subject
from app.analyses.words import name_of, share
from app.contract.experiment import Experiment
from app.contract.findings import ArmFlow, Column, Finding, FlowFinding
from app.contract.questions import Flow
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.spaces import norm_of

#: activations of one pass; what is more is done in slices of the examples
MOST_NUMBERS = 16_000_000
#: a gradient that changes by no more than this factor between two layers keeps its size
SAME = 2.0


def flow(subject: Subject, question: Flow) -> Iterator[float | Finding]:
    """One pass forward and one back of the first ``examples`` training examples.

    After each arm there is a finding of those that are done.

    Raises:
        Refused: as ``Subject.patients``, or the network is too large.
    """
    patients = list(subject.patients(question.depth, seeds=1))
    x, y = subject.train_x[: question.examples], subject.train_y[: question.examples]
    sizes = [size_of(patient.stack, x) for patient in patients]
    # the layers' pass is three times a pass forward, the joins' is four and the parts' one
    afford(16.0 * len(x) * sum(size.multiply_adds for size in sizes), "depth", "ask at a smaller depth")
    arms: list[ArmFlow] = []
    for number, (patient, size) in enumerate(zip(patients, sizes, strict=True)):
        taken = _Sums(patient)
        batch = max(1, MOST_NUMBERS // (size.activations * patient.cell.layers))
        for start in range(0, len(x), batch):
            some = slice(start, start + batch)
            taken.add(x[some], y[some], len(x))
            yield (number + min(1.0, (start + batch) / len(x))) / len(patients)
        arms.append(taken.told())
        yield FlowFinding(list(arms), _words(subject.experiment, patients, arms) + caveat(subject))


class _Sums:
    """Sums of squares over the examples, at every layer and every block of one network."""

    def __init__(self, patient: Patient) -> None:
        self.cell, self.stack = patient.cell, patient.stack
        blocks = sum(isinstance(step, Block) for step in self.stack.steps())
        layers = self.cell.layers
        self.examples = 0
        self.forward, self.backward, self.units = np.zeros(layers), np.zeros(layers), np.zeros(layers)
        self.joins = {way: np.zeros(blocks) for way in ("branch", "shortcut", "branch_back", "shortcut_back")}
        self.join_units = {way: np.zeros(blocks) for way in ("branch", "shortcut")}

    def add(self, x: Tensor, y: Tensor, examples: int) -> None:
        """A slice of all ``examples``."""
        self.examples += len(x)
        logits, outputs = self.stack.capture(x)
        heights = [h for h, _ in outputs]
        gradients = torch.autograd.grad(losses(logits, y).sum() / examples, heights)
        for (h, numbers), g in zip(outputs, gradients, strict=True):
            layer = numbers[0] - 1
            self.forward[layer] += _square(h)
            self.backward[layer] += _square(g)
            self.units[layer] = h.numel() / len(x)
        self._add_joins(x, y, examples)

    def _add_joins(self, x: Tensor, y: Tensor, examples: int) -> None:
        inputs = reads(self.stack, x)
        g = at_the_end(self.stack, inputs[-1], y, examples).unsqueeze(0)
        block = len(self.joins["branch"])
        for step, h in zip(reversed(self.stack.steps()), reversed(inputs[:-1]), strict=True):
            if not isinstance(step, Block):
                g = through(step, h, g)
                continue
            block -= 1
            with torch.no_grad():
                parts = step.parts(h)
            back = parted(step, h, g)
            for way, part in zip(("branch", "shortcut"), parts, strict=True):
                self.joins[way][block] += _square(part)
                self.join_units[way][block] = part.numel() / len(x)
            self.joins["shortcut_back"][block] += _square(back[0])
            self.joins["branch_back"][block] += _square(back[1])
            g = back[0] + back[1]

    def told(self) -> ArmFlow:
        """What was summed, as the finding of the arm."""
        means = {way: self.joins[way] / (units * self.examples) for way, units in self.join_units.items()}
        return ArmFlow(
            self.cell.arm,
            self.cell.layers,
            forward=column(np.sqrt(self.forward / (self.units * self.examples))),
            backward=column(np.sqrt(self.backward)),
            shortcut_forward=column(np.sqrt(means["shortcut"])),
            branch_forward=column(np.sqrt(means["branch"])),
            shortcut_backward=column(np.sqrt(self.joins["shortcut_back"])),
            branch_backward=column(np.sqrt(self.joins["branch_back"])),
        )


def _square(h: Tensor) -> float:
    return float(norm_of(h.detach().reshape(1, -1), (1,)).double()) ** 2


# Words


def _words(experiment: Experiment, patients: Sequence[Patient], arms: Sequence[ArmFlow]) -> list[str]:
    words, ratios = [], []
    for patient, arm in zip(patients, arms, strict=False):
        name = name_of(experiment, patient.cell)
        first, last = arm.backward[0], arm.backward[-2]
        if not first or not last:
            words.append(f"{name}: no gradient that can be measured reaches layer 1")
            continue
        ratios.append((first / last, name))
        text = f"{name}: the gradient {_change(first / last)} from layer {arm.layers - 1} back to layer 1"
        drop, layer = _steepest(arm.backward)
        if drop > SAME:
            text += f"; it shrinks most from layer {layer + 1} to {layer}, {_times(drop)}"
        shares = [s / (s + b) for s, b in zip(arm.shortcut_backward, arm.branch_backward, strict=True) if s and b]
        if shares:
            text += f"; of what leaves a ⊕, the shortcut takes {share(float(np.median(shares)))} (median)"
        words.append(text)
    if len(ratios) > 1:
        (least, lower), (most, upper) = min(ratios), max(ratios)
        if most / least <= SAME:
            words.append("No difference: back to layer 1 the gradient changes alike in all arms")
        else:
            words.append(
                f"On its way back to layer 1 the gradient {_change(least)} in {lower} and {_change(most)} in {upper}"
            )
    return words


def _steepest(backward: Column) -> tuple[float, int]:
    """By which factor a gradient shrinks at most between a hidden layer and the one before it, and that one's number
    (from 1)."""
    hidden = np.array([np.nan if g is None else g for g in backward[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        drops = np.nan_to_num(hidden[1:] / hidden[:-1], nan=0.0, posinf=0.0)
    layer = int(np.argmax(drops))
    return float(drops[layer]), layer + 1


def _change(ratio: float) -> str:
    if 1 / SAME <= ratio <= SAME:
        return f"keeps its size (×{ratio:.1f})"
    return f"grows {_times(ratio)}" if ratio > 1 else f"shrinks {_times(1 / ratio)}"


def _times(factor: float) -> str:
    """``3.2×``, ``310×`` or ``2.6e+04×``."""
    return f"{factor:.1f}×" if factor < 10 else f"{factor:.0f}×" if factor < 10_000 else f"{factor:.1e}×"
