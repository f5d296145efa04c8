"""What a network unrolls into: layers, blocks and skips, with their totals."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Literal

from app.contract.connections import Shortcut

#: of one example: channels, height, width; or tokens, features; or features
Shape = tuple[int, ...]

Kind = Literal[
    "conv", "up-conv", "linear", "norm", "activation", "max pool", "average pool", "global pool", "pad", "crop",
    "scores", "weighted sum", "add", "gate", "concatenate",
]  # fmt: skip
#: where a layer stands: outside of all shortcuts, within a branch, on a shortcut with weights, or in a gate
Path = Literal["stream", "branch", "shortcut", "gate"]

#: bytes of a 32-bit number
BYTES = 4


@dataclass(frozen=True, slots=True)
class Layer:
    """One operation.

    Attributes:
        number: from 1 at the input side.
        kind: what it does; ``role``: its name in the paper, where it has one, such as ``query``.
        reads, gives: shapes of one example before and after.
        kernel, stride, groups: of a convolution or a pool.
        weights, biases: trained numbers; of a norm its gains and its shifts.
        multiply_adds: for one example; of convolutions, linear layers and the products of attention, 0 for all else.
        receptive_field: side of the square of input pixels that one of its outputs can depend on, not cut off at the
            border of the image; None: the whole input.
        stage: from 1, with what leads to its size, such as a pool; 0: the first layer, if it is none of a stage; one
            more than there are stages: the classifier.
        block: number of its block from 1; 0 outside.
        path: where it stands in its block.
    """

    number: int
    kind: Kind
    role: str
    reads: Shape
    gives: Shape
    kernel: int
    stride: int
    groups: int
    weights: int
    biases: int
    multiply_adds: int
    receptive_field: int | None
    stage: int
    block: int
    path: Path

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return self.weights + self.biases

    @property
    def activations(self) -> int:
        """Numbers that it gives for one example."""
        return prod(self.gives)

    @property
    def weighted(self) -> bool:
        """It is a convolution or a linear layer."""
        return self.kind in ("conv", "up-conv", "linear")

    @property
    def text(self) -> str:
        """In the words of the papers, such as ``3×3 conv, 64, /2``."""
        stride = f", /{self.stride}" if self.stride > 1 else ""
        size = f"{self.kernel}×{self.kernel} "
        match self.kind:
            case "conv" | "up-conv":
                groups = f", {self.groups} groups" if self.groups > 1 else ""
                text = f"{size}{self.kind}, {self.gives[0]}{groups}" + (stride if self.kind == "conv" else "")
            case "linear":
                text = f"linear, {self.gives[-1]}"
            case "max pool" | "average pool":
                text = f"{size}{self.kind}{stride}"
            case "norm" | "activation":
                return self.role
            case "pad":
                text = f"pad to {self.gives[0]}{stride}"
            case "global pool" if len(self.gives) == 3:
                text = f"average pool to {self.gives[1]}×{self.gives[2]}"
            case _:
                text = self.kind
        return f"{self.role}: {text}" if self.role else text


@dataclass(frozen=True, slots=True)
class Block:
    """Layers ``first`` to ``last`` of stage ``stage``, and what passes by its branch."""

    number: int
    stage: int
    first: int
    last: int
    shortcut: Shortcut


@dataclass(frozen=True, slots=True)
class Skip:
    """From what layer ``start`` gives (0: the input) to layer ``end``, where it joins the stream."""

    start: int
    end: int
    kind: Shortcut


@dataclass(frozen=True)
class Unrolled:
    """A network at one input size, layer by layer, input side first."""

    layers: tuple[Layer, ...]
    blocks: tuple[Block, ...]
    skips: tuple[Skip, ...]

    def of(self, block: Block) -> tuple[Layer, ...]:
        """The layers of a block."""
        return self.layers[block.first - 1 : block.last]

    @property
    def output(self) -> Shape:
        """What the network gives for one example."""
        return self.layers[-1].gives

    @cached_property
    def parameters(self) -> int:
        """Trained numbers."""
        return sum(layer.parameters for layer in self.layers)

    @cached_property
    def biases(self) -> int:
        """Biases of convolutions and linear layers; those of norms are not among them."""
        return sum(layer.biases for layer in self.layers if layer.weighted)

    @cached_property
    def norm_parameters(self) -> int:
        """Gains and shifts of norms."""
        return sum(layer.parameters for layer in self.layers if layer.kind == "norm")

    @cached_property
    def multiply_adds(self) -> int:
        """For one example."""
        return sum(layer.multiply_adds for layer in self.layers)

    @cached_property
    def activations(self) -> int:
        """Numbers that convolutions and linear layers give for one example (as Radosavovic et al. 2020 count)."""
        return sum(layer.activations for layer in self.layers if layer.weighted)

    @cached_property
    def memory(self) -> int:
        """Bytes of everything that the layers give for one example, in 32-bit numbers, each kept once."""
        return BYTES * sum(layer.activations for layer in self.layers)

    @cached_property
    def receptive_field(self) -> int | None:
        """Of the last layer that does not see the whole input; None where the first one does."""
        seen = [layer.receptive_field for layer in self.layers if layer.receptive_field is not None]
        return seen[-1] if seen else None

    @cached_property
    def weight_layers(self) -> int:
        """Layers with weights, projections on shortcuts and gates left out: the depth in most papers."""
        return sum(layer.weighted and layer.path in ("stream", "branch") for layer in self.layers)
