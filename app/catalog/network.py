"""The record of a published network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

from app.catalog.layer import Unrolled
from app.catalog.published import ERRORS, Error
from app.catalog.staged import Staged
from app.catalog.tape import Signal, Tape
from app.contract.connections import Setting
from app.errors import Refused

#: settings of a connection in which papers and programs differ for one network
CHOICES = ("shortcut", "stride_at")


class Body(Protocol):
    """A description: it writes its layers to a tape."""

    @property
    def equation(self) -> str:
        """Of its blocks, ``s(x)`` being what passes by a branch."""

    def write(self, tape: Tape, x: Signal) -> Signal:
        """The forward pass."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a network reads: square images of ``channels``, or tokens of so many features.

    Attributes:
        side: of the published network: pixels, or tokens.
        least, most: bounds that are kept here; between them every ``step``-th number fits.
    """

    channels: int
    side: int
    least: int
    most: int
    step: int = 1
    unit: Literal["pixels", "tokens"] = "pixels"

    def signal(self, side: int) -> Signal:
        """The input; raises Refused, naming the bound, where the network cannot read it."""
        if side > self.most:
            raise Refused(f"input: {side} is over the limit of {self.most} {self.unit}", "input")
        if side < self.least:
            raise Refused(f"input: {side} is too small, this network reads at least {self.least} {self.unit}", "input")
        if over := (side - self.least) % self.step:
            near = f"{side - over} or {side - over + self.step}"
            raise Refused(f"input: {side} is cut unevenly on the way down; the nearest that fit are {near}", "input")
        return Signal((side, self.channels) if self.unit == "tokens" else (self.channels, side, side))


@dataclass(frozen=True)
class Network:
    """A published network: one line in the registry.

    Attributes:
        name: as torchvision has it, where it has it; ``label``: as the paper writes it.
        family: under which it is listed.
        paper: first author, year and arXiv number.
        depth: as its name or its paper counts.
        body: its description.
    """

    name: str
    label: str
    family: str
    paper: str
    depth: int
    body: Body
    input: Input

    @property
    def errors(self) -> tuple[Error, ...]:
        """What was published of it, with whatever choices."""
        return ERRORS.get(self.name, ())

    @property
    def equation(self) -> str:
        """Of its blocks."""
        return self.body.equation

    @cached_property
    def choices(self) -> dict[str, Setting]:
        """Settings that can be chosen, by name; pre-activation networks were published with one choice."""
        if not isinstance(self.body, Staged) or self.body.connection.pre_activation:
            return {}
        return {one.name: one for one in self.body.connection.settings if one.name in CHOICES}

    @cached_property
    def chosen(self) -> dict[str, str]:
        """The choice made of each."""
        return {name: getattr(self.body.arm, name) for name in self.choices} if isinstance(self.body, Staged) else {}

    def with_choices(self, choices: Mapping[str, str | None]) -> "Network":
        """The same with these; None leaves one as it is. Raises Refused where there is no such choice."""
        made = {name: value for name, value in choices.items() if value is not None}
        for name, value in made.items():
            if name not in self.choices:
                raise Refused(f"{name}: {self.label} has no choice of it", name)
            if value not in (known := self.choices[name].choices):
                raise Refused(f"{name}: {value[:20]!r} is not one of {', '.join(known)}", name)
        if not made or not isinstance(self.body, Staged):
            return self
        return replace(self, body=replace(self.body, settings={**self.body.settings, **made}))

    def unroll(self, side: int | None = None) -> Unrolled:
        """Its layers for an input of this side, or the published one. Raises Refused where it cannot read it."""
        x = self.input.signal(self.input.side if side is None else side)
        tape = Tape()
        self.body.write(tape, x)
        return tape.unrolled()
