"""Networks that are no stack of stages: U-Net and the Transformer's encoder."""

from collections.abc import Callable
from dataclasses import dataclass

from app.catalog.tape import Signal, Tape


@dataclass(frozen=True)
class UNet:
    """U-Net (Ronneberger et al. 2015, figure 1): down ``len(widths) - 1`` times, and up again beside what was kept.

    Its 3×3 convolutions are not padded, so each takes a pixel from every side, and what is kept is cropped.
    """

    widths: tuple[int, ...]
    classes: int
    equation = "y = F([crop(x), up(z)])"

    def write(self, tape: Tape, x: Signal) -> Signal:
        """The forward pass: each step down, and each step up, is a stage of one block."""
        kept: list[Signal] = []
        for stage, width in enumerate(self.widths, 1):
            tape.stage = stage
            if kept:
                x = tape.max_pool(x, 2, 2)
            x = self._twice(tape, x, width)
            kept.append(x)
        kept.pop()
        for width in reversed(self.widths[:-1]):
            tape.stage += 1
            x = tape.up_conv(x, width)
            start = kept.pop()
            with tape.path("shortcut"):
                skip = tape.crop(start, x.shape[1])
            x = tape.join("concatenate", x, skip, "concatenated", start)
            x = self._twice(tape, x, width)
        tape.stage += 1
        return tape.conv(x, self.classes, 1, bias=True)

    def _twice(self, tape: Tape, x: Signal, width: int) -> Signal:
        with tape.block("none"):
            for _ in range(2):
                x = tape.activation(tape.conv(x, width, 3, padding=0, bias=True))
        return x


@dataclass(frozen=True)
class Encoder:
    """The Transformer's encoder (Vaswani et al. 2017, section 3.1) without its embedding; it reads tokens by features.

    Attributes:
        layers: each is two blocks, self-attention and a feed-forward network, with a skip past either.
        width, heads, hidden: d_model, h and d_ff of table 3.
        pre_norm: y = x + F(N(x)), with a norm at the end, in place of the paper's y = N(x + F(x)).
    """

    layers: int
    width: int
    heads: int
    hidden: int
    pre_norm: bool

    @property
    def equation(self) -> str:
        """Of either block of a layer."""
        return "y = x + F(N(x))" if self.pre_norm else "y = N(x + F(x))"

    def write(self, tape: Tape, x: Signal) -> Signal:
        """The forward pass: each layer is a stage."""
        for stage in range(1, self.layers + 1):
            tape.stage = stage
            x = self._block(tape, x, self._attention)
            x = self._block(tape, x, self._feed_forward)
        tape.stage += 1
        return tape.norm(x, "layer norm") if self.pre_norm else x

    def _block(self, tape: Tape, x: Signal, branch: Callable[[Tape, Signal], Signal]) -> Signal:
        with tape.block("identity"):
            with tape.path("branch"):
                y = branch(tape, tape.norm(x, "layer norm") if self.pre_norm else x)
            y = tape.join("add", y, x, "identity", x)
            return y if self.pre_norm else tape.norm(y, "layer norm")

    def _attention(self, tape: Tape, x: Signal) -> Signal:
        query, key, value = (tape.linear(x, self.width, role) for role in ("query", "key", "value"))
        scores = tape.activation(tape.scores(query, key, self.heads), "softmax")
        return tape.linear(tape.weighted_sum(scores, value), self.width, "output")

    def _feed_forward(self, tape: Tape, x: Signal) -> Signal:
        return tape.linear(tape.activation(tape.linear(x, self.hidden)), self.width)
