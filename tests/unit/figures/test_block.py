"""The anatomy of a block: every operation once, every shape true, the shortcut where it parts and joins."""

from typing import Any

import pytest

from app.catalog import NETWORKS, find
from app.catalog.words import shape
from app.errors import Refused
from app.figures.block import block_figure


def traces(figure: dict[str, Any]) -> dict[str, Any]:
    return {trace["name"]: trace for trace in figure["data"]}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_operation_of_a_block_is_drawn_once_and_no_two_at_one_place(name: str) -> None:
    unrolled = find(name).unroll()
    shown = {
        fold.number for fold in (unrolled.blocks[0], unrolled.blocks[len(unrolled.blocks) // 2], unrolled.blocks[-1])
    }
    for number in shown:
        figure = block_figure(unrolled, number)
        first, last = figure["layout"]["meta"]["layers"]
        block = unrolled.blocks[number - 1]
        assert first <= block.first and block.last <= last
        marks = traces(figure)["layers"]
        assert sorted(marks["customdata"]) == list(range(first, last + 1))
        places = list(zip(marks["x"], marks["y"], strict=True))
        assert len(set(places)) == len(places)
        layers = unrolled.layers[first - 1 : last]
        shapes = traces(figure)["shapes"]["text"]
        assert shapes[0] == shape(layers[0].reads)
        assert set(shapes) <= {shape(one) for layer in unrolled.layers for one in (layer.reads, layer.gives)}
        assert len(traces(figure)["joins"]["x"]) == sum(skip.end in range(first, last + 1) for skip in unrolled.skips)


@pytest.mark.parametrize(
    ("name", "number", "choice", "dash", "beside"),
    [
        ("resnet18", 1, {}, "6px,3px", []),
        ("resnet18", 3, {"shortcut": "A"}, "6px,3px", ["pad to 128, /2"]),
        ("resnet18", 3, {}, "solid", ["1×1 conv, 128, /2", "batch norm"]),
        ("preact164", 1, {}, "solid", ["1×1 conv, 64"]),
        ("highway10", 1, {}, "6px,3px", []),
        ("unet", 6, {}, "6px,3px", ["crop"]),
    ],
)
def test_the_shortcut_stands_beside_the_branch_and_is_solid_where_it_has_weights(
    name: str, number: int, choice: dict[str, str], dash: str, beside: list[str]
) -> None:
    drawn = traces(block_figure(find(name).with_choices(choice).unroll(), number))
    assert drawn["skips"]["line"]["dash"] == dash
    x = max(drawn["skips"]["x"])
    assert [text for text, at in zip(drawn["texts"]["text"], drawn["texts"]["x"], strict=True) if at == x] == beside
    # it ends in the ⊕
    assert (drawn["skips"]["x"][-1], drawn["skips"]["y"][-1]) == (drawn["joins"]["x"][0], drawn["joins"]["y"][0])


def test_a_pre_activation_shortcut_with_weights_parts_behind_the_activation() -> None:
    drawn = traces(block_figure(find("preact164").unroll(), 1))
    below = next(y for text, y in zip(drawn["texts"]["text"], drawn["texts"]["y"], strict=True) if text == "ReLU")
    assert below > drawn["skips"]["y"][0] > below - 1.2


def test_a_plain_block_has_no_skip() -> None:
    drawn = traces(block_figure(find("plain18").unroll(), 3))
    assert (len(drawn["skips"]["x"]), len(drawn["joins"]["x"])) == (0, 0)


@pytest.mark.parametrize("number", [0, 9])
def test_a_block_that_does_not_exist_is_refused(number: int) -> None:
    with pytest.raises(Refused, match=f"block: {number} is not one of the 8 blocks"):
        block_figure(find("resnet18").unroll(), number)
