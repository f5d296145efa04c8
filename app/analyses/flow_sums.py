"""What flows through trained networks, summed over the examples: at every layer, along the stream, at every ⊕."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.hidden_states import layers_of_states
from app.analyses.skip_gradients import back_through, gradient_at_end, products, split_gradient, step_inputs
from app.learning.trainer import losses
from app.nets.backends import norm_of
from app.nets.block import Block
from app.nets.stack import Stack

Floats = NDArray[np.float64]


class FlowSums:
    """Sums of squares over the examples, [places, networks], of the networks of one cell.

    Attributes:
        layer: at every weight layer.
        step: before every step of the pass (``Stack.steps``), and at its end.
        join: at the ⊕ of every block, of both inputs.
    """

    def __init__(self, stack: Stack, layers: int, skipping: bool) -> None:
        self.stack, self.layers, self.skipping, self.examples = stack, layers, skipping, 0
        steps = stack.steps()
        blocks = sum(isinstance(step, Block) for step in steps)

        def empty(places: int) -> Floats:
            return np.zeros((places, stack.k))

        self.layer = {"forward": empty(layers), "backward": empty(layers), "units": empty(layers)}
        self.step = {name: empty(len(steps) + 1) for name in ("forward", "backward", "units")}
        names = ("branch", "branch_units", "branch_back", "shortcut", "shortcut_units", "shortcut_back")
        self.join = {name: empty(blocks) for name in (*names, "share", "whole")}

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
        inputs = step_inputs(stack, x)
        g = gradient_at_end(stack, inputs[-1], y, examples)
        self._add(self.step, len(steps), inputs[-1], g, len(x))
        block = len(join["branch"])
        for place in range(len(steps) - 1, -1, -1):
            step, h = steps[place], inputs[place]
            if isinstance(step, Block):
                block -= 1
                with torch.no_grad():
                    parts = step.parts(h)
                past, branch = (one[0] for one in split_gradient(step, h, g.unsqueeze(0)))
                for name, part, back in zip(("branch", "shortcut"), parts, (branch, past), strict=True):
                    join[name][block] += self._square(part)
                    join[f"{name}_units"][block] = part.numel() / len(x) / stack.k
                    join[f"{name}_back"][block] += self._square(back)
                g = past + branch
                join["share"][block] += products(stack, past.unsqueeze(0), g)[0].numpy()
                join["whole"][block] += self._square(g)
            else:
                g = back_through(step, h, g.unsqueeze(0))[0]
            self._add(self.step, place, h, g, len(x))

    def _add(self, sums: dict[str, Floats], place: int, h: Tensor, g: Tensor, examples: int) -> None:
        sums["forward"][place] += self._square(h)
        sums["backward"][place] += self._square(g)
        sums["units"][place] = h.numel() / examples / self.stack.k

    @property
    def stream(self) -> list[int]:
        """Numbers of the layers after which the stream is measured; without shortcuts that is every hidden layer."""
        return layers_of_states(self.stack) if self.skipping else list(range(1, self.layers))

    @property
    def along(self) -> dict[str, Floats]:
        """Sums along the stream."""
        return self.step if self.skipping else {name: sums[:-1] for name, sums in self.layer.items()}

    def _square(self, h: Tensor) -> Floats:
        """Sum of squares of each network, [networks]; logits are [networks, classes, examples] in both spaces."""
        h, k = h.detach(), self.stack.k
        norms = self.stack.backend.norms(h, k, torch.float64) if h.dim() == 4 else norm_of(h.reshape(k, -1), (1,))
        found: Floats = norms.cpu().double().square().numpy()
        return found

    def root_mean_square(self, sums: dict[str, Floats], name: str, units: str = "units") -> Floats:
        """Of what was summed under ``name``, ``units`` numbers for each example, [places, networks]."""
        found: Floats = np.sqrt(sums[name] / (sums[units] * self.examples))
        return found

    def stream_backward(self) -> Floats:
        """‖∂L/∂h‖ along the stream, [places, networks], input side first."""
        found: Floats = np.sqrt(self.along["backward"])
        return found

    def shares(self) -> Floats:
        """Share of the gradient at every block's input that has come by the shortcut, [blocks, networks]."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: Floats = self.join["share"] / self.join["whole"]
        return shares
