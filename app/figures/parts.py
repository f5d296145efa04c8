"""Parts: what is drawn of one network, collected point by point, and then as few traces.

``nodes``, ``wires``, ``skips``, ``joins``, ``ends`` and ``folds`` are always there, in the order of ``TRACES``; the
others only where the network has such parts.
"""

from dataclasses import dataclass, field

import plotly.graph_objects as go

from app.figures.anatomy import Anatomy
from app.figures.layers import Block, Layer, Plan
from app.figures.layout import ARC, HALF, JOIN, Layout, Line, Point, Slot, arc
from app.figures.traces import QUIET, SKIP_COLOUR, ends, letters, lines, marks

#: order of the traces: what comes first lies below
TRACES = (
    "folds",
    "wires",
    "skips",
    "nodes",
    "joins",
    "ends",
    "paths",
    "rails",
    "controls",
    "gauges",
    "norms",
    "sigmas",
    "marks",
    "letters",
)
#: a dense stage of so few layers draws each edge by itself, a longer one collects them in a rail
MOST_ARCS = 6
#: paths that are drawn of a layer of many, and what parts two of them, in rows
MOST_PATHS, PATH_GAP = 4, 0.17
#: where the rail of a dense stage lies above its row, and its thickness at the widest
RAIL, THICK = 0.3, 0.14
#: how far below the row the gate and the gauge of survival lie
GATE, GAUGE = 0.22, 0.2
#: half of the stroke that is a norm, in rows, and of the thick short one that is an activation: lines, for hundreds
#: of marks would cost as much as the layers to draw
STROKE, DOT = 0.14, 0.03
#: symbols of the joins and of the marks
JOINS = {"none": "circle-cross", "add": "circle-cross", "gate": "diamond-cross", "concatenate": "square"}
SYMBOLS = {
    "pad": "circle", "projection": "square", "gate": "diamond", "carry": "diamond",
    "scale": "triangle-right", "up": "triangle-up", "down": "triangle-down",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block as it is drawn: one, or several alike in a very long network. ``survival`` is their mean p_l."""

    blocks: tuple[Block, ...]
    survival: float

    @property
    def number(self) -> int:
        """Of its first block; 0 for a transition."""
        return self.blocks[0].number

    @property
    def resized(self) -> bool:
        """It is one block, which changes the size."""
        return len(self.blocks) == 1 and self.blocks[0].resized


@dataclass
class Parts:
    """Lists of points of one network; see the traces for what is written beside each."""

    anatomy: Anatomy
    plan: Plan
    drawn: list[Drawn]
    layout: Layout
    sizes: list[list[float]]
    folds: list[Line] = field(default_factory=list)
    wires: list[tuple[Point, list[float]]] = field(default_factory=list)
    skips: list[tuple[Line, int]] = field(default_factory=list)
    joins: list[tuple[Point, int]] = field(default_factory=list)
    paths: list[tuple[Point, int]] = field(default_factory=list)
    rails: list[Line] = field(default_factory=list)
    controls: list[Line] = field(default_factory=list)
    gauges: list[Line] = field(default_factory=list)
    norms: list[Line] = field(default_factory=list)
    sigmas: list[Line] = field(default_factory=list)
    marks: list[tuple[Point, str, int]] = field(default_factory=list)
    letters: list[tuple[Point, str, str]] = field(default_factory=list)
    #: y of each node: that of the upper path where a layer has several
    heights: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stream()
        if self.anatomy.record.concatenates:
            self._dense()
        elif self.anatomy.skips:
            for drawn, slot in zip(self.drawn, self.layout.slots, strict=True):
                self._skip(drawn, slot)

    def layers_of(self, drawn: Drawn) -> list[Layer]:
        """The layers of the first block that a drawn one stands for."""
        block = drawn.blocks[0]
        return list(self.plan.layers[block.first - 1 : block.first - 1 + block.layers])

    # The stream: from the input through all layers to the output

    def _stream(self) -> None:
        layout, (behind_first, before_last) = self.layout, self.anatomy.ends
        self._wire(layout.input, layout.first, 0, 0)
        self.heights.append(layout.first[1])
        self._glyph((layout.first[0] + HALF + 0.05, layout.first[1]), behind_first)
        at, carries = layout.first, 1
        for drawn, slot, sizes in zip(self.drawn, layout.slots, self.sizes, strict=True):
            at, carries = self._block(drawn, slot, sizes, at, carries)
        self._wire(at, layout.last, carries, 0)
        self._glyph((layout.last[0] - HALF - 0.05, layout.last[1]), before_last)
        self.heights.append(layout.last[1])
        self._wire(layout.last, layout.output, len(self.plan.layers), 0)

    def _block(self, drawn: Drawn, slot: Slot, sizes: list[float], at: Point, carries: int) -> tuple[Point, int]:
        """Wires, layers and glyphs of a block that is reached from ``at``; where it ends, and what flows there."""
        y, layers = slot.y, self.layers_of(drawn)
        for part, (layer, x) in enumerate(zip(layers, slot.layers, strict=True)):
            before, behind = self.anatomy.around(part)
            half = HALF * sizes[part]
            if layer.paths > 1:
                half = HALF + 0.1
                self._fan(layer, x, y)
            else:
                self.heights.append(y)
            self._wire(at, (x - half * (layer.paths > 1), y), carries, drawn.number, drawn.survival)
            self._glyph((x - half - 0.05, y), before)
            self._glyph((x + half + 0.05, y), behind)
            at, carries = (x + half * (layer.paths > 1), y), drawn.blocks[-1].first + part
        if drawn.number and self.anatomy.skips:
            join = (slot.right, y)
            self._wire(at, join, carries, drawn.number, drawn.survival)
            self.joins.append((join, drawn.number))
            self._glyph((slot.right + JOIN + 0.055, y), self.anatomy.behind)
            at = join
        return at, carries

    def _wire(self, one: Point, other: Point, carries: int, block: int, opacity: float = 1.0) -> None:
        pieces, turn = self.layout.between(one, other)
        for a, b in pieces:
            self.wires.append((((a[0] + b[0]) / 2, a[1]), [b[0] - a[0], carries, block, opacity]))
        if turn:
            self.folds.append(turn)

    def _glyph(self, at: Point, what: str) -> None:
        """N as a stroke across the wire, σ as a dot on it, N first."""
        x, y = at
        if "N" in what:
            left = x - 0.02 * (len(what) > 1)
            self.norms.append([(left, y - STROKE), (left, y + STROKE)])
        if "σ" in what:
            middle = x + 0.03 * (len(what) > 1)
            self.sigmas.append([(middle - DOT, y), (middle + DOT, y)])

    def _fan(self, layer: Layer, x: float, y: float) -> None:
        """A layer in groups as parallel paths; its node is the uppermost."""
        count = min(layer.paths, MOST_PATHS)
        offsets = [PATH_GAP * ((count - 1) / 2 - path) for path in range(count)]
        self.heights.append(y + offsets[0])
        self.paths += [((x, y + offset), layer.number) for offset in offsets[1:]]
        a, b = x - HALF - 0.1, x + HALF + 0.1
        self.folds += [
            [(a, y), (x - 0.1, y + offset), (x + 0.1, y + offset), (b, y)] for offset in offsets
        ]  # fmt: skip

    # The skip edges

    def _skip(self, drawn: Drawn, slot: Slot) -> None:
        anatomy, b, y, middle = self.anatomy, drawn.number, slot.y, (slot.left + slot.right) / 2
        self.skips.append((slot.arc(), b))
        top = (middle, y + ARC)
        first = b == 1
        if anatomy.projects(drawn.resized):
            self._mark(top, "projection", b, anatomy.shortcut if drawn.resized or first else "")
        elif anatomy.pads(drawn.resized):
            self._mark(top, "pad", b, "A")
        elif anatomy.gated:
            self._mark(top, "carry", b, "")
            if first:
                self.letters.append(((slot.left + 0.16, y + 0.8 * ARC), "1−T", "middle left"))
        elif first and "scaled" in anatomy.words:
            self.letters.append(((slot.left + 0.16, y + 0.8 * ARC), f"λ = {anatomy.arm.skip_scale:g}", "middle left"))
        if anatomy.gated:
            low = y - GATE
            self.controls.append(
                [(slot.left, y), (slot.left + 0.12, low), (slot.right - 0.12, low), (slot.right, y)]
            )  # fmt: skip
            self._mark((middle, low), "gate", b, "")
            if first:
                self.letters.append(((slot.left + 0.06, low), "T", "middle left"))
        if sign := anatomy.record.trained_scale:
            self._mark((slot.right - JOIN - 0.1, y), "scale", b, "")
            if first:
                self.letters.append(((slot.right - JOIN - 0.1, y + 0.12), sign, "top center"))
        if drawn.survival < 1:
            left, right = slot.left + 0.16, slot.right - 0.16
            self.folds.append([(left, y - GAUGE), (right, y - GAUGE)])
            self.gauges.append([(left, y - GAUGE), (left + drawn.survival * (right - left), y - GAUGE)])

    def _mark(self, at: Point, kind: str, block: int, letter: str) -> None:
        self.marks.append((at, kind, block))
        if letter:
            self.letters.append(((at[0] + 0.1, at[1] - 0.02), letter, "middle right"))

    def _dense(self) -> None:
        """Every output of a stage is read by every later layer: each edge by itself, or all in one rail."""
        stages: dict[int, list[tuple[Drawn, Slot]]] = {}
        for drawn, slot in zip(self.drawn, self.layout.slots, strict=True):
            if drawn.number:
                stages.setdefault(drawn.blocks[0].stage, []).append((drawn, slot))
        most = max(self.layers_of(drawn)[0].into for stage in stages.values() for drawn, _ in stage)
        for stage in stages.values():
            if len(stage) <= MOST_ARCS and len({slot.y for _, slot in stage}) == 1:
                self._all_arcs(stage)
            else:
                self._rail(stage, most)

    def _all_arcs(self, stage: list[tuple[Drawn, Slot]]) -> None:
        """From the stage's input and from each layer to every later join but the next, which has a wire."""
        sources = [stage[0][1].left, *(slot.layers[0] for _, slot in stage)]
        for j, (drawn, slot) in enumerate(stage):
            for i in range(j + 1):
                height = ARC * (0.25 + 0.75 * (j - i + 1) / len(stage))
                self.skips.append((arc(sources[i], slot.right, slot.y, height), drawn.number))

    def _rail(self, stage: list[tuple[Drawn, Slot]], most: int) -> None:
        """A rail as thick as the channels that it holds, with an edge up from each layer and down to each join."""
        first = stage[0][1]
        self._tap(first.left, first.y, "up", 0)
        rows: dict[float, list[tuple[Point, Point]]] = {}
        for drawn, slot in stage:
            layer, x = self.layers_of(drawn)[0], slot.layers[0]
            last = self.plan.layers[drawn.blocks[-1].first - 1]
            before, after = (THICK * n / most for n in (layer.into, last.into + last.out))
            self._tap(x, slot.y, "up", drawn.number)
            self._tap(slot.right, slot.y, "down", drawn.number)
            low = slot.y + RAIL
            rows.setdefault(slot.y, []).extend(
                [((slot.left, low + before), (x, low + before)), ((x, low + after), (slot.right, low + after))]
            )
        for y, tops in rows.items():
            edge = [point for pair in tops for point in pair]
            low = y + RAIL
            self.rails.append([(edge[0][0], low), *edge, (edge[-1][0], low), (edge[0][0], low)])

    def _tap(self, x: float, y: float, kind: str, block: int) -> None:
        self.skips.append(([(x, y), (x, y + RAIL)], block))
        self.marks.append(((x, y + RAIL - 0.08), kind, 0))

    # The traces

    def traces(self, sizes: list[float], symbols: list[str], numbers: list[int]) -> list[go.Scatter]:
        """All that is to be drawn, in the order of ``TRACES``.

        Args:
            sizes, symbols, numbers: of each node: side (1: common), mark, and its first layer's number.
        """
        nodes = [(x, y) for (x, _), y in zip(self.layout.nodes(), self.heights, strict=True)]
        join = self.anatomy.record.join
        concatenates = self.anatomy.record.concatenates
        found = {
            "folds": lines(self.folds, QUIET),
            "wires": marks(
                [at for at, _ in self.wires], [data for _, data in self.wires], "line-ew", [1.0] * len(self.wires),
                opacity=[data[3] for _, data in self.wires], line={"width": 2, "color": QUIET},
            ),
            "skips": lines([line for line, _ in self.skips], SKIP_COLOUR, "solid" if concatenates else "6px,3px"),
            "nodes": marks(nodes, numbers, symbols, sizes, color=QUIET, line={"width": 0}),
            "joins": marks(
                [at for at, _ in self.joins], [block for _, block in self.joins], JOINS[join],
                [1.0] * len(self.joins), color="#ffffff", line={"width": 1.5, "color": SKIP_COLOUR},
            ),
            "ends": ends([self.layout.input, self.layout.output]),
            "paths": marks(
                [at for at, _ in self.paths], [number for _, number in self.paths], "square", [0.5] * len(self.paths),
                color=QUIET,
            ),
            "rails": lines(self.rails, SKIP_COLOUR, fill="toself"),
            "controls": lines(self.controls, QUIET, "2px,2px"),
            "gauges": lines(self.gauges, QUIET),
            "norms": lines(self.norms, QUIET),
            "sigmas": lines(self.sigmas, QUIET),
            "marks": marks(
                [at for at, _, _ in self.marks], [[kind, block] for _, kind, block in self.marks],
                [SYMBOLS[kind] for _, kind, _ in self.marks], [0.5] * len(self.marks), color=QUIET,
            ),
            "letters": letters(self.letters),
        }  # fmt: skip
        always = TRACES[:6]
        return [found[name].update(name=name) for name in TRACES if name in always or found[name].x]
