"""Anatomy: the parts of the blocks of an arm, as its equation has them. No coordinates and no pixels.

The norm N and the activation σ are written with the layer that they stand at: ``"Nσ"``, ``"N"``, ``"σ"`` or ``""``.
"""

from dataclasses import dataclass
from functools import cached_property

from app.contract.arms import Arm, record_of
from app.contract.connections import Connection


@dataclass(frozen=True)
class Anatomy:
    """Of the blocks of one arm."""

    arm: Arm

    @property
    def norm(self) -> str:
        """N, or nothing where there is no norm."""
        return "" if self.arm.normalisation == "none" else "N"

    @cached_property
    def record(self) -> Connection:
        """The record of its connection."""
        return record_of(self.arm)

    @property
    def skips(self) -> bool:
        """There is a shortcut past the branch; with a factor of 0 on it there is none."""
        return self.record.skips(self.arm)

    @property
    def gated(self) -> bool:
        """A gate decides how much comes from the branch and how much past it."""
        return self.record.join == "gate"

    @property
    def shortcut(self) -> str:
        """A, B or C where the block has a shortcut in that sense; one without that setting pads as option A does."""
        if not self.skips or self.record.concatenates:
            return ""
        return str(self.arm.shortcut) if self.record.uses("shortcut") else "A"

    def projects(self, resized: bool) -> bool:
        """The shortcut of a block has weights of its own."""
        return self.record.shortcut(self.arm, resized) == "projection"

    def pads(self, resized: bool) -> bool:
        """The shortcut of a block is the identity made to fit: pixels left out, channels of zeros added."""
        return self.shortcut == "A" and resized

    def around(self, layer: int) -> tuple[str, str]:
        """What stands right before and right behind layer ``layer`` (from 0) of a block, ⊕ not counted."""
        if self.record.pre_activation:
            return f"{self.norm}σ", ""
        last = layer == self.record.layers - 1
        # without a skip the activation that follows the sum follows the layer itself
        inside = not last or self.gated or not self.skips
        return "", f"{self.norm}σ" if inside else self.norm

    @property
    def behind(self) -> str:
        """What stands behind the ⊕."""
        return "σ" if self.skips and self.record.rectified else ""

    @property
    def ends(self) -> tuple[str, str]:
        """What stands behind the first layer of the network, and before its last one."""
        return ("", f"{self.norm}σ") if self.record.pre_activation else (f"{self.norm}σ", "")

    def survival(self, block: int, blocks: int) -> float:
        """Probability that the branch of block ``block`` of ``blocks`` takes part in a step."""
        return self.record.survival(self.arm, block, blocks)

    @cached_property
    def words(self) -> dict[str, str]:
        """What each part is; ``{b}`` is the block's number, ``{p}`` the survival of its branch."""
        arm, scaled = self.arm, self.record.uses("skip_scale")
        identity = f"{arm.skip_scale:g} x" if scaled and arm.skip_scale != 1 else "x itself"
        order = "σ(N)" if self.norm else "σ"
        words = {
            "in": "in: the examples of a batch",
            "out": "out: a number for each class",
            "Nσ": "norm N, then activation σ",
            "N": "norm N",
            "σ": "activation σ",
            "skip": f"shortcut of block {{b}}: {identity}" + self.record.words.get("first_skip", ""),
            "pad": "shortcut of block {b}, option {option}: the identity made to fit, new channels are zero",
            "projection": "shortcut of block {b}, option {option}: a projection with weights of its own",
            "join": "block {b}: ⊕ adds what came through its layers and what came past them",
        }
        words |= {part: text for part, text in self.record.words.items() if part != "first_skip"}
        if scaled and arm.skip_scale != 1:
            words["scaled"] = f"λ = {arm.skip_scale:g}: the factor on every shortcut"
        values = arm.model_dump() | {"option": self.shortcut, "order": order, "norm": self.norm}
        return {part: text.format_map(values | {"b": "{b}", "p": "{p}"}) for part, text in words.items()}
