"""The trace of an image through a ResNet with weights: its walk through shapes, with what was measured put in."""

import base64
from dataclasses import replace
from math import prod

import torch
from torch import Tensor

from app.analyses.published_weights import Halves, Passed, PublishedNetwork, passed, standardised
from app.analyses.trace import MOST_BYTES
from app.analyses.trace_captions import about_join, about_output
from app.analyses.trace_maps import maps_of, most_active, norm_of, share_of
from app.analyses.trace_words import Told, network_words
from app.catalog.imagenet import classes
from app.catalog.pipeline import walk
from app.contract.published_trace import PublishedQuestion
from app.contract.trace import Join, Pixels, Trace, TraceStage
from app.errors import Refused


def published_trace(network: PublishedNetwork, question: PublishedQuestion) -> Trace:
    """The walk with maps, gradients, answer and loss.

    Raises:
        Refused: the image has another size, there is no such stage, or so many maps are too much for one answer.
    """
    walked = walk(network.network)
    (traced,) = walked.networks
    shown = _shown(traced.stages, question)
    image = _image(question.image, (walked.channels, walked.side, walked.side))
    way = passed(network, standardised(image), question.target)
    each = zip(traced.stages, way.states, way.gradients, [None, *way.halves], strict=True)
    stages = [
        _measured(stage, state, gradient, halves, question.maps if number in shown else 0)
        for number, (stage, state, gradient, halves) in enumerate(each)
    ]
    logits = way.states[-1].flatten()
    probabilities: list[float] = torch.softmax(logits.double(), 0).tolist()
    done = replace(
        traced,
        stages=stages,
        logits=logits.tolist(),
        probabilities=probabilities,
        target=way.target,
        loss=way.loss,
        words=[*traced.words, *network_words(_told(traced.name, stages, way, probabilities), classes())],
    )
    return replace(walked, classes=classes(), image=question.image.pixels, networks=[done])


def _shown(stages: list[TraceStage], question: PublishedQuestion) -> range:
    """Numbers of the stages whose maps are sent."""
    last = len(stages) - 1
    if question.stage is not None and question.stage > last:
        raise Refused(f"stage: {question.stage} is over {last}, the number of the last stage", "stage")
    shown = range(last + 1) if question.stage is None else range(question.stage, question.stage + 1)

    shapes = [shape for stage in stages[shown.start : shown.stop] for shape in _shapes(stage)]

    def size(maps: int) -> int:
        return sum(min(maps, channels) * prod(sides) for channels, *sides in shapes)

    if size(question.maps) > MOST_BYTES:
        fit = max(maps for maps in range(1, question.maps) if size(maps) <= MOST_BYTES)
        raise Refused(
            f"maps: {question.maps} channels of every stage take over {MOST_BYTES // 10**6} MB; at most {fit}, or all "
            "of one stage", "maps",
        )  # fmt: skip
    return shown


def _shapes(stage: TraceStage) -> list[tuple[int, ...]]:
    """Of all tensors of a stage that are sent: output and gradient, and what meets and parts at a block's ⊕."""
    if stage.kind == "block":
        return [stage.gives] * 4 + [stage.reads] * 2
    return [stage.gives] * 2


def _image(image: Pixels, shape: tuple[int, int, int]) -> Tensor:
    """Bytes [3, side, side]."""
    try:
        content = base64.b64decode(image.pixels, validate=True)
    except ValueError:
        raise Refused("image.pixels: is not base64", "image.pixels") from None
    if len(content) != prod(shape):
        size = "×".join(map(str, shape))
        raise Refused(f"image.pixels: {len(content)} bytes are not the {prod(shape)} of {size} pixels", "image.pixels")
    return torch.frombuffer(bytearray(content), dtype=torch.uint8).view(shape)


def _measured(stage: TraceStage, state: Tensor, gradient: Tensor, halves: Halves | None, maps: int) -> TraceStage:
    """A stage with what was measured there; without ``maps`` in words alone."""
    channels = most_active(state, max(1, maps))
    output = maps_of(state, channels)
    words = f"{stage.words}. {_words(stage, state, halves) or about_output(output, stage.gives, _zeros(state))}"
    if not maps:
        return replace(stage, words=words)
    join = None
    if halves:
        reads = halves.gradient_past.shape[0]
        by_input = channels if reads == len(state) else most_active(halves.reads, maps)
        join = Join(
            maps_of(halves.through, channels),
            maps_of(halves.past, channels),
            maps_of(halves.gradient_through, by_input),
            maps_of(halves.gradient_past, by_input),
        )
    return replace(stage, words=words, output=output, gradient=maps_of(gradient, channels), join=join)


def _words(stage: TraceStage, state: Tensor, halves: Halves | None) -> str:
    """What is said of an image and of a block; of other stages what is said of any output."""
    if stage.kind == "input":
        return "The network reads (x/255 − mean)/deviation of each channel, as torchvision standardises it"
    if halves is None:
        return ""
    norms = norm_of(halves.through), norm_of(halves.past), norm_of(halves.through + halves.past)
    return about_join("add", *norms, (len(state), len(state)), _by_skip(halves))


def _by_skip(halves: Halves) -> float:
    """The share of the gradient at a block's input that comes by the skip."""
    return share_of(halves.gradient_past, halves.gradient_past + halves.gradient_through)


def _zeros(state: Tensor) -> float:
    return float((state == 0).double().mean())


def _told(name: str, stages: list[TraceStage], way: Passed, probabilities: list[float]) -> Told:
    """What there is to say of the whole way: from the stem to the last block."""
    places = [number for number, stage in enumerate(stages) if stage.kind in ("stem", "pooling", "block")]
    shares = [
        share_of(halves.gradient_past, halves.gradient_past + halves.gradient_through)
        for halves in way.halves
        if halves
    ]
    back = [norm_of(way.gradients[number]) for number in places]
    return Told(name, probabilities, None, back, [stages[number].name for number in places], shares)
