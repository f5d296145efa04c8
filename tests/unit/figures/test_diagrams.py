"""Diagrams: their structure is that of the networks that are trained."""

from itertools import pairwise
from typing import Any

import pytest

from app.contract.experiment import CONNECTIONS, Arm, Experiment
from app.figures import diagrams
from app.figures.layers import plan_of
from app.figures.places import Places
from app.learning.sweep import Sweep

SIX_N_TWO = Experiment(dataset="fashion", family="conv6n2", width=8, depths=(8, 20, 56))
EXPERIMENTS = {
    "digits": Experiment(),
    "spiral": Experiment(dataset="spiral", depths=(4, 126)),
    "conv": Experiment(family="conv", width=4, depths=(4, 10)),
    "6n+2": SIX_N_TWO,
    "four arms": Experiment(arms=tuple(Arm(connection=c) for c in ("plain", "residual", "plain", "residual"))),
}


def trace(figure: dict[str, Any], name: str) -> Any:
    return next(one for one in figure["data"] if one["name"] == name)


def arcs(figure: dict[str, Any]) -> int:
    xs = trace(figure, "skips")["x"]
    return 0 if not xs else sum(x is None for x in xs) + 1


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
@pytest.mark.parametrize("columns", [4, 9, 17])
def test_every_cell_has_a_node_for_each_weight_layer_and_a_residual_one_an_arc_for_each_block(
    experiment: Experiment, columns: int
) -> None:
    figures = diagrams(experiment, columns)
    assert len(figures) == len(experiment.cells())
    for figure, cell in zip(figures, experiment.cells(), strict=True):
        residual, depth = experiment.arms[cell.arm].connection == "residual", cell.layers
        blocks = (depth - 2) // 2
        assert len(trace(figure, "nodes")["x"]) == depth
        assert list(trace(figure, "nodes")["customdata"]) == list(range(1, depth + 1))
        assert arcs(figure) == (blocks if residual else 0)
        assert len(trace(figure, "joins")["x"]) == (blocks if residual else 0)
        assert len(trace(figure, "wires")["x"]) == depth + 1


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_no_two_parts_stand_on_the_same_place_and_all_stay_within_the_axes(experiment: Experiment) -> None:
    for figure in diagrams(experiment, 9):
        places = [
            place
            for name in ("nodes", "joins", "ends")
            for place in zip(trace(figure, name)["x"], trace(figure, name)["y"], strict=True)
        ]
        assert len(set(places)) == len(places)
        low, high = figure["layout"]["xaxis"]["range"]
        assert all(low < x < high for x, _ in places)


def test_all_cells_of_an_experiment_share_one_scale() -> None:
    figures = diagrams(Experiment(), 17)
    assert {figure["layout"]["meta"]["columns"] for figure in figures} == {17}
    assert [figure["layout"]["meta"]["used_rows"] for figure in figures[:5]] == [1, 1, 1, 1, 2]


def test_skips_are_dashed_and_orange() -> None:
    line = trace(diagrams(Experiment(), 17)[-1], "skips")["line"]
    assert line["dash"] != "solid"
    assert line["color"] == "#D55E00"


def test_a_6n_2_network_marks_its_option_a_shortcuts_and_the_shape_of_each_stage() -> None:
    figures = diagrams(SIX_N_TWO, 17)
    plain, residual = figures[1], figures[4]
    assert residual["layout"]["meta"]["shortcuts"] == [4, 7]
    assert [note["text"] for note in residual["layout"]["annotations"]] == ["8×14×14", "16×7×7", "A", "32×4×4", "A"]
    assert plain["layout"]["meta"]["shortcuts"] == []
    assert [note["text"] for note in plain["layout"]["annotations"]] == ["8×14×14", "16×7×7", "32×4×4"]


def test_a_network_of_constant_width_has_no_stages() -> None:
    assert not diagrams(Experiment(), 17)[-1]["layout"].get("annotations")


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
        for columns in (4, 9, 17):
            places = Places((2,) * blocks, columns)
            assert len(places.nodes()) == 2 * blocks + 2
            assert places.output()[1] == -(places.rows - 1)


@pytest.mark.parametrize("family", ["mlp", "conv", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_connection_is_drawn_with_the_layers_and_weights_that_are_trained(family: str, connection: str) -> None:
    arm = Arm.model_validate({"connection": connection, "cardinality": 4, "normalisation": "none", "growth": 5})
    experiment = Experiment.model_validate(
        {"dataset": "fashion", "family": family, "width": 8, "depths": (8, 20), "arms": [arm]}
    )
    sweep = Sweep(experiment)
    for index, (cell, figure) in enumerate(zip(experiment.cells(), diagrams(experiment, 17), strict=True)):
        plan = plan_of(experiment, cell)
        assert len(plan.layers) == cell.layers == len(trace(figure, "nodes")["x"])
        (trainer,) = [t for t, members in zip(sweep.trainers, sweep.members, strict=True) if index in members]
        stack = trainer.stack
        k = next(m.index(index) for m in sweep.members if index in m)
        trained = [
            weight.value.value[0].numel() * (weight.row[0] if stack.space.taps else 1)
            for weight in stack.weights
            if k < weight.k and weight.role not in ("shortcut", "gate")
        ]
        assert [layer.weights for layer in plan.layers] == [*trained, stack.head.value[0].numel()]
        assert len(trace(figure, "joins")["x"]) == (0 if connection == "plain" else len(plan.blocks))


def test_a_thousand_layers_are_drawn_folded_and_each_is_in_one_node() -> None:
    figure = diagrams(Experiment(depths=(1000,)), 17)[1]
    stands = figure["layout"]["meta"]["stands"]
    assert sorted(number for layers in stands for number in layers) == list(range(1, 1001))
    assert len(trace(figure, "nodes")["x"]) == len(stands) < 140
