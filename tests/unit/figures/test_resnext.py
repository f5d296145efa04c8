"""The three forms of a ResNeXt block are one function, and the figure draws them."""

import pytest
import torch
import torch.nn.functional as F

from app.catalog import find
from app.errors import Refused
from app.figures.resnext import forms_figure, grouped


def test_the_three_forms_compute_the_same_from_the_same_weights() -> None:
    """Without norm and activation, which act on each channel by itself."""
    block = grouped(find("resnext50_32x4d").unroll(), 2)
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    w1, w3 = drawn(block.middle, block.reads, 1, 1), drawn(block.gives, block.middle, 1, 1)
    w2 = drawn(block.middle, block.path, 3, 3)
    x = drawn(2, block.reads, 6, 6)
    split = [(w1[i : i + block.path], w2[i : i + block.path], w3[:, i : i + block.path])
             for i in range(0, block.middle, block.path)]  # fmt: skip
    assert len(split) == block.groups
    inner = [F.conv2d(F.conv2d(x, one), two, padding=1) for one, two, _ in split]
    a = sum((F.conv2d(h, three) for h, (_, _, three) in zip(inner, split, strict=True)), start=torch.zeros(()))
    b = F.conv2d(torch.cat(inner, dim=1), w3)
    c = F.conv2d(F.conv2d(F.conv2d(x, w1), w2, padding=1, groups=block.groups), w3)
    torch.testing.assert_close(a, c, rtol=0, atol=1e-9)
    torch.testing.assert_close(b, c, rtol=0, atol=1e-9)
    counts = [sum(w.numel() for one in split for w in one), sum(one.numel() for one in (w1, w2, w3))]
    assert list(block.weights) == [counts[0], counts[0], counts[1]]


@pytest.mark.parametrize("name", ["resnext50_32x4d", "resnext101_32x8d"])
def test_the_figure_says_what_each_box_reads_and_gives(name: str) -> None:
    unrolled = find(name).unroll()
    block = grouped(unrolled, 2)
    figure = forms_figure(unrolled, 2)
    drawn = {trace["name"]: trace for trace in figure["data"]}
    texts = list(drawn["texts"]["text"])
    assert texts.count(f"{block.reads}, 1×1, {block.path}") == 6  # three drawn paths in forms a and b
    assert f"{block.middle}, 3×3, {block.middle}, 32 groups" in texts
    assert texts.count("+") == 4 and drawn["skips"]["x"].count(None) == 2
    weights = sum(layer.weights for layer in unrolled.of(unrolled.blocks[1]) if layer.weighted)
    assert figure["layout"]["meta"]["weights"] == [weights] * 3


@pytest.mark.parametrize(("name", "number"), [("resnet50", 1), ("resnext50_32x4d", 0), ("resnext50_32x4d", 17)])
def test_a_block_without_groups_has_no_such_forms(name: str, number: int) -> None:
    with pytest.raises(Refused, match=f"block: {number} is not a block in groups"):
        forms_figure(find(name).unroll(), number)
