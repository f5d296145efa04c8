"""A network in the form of He et al. 2015, table 1: a row a stage, the layers of a block, times their number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from app.catalog.layer import Block, Layer, Shape, Unrolled


@dataclass(frozen=True, slots=True)
class Cell:
    """``blocks`` of the same layers, one after the other; 0: layers outside of blocks."""

    lines: tuple[str, ...]
    blocks: int


@dataclass(frozen=True, slots=True)
class Row:
    """A stage, or ``stages`` of them that are alike.

    Attributes:
        name: ``conv1``, ``conv2_x``, … behind a first convolution, as in He et al.; else ``stage 1``, ….
        output: shape that the last layer gives.
    """

    name: str
    output: Shape
    cells: tuple[Cell, ...]
    stages: int = 1


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks of one kind in a row: the first of them, and how many they are."""

    block: Block
    count: int


def folds(unrolled: Unrolled) -> list[Fold]:
    """Blocks that differ in nothing but the channels and the pixels that they read are one, times their number."""
    runs = groupby(unrolled.blocks, key=lambda block: (block.stage, lines_of(unrolled.of(block)), block.shortcut))
    groups = [list(run) for _, run in runs]
    return [Fold(group[0], len(group)) for group in groups]


def lines_of(layers: Sequence[Layer]) -> tuple[str, ...]:
    """The weight layers of a block, shortcuts left out, without their strides, as the table has them."""
    return tuple(
        layer.text.removesuffix(f", /{layer.stride}")
        for layer in layers
        if layer.path != "shortcut" and (layer.weighted or layer.kind == "scores")
    )


def table(unrolled: Unrolled) -> list[Row]:
    """The rows, input side first: the first layer, the stages, the classifier."""
    rows: list[Row] = []
    for stage, run in groupby(unrolled.layers, key=lambda layer: layer.stage):
        layers = list(run)
        cells = tuple(_cells(unrolled, layers))
        if cells:
            rows.append(Row(_name(unrolled, stage), layers[-1].gives, cells))
    alike = [list(run) for _, run in groupby(rows, key=lambda row: (row.output, row.cells))]
    return [replace(run[0], stages=len(run)) for run in alike]


def _cells(unrolled: Unrolled, layers: list[Layer]) -> Iterator[Cell]:
    """Blocks alike in one cell, and what stands between in others; norms and activations are not written."""
    for block, run in groupby(layers, key=lambda layer: layer.block > 0):
        if not block:
            lines = tuple(layer.text for layer in run if layer.kind not in ("norm", "activation"))
            if lines:
                yield Cell(lines, 0)
            continue
        numbers = [number for number, _ in groupby(layer.block for layer in run)]
        alike = groupby(numbers, key=lambda number: lines_of(unrolled.of(unrolled.blocks[number - 1])))
        yield from (Cell(lines, len(list(same))) for lines, same in alike)


def _name(unrolled: Unrolled, stage: int) -> str:
    first = unrolled.layers[0]
    if stage == 0:
        return "conv1" if first.kind == "conv" else "first layer"
    if stage > unrolled.blocks[-1].stage:
        return "classifier"
    return f"conv{stage + 1}_x" if first.kind == "conv" and first.stage == 0 else f"stage {stage}"
