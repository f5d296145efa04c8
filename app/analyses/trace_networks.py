"""The networks that are traced, one of each arm, and linear probes of their states; kept, so the next image is fast.

A probe is what a linear classifier reads from a state, trained on it alone (``app.analyses.probes``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from app.analyses.cost import check_cost, size_of
from app.analyses.probes import fit
from app.analyses.refining import probe_features
from app.analyses.subject import Replica, Subject
from app.errors import Refused
from app.nets.stack import Stack

#: training examples of a probe, and test examples of its accuracy
PROBE_EXAMPLES = 2000
#: states of a network that can have a probe: they are solved while others wait
MOST_STATES = 128
#: numbers in the features of the probes that are solved at once
MOST_NUMBERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Probe:
    """A linear probe of one state: weights [width, classes], bias [classes], and what standardises its features."""

    weights: Tensor
    bias: Tensor
    mean: Tensor
    deviation: Tensor
    accuracy: float

    def probabilities(self, features: Tensor) -> list[float]:
        """Of every class, from the features [width] of one example."""
        z = (features.cpu().double() - self.mean) / self.deviation
        found: list[float] = (z @ self.weights + self.bias).softmax(0).tolist()
        return found


class Networks:
    """What is kept of one subject."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._replicas: dict[tuple[object, ...], tuple[list[Replica], list[str]]] = {}
        self._probes: dict[object, list[Probe]] = {}

    def at(self, depth: int) -> tuple[list[Replica], list[str]]:
        """One network of each arm that has not diverged, and sentences about those that are missing.

        Raises:
            Refused: as ``Subject.replicas``.
        """
        best = self._subject.best
        key = (depth, None if best is None else tuple(best))
        if key not in self._replicas:
            replicas = list(self._subject.replicas(depth, seeds=1))
            self._replicas[key] = replicas, list(self._subject.left_out)
        return self._replicas[key]

    def probes(self, replica: Replica, wanted: bool) -> list[Probe] | None:
        """Of the output of the first layer and of every step; None as long as nobody has ``wanted`` them.

        Raises:
            Refused: the networks are too large.
        """
        key = replica.cell, replica.seeds
        if key not in self._probes and wanted:
            self._probes[key] = list(self._fitted(replica.stack))
        return self._probes.get(key)

    def _fitted(self, stack: Stack) -> Iterator[Probe]:
        subject, some = self._subject, slice(PROBE_EXAMPLES)
        train_x, test_x = subject.train_x[some], subject.test_x[some]
        if len(stack.steps()) >= MOST_STATES:
            states = f"{len(stack.steps()) + 1} states are over the limit of {MOST_STATES}"
            raise Refused(f"probes: {states}; trace without probes, or at a smaller depth", "probes")
        passes = 2.0 * size_of(stack, train_x).multiply_adds * (len(train_x) + len(test_x))
        check_cost(passes, "probes", "trace without probes, or at a smaller depth")
        both = zip(probe_features(stack, train_x), probe_features(stack, test_x), strict=True)
        classes = len(subject.classes)
        for alike in _of_one_width(list(both)):
            train, test = (torch.cat(features).cpu().double() for features in zip(*alike, strict=True))
            weights, bias, (mean, deviation) = fit(train, subject.train_y[some].cpu(), classes)
            logits = torch.baddbmm(bias.unsqueeze(1), (test - mean) / deviation, weights)
            right = (logits.argmax(2) == subject.test_y[some].cpu()).double().mean(1)
            for k in range(len(train)):
                yield Probe(weights[k], bias[k], mean[k, 0], deviation[k, 0], float(right[k]))


def _of_one_width(features: Sequence[tuple[Tensor, Tensor]]) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """Neighbours whose features have one width, not too many at once."""
    for _, group in groupby(features, key=lambda one: one[0].shape[2]):
        alike = list(group)
        size = max(1, MOST_NUMBERS // alike[0][0].numel())
        for start in range(0, len(alike), size):
            yield alike[start : start + size]
