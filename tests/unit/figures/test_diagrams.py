"""Diagrams: their structure is that of the networks that are trained."""

from itertools import pairwise
from typing import Any

import pytest

from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.figures import diagrams
from app.figures.layers import plan_of
from app.figures.layout import END, Layout, fold, length_of

SIX_N_TWO = Experiment(dataset="fashion", family="conv6n2", width=8, depths=(8, 20, 56))
EXPERIMENTS = {
    "digits": Experiment(),
    "spiral": Experiment(dataset="spiral", depths=(4, 126)),
    "conv": Experiment(family="conv", width=4, depths=(4, 10)),
    "6n+2": SIX_N_TWO,
    "four arms": Experiment(arms=tuple(Arm(connection=c) for c in ("plain", "residual", "plain", "residual"))),
}

#: shapes of the Lab's panel, width by height: in most windows, and on a phone
WIDE, PHONE = 5.0, 2.4


def trace(figure: dict[str, Any], name: str) -> Any:
    return next((one for one in figure["data"] if one["name"] == name), None)


def lines(figure: dict[str, Any], name: str) -> int:
    xs = trace(figure, name)["x"]
    return 0 if not xs else sum(x is None for x in xs) + 1


def arcs(figure: dict[str, Any]) -> int:
    return lines(figure, "skips")


def marks(figure: dict[str, Any], kind: str) -> list[tuple[float, float, int]]:
    """Where marks of a kind stand, and at which block."""
    one = trace(figure, "marks")
    if one is None:
        return []
    found = zip(one["x"], one["y"], one["customdata"], strict=True)
    return [(x, y, block) for x, y, (what, block) in found if what == kind]


def drawn(depth: int = 8, family: str = "mlp", width: int = 32, **arm: Any) -> dict[str, Any]:
    """The diagram of one network."""
    data = {"dataset": "fashion", "family": family, "width": width, "depths": [depth], "arms": [arm]}
    (figure,) = diagrams(Experiment.model_validate(data), WIDE)
    return figure


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
@pytest.mark.parametrize("aspect", [1.0, PHONE, WIDE])
def test_every_cell_has_a_node_for_each_weight_layer_and_a_residual_one_an_arc_for_each_block(
    experiment: Experiment, aspect: float
) -> None:
    figures = diagrams(experiment, aspect)
    assert len(figures) == len(experiment.cells())
    for figure, cell in zip(figures, experiment.cells(), strict=True):
        residual, depth = experiment.arms[cell.arm].connection == "residual", cell.layers
        blocks = (depth - 2) // 2
        assert len(trace(figure, "nodes")["x"]) == depth
        assert list(trace(figure, "nodes")["customdata"]) == list(range(1, depth + 1))
        assert arcs(figure) == (blocks if residual else 0)
        assert len(trace(figure, "joins")["x"]) == (blocks if residual else 0)
        # one before each layer, one to the output, one from each join, and one more wherever a wire folds
        turns = figure["layout"]["meta"]["used_rows"] - 1
        assert len(trace(figure, "wires")["x"]) == depth + 1 + (blocks if residual else 0) + turns
        flows = [source for _, source, _, _ in trace(figure, "wires")["customdata"]]
        assert flows == sorted(flows) and set(flows) == set(range(depth + 1))


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_no_two_parts_stand_on_the_same_place_and_all_stay_within_the_axes(experiment: Experiment) -> None:
    for figure in diagrams(experiment, PHONE):
        places = [
            place
            for name in ("nodes", "joins", "ends")
            for place in zip(trace(figure, name)["x"], trace(figure, name)["y"], strict=True)
        ]
        assert len(set(places)) == len(places)
        low, high = figure["layout"]["xaxis"]["range"]
        assert all(low < x < high for x, _ in places)


def test_networks_of_one_depth_share_a_scale_and_those_of_fewer_layers_are_larger() -> None:
    figures = diagrams(Experiment(arms=tuple(Arm(connection=name) for name in ("plain", "highway"))), WIDE)
    columns = [figure["layout"]["meta"]["columns"] for figure in figures]
    assert columns[:5] == columns[5:]
    assert columns[:2] == sorted(columns[:2]) and columns[1] < columns[4]


@pytest.mark.parametrize(
    ("depth", "aspect", "rows"),
    [(4, WIDE, 1), (8, WIDE, 1), (16, WIDE, 1), (64, WIDE, 3), (8, PHONE, 1), (64, PHONE, 4), (64, 40, 1)],
)
def test_a_network_has_as_many_rows_as_make_it_largest(depth: int, aspect: float, rows: int) -> None:
    meta = diagrams(Experiment(depths=(depth,)), aspect)[0]["layout"]["meta"]
    assert meta["rows"] == meta["used_rows"] == rows


@pytest.mark.parametrize("depth", [20, 32, 56, 64, 100, 1000])
def test_all_rows_begin_and_end_at_the_same_places(depth: int) -> None:
    for figure in diagrams(Experiment(depths=(depth,)), WIDE):
        rows: dict[float, list[list[Any]]] = {}
        for slot in figure["layout"]["meta"]["slots"]:
            rows.setdefault(slot[2], []).append(slot)
        *whole, _last = [rows[y] for y in sorted(rows, reverse=True)]
        end = figure["layout"]["meta"]["columns"] - 0.5
        assert len(whole) > 0
        assert [row[-1][1] for row in whole] == pytest.approx([end] * len(whole), abs=1e-3)
        assert [row[0][0] for row in whole[1:]] == pytest.approx([-0.5] * (len(whole) - 1))
        counts = [len(row) for row in whole]
        assert max(counts) - min(counts) <= 1


def test_skips_are_dashed_and_orange() -> None:
    line = trace(diagrams(Experiment(), WIDE)[-1], "skips")["line"]
    assert line["dash"] != "solid"
    assert line["color"] == "#D55E00"


def test_a_6n_2_network_marks_its_option_a_shortcuts_and_the_shape_of_each_stage() -> None:
    figures = diagrams(SIX_N_TWO, WIDE)
    plain, residual = figures[1], figures[4]
    shapes = ["8×14×14", "16×7×7", "32×4×4"]
    assert residual["layout"]["meta"]["shortcuts"] == [4, 7]
    assert [block for _, _, block in marks(residual, "pad")] == [4, 7]
    assert list(trace(residual, "letters")["text"]) == ["A", "A"]
    assert [note["text"] for note in residual["layout"]["annotations"]] == shapes
    assert plain["layout"]["meta"]["shortcuts"] == []
    assert marks(plain, "pad") == []
    assert [note["text"] for note in plain["layout"]["annotations"]] == shapes


@pytest.mark.parametrize(
    ("shortcut", "projected", "padded"), [("A", [], [2, 3]), ("B", [2, 3], []), ("C", [1, 2, 3], [])]
)
@pytest.mark.parametrize("connection", ["residual", "preact", "skipinit", "stochastic"])
def test_projections_stand_where_the_option_has_them(
    connection: str, shortcut: str, projected: list[int], padded: list[int]
) -> None:
    figure = drawn(8, "conv6n2", connection=connection, shortcut=shortcut)
    assert [block for _, _, block in marks(figure, "projection")] == projected
    assert [block for _, _, block in marks(figure, "pad")] == padded


def test_a_plain_network_and_one_whose_skips_are_scaled_to_nothing_have_no_skips() -> None:
    for figure in (drawn(connection="plain"), drawn(connection="residual", skip_scale=0)):
        assert arcs(figure) == 0 and len(trace(figure, "joins")["x"]) == 0


@pytest.mark.parametrize(
    ("arm", "order"),
    [
        ({"connection": "plain"}, "WNσ WNσWNσ W"),
        ({"connection": "residual"}, "WNσ WNσWN⊕σ W"),
        ({"connection": "residual", "normalisation": "none"}, "Wσ WσW⊕σ W"),
        ({"connection": "preact"}, "W NσWNσW⊕ NσW"),
        ({"connection": "bottleneck"}, "WNσ WNσWNσWN⊕σ W"),
        ({"connection": "highway"}, "WNσ WNσ⊕WNσ⊕ W"),
        ({"connection": "dense"}, "W NσW⊕NσW⊕ NσW"),
        ({"connection": "skipinit"}, "WNσ WNσWNα⊕ W"),
        ({"connection": "stochastic"}, "WNσ WNσWN⊕σ W"),
    ],
)
def test_norm_and_activation_stand_where_the_equation_has_them(arm: dict[str, Any], order: str) -> None:
    figure = drawn(4, **arm)
    found = [(x, "W") for x in trace(figure, "nodes")["x"]]
    found += [(x, "⊕") for x in trace(figure, "joins")["x"]]
    found += [(x, "α") for x, _, _ in marks(figure, "scale")]
    for name, sign in (("norms", "N"), ("sigmas", "σ")):
        xs = [x for x in (trace(figure, name) or {"x": []})["x"] if x is not None]
        found += [((a + b) / 2, sign) for a, b in zip(xs[::2], xs[1::2], strict=True)]
    assert "".join(what for _, what in sorted(found)) == order.replace(" ", "")


def test_a_resnext_block_has_parallel_paths_that_fan_out_and_in() -> None:
    for cardinality, shown in ((2, 2), (4, 4), (16, 4)):
        figure = drawn(8, width=32, connection="resnext", cardinality=cardinality)
        assert len(trace(figure, "paths")["x"]) == 2 * (shown - 1)  # two blocks; the layer's own node is one path
        assert set(trace(figure, "paths")["customdata"]) == {3, 6}
        assert figure["layout"]["annotations"][0]["text"] == f"{cardinality} paths"
        assert figure["layout"]["meta"]["layers"][2]["paths"] == cardinality
    assert trace(drawn(8, connection="bottleneck"), "paths") is None


def test_the_middle_of_a_bottleneck_is_drawn_small_and_a_wide_layer_large() -> None:
    def sizes(**arm: Any) -> list[float]:
        inner: list[float] = trace(drawn(8, **arm), "nodes")["marker"]["size"][1:-1]
        return inner

    a, b, c = sizes(connection="bottleneck")[:3]
    assert a == b < c
    wide = sizes(connection="wide", widen=4)
    assert wide[0] > wide[1]
    assert len(set(sizes(connection="residual"))) == 1


def test_a_highway_has_a_gate_at_each_block_that_its_input_leads_to() -> None:
    figure = drawn(8, connection="highway")
    assert [block for _, _, block in marks(figure, "gate")] == [1, 2, 3, 4, 5, 6]
    assert [block for _, _, block in marks(figure, "carry")] == [1, 2, 3, 4, 5, 6]
    assert lines(figure, "controls") == 6
    assert figure["layout"]["meta"]["join"] == "diamond-cross"
    assert list(trace(figure, "letters")["text"]) == ["1−T", "T"]


def test_a_short_dense_stage_shows_every_way_and_a_long_one_a_rail_that_widens() -> None:
    short, long = drawn(8, connection="dense"), drawn(20, connection="dense")
    assert arcs(short) == 6 * 7 // 2 and trace(short, "rails") is None
    assert short["layout"]["meta"]["skips"] == [join for join in range(1, 7) for _ in range(join)]
    rows = long["layout"]["meta"]["used_rows"]
    assert lines(long, "rails") == rows
    rail = [y for y in trace(long, "rails")["y"] if y is not None]
    top = max(y for y in rail if y > 0), max(y for y in rail if y > -0.9)
    assert top[0] > 0.3
    # a way up from the input and each layer, a way down to each join
    assert arcs(long) == 1 + 2 * 18


def test_the_transitions_of_a_dense_network_are_no_blocks_and_look_unlike_layers() -> None:
    figure = drawn(20, "conv6n2", 8, connection="dense")
    meta = figure["layout"]["meta"]
    symbols = trace(figure, "nodes")["marker"]["symbol"]
    assert symbols.count("triangle-right") == 2
    assert meta["blocks"] == len(trace(figure, "joins")["x"]) == 18
    assert [slot[3] for slot in meta["slots"]].count(0) == 2
    named = [layer["name"] for layer in meta["layers"] if layer["name"].startswith("transition")]
    assert named == ["transition 1", "transition 2"]


def test_the_survival_of_each_branch_is_the_length_of_its_gauge_and_the_strength_of_its_wires() -> None:
    figure = drawn(12, connection="stochastic", survival=0.2)
    slots = figure["layout"]["meta"]["slots"]
    assert [slot[5] for slot in slots] == pytest.approx([1 - n / 5 * 0.8 for n in range(1, 6)])
    xs = [x for x in trace(figure, "gauges")["x"] if x is not None]
    shares = [(b - a) / (slot[1] - slot[0] - 0.32) for a, b, slot in zip(xs[::2], xs[1::2], slots, strict=True)]
    assert shares == pytest.approx([slot[5] for slot in slots], abs=1e-3)
    wires = {block: opacity for _, _, block, opacity in trace(figure, "wires")["customdata"] if block}
    assert [wires[number] for number in range(1, 6)] == pytest.approx([slot[5] for slot in slots])


def test_every_part_that_is_marked_has_words() -> None:
    for connection in CONNECTIONS:
        figure = drawn(8, "conv6n2", 8, connection=connection, skip_scale=0.5)
        words = figure["layout"]["meta"]["words"]
        told = trace(figure, "marks")["customdata"] if trace(figure, "marks") else []
        kinds = {kind for kind, _ in told} - {"up", "down"}
        assert kinds | {"N", "σ", "Nσ", "skip", "join"} <= set(words)


def test_a_network_of_constant_width_has_no_stages() -> None:
    assert not diagrams(Experiment(), WIDE)[-1]["layout"].get("annotations")


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_each_layer_reads_what_the_layer_before_it_gives(experiment: Experiment) -> None:
    for cell in experiment.cells():
        layers, depth = plan_of(experiment, cell).layers, cell.layers
        assert len(layers) == depth
        assert [layer.number for layer in layers] == list(range(1, depth + 1))
        # the last layer reads the average over the image
        assert all(one.gives == other.reads for one, other in pairwise(layers[:-1]))


def test_weights_of_he_et_als_20_layer_network_are_those_of_the_paper_without_norms_and_biases() -> None:
    he = Experiment(dataset="cifar10", family="conv6n2", width=16, depths=(20,))
    # 269,722 parameters; 2 for each of the 688 channels that are normalised, 10 biases of the last layer
    assert sum(layer.weights for layer in plan_of(he, he.cells()[0]).layers) == 269_722 - 2 * 688 - 10


def test_folded_rows_hold_all_slots() -> None:
    for blocks in range(1, 64):
        lengths = [END, *[length_of([1.0, 1.0], [False, False], 0.0)] * blocks, END]
        for rows in (1, 2, 5):
            folded = fold(lengths, rows)
            assert [length for row in folded for length in row] == lengths and len(folded) <= rows
            columns = max(map(sum, folded))
            assert columns <= sum(lengths) / rows + 1
            places = Layout([[1.0, 1.0]] * blocks, [[False, False]] * blocks, 0.0, rows, columns)
            assert len(places.nodes()) == 2 * blocks + 2
            assert places.output[1] == -(places.rows - 1) == -(len(folded) - 1)
            assert all(slot.right <= columns - 0.5 + 1e-6 for slot in places.slots)


@pytest.mark.parametrize(
    ("arm", "names"),
    [
        ({"connection": "plain"}, "x weights norm σ weights norm σ y"),
        ({"connection": "residual"}, "x weights norm σ weights norm sum σ y"),
        ({"connection": "residual", "normalisation": "none"}, "x weights σ weights sum σ y"),
        ({"connection": "preact"}, "x norm σ weights norm σ weights sum y"),
        ({"connection": "highway"}, "x weights norm σ gate y"),
        ({"connection": "dense"}, "x norm σ weights join y"),
        ({"connection": "skipinit"}, "x weights norm σ weights norm ×α sum y"),
        ({"connection": "stochastic"}, "x weights norm σ weights norm drop sum σ y"),
    ],
)
def test_the_block_that_is_drawn_large_names_its_parts_in_the_order_of_the_equation(
    arm: dict[str, Any], names: str
) -> None:
    block = drawn(8, **arm)["layout"]["meta"]["block"]
    assert [name.replace(" ", "") for _, name, _ in block["parts"]] == names.split()
    assert all(words and "{" not in words for _, _, words in block["parts"])
    plain = arm["connection"] == "plain"
    assert (block["skip"] is None) == (block["join"] is None) == plain
    if not plain:
        assert block["parts"][block["join"]][1] in ("sum", "gate", "join")
    assert (block["gate"] is not None) == (arm["connection"] == "highway")


def test_a_network_of_several_rows_has_no_block_drawn_large() -> None:
    assert drawn(64, connection="residual")["layout"]["meta"]["block"] is None


@pytest.mark.parametrize("family", ["mlp", "conv", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_connection_is_drawn_with_its_layers_and_joins(family: str, connection: str) -> None:
    figure = drawn(20, family, 8, connection=connection)
    layers = figure["layout"]["meta"]["layers"]
    assert len(trace(figure, "nodes")["x"]) == len(layers)
    assert len(trace(figure, "joins")["x"]) == (0 if connection == "plain" else figure["layout"]["meta"]["blocks"])
    assert [one["name"] for one in figure["data"]][:6] == ["folds", "wires", "skips", "nodes", "joins", "ends"]


def test_a_thousand_layers_are_drawn_folded_and_each_is_in_one_node() -> None:
    figure = diagrams(Experiment(depths=(1000,)), WIDE)[1]
    stands = figure["layout"]["meta"]["stands"]
    assert sorted(number for layers in stands for number in layers) == list(range(1, 1001))
    assert len(trace(figure, "nodes")["x"]) == len(stands) < 140
