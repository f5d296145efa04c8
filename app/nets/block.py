"""A block: some weight layers of the first k networks of a stack and what joins them to their input.

A connection is a subclass: ``build`` declares its layers, ``forward`` is its equation. Shapes, and where norm and
activation stand, come from its record (``app.contract.connections``).
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from app.contract.shapes import Site
from app.nets.layers import Context, Layer, Norm, Weight

#: which block computes each connection; filled as the modules of ``app.nets.connections`` are imported
BLOCKS: dict[str, type["Block"]] = {}


class Block:
    """Base of all connections; ``class Highway(Block, connections=("highway",))`` computes those named.

    Attributes:
        connections: names of their records; those with one block can share a stack.
        indices: number of the block in each of its networks, from 0.
        shapes: of its weight layers.
        into, out: channels that it reads and gives.
    """

    connections: ClassVar[tuple[str, ...]] = ()
    s: "Shortcut"

    def __init_subclass__(cls, connections: tuple[str, ...] = ()) -> None:
        cls.connections = connections
        BLOCKS.update(dict.fromkeys(connections, cls))

    def __init__(self, stack: Context, numbers: Sequence[int], site: Site, indices: Sequence[int]) -> None:
        self.stack, self.k, self.numbers, self.indices = stack, len(numbers), list(numbers), list(indices)
        self.connection, self.arm, self.backend = stack.connection, stack.arm, stack.backend
        self.shapes = self.connection.shapes(self.arm, site)
        self.into, self.out, self.stride = site.reads, self.connection.gives(self.arm, site), site.stride
        self.activation, self.fresh_activation = stack.activation, stack.fresh_activation
        self.alpha = stack.alpha[: self.k]
        self.build()

    def build(self) -> None:
        """Declare the layers, in the order of the forward pass."""
        raise TypeError("a connection declares its own layers")

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        """The block's equation. ``shortcut_input`` is what takes the shortcut, x itself unless it is given.

        With two leaves of equal value the derivative parts into what comes through F and what comes past it.
        """
        raise TypeError("a connection has its own equation")

    def __call__(self, x: Tensor) -> Tensor:
        """``forward`` with x through both, branch and shortcut."""
        return self.forward(x)

    def F(self, x: Tensor) -> Tensor:  # noqa: N802
        """The branch."""
        raise TypeError("a connection has its own branch")

    def skip(self, x: Tensor) -> Tensor:
        """What reaches the ⊕ by the shortcut: α s(x)."""
        s = self.s(x)
        return self.backend.networks(self.alpha, s) * s

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What reaches the ⊕ at evaluation: through F and past it.

        Their sum is ``forward``, before the activation where one stands behind the ⊕.
        """
        return self.F(x), self.skip(x)

    def without(self, x: Tensor) -> Tensor:
        """y when the block is taken out: the equation with F(x) = 0, so σ(α s(x)) (Veit et al. 2016, section 4).

        A network in which nothing passes by, α = 0, would end there. Its block is replaced by x, or where the size
        changes by the shortcut without parameters, option A.
        """
        kept = self.skip(x) if self.connection.pre_activation else self.fresh_activation(self.skip(x))
        bare = self.backend.zero_pad_shortcut(x, self.k, self.out, self.stride)
        return torch.where(self.backend.networks(self.alpha, bare) == 0, bare, kept)

    # What blocks are made of

    def layer(self, index: int) -> Layer:
        """N(W h): weight layer ``index`` of the block."""
        weight = self.weight(index, bias=self.stack.bias)
        return Layer(weight, self.norm(weight.row[0], end=weight.role == "end"))

    def weight(self, index: int, *, bias: bool) -> Weight:
        """W h alone: weight layer ``index`` of the block; the last one is the end of F."""
        shape, reads = self.shapes[index], self.shapes[index - 1].out if index else self.into
        return Weight(
            self.stack, self.k, reads, shape.out, role="end" if index == len(self.shapes) - 1 else "inner",
            numbers=[n + index for n in self.numbers],
            kernel=shape.kernel, stride=shape.stride, groups=shape.groups, bias=bias,
        )  # fmt: skip

    def norm(self, width: int, *, end: bool = False) -> Norm:
        """N alone."""
        return Norm(self.stack, self.k, width, end=end)

    def record_output(self, h: Tensor, index: int) -> Tensor:
        """Record h as the output of the block's layer ``index``, for its gradient; returns h."""
        return self.stack.record_output(h, [n + index for n in self.numbers]) if self.stack.capturing else h

    def scaled_add(self, f: Tensor, s: Tensor) -> Tensor:
        """f + α s with each network's own α."""
        return self.backend.scaled_add(f, self.alpha, s)

    @property
    def changes_size(self) -> bool:
        """The block changes width or resolution, so the identity does not fit its shortcut."""
        return self.into != self.out or self.stride != 1

    @property
    def training(self) -> bool:
        """Whether this is a training pass."""
        return self.stack.training


class Shortcut:
    """s(x): options A, B and C of He et al. (2015, section 3.3 and table 3).

    A: the identity, zero-padded where the size changes. B: a 1×1 projection there. C: projections everywhere.
    ``bare``: a projection without a norm.
    """

    def __init__(self, block: Block, *, bare: bool = False) -> None:
        self.block, option = block, block.arm.shortcut
        self.projection: Layer | None = None
        if option == "C" or (option == "B" and block.changes_size):
            weight = Weight(
                block.stack, block.k, block.into, block.out,
                role="shortcut", numbers=block.numbers, kernel=1, stride=block.stride, bias=block.stack.bias,
            )  # fmt: skip
            # a projection that reads the activated input has no norm of its own (He et al. 2016)
            self.projection = Layer(weight, Norm(block.stack, block.k, block.out, kind="none" if bare else None))

    def __call__(self, x: Tensor) -> Tensor:
        if self.projection:
            return self.projection(x)
        block = self.block
        return block.backend.zero_pad_shortcut(x, block.k, block.out, block.stride)
