"""The layer table is that of the paper, and folding loses nothing."""

import pytest

from app.catalog import NETWORKS, find
from app.catalog.table import Cell, folds, table

#: He et al. 2015, table 1: blocks a stage
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


@pytest.mark.parametrize("depth", BLOCKS)
def test_table_1_of_he_et_al(depth: int) -> None:
    first, *stages, classifier = table(find(f"resnet{depth}").unroll())
    assert (first.name, first.output[1], first.cells[0].lines) == ("conv1", 112, ("7×7 conv, 64, /2",))
    assert stages[0].cells[0] == Cell(("3×3 max pool, /2",), 0)
    for i, row in enumerate(stages):
        width = 64 * 2**i
        basic = (f"3×3 conv, {width}",) * 2
        bottleneck = (f"1×1 conv, {width}", f"3×3 conv, {width}", f"1×1 conv, {4 * width}")
        assert (row.name, row.output[1]) == (f"conv{i + 2}_x", 56 // 2**i)
        assert row.cells[-1] == Cell(basic if depth < 50 else bottleneck, BLOCKS[depth][i])
    assert classifier.cells == (Cell(("global pool", "linear, 1000"), 0),)


def test_a_plain_network_has_the_table_of_its_residual_twin() -> None:
    assert table(find("plain34").unroll()) == table(find("resnet34").unroll())


def test_groups_are_written_and_strides_of_blocks_are_not() -> None:
    rows = table(find("resnext50_32x4d").unroll())
    assert rows[2].cells == (Cell(("1×1 conv, 256", "3×3 conv, 256, 32 groups", "1×1 conv, 512"), 4),)


def test_stages_that_are_alike_are_one_row() -> None:
    (row,) = table(find("transformer_post").unroll())
    assert row.stages == 6 and len(row.cells) == 2


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_hold_every_block_and_every_weight_layer_outside_of_blocks(name: str) -> None:
    unrolled = find(name).unroll()
    rows = table(unrolled)
    assert sum(row.stages * cell.blocks for row in rows for cell in row.cells) == len(unrolled.blocks)
    outside = [layer.text for layer in unrolled.layers if layer.weighted and not layer.block]
    written = [line for row in rows for cell in row.cells if not cell.blocks for line in cell.lines]
    assert [line for line in written if line in outside] == outside


@pytest.mark.parametrize("name", NETWORKS)
def test_folds_stand_for_every_block_once_in_order(name: str) -> None:
    unrolled = find(name).unroll()
    found = folds(unrolled)
    starts = [fold.block.number for fold in found]
    assert starts == [1 + sum(fold.count for fold in found[:i]) for i in range(len(found))]
    assert sum(fold.count for fold in found) == len(unrolled.blocks)


def test_a_block_with_another_shortcut_is_not_folded_with_those_behind_it() -> None:
    found = folds(find("resnet34").unroll())
    assert [(fold.block.shortcut, fold.count) for fold in found] == [
        ("identity", 3), ("projection", 1), ("identity", 3), ("projection", 1), ("identity", 5), ("projection", 1),
        ("identity", 2),
    ]  # fmt: skip


def test_a_thousand_layers_fold_into_five_groups() -> None:
    assert [fold.count for fold in folds(find("resnet1202").unroll())] == [200, 1, 199, 1, 199]
