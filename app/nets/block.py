"""A block: some weight layers of the first k networks of a stack and what joins them to their input.

A connection is a subclass: ``build`` declares its layers, ``forward`` is its equation.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from app.nets.layers import Layer, Norm, Weight
from app.nets.structure import Stage

if TYPE_CHECKING:
    from app.contract.experiment import Arm
    from app.nets.stack import Stack


class Block:
    """Base of all connections.

    Attributes:
        layers: weight layers a block, as the literature counts them.
        places: number of the block in each of its networks, from 0.
        pre_activation: norm and activation come before the weights; so the first layer of the network has
            none, and the last block is followed by both.
        mixes_depths: networks of different depth can share a stack (all but dense ones, whose width
            depends on how many blocks came before).
    """

    layers: ClassVar[int] = 2
    pre_activation: ClassVar[bool] = False
    mixes_depths: ClassVar[bool] = True
    s: "Shortcut"

    def __init__(
        self, stack: "Stack", numbers: Sequence[int], into: int, out: int, stride: int, places: Sequence[int]
    ) -> None:
        self.stack, self.k, self.numbers = stack, len(numbers), list(numbers)
        self.into, self.out, self.stride, self.places = into, out, stride, list(places)
        self.arm, self.space = stack.arm, stack.space
        self.activation, self.fresh_activation = stack.activation, stack.fresh_activation
        self.alpha = stack.alpha[: self.k]
        self.build()

    def build(self) -> None:
        """Declare the layers, in the order of the forward pass."""
        raise TypeError("a connection declares its own layers")

    def forward(self, x: Tensor, carried: Tensor | None = None) -> Tensor:
        """The block's equation. ``carried`` is what takes the shortcut, x itself unless it is given.

        With two leaves of equal value the derivative parts into what comes through F and what comes past it.
        """
        raise TypeError("a connection has its own equation")

    def __call__(self, x: Tensor) -> Tensor:
        """``forward`` with x on both ways."""
        return self.forward(x)

    def F(self, x: Tensor) -> Tensor:  # noqa: N802
        """The branch."""
        raise TypeError("a connection has its own branch")

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What reaches the ⊕ at evaluation: through F and past it.

        Their sum is ``forward``, before the activation where one stands behind the ⊕.
        """
        s = self.s(x)
        return self.F(x), self.space.networks(self.alpha, s) * s

    def without(self, x: Tensor) -> Tensor:
        """x when the block is taken out: x itself, also where α ≠ 1, or where the size changes the shortcut alone.

        A block with a projection keeps it, for the projection is its shortcut (Veit et al. 2016, section 4).
        """
        kept = self.s(x)
        if self.s.projection is None:
            return kept
        return kept if self.pre_activation else self.activation(kept)

    @classmethod
    def widths(cls, stage: Stage, index: int, arm: "Arm", convolutional: bool) -> tuple[int, int]:
        """Channels that block ``index`` (from 0) of a stage reads and gives."""
        return (stage.into if index == 0 else stage.out), stage.out

    @classmethod
    def stage(cls, stage: Stage, arm: "Arm", convolutional: bool) -> Stage:
        """The stage as this connection has it: some multiply its width."""
        return stage

    # What blocks are made of

    def layer(
        self, index: int, into: int, out: int, *, kernel: int = 3, stride: int = 1, groups: int = 1, end: bool = False
    ) -> Layer:
        """N(W h): weight layer ``index`` of the block, ``end`` if it is the last of F."""
        weight = self.weight(
            index, into, out, kernel=kernel, stride=stride, groups=groups, end=end, bias=self.stack.bias
        )
        return Layer(weight, self.norm(out, end=end))

    def weight(
        self, index: int, into: int, out: int, *, kernel: int = 3, stride: int = 1, groups: int = 1,
        end: bool = False, bias: bool = False,
    ) -> Weight:  # fmt: skip
        """W h alone: weight layer ``index`` of the block."""
        return Weight(
            self.stack, self.k, into, out, role="end" if end else "inner", numbers=[n + index for n in self.numbers],
            kernel=kernel, stride=stride, groups=groups, bias=bias,
        )  # fmt: skip

    def norm(self, width: int, *, end: bool = False) -> Norm:
        """N alone."""
        return Norm(self.stack, self.k, width, end=end)

    def seen(self, h: Tensor, index: int) -> Tensor:
        """Note h as the output of the block's layer ``index``, for its gradient; returns h."""
        return self.stack.seen(h, [n + index for n in self.numbers]) if self.stack.capturing else h

    def scaled_add(self, f: Tensor, s: Tensor) -> Tensor:
        """f + α s with each network's own α."""
        return self.space.scaled_add(f, self.alpha, s)

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
        return block.space.zero_pad_shortcut(x, block.k, block.out, block.stride)
