"""A tape on which a description writes its layers, one call each, as the forward pass of a network reads.

Each call takes a signal, what flows, and gives the next one. Shapes, parameters, multiply-adds and receptive fields are
reckoned here and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import NamedTuple

from app.catalog.field import Field
from app.catalog.layer import Block, Kind, Layer, Path, Shape, Skip, Unrolled
from app.contract.connections import Shortcut


class Signal(NamedTuple):
    """What flows between layers, for one example.

    Attributes:
        shape: channels, height, width; or tokens, features; or features.
        source: number of the layer that gave it, 0 for the input.
        field: on which input pixels one of it depends; None: on all.
    """

    shape: Shape
    source: int = 0
    field: Field | None = Field()


class Tape:
    """Collects layers, blocks and skips."""

    def __init__(self) -> None:
        self.stage = 0
        self._layers: list[Layer] = []
        self._blocks: list[Block] = []
        self._skips: list[Skip] = []
        self._block = 0
        self._path: Path = "stream"

    def unrolled(self) -> Unrolled:
        """What was written."""
        return Unrolled(tuple(self._layers), tuple(self._blocks), tuple(self._skips))

    # Where layers stand

    @contextmanager
    def block(self, shortcut: Shortcut) -> Iterator[None]:
        """Layers written within it form a block."""
        self._block = len(self._blocks) + 1
        first = len(self._layers) + 1
        yield
        self._blocks.append(Block(self._block, self.stage, first, len(self._layers), shortcut))
        self._block = 0

    @contextmanager
    def path(self, path: Path) -> Iterator[None]:
        """Layers written within it stand on this path of their block."""
        before, self._path = self._path, path
        yield
        self._path = before

    # Layers with weights

    def conv(
        self, x: Signal, out: int, kernel: int, stride: int = 1, groups: int = 1, *, padding: int | None = None,
        bias: bool = False, role: str = "",
    ) -> Signal:  # fmt: skip
        """A convolution; without ``padding``, ``kernel // 2`` zeros on each side."""
        padding = kernel // 2 if padding is None else padding
        shape = (out, *_slid(x.shape, kernel, stride, padding))
        weights = kernel**2 * (x.shape[0] // groups) * out
        return self._write(
            "conv", _seen(x, kernel, stride, padding), shape, role, kernel=kernel, stride=stride, groups=groups,
            weights=weights, biases=out if bias else 0, multiply_adds=weights * prod(shape[1:]),
        )  # fmt: skip

    def up_conv(self, x: Signal, out: int) -> Signal:
        """A 2×2 transposed convolution of stride 2 with biases: each pixel gives four of its own."""
        channels, height, width = x.shape
        weights = 4 * channels * out
        return self._write(
            "up-conv", x._replace(field=x.field and x.field.doubled()), (out, 2 * height, 2 * width), "", kernel=2,
            stride=2, weights=weights, biases=out, multiply_adds=weights * height * width,
        )  # fmt: skip

    def linear(self, x: Signal, out: int, role: str = "") -> Signal:
        """A linear layer with biases on the features of x: on those of each token, or of an image as a whole."""
        tokens = x.shape[0] if len(x.shape) == 2 else 1
        weights = prod(x.shape) // tokens * out
        shape = (tokens, out) if len(x.shape) == 2 else (out,)
        x = x if len(x.shape) == 2 else x._replace(field=None)
        return self._write("linear", x, shape, role, weights=weights, biases=out, multiply_adds=weights * tokens)

    def norm(self, x: Signal, name: str = "batch norm") -> Signal:
        """A gain and a shift for each channel, or feature of a token."""
        features = x.shape[-1] if len(x.shape) == 2 else x.shape[0]
        return self._write("norm", x, x.shape, name, weights=features, biases=features)

    # Layers without

    def activation(self, x: Signal, name: str = "ReLU") -> Signal:
        """A function of each number, or softmax of each row."""
        return self._write("activation", x, x.shape, name)

    def max_pool(self, x: Signal, kernel: int, stride: int, padding: int = 0) -> Signal:
        """The largest of each window."""
        shape = (x.shape[0], *_slid(x.shape, kernel, stride, padding))
        return self._write("max pool", _seen(x, kernel, stride, padding), shape, "", kernel=kernel, stride=stride)

    def average_pool(self, x: Signal) -> Signal:
        """The mean of 2×2 pixels."""
        shape = (x.shape[0], *_slid(x.shape, 2, 2, 0))
        return self._write("average pool", _seen(x, 2, 2, 0), shape, "", kernel=2, stride=2)

    def global_pool(self, x: Signal, side: int = 1) -> Signal:
        """The mean over the image, or over each field of a grid of ``side`` by ``side``."""
        shape = (x.shape[0], side, side) if side > 1 else x.shape[:1]
        return self._write("global pool", x._replace(field=None), shape, "")

    def crop(self, x: Signal, side: int) -> Signal:
        """The middle of an image."""
        edge = (x.shape[1] - side) // 2
        return self._write("crop", _seen(x, 1, 1, -edge), (x.shape[0], side, side), "")

    def pad(self, x: Signal, out: int, stride: int) -> Signal:
        """Option A of He et al. 2015: every ``stride``-th pixel, and channels of zeros up to ``out``."""
        return self._write("pad", _seen(x, 1, stride, 0), (out, *_slid(x.shape, 1, stride, 0)), "", stride=stride)

    def scores(self, query: Signal, key: Signal, heads: int) -> Signal:
        """Query times key: for each head, every token against every token."""
        tokens, width = query.shape
        x = query._replace(field=None)
        return self._write("scores", x, (heads, tokens, tokens), f"{heads} heads", multiply_adds=tokens**2 * width)

    def weighted_sum(self, scores: Signal, value: Signal) -> Signal:
        """Values of all tokens, weighted by the scores."""
        tokens, width = value.shape
        return self._write("weighted sum", scores, value.shape, "", multiply_adds=tokens**2 * width)

    # Joins

    def join(self, kind: Kind, branch: Signal, skip: Signal, shortcut: Shortcut, start: Signal) -> Signal:
        """Branch and shortcut become one; ``concatenate`` puts the shortcut first.

        Args:
            skip: what arrives through the shortcut.
            shortcut: what it is; ``start``: where it parts from the stream.
        """
        added = skip.shape[0] if kind == "concatenate" else 0
        shape = (branch.shape[0] + added, *branch.shape[1:])
        field = branch.field and skip.field and branch.field.joined(skip.field)
        signal = self._write(kind, branch._replace(field=field), shape, "")
        self._skips.append(Skip(start.source, signal.source, shortcut))
        return signal

    def _write(
        self, kind: Kind, x: Signal, shape: Shape, role: str, *, kernel: int = 1, stride: int = 1, groups: int = 1,
        weights: int = 0, biases: int = 0, multiply_adds: int = 0,
    ) -> Signal:  # fmt: skip
        """A layer that reads x; what comes out of it has the field of x."""
        number = len(self._layers) + 1
        self._layers.append(
            Layer(
                number, kind, role, x.shape, shape, kernel, stride, groups, weights, biases, multiply_adds,
                x.field.side if x.field else None, self.stage, self._block, self._path,
            )
        )  # fmt: skip
        return Signal(shape, number, x.field)


def _seen(x: Signal, kernel: int, stride: int, padding: int) -> Signal:
    """x with the field of a window over it."""
    return x._replace(field=x.field and x.field.slid(kernel, stride, padding))


def _slid(shape: Shape, kernel: int, stride: int, padding: int) -> tuple[int, int]:
    """Height and width after a window was slid over an image."""
    _, height, width = shape
    return (height + 2 * padding - kernel) // stride + 1, (width + 2 * padding - kernel) // stride + 1
