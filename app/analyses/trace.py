"""``trace(subject, question)``: one image's way through a network of each arm; ``learnt``: its answers as they learn.

Everything is computed by the networks' own modules, at evaluation (``app.analyses.trace_pass``).
"""

import base64
import binascii
from contextlib import suppress

import numpy as np
import torch
from torch import Tensor

from app.analyses.skip_gradients import caveat
from app.analyses.subject import Replica, Subject
from app.analyses.trace_networks import Networks
from app.analyses.trace_pass import logits_of, way_of
from app.analyses.trace_stages import Walk
from app.analyses.trace_words import Told, comparing_words, learnt_words, network_words
from app.analyses.words import name_of
from app.contract.experiment import DATASET_SHAPES
from app.contract.trace import Learnt, Pixels, Trace, Traced, TraceQuestion, check_traceable
from app.data.dataset import Bytes, PixelScale
from app.errors import Refused

#: bytes of all maps of a trace
MOST_BYTES = 6_000_000


def trace(subject: Subject, question: TraceQuestion, networks: Networks | None = None) -> Trace:
    """The way of an image through one network of every arm that has not diverged.

    Args:
        networks: what was kept of the subject's earlier traces.

    Raises:
        Refused: the run has no such depth or class, all networks there have diverged, the image does not fit the run,
            or the maps or probes would be too large.
    """
    image, label = image_of(subject, question)
    classes = list(subject.classes)
    if question.target is not None and question.target >= len(classes):
        raise Refused(f"target: {question.target} is over the last class of this run, {len(classes) - 1}", "target")
    target = label if question.target is None else question.target
    networks = networks or Networks(subject)
    replicas, left_out = networks.at(question.depth)
    x, traced, told, size = as_read(subject, image), [], [], 0
    for replica in replicas:
        arm, cell = subject.experiment.arms[replica.cell.arm], replica.cell
        walk = Walk(replica.stack, arm, way_of(replica.stack, x, target), question.maps, classes)
        size += walk.size()
        if size > MOST_BYTES:
            problem = f"{question.maps} channels of every stage take over {MOST_BYTES // 10**6} MB; ask for fewer"
            raise Refused(f"maps: {problem}", "maps")
        stages = walk.stages(networks.probes(replica, question.probes))
        steps = stages[1 : 1 + len(walk.way.states) - 2]
        probabilities: list[float] = walk.way.logits.double().softmax(0).tolist()
        probes = [stage.probe for stage in steps if stage.probe is not None]
        one = Told(
            name_of(subject.experiment, cell), probabilities, label, walk.back(),
            ["the first layer", *(stage.name for stage in steps[1:])], walk.shares_by_skip(), probes or None,
        )  # fmt: skip
        told.append(one)
        traced.append(
            Traced(
                cell.arm, one.name, subject.experiment.seed + replica.seeds[0], stages, walk.way.logits.tolist(),
                probabilities, walk.way.target, walk.way.loss, network_words(one, classes),
            )
        )  # fmt: skip
    channels, side, _ = image.shape
    shown = base64.b64encode(_scale(subject).to_bytes(image).tobytes()).decode()
    untrained = [] if subject.step else ["Nothing is trained yet: these are the first weights"]
    words = untrained + comparing_words(told, classes) + caveat(subject)
    if subject.about_data and any(one.probes for one in told):
        words.append("The accuracies of the probes are measured on the part of the data that comes with Skipscope")
    return Trace(subject.step, label, classes, side, channels, shown, traced, left_out, words)


def learnt(subject: Subject, question: TraceQuestion) -> Learnt:
    """What the same networks answered to the image at every checkpoint up to the subject's.

    The networks are those that ``trace`` shows; of an arm that has diverged since, its first one that had not at the
    first checkpoint.

    Raises:
        Refused: as ``trace``.
        DataUnavailable: a checkpoint is not there any more, or damaged.
    """
    image, label = image_of(subject, question)
    x = as_read(subject, image)
    networks = {replica.cell.arm: replica for replica in subject.replicas(question.depth, seeds=1)}
    found: dict[int, list[list[float] | None]] = {arm: [] for arm in range(len(subject.experiment.arms))}
    steps = []
    for then in subject.along_trajectory():
        if len(networks) < len(found):
            with suppress(Refused):
                networks = {replica.cell.arm: replica for replica in then.replicas(question.depth, seeds=1)} | networks
        steps.append(then.step)
        for arm, answers in found.items():
            answers.append(_answer(then, networks.get(arm), x))
    arms = [arm for arm in found if arm in networks]
    names = [name_of(subject.experiment, networks[arm].cell) for arm in arms]
    words = [learnt_words(name, steps, found[arm], subject.classes) for arm, name in zip(arms, names, strict=True)]
    return Learnt(steps, label, arms, names, [found[arm] for arm in arms], words)


def _answer(then: Subject, replica: Replica | None, x: Tensor) -> list[float] | None:
    """Probabilities of every class by the weights of then; None where the network had diverged."""
    if replica is None or then.has_diverged(replica):
        return None
    probabilities: list[float] = logits_of(then.matching(replica).stack, x).double().softmax(0).tolist()
    return probabilities


def image_of(subject: Subject, question: TraceQuestion) -> tuple[Bytes, int | None]:
    """The image that is asked about in raw pixels of the data set, [channels, side, side], and its class if known.

    Raises:
        Refused: the run's data are no images, there is no such example, or the bytes are not an image of its size.
    """
    check_traceable(subject.experiment)
    image = question.image
    if isinstance(image, Pixels):
        return _from_bytes(subject, image.pixels), None
    last = len(subject.test_x) - 1
    if image.index > last:
        raise Refused(f"image.index: {image.index} is over the last test image, {last}", "image.index")
    numbers = subject.test_x[image.index : image.index + 1].cpu().numpy()
    return _scale(subject).raw_of(numbers)[0], int(subject.test_y[image.index])


def _from_bytes(subject: Subject, pixels: str) -> Bytes:
    channels, side, _ = DATASET_SHAPES[subject.experiment.dataset]
    try:
        content = base64.b64decode(pixels, validate=True)
    except binascii.Error:
        raise Refused("image.pixels: is not base64", "image.pixels") from None
    wanted = channels * side * side
    if len(content) != wanted:
        size = f"{channels}×{side}×{side} pixels"
        raise Refused(f"image.pixels: {len(content)} bytes are not the {wanted} of {size}", "image.pixels")
    return _scale(subject).from_bytes(np.frombuffer(content, np.uint8).reshape(channels, side, side))


def as_read(subject: Subject, raw: Bytes) -> Tensor:
    """Raw pixels [channels, side, side] as the networks read them, [1, channels, side, side]."""
    numbers = torch.from_numpy(_scale(subject).standardise(raw[np.newaxis]))
    return numbers.to(subject.device, subject.train_x.dtype)


def _scale(subject: Subject) -> PixelScale:
    assert subject.pixels is not None, "images have a scale"
    return subject.pixels
