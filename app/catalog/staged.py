"""Networks of stages: a stem, stages of blocks of one connection, a classifier. All but those beyond are such."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from app.catalog.tape import Signal, Tape
from app.contract.connections import Connection
from app.contract.shapes import LayerShape, Site


@dataclass(frozen=True, slots=True)
class Stem:
    """The first layer.

    Attributes:
        pooled: a 3×3 max pool of stride 2 follows.
        activated: norm and activation follow it; else the first block has them.
    """

    width: int
    kernel: int = 3
    stride: int = 1
    pooled: bool = False
    activated: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """So many blocks of one width, the first of them with this stride."""

    blocks: int
    width: int
    stride: int = 1


@dataclass(frozen=True)
class Staged:
    """The description of a network of stages.

    Attributes:
        connection: the record of its blocks: a connection of the Lab, or one with another block
            (``app.catalog.connections``).
        stem: None where the first stage reads the input.
        settings: those of the connection that are not the Lab's default.
        images: its layers are convolutions, else linear.
        normalised: a batch norm stands at each layer; else each has biases.
        pools: a 2×2 max pool stands between stages, and before the classifier.
        grid: side of the grid of means that the classifier reads.
        hidden: widths of linear layers before the last one.
    """

    connection: Connection
    stages: tuple[Stage, ...]
    classes: int
    stem: Stem | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    images: bool = True
    normalised: bool = True
    pools: bool = False
    grid: int = 1
    hidden: tuple[int, ...] = ()

    @cached_property
    def arm(self) -> Any:
        """The connection's settings by name, as its record reads them (``app.contract.shapes.Arm``)."""
        return SimpleNamespace(**({one.name: one.default for one in self.connection.settings} | dict(self.settings)))

    @property
    def equation(self) -> str:
        """That of its connection; what passes by the branch is s(x)."""
        return self.connection.equation.replace("λx", "s(x)")

    def write(self, tape: Tape, x: Signal) -> Signal:
        """The forward pass."""
        if self.stem:
            x = self._weighted(tape, x, LayerShape(self.stem.width, self.stem.kernel, self.stem.stride))
            x = self._normed(tape, x, activated=True) if self.stem.activated else x
        for number, stage in enumerate(self.stages, 1):
            tape.stage = number
            x = self._enter(tape, x, first=number == 1)
            for i in range(stage.blocks):
                stride = stage.stride if i == 0 else 1
                x = self._block(tape, x, Site(stage.width, x.shape[0], stride, self.images))
        tape.stage = len(self.stages) + 1
        return self._classify(tape, x)

    def _enter(self, tape: Tape, x: Signal, first: bool) -> Signal:
        """What stands before the blocks of a stage: a pool, or a dense transition (Huang et al. 2017, section 3)."""
        if first:
            return tape.max_pool(x, 3, 2, padding=1) if self.stem and self.stem.pooled else x
        if self.pools:
            return tape.max_pool(x, 2, 2)
        if self.connection.transition:
            width = self.connection.transition(self.arm, x.shape[0])
            x = self._weighted(tape, self._normed(tape, x, activated=True), LayerShape(width, 1))
            return tape.average_pool(x)
        return x

    def _classify(self, tape: Tape, x: Signal) -> Signal:
        if self.connection.pre_activation:
            x = self._normed(tape, x, activated=True)
        if self.pools:
            x = tape.max_pool(x, 2, 2)
        if self.images:
            x = tape.global_pool(x, self.grid)
        for width in self.hidden:
            x = tape.activation(tape.linear(x, width))
        return tape.linear(x, self.classes)

    def _block(self, tape: Tape, x: Signal, site: Site) -> Signal:
        record = self.connection
        out = record.gives(self.arm, site)
        resized = not record.concatenates and (out != site.reads or site.stride > 1)
        shortcut = record.shortcut(self.arm, resized)
        with tape.block(shortcut):
            with tape.path("branch"):
                # what a shortcut with weights reads: in pre-activation what the branch's first layer reads
                y, activated = self._branch(tape, x, record.shapes(self.arm, site), shortcut != "none")
            if record.join == "none":
                return y
            if record.join == "gate":
                with tape.path("gate"):
                    tape.activation(self._weighted(tape, x, LayerShape(out), role="gate"), "sigmoid")
            start, skip = x, x
            with tape.path("shortcut"):
                if shortcut == "padded":
                    skip = tape.pad(x, out, site.stride)
                elif shortcut == "projection":
                    start = activated
                    skip = self._weighted(tape, start, LayerShape(out, 1, site.stride))
                    skip = skip if record.pre_activation else self._normed(tape, skip, activated=False)
            y = tape.join(record.join, y, skip, shortcut, start)
            return tape.activation(y) if record.rectified else y

    def _branch(
        self, tape: Tape, x: Signal, shapes: tuple[LayerShape, ...], skipped: bool
    ) -> tuple[Signal, Signal]:  # fmt: skip
        """What the branch gives, and what its first layer reads."""
        before, read = self.connection.pre_activation, x
        # with a skip, the activation behind the last layer stands behind the ⊕ instead
        moved = skipped and self.connection.rectified
        for number, shape in enumerate(shapes, 1):
            if before:
                x = self._normed(tape, x, activated=True)
            if number == 1:
                read = x
            x = self._weighted(tape, x, shape)
            if not before:
                x = self._normed(tape, x, activated=number < len(shapes) or not moved)
        return x, read

    def _weighted(self, tape: Tape, x: Signal, shape: LayerShape, role: str = "") -> Signal:
        if not self.images:
            return tape.linear(x, shape.out, role)
        return tape.conv(x, shape.out, shape.kernel, shape.stride, shape.groups, bias=not self.normalised, role=role)

    def _normed(self, tape: Tape, x: Signal, activated: bool) -> Signal:
        x = tape.norm(x) if self.normalised else x
        return tape.activation(x) if activated else x
