"""One stack in training: forward, backward, gradient norms, update, and the freezing of what diverged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from app.contract.measurements import Floats
from app.learning.graph import StepGraph
from app.learning.optimisers import make_optimiser
from app.nets.backends import norm_of
from app.nets.stack import Stack

#: columns of measurements are as precise as the networks
COLUMNS = {torch.float32: np.float32, torch.float64: np.float64}
#: a layer's output and its layer numbers, one a network
Output = tuple[Tensor, Sequence[int]]


@dataclass(slots=True)
class StepResult:
    """What one training step tells.

    Attributes:
        loss: [K] mean cross-entropy over the batch.
        diverged: networks whose loss is non-finite for the first time.
        weight_gradients, activation_gradients: [sum of layers] Euclidean norms, network after network,
            input side first; None unless the step was measured.
        activations: [sum of layers] mean of h², likewise.
    """

    loss: Tensor
    diverged: list[int]
    weight_gradients: Floats | None = None
    activation_gradients: Floats | None = None
    activations: Floats | None = None


class Trainer:
    """A stack and its optimiser."""

    def __init__(self, stack: Stack, *, optimiser: str = "sgd", momentum: float = 0.0, weight_decay: float = 0.0):
        self.stack, self.parameters = stack, stack.parameters
        self.rates = [spec.learning_rate for spec in stack.specs]
        self.optimiser = make_optimiser(
            optimiser, stack.parameters, self.rates, momentum=momentum, weight_decay=weight_decay
        )
        self.frozen: set[int] = set()
        self._outputs: tuple[NDArray[np.int64], Tensor] | None = None
        self._frozen_rows: list[tuple[Tensor, Tensor]] = []
        self._graph: StepGraph | None = None
        self._lost_in_graph: list[int] = []
        depths = [spec.depth for spec in stack.specs]
        self._starts = np.concatenate([[0], np.cumsum(depths)])
        weights = [group for name, group in self.parameters.groups.items() if name.startswith(("weight/", "head/"))]
        self._weight_groups = weights
        self._weight_columns = np.concatenate([self._columns(group.networks, group.layers) for group in weights])

    def _columns(self, networks: Sequence[int], layers: Sequence[int]) -> NDArray[np.int64]:
        """Where (network, layer from 1) stands in a column of all layers."""
        columns: NDArray[np.int64] = self._starts[np.asarray(networks)] + np.asarray(layers) - 1
        return columns

    def step(self, x: Tensor, y: Tensor, *, measure: bool = False) -> StepResult:
        """Train on one batch."""
        result = self.backward(x, y, measure=measure)
        self.update()
        return result

    def advance(self, x: Tensor, y: Tensor) -> None:
        """Train on one batch and ask nothing: on CUDA one launch. ``collect`` tells later who diverged."""
        self.stack.draws = False  # the graph reads masks that are drawn before it begins
        if self._graph is None or self._graph.x.shape != x.shape:
            self.collect()
            self._graph = StepGraph(self, x, y)
        self._graph(x, y)
        self.stack.draws = True

    def collect(self) -> None:
        """Freeze what diverged in ``advance``; the next ``backward`` reports it."""
        if self._graph is not None:
            dead = set(self._graph.dead.nonzero().flatten().tolist()) - self.frozen
            if dead:
                self._lost_in_graph += sorted(dead)
                self._freeze(sorted(dead))

    def state(self) -> list[Tensor]:
        """All that a step changes: parameters, their gradients, running statistics, the optimiser's own."""
        own = [self.parameters.flat, self.parameters.flat_grad, *self.stack.running]
        return own + [one for one in self.optimiser.state() if one is not self.parameters.flat_grad]

    def differentiate(self, x: Tensor, y: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """[K] losses of a batch, and the gradients of their sum by ``parameters.leaves``."""
        loss = losses(self.stack.forward(x, by_seed=y.dim() == 2), self._labels(y)).mean(1)
        return loss, torch.autograd.grad(loss.sum(), self.parameters.leaves)

    def _labels(self, y: Tensor) -> Tensor:
        """Of a batch for each seed every network has its seed's, [K, batch]; of a common one all have the same."""
        return y if y.dim() == 1 else y[self.stack.repetition]

    def update(self) -> None:
        """Take the optimiser's step with the gradients of the last ``backward``."""
        for gradient, rows in self._frozen_rows:
            gradient.index_fill_(0, rows, 0.0)
        self.optimiser.step()

    def backward(self, x: Tensor, y: Tensor, *, measure: bool = False) -> StepResult:
        """Losses and, in ``parameters.flat_grad``, the gradient of every parameter.

        The batch is x [seeds, batch, …] and y [seeds, batch], one for each seed of the stack, or one for all networks,
        x [batch, …] and y [batch]. A network with a non-finite loss is frozen here, before any update, for good.

        The K losses are summed: each depends on its own network's parameters alone, so nothing mixes.
        """
        self.collect()
        lost, self._lost_in_graph = self._lost_in_graph, []
        outputs: list[Output] = []
        by_seed = y.dim() == 2
        if measure:
            logits, outputs = self.stack.capture(x, by_seed=by_seed)
        else:
            logits = self.stack.forward(x, by_seed=by_seed)
        loss = losses(logits, self._labels(y)).mean(1)
        heights = [h for h, _ in outputs]
        gradients = torch.autograd.grad(loss.sum(), [*self.parameters.leaves, *heights])
        self.parameters.take_gradients(gradients[: len(self.parameters.leaves)])
        loss = loss.detach()
        finite = torch.isfinite(loss)
        diverged = [] if finite.all() else [k for k in (~finite).nonzero().flatten().tolist() if k not in self.frozen]
        if diverged:
            self._freeze(diverged)
        diverged += lost
        if not measure:
            return StepResult(loss, diverged)
        passed = gradients[len(self.parameters.leaves) :]
        if self._outputs is None:
            self._outputs = self._describe(outputs)
        columns, units = self._outputs
        norms = self._ordered(self._norms_of(passed, outputs, torch.float64), columns)
        sizes = self._norms_of([h.detach() for h in heights], outputs, self.stack.dtype).square_().mul_(units)
        return StepResult(loss, diverged, self._weight_norms(), norms, self._ordered(sizes, columns))

    def _weight_norms(self) -> Floats:
        norms = torch.cat([_rows_norm(group.grad) for group in self._weight_groups])
        return self._ordered(norms, self._weight_columns)

    def _describe(self, outputs: Sequence[Output]) -> tuple[NDArray[np.int64], Tensor]:
        """Where each output's networks stand in the column of all layers, and one over their number of units."""
        columns = np.concatenate([self._columns(range(len(numbers)), numbers) for _, numbers in outputs])
        units = [len(numbers) / h.numel() for h, numbers in outputs for _ in numbers]
        return columns, outputs[0][0].new_tensor(units)

    def _norms_of(self, values: Sequence[Tensor], outputs: Sequence[Output], dtype: torch.dtype) -> Tensor:
        """Norms of one tensor an output, network after network: the logits' last, as they are the last output."""
        norms = [
            self.stack.backend.norms(value, len(numbers), dtype)
            for value, (_, numbers) in zip(values[:-1], outputs[:-1], strict=True)
        ]
        return torch.cat([*norms, norm_of(values[-1].flatten(1), (1,), dtype)])

    def _ordered(self, values: Tensor, columns: NDArray[np.int64]) -> Floats:
        column: Floats = np.empty(self._starts[-1], dtype=COLUMNS[self.stack.dtype])
        column[columns] = values.to(self.stack.dtype).cpu().numpy()
        return column

    def _freeze(self, networks: Sequence[int]) -> None:
        self.frozen.update(networks)
        self._apply_rates()
        self._frozen_rows = [
            (group.grad, group.rows_of(sorted(self.frozen))) for group in self.parameters.groups.values()
        ]

    def set_learning_rates(self, rates: Sequence[float]) -> None:
        """One learning rate a network from the next step on; frozen networks stay frozen."""
        self.rates = list(rates)
        self._apply_rates()

    def _apply_rates(self) -> None:
        self.optimiser.set_learning_rates(
            [0.0 if network in self.frozen else rate for network, rate in enumerate(self.rates)]
        )


def _rows_norm(rows: Tensor) -> Tensor:
    """Euclidean norm of each row (all but the first axis)."""
    return norm_of(rows.reshape(len(rows), -1), (1,))


def losses(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy [K, batch] of logits [K, classes, batch] for labels y, [batch] or [K, batch]."""
    return F.cross_entropy(logits, y.expand(logits.shape[0], -1), reduction="none")
