"""The trace of an image through a ResNet with weights: its walk through shapes, with what was measured put in."""

import base64
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from app.analyses.published_weights import Halves, Passed, PublishedNetwork, passed, standardised
from app.analyses.trace_maps import maps_of, most_active, norm_of
from app.catalog.imagenet import classes
from app.catalog.pipeline import walk
from app.contract.trace import Join, Pixels, PublishedQuestion, Trace, TraceStage
from app.errors import DataUnavailable, Refused

#: bytes of maps in one answer
MOST_BYTES = 24 * 2**20
#: maps of a stage, and with those at the ⊕ of a block
MAPS, MAPS_OF_BLOCK = 2, 6


def published_trace(network: PublishedNetwork, question: PublishedQuestion) -> Trace:
    """The walk with maps, gradients, answer and loss.

    Raises:
        Refused: the image has another size, there is no such stage, or so many maps are too much for one answer.
        DataUnavailable: what the weights make of the image is not finite.
    """
    walked = walk(network.network)
    (traced,) = walked.networks
    shown = _shown(traced.stages, question)
    image = _image(question.image, (walked.channels, walked.side, walked.side))
    way = passed(network, standardised(image), question.target)
    _check_finite(traced.stages, way)
    each = zip(traced.stages, way.states, way.gradients, [None, *way.halves], strict=True)
    stages = [
        _measured(stage, state, gradient, halves, question.maps if number in shown else 0)
        for number, (stage, state, gradient, halves) in enumerate(each)
    ]
    logits = way.states[-1].flatten()
    probabilities = torch.softmax(logits.double(), 0)
    done = replace(
        traced,
        stages=stages,
        logits=logits.tolist(),
        probabilities=probabilities.tolist(),
        target=way.target,
        loss=way.loss,
        words=[*traced.words, *_words(way, probabilities)],
    )
    return replace(walked, classes=classes(), image=question.image.pixels, networks=[done])


def _shown(stages: list[TraceStage], question: PublishedQuestion) -> range:
    """Numbers of the stages whose maps are sent."""
    last = len(stages) - 1
    if question.stage is not None and question.stage > last:
        raise Refused(f"stage: {question.stage} is over {last}, the number of the last stage", "stage")
    shown = range(last + 1) if question.stage is None else range(question.stage, question.stage + 1)

    def taken(maps: int) -> int:
        return sum(
            min(maps, channels) * (sides[0] * sides[1] if sides else 1) * (MAPS_OF_BLOCK if stage.equation else MAPS)
            for stage in stages[shown.start : shown.stop]
            for channels, *sides in (stage.gives,)
        )

    if taken(question.maps) > MOST_BYTES:
        fit = max(maps for maps in range(1, question.maps) if taken(maps) <= MOST_BYTES)
        raise Refused(
            f"maps: {question.maps} of every stage are too many for one answer; at most {fit}, or all of one stage",
            "maps",
        )
    return shown


def _image(image: Pixels, shape: tuple[int, int, int]) -> Tensor:
    try:
        pixels = base64.b64decode(image.pixels, validate=True)
    except ValueError:
        raise Refused("image: the pixels are not base64", "image") from None
    needed = int(np.prod(shape))
    if len(pixels) != needed:
        size = "×".join(map(str, shape))
        raise Refused(f"image: {len(pixels):,} bytes came, the network reads {size} = {needed:,}", "image")
    return torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(shape)


def _check_finite(stages: list[TraceStage], way: Passed) -> None:
    for stage, state in zip(stages, way.states, strict=True):
        if not state.isfinite().all():
            raise DataUnavailable(f"with these weights {stage.name} gives numbers that are not finite", "file")
    if not all(gradient.isfinite().all() for gradient in way.gradients):
        raise DataUnavailable("with these weights the gradient of the loss is not finite", "file")


def _measured(stage: TraceStage, state: Tensor, gradient: Tensor, halves: Halves | None, maps: int) -> TraceStage:
    """A stage with its maps; at a block's input the channels are others, so its gradient shows its own most active."""
    words = " ".join([stage.words, *(_block_words(halves) if halves else ())])
    if maps == 0:
        return replace(stage, words=words)
    channels = most_active(state, maps)
    join = None
    if halves:
        before = channels if halves.gradient_past.shape == state.shape else most_active(halves.gradient_past, maps)
        join = Join(
            maps_of(halves.through, channels),
            maps_of(halves.past, channels),
            maps_of(halves.gradient_through, before),
            maps_of(halves.gradient_past, before),
        )
    return replace(stage, words=words, output=maps_of(state, channels), gradient=maps_of(gradient, channels), join=join)


def _block_words(halves: Halves) -> Iterator[str]:
    """What F adds against what the skip carries, and the two ways of the gradient."""
    through, past = norm_of(halves.through), norm_of(halves.past)
    if past:
        yield f"Here F(x) is {through / past:.2g} times as long as what the skip carries."
    back, by_skip = norm_of(halves.gradient_through), norm_of(halves.gradient_past)
    if by_skip:
        yield f"Back at x, the gradient through F is {back / by_skip:.2g} times as long as the one by the skip."


def _words(way: Passed, probabilities: Tensor) -> Iterator[str]:
    """What it answers, and how the gradient comes back."""
    names = classes()
    (first, second), (one, two) = probabilities.topk(2)
    yield (
        f"It answers {names[int(one)]} with probability {float(first):.3f}; next comes {names[int(two)]} with "
        f"{float(second):.3f}."
    )
    yield f"The loss of {names[way.target]} is {way.loss:.3g}, −log of its probability."
    blocks = [halves for halves in way.halves if halves]
    larger = sum(norm_of(halves.past) > norm_of(halves.through) for halves in blocks)
    yield f"At {larger} of {len(blocks)} ⊕ the skip carries a longer vector than F adds."
    behind, image = norm_of(way.gradients[-3]), norm_of(way.gradients[0])
    yield f"The loss's gradient has the norm {behind:.2g} behind the last block and {image:.2g} at the image."
