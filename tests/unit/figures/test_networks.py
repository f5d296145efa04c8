"""Figures of published networks: every layer has its box, every skip its line, and nothing else is drawn."""

from typing import Any

import pytest

from app.catalog import NETWORKS, find
from app.catalog.published import CIFAR, ERRORS, SINGLE_CROP, TEN_CROP
from app.catalog.table import folds
from app.figures.networks import columns_figure, network_figure
from app.figures.published import errors_figure, profile_figure


def traces(figure: dict[str, Any]) -> dict[str, Any]:
    return {trace["name"]: trace for trace in figure["data"]}


def lines(trace: Any) -> list[list[tuple[float, float]]]:
    """The polylines of a trace that parts them by None."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None:
            found.append([])
        else:
            found[-1].append((x, y))
    return [line for line in found if line]


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_boxes_are_in_order_and_stand_for_every_weight_layer_once(name: str, folded: bool) -> None:
    unrolled = find(name).unroll()
    figure = network_figure(find(name), unrolled, folded)
    drawn = traces(figure)["layers"]["customdata"]
    assert all(column == 0 for column, _, _ in drawn)
    spans = [(first, last) for _, first, last in drawn]
    assert spans == sorted(spans) and len(set(spans)) == len(spans)
    covered = [layer.number for layer in unrolled.layers if any(a <= layer.number <= b for a, b in spans)]
    counts = {fold.block.number: fold.count for fold in folds(unrolled)}
    needed = [
        layer.number
        for layer in unrolled.layers
        if layer.weighted and layer.path != "shortcut" and (not folded or not layer.block or layer.block in counts)
    ]
    assert set(needed) <= set(covered)
    boxes = sum(len(lines(trace)) for title, trace in traces(figure).items() if title.startswith("stage "))
    assert boxes == len(drawn) == len(traces(figure)["texts"]["x"])


@pytest.mark.parametrize("name", NETWORKS)
def test_unfolded_every_skip_is_drawn_solid_where_it_is_a_projection(name: str) -> None:
    unrolled = find(name).unroll()
    drawn = traces(network_figure(find(name), unrolled, folded=False))
    projections = sum(skip.kind == "projection" for skip in unrolled.skips)
    assert len(lines(drawn["solid skips"])) == projections
    assert len(lines(drawn["skips"])) == len(unrolled.skips) - projections
    assert (drawn["skips"]["line"]["dash"], drawn["solid skips"]["line"]["dash"]) == ("6px,3px", "solid")


def test_a_skip_begins_above_the_first_box_of_its_block_and_ends_below_the_last() -> None:
    unrolled = find("resnet18").unroll()
    drawn = traces(network_figure(find("resnet18"), unrolled, folded=False))
    ends = sorted(((line[0][1], line[-1][1]) for line in lines(drawn["skips"])), reverse=True)
    # the first two boxes are the first convolution and the pool; identity shortcuts are those of blocks 1, 2, 4, 6, 8
    assert ends == [(-1.5, -3.5), (-3.5, -5.5), (-7.5, -9.5), (-11.5, -13.5), (-15.5, -17.5)]


def test_folding_says_how_many_blocks_stand_there() -> None:
    figure = network_figure(find("resnet1202"), find("resnet1202").unroll(), folded=True)
    assert traces(figure)["times"]["text"] == ["× 200", "× 199", "× 199"]
    assert len(lines(traces(figure)["braces"])) == 3
    assert figure["layout"]["meta"]["rows"] == 1 + 5 * 2 + 2


def test_the_classic_figure_has_the_shortcuts_of_the_paper_and_one_size_a_row() -> None:
    """He et al. 2015, figure 3: 16 shortcuts in ResNet-34, dotted where dimensions increase, none elsewhere."""
    figure = columns_figure([find(name) for name in ("vgg19", "plain34", "resnet34")])
    drawn = traces(figure)
    solid, dashed = lines(drawn["solid skips"]), lines(drawn["skips"])
    assert (len(solid), len(dashed)) == (13, 3)
    right = max(drawn["layers"]["x"])
    assert all(x >= right for line in [*solid, *dashed] for x, _ in line)
    columns = [sum(1 for column, _, _ in drawn["layers"]["customdata"] if column == n) for n in range(3)]
    assert columns == [19 + 6, 34 + 2, 34 + 2]  # weight layers and pools
    rows: dict[str, set[float]] = {}
    for text, y in zip(drawn["sizes"]["text"], drawn["sizes"]["y"], strict=True):
        rows.setdefault(text, set()).add(y)
    assert all(len(ys) == 1 for ys in rows.values())
    assert list(rows) == ["224×224", "112×112", "56×56", "28×28", "14×14", "7×7"]


def test_columns_that_grow_again_are_not_aligned() -> None:
    figure = columns_figure([find("unet"), find("resnet18")])
    marks = traces(figure)["layers"]
    ys = [y for y, (column, *_) in zip(marks["y"], marks["customdata"], strict=True) if column == 0]
    assert ys == [-float(i) for i in range(len(ys))]


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_size_has_room_between_its_box_and_the_brace(name: str) -> None:
    drawn = traces(network_figure(find(name), find(name).unroll(), folded=True))
    #: width of a letter: text is at most 2.6/11 of a unit high
    letter = 0.6 * 2.6 / 11
    braces, sizes = drawn["braces"], drawn["sizes"]
    tops = [y for y in braces["y"] if y is not None]
    for x, y, text in zip(sizes["x"], sizes["y"], sizes["text"], strict=True):
        if tops and any(low <= y <= high for low, high in zip(tops[2::4], tops[1::4], strict=True)):
            assert x - letter * len(text) > max(at for at in braces["x"][1::5]), text


def test_stages_have_colours_and_the_classifier_has_none() -> None:
    drawn = traces(network_figure(find("resnet50"), find("resnet50").unroll(), folded=True))
    colours = {title: trace["fillcolor"] for title, trace in drawn.items() if title.startswith("stage ")}
    assert list(colours) == ["stage 0", "stage 1", "stage 2", "stage 3", "stage 4"]
    assert len(set(colours.values())) == 5


@pytest.mark.parametrize("by", ["depth", "parameters"])
@pytest.mark.parametrize("measure", [TEN_CROP, SINGLE_CROP, CIFAR])
def test_every_published_network_is_one_point_at_its_default_choices(measure: Any, by: Any) -> None:
    figure = errors_figure(NETWORKS.values(), measure, by)
    drawn = {
        data[0]: (x, y)
        for trace in figure["data"]
        for x, y, data in zip(trace["x"], trace["y"], trace["customdata"], strict=True)
    }
    assert set(drawn) == {name for name, errors in ERRORS.items() if any(one.measure == measure for one in errors)}
    for name, (x, y) in drawn.items():
        assert x == (find(name).depth if by == "depth" else find(name).unroll().parameters)
        assert any(error.percent == y and error.measure == measure for error in find(name).errors)
    assert drawn.get("resnet34", (0, 24.52))[1] in (24.52, 26.70)


@pytest.mark.parametrize("by", ["depth", "parameters"])
@pytest.mark.parametrize("measure", [TEN_CROP, SINGLE_CROP, CIFAR])
def test_axes_of_published_errors_have_ends_and_round_ticks_of_their_own(measure: Any, by: Any) -> None:
    """So the page can draw them before Plotly is there."""
    figure = errors_figure(NETWORKS.values(), measure, by)
    axis = figure["layout"]["yaxis"]
    heights = [y for trace in figure["data"] for y in trace["y"]]
    low, high = axis["range"]
    assert low < min(heights) and max(heights) < high
    assert 3 <= len(axis["tickvals"]) == len(axis["ticktext"]) <= 7
    assert all(low <= tick <= high for tick in axis["tickvals"])
    assert [float(text) for text in axis["ticktext"]] == pytest.approx(axis["tickvals"])


@pytest.mark.parametrize("name", ["resnet50", "unet", "transformer_post", "highway10"])
def test_the_profile_has_a_bar_for_every_weight_layer_in_every_panel(name: str) -> None:
    unrolled = find(name).unroll()
    numbers = [layer.number for layer in unrolled.layers if layer.weighted and layer.path != "shortcut"]
    figure = profile_figure(unrolled)
    assert [trace["name"] for trace in figure["data"]] == [
        "side of the map", "channels", "parameters", "multiply-adds", "receptive field",
    ]  # fmt: skip
    for trace in figure["data"]:
        assert list(trace["customdata"]) == numbers
    assert list(figure["data"][2]["y"]) == [unrolled.layers[number - 1].parameters for number in numbers]
