"""Captions: what a stage of a trace does, in a few words, and a sentence about it made from its numbers."""

from collections.abc import Sequence
from math import isfinite

from app.analyses.words import number, percent, share
from app.contract.arms import ACTIVATIONS, NORMALISATIONS, Arm, record_of
from app.contract.trace import Maps
from app.nets.block import Block
from app.nets.stack import Stack

#: a sum whose norm is below this part of the larger norm is told as one of parts that cancel
CANCELS = 0.9
WORDS = ("no", "one", "two", "three")


def equation_of(arm: Arm) -> str:
    """A block's equation with the arm's own λ."""
    equation = record_of(arm).equation
    scale = record_of(arm).skip_factor(arm)
    return equation.replace("λx", "x" if scale == 1 else f"{scale:g}·x")


def first_layer(stack: Stack) -> str:
    """``3×3 convolution, batch norm, ReLU``."""
    kind = "3×3 convolution" if stack.backend.convolutional else "fully connected layer"
    return ", ".join([kind, *([] if stack.connection.pre_activation else _norm_and_activation(stack))])


def block_operation(block: Block, skips: bool) -> str:
    """``two 3×3 convolutions, the first in steps of 2, ⊕``."""
    if block.backend.convolutional:
        kernels = [f"{shape.kernel}×{shape.kernel}" for shape in block.shapes]
        paths = block.shapes[len(block.shapes) // 2].groups
        if len(set(kernels)) == 1:
            named = f"{WORDS[len(kernels)]} {kernels[0]} convolution{'s' if len(kernels) > 1 else ''}"
        else:
            named = f"{', '.join(kernels[:-1])} and {kernels[-1]} convolutions"
    else:
        paths = block.shapes[len(block.shapes) // 2].groups
        named = f"{WORDS[len(block.shapes)]} fully connected layer{'s' if len(block.shapes) > 1 else ''}"
    parts = [named + (f" in {paths} paths" if paths > 1 else "")]
    if block.stride > 1:
        parts.append("half the resolution")
    if skips:
        parts.append({"gate": "a gate between F and skip", "concatenate": "put beside its input"}.get(
            block.connection.join, "⊕ with the skip"
        ))  # fmt: skip
    return ", ".join(parts)


def transition_operation(stack: Stack) -> str:
    """Between two stages of a dense network."""
    halves = ", 2×2 average pooling" if stack.backend.convolutional else ""
    layer = "1×1 convolution" if stack.backend.convolutional else "fully connected layer"
    return ", ".join([*_norm_and_activation(stack), layer]) + halves


def reading_operation(stack: Stack, what: str) -> str:
    """Global average pooling or the classifier; in front of it, with pre-activation, a last norm and activation."""
    return ", ".join([*(_norm_and_activation(stack) if stack.connection.pre_activation else []), what])


def _norm_and_activation(stack: Stack) -> list[str]:
    norm = [] if stack.normalisation == "none" else [NORMALISATIONS[stack.normalisation]]
    return [*norm, ACTIVATIONS[stack.arm.activation]]


def about_output(output: Maps, of: Sequence[int], zeros: float) -> str:
    """What a stage gives.

    Args:
        of: the shape of it.
        zeros: the share of its numbers that are exactly 0.
    """
    if not isfinite(output.scale):
        return "Its numbers are no longer finite"
    if output.scale == 0:
        return "All that it gives is 0"
    what = "channel" if len(of) > 1 else "unit"
    text = f"{what.capitalize()} {output.channels[0] + 1} of {of[0]} is the most active"
    return text + (f"; {share(zeros)} of all numbers are 0" if zeros else "")


def about_join(
    join: str, through: float, past: float | None, gives: float, width: tuple[int, int], back: float | None
) -> str:
    """What meets at a block's ⊕.

    Args:
        join: of the connection's record.
        through, past, gives: norms of F(x), of what comes by the skip (None: nothing does), and of what both make
            before an activation.
        width: channels of F(x) and of the skip.
        back: share of the gradient at the block's input that comes by the skip; None or NaN where there is none.
    """
    text = _forward(join, through, past, gives, width)
    if past is None or back is None or not isfinite(back):
        return text
    if 0 <= back <= 1:
        return f"{text}. On the way back {percent(back)} of the gradient comes by the skip"
    parts = f"{percent(back)} of it by the skip and {percent(1 - back)} through F"
    return f"{text}. On the way back the gradient's two parts partly cancel: {parts}"


def _forward(join: str, through: float, past: float | None, gives: float, width: tuple[int, int]) -> str:
    if not all(isfinite(norm) for norm in (through, past or 0.0, gives)):
        return "Its numbers are no longer finite"
    if past is None:
        rest = ": F(x) is all that goes on" if through else ", and F(x) is 0 everywhere: nothing of the image goes on"
        return f"There is no skip{rest}"
    if join == "concatenate":
        return (
            f"{width[0]} new channels (norm {number(through)}) beside {width[1]} that pass as they are "
            f"(norm {number(past)})"
        )
    f, s = ("H(x)·T", "x·(1 − T)") if join == "gate" else ("F", "the skip")
    if through == past == 0:
        return f"Both {f} and {s} are 0 everywhere"
    if through == 0:
        return f"{f} adds nothing, it is 0 everywhere: all that goes on comes by {s}"
    if past == 0:
        return f"{s.replace('the', 'The')} carries nothing, it is 0 everywhere: all that goes on comes through {f}"
    carries, adds = ("x·(1 − T)", "H(x)·T") if join == "gate" else ("What the skip carries", "what F adds")
    text = f"{carries} has norm {number(past)}, {adds} norm {number(through)}"
    text += f" ({_of(through / past)}); their sum has norm {number(gives)}"
    return text + (", so they partly cancel" if gives < CANCELS * max(through, past) else "")


def _of(ratio: float) -> str:
    """A ratio of norms: ``24 % of it``, ``as much`` or ``3.1 times as much``."""
    if number(ratio) == "1":
        return "as much"
    return f"{share(ratio)} of it" if ratio < 1 else f"{number(ratio)} times as much"
