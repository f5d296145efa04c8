"""The trace of a published network: the walk with what was measured."""

import base64
import re
from typing import Any

import numpy as np
import orjson
import pytest
import torch

from app.analyses.published_trace import published_trace
from app.analyses.published_weights import PublishedNetwork, passed, standardised
from app.analyses.trace import MOST_BYTES
from app.catalog.imagenet import classes
from app.catalog.pipeline import PIPELINES, walk
from app.contract.published_trace import PublishedQuestion
from app.contract.trace import Maps, Pixels, Trace, as_json
from app.errors import Refused
from tests.unit.catalog.test_weights import BLOCKS
from tests.unit.catalog.weights_files import torchvision_names, trained

PIXELS = np.random.default_rng(5).integers(0, 256, (3, 224, 224), dtype=np.uint8)


@pytest.fixture(scope="module")
def network() -> PublishedNetwork:
    module = trained(PIPELINES["resnet18"])
    return PublishedNetwork(PIPELINES["resnet18"], torchvision_names(module, BLOCKS["resnet18"]))


def question(**fields: Any) -> PublishedQuestion:
    image = Pixels(pixels=base64.b64encode(PIXELS.tobytes()).decode())
    return PublishedQuestion.model_validate({"image": image} | fields)


@pytest.fixture(scope="module")
def trace(network: PublishedNetwork) -> Trace:
    return published_trace(network, question())


def test_it_is_the_walk_with_maps_answer_and_loss(network: PublishedNetwork, trace: Trace) -> None:
    way = passed(network, standardised(torch.from_numpy(PIXELS.copy())), None)
    (traced,), (walked,) = trace.networks, walk(network.network).networks
    assert [stage.gives for stage in traced.stages] == [stage.gives for stage in walked.stages]
    for stage, bare, state in zip(traced.stages, walked.stages, way.states, strict=True):
        assert stage.words.startswith(f"{bare.words}. ") and not stage.words.endswith(".")
        assert tuple(state.shape[: len(stage.gives)]) == stage.gives
        assert stage.output is not None and stage.gradient is not None
        assert stage.output.norm == pytest.approx(float(state.double().norm()), rel=1e-5)
        assert len(stage.output.channels) == min(8, stage.gives[0])
        assert (stage.join is not None) == (stage.kind == "block")
    assert traced.logits == way.states[-1].flatten().tolist()
    assert sum(traced.probabilities) == pytest.approx(1, abs=1e-12)
    assert traced.target == int(np.argmax(traced.logits)) == way.target and traced.loss == way.loss
    assert traced.loss == pytest.approx(-np.log(traced.probabilities[way.target]), rel=1e-5)
    assert trace.classes == classes() and (trace.side, trace.channels, trace.label) == (224, 3, None)
    assert base64.b64decode(trace.image) == PIXELS.tobytes()


def test_the_maps_of_a_block_are_what_meets_at_its_join(network: PublishedNetwork, trace: Trace) -> None:
    way = passed(network, standardised(torch.from_numpy(PIXELS.copy())), None)
    stages = trace.networks[0].stages
    for number, half in enumerate(way.halves, 1):
        join = stages[number].join
        if half is None:
            assert join is None
            continue
        assert join is not None and join.past is not None and join.gradient_past is not None
        output = stages[number].output
        assert output is not None and join.through.channels == join.past.channels == output.channels
        assert join.gradient_through.channels == join.gradient_past.channels
        if half.through.shape == half.gradient_past.shape:
            assert join.gradient_past.channels == output.channels
        for maps, tensor in (
            (join.through, half.through),
            (join.past, half.past),
            (join.gradient_through, half.gradient_through),
            (join.gradient_past, half.gradient_past),
        ):
            decoded = decode(maps)
            assert np.abs(decoded - tensor[maps.channels].numpy()).max() <= maps.scale / 250


def decode(maps: Maps) -> np.ndarray[Any, Any]:
    codes = np.frombuffer(base64.b64decode(maps.values), np.int8).astype(float)
    return codes.reshape(len(maps.channels), maps.height, maps.width) * maps.scale / 127


def test_sentences_tell_the_answer_and_how_the_gradient_came_back(trace: Trace) -> None:
    (traced,) = trace.networks
    words = " | ".join(traced.words)
    assert f"ResNet-18 answers {classes()[traced.target or 0]} with" in words
    assert re.search(r"from the last block back to the first layer the gradient's norm", words)
    assert re.search(r"in the median block \d+ % of it comes by the skip", words)
    block = traced.stages[3]
    assert "What the skip carries has norm" in block.words and "of the gradient comes by the skip" in block.words
    assert "as torchvision standardises" in traced.stages[0].words


def test_the_loss_of_another_class_goes_back(network: PublishedNetwork, trace: Trace) -> None:
    other = published_trace(network, question(target=285, maps=1)).networks[0]
    first = trace.networks[0]
    assert (other.target, other.logits) == (285, first.logits)
    assert other.loss is not None and first.loss is not None and other.loss > first.loss
    assert other.stages[0].gradient != first.stages[0].gradient


def test_all_maps_of_one_stage_can_be_asked_for_and_too_many_of_all_are_refused(network: PublishedNetwork) -> None:
    one = published_trace(network, question(maps=2048, stage=3)).networks[0].stages
    assert [stage.output is not None for stage in one] == [number == 3 for number in range(len(one))]
    assert one[3].output and sorted(one[3].output.channels) == list(range(64))
    assert all(stage.words.count(". ") for stage in one)
    with pytest.raises(Refused, match=r"maps: 2048 channels of every stage .*; at most \d+, or all of one") as refused:
        published_trace(network, question(maps=2048))
    assert refused.value.field == "maps"
    fit = int(re.findall(r"at most (\d+)", str(refused.value))[0])
    stages = published_trace(network, question(maps=fit)).networks[0].stages
    sent = [maps for stage in stages for maps in (stage.output, stage.gradient)]
    for stage in stages:
        if stage.join:
            sent += [stage.join.through, stage.join.past, stage.join.gradient_through, stage.join.gradient_past]
    size = sum(len(base64.b64decode(maps.values)) for maps in sent if maps)
    assert 0.95 * MOST_BYTES < size <= MOST_BYTES
    with pytest.raises(Refused, match="stage: 13 is over 12"):
        published_trace(network, question(stage=13))


@pytest.mark.parametrize("pixels", ["", "AAAA", "A", "A" * (200_704 - 4), "=" * 8])
def test_an_image_of_another_size_is_refused(network: PublishedNetwork, pixels: str) -> None:
    with pytest.raises(Refused, match=r"image\.pixels: "):
        published_trace(network, question(image=Pixels(pixels=pixels)))


@pytest.mark.parametrize("value", [0, 255])
def test_an_image_of_one_colour_has_a_trace(network: PublishedNetwork, value: int) -> None:
    flat = base64.b64encode(bytes([value]) * PIXELS.size).decode()
    (traced,) = published_trace(network, question(image=Pixels(pixels=flat))).networks
    assert sum(traced.probabilities) == pytest.approx(1)


def test_weights_that_overflow_are_told_and_sent() -> None:
    module = trained(PIPELINES["resnet18"])
    weights = torchvision_names(module, BLOCKS["resnet18"])
    weights["layer2.0.bn2.weight"].fill_(3e38)
    trace = published_trace(PublishedNetwork(PIPELINES["resnet18"], weights), question())
    assert any("no longer finite" in stage.words for stage in trace.networks[0].stages)
    sent = orjson.loads(as_json(trace))
    assert sent["networks"][0]["loss"] is None and "not finite" in " ".join(sent["networks"][0]["words"])


def test_a_network_whose_weights_are_all_zero_says_nothing_wrong() -> None:
    weights = {name: torch.zeros_like(t) for name, t in torchvision_names(
        trained(PIPELINES["resnet18"]), BLOCKS["resnet18"]
    ).items()}  # fmt: skip
    (traced,) = published_trace(PublishedNetwork(PIPELINES["resnet18"], weights), question()).networks
    assert traced.loss == pytest.approx(np.log(1000))
    assert "answers nothing" in " ".join(traced.words)
    assert "0 everywhere" in traced.stages[4].words


def test_every_class_of_imagenet_has_a_name() -> None:
    names = classes()
    assert len(names) == len(set(names)) == 1000 and all(name.strip() == name != "" for name in names)
    # from the published list of ILSVRC 2012
    assert [names[i] for i in (0, 1, 281, 285, 340, 999)] == [
        "tench", "goldfish", "tabby", "Egyptian cat", "zebra", "toilet tissue",
    ]  # fmt: skip
