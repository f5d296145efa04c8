"""The walk through a ResNet: six parts, its shapes and its words, all from the catalogue's numbers."""

import re
from itertools import groupby, pairwise

import pytest

from app.catalog import NETWORKS
from app.catalog.layer import Unrolled
from app.catalog.pipeline import PIPELINES, find_pipeline, sections, walk
from app.catalog.words import number
from app.contract.trace import TraceStage
from app.errors import UnknownNetwork

RESNETS = [
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "resnext50_32x4d",
    "resnext101_32x8d",
]  # fmt: skip
PARTS = [
    "input", "convolution and pooling", "residual block", "stacked blocks", "global average pooling", "fully connected",
]  # fmt: skip


def stages_of(name: str) -> list[TraceStage]:
    (traced,) = walk(PIPELINES[name]).networks
    return traced.stages


def test_every_resnet_for_imagenet_has_one_and_nothing_else_has() -> None:
    assert list(PIPELINES) == RESNETS
    for name in set(NETWORKS) - set(RESNETS):
        with pytest.raises(UnknownNetwork, match="resnet18, resnet34"):
            find_pipeline(name)
    with pytest.raises(UnknownNetwork, match="no published network 'lenet'"):
        find_pipeline("lenet")


@pytest.mark.parametrize("name", RESNETS)
def test_it_has_six_parts_in_the_order_of_the_lecture(name: str) -> None:
    stages = stages_of(name)
    assert [part for part, _ in groupby(stage.part for stage in stages)] == PARTS
    blocks = [stage for stage in stages if stage.kind == "block"]
    assert [stage.name for stage in blocks] == [f"block {i}" for i in range(1, len(blocks) + 1)]
    assert [stage.part for stage in blocks].count("residual block") == 1 and blocks[0].part == "residual block"


@pytest.mark.parametrize("name", RESNETS)
def test_each_stage_reads_what_the_one_before_gives_and_weight_layers_are_counted_through(name: str) -> None:
    stages = stages_of(name)
    assert stages[0].reads == stages[0].gives == (3, 224, 224)
    for before, stage in pairwise(stages):
        assert stage.reads == before.gives
    shapes = [stage.gives for stage in stages]
    assert shapes[1:3] == [(64, 112, 112), (64, 56, 56)] and shapes[-1] == (1000,)
    numbers = [n for stage in stages if stage.layers for n in range(stage.layers[0], stage.layers[-1] + 1)]
    assert numbers == list(range(1, PIPELINES[name].depth + 1))


@pytest.mark.parametrize("name", RESNETS)
def test_its_words_give_every_parameter_and_every_receptive_field(name: str) -> None:
    unrolled = PIPELINES[name].unroll()
    stages = stages_of(name)
    counted = [int(found[1].replace(",", "")) for s in stages if (found := re.search(r"([\d,]+) parameters", s.words))]
    assert sum(counted) == unrolled.parameters
    for section, stage in zip(sections(unrolled), stages[1:], strict=True):
        field = section.layers[-1].receptive_field
        assert ("the whole image" if field is None else f"{field}×{field} pixels") in stage.words
        assert ("larger than the image" in stage.words) == (field is not None and field > 224)
        products = sum(layer.multiply_adds for layer in section.layers)
        assert (f"{number(products)} multiply-adds" in stage.words) == (products > 0)


def test_a_block_says_what_it_is() -> None:
    stages = {stage.name: stage for stage in stages_of("resnet50")}
    first, second, fourth = (stages[f"block {i}"] for i in (1, 2, 4))
    assert first.operation == "1×1, 3×3, 1×1 convolutions, ⊕"
    assert first.equation == "y = σ(F(x) + s(x))" and second.equation == "y = σ(F(x) + x)"
    assert "Block 2 of 3 of conv2_x" in second.words and "The skip carries x unchanged" in second.words
    assert "a projection of x, which makes it fit: 1×1 conv, 512, /2" in fourth.words
    assert (fourth.reads, fourth.gives) == ((256, 56, 56), (512, 28, 28))
    assert stages_of("resnet18")[3].operation == "two 3×3 convolutions, ⊕"
    assert "32 groups" in stages_of("resnext50_32x4d")[3].words
    assert stages["average pooling"].operation == "mean over 7×7"


def test_the_network_in_sentences() -> None:
    trace = walk(PIPELINES["resnet50"])
    words = " ".join(trace.networks[0].words)
    assert not any(sentence.endswith(".") for sentence in trace.networks[0].words)
    assert "25,557,032 parameters" in words and "4.09 G multiply-adds" in words
    assert "Of its 16 skips 12 are the identity and 4 projections" in words
    assert "92 % of the parameters" in words and "become 7×7, and 3 channels become 2,048" in words
    assert (trace.side, trace.channels, trace.classes, trace.image) == (224, 3, [], "")


@pytest.mark.parametrize("name", RESNETS)
def test_no_layer_is_left_out(name: str) -> None:
    unrolled: Unrolled = PIPELINES[name].unroll()
    found = sections(unrolled)
    assert [layer for section in found for layer in section.layers] == list(unrolled.layers)
    for section in found:
        if section.block:
            assert len(section.branch) + len(section.shortcut) + 2 == len(section.layers)  # ⊕ and ReLU
            assert bool(section.shortcut) == (section.block.shortcut == "projection")
