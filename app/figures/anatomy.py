"""Anatomy: what stands in the blocks of an arm, as its equation has it. No places and no pixels.

The norm N and the activation σ are written with the layer that they stand at: ``"Nσ"``, ``"N"``, ``"σ"`` or ``""``.
"""

from dataclasses import dataclass
from functools import cached_property

from app.contract.experiment import LAYERS_A_BLOCK, Arm

#: connections whose norm and activation come before the weights
PRE_ACTIVATION = ("preact", "wide", "dense")
#: connections whose shortcut is λ x
SCALED = ("residual", "preact", "bottleneck", "resnext", "wide")
#: connections with an activation behind the ⊕
RECTIFIED = ("residual", "bottleneck", "resnext", "stochastic")


@dataclass(frozen=True)
class Anatomy:
    """Of the blocks of one arm."""

    arm: Arm

    @property
    def norm(self) -> str:
        """N, or nothing where there is no norm."""
        return "" if self.arm.normalisation == "none" else "N"

    @property
    def pre(self) -> bool:
        """Norm and activation come before the weights."""
        return self.arm.connection in PRE_ACTIVATION

    @property
    def skips(self) -> bool:
        """There is a way past the branch; with a factor of 0 on it there is none."""
        arm = self.arm
        return arm.connection != "plain" and not (arm.connection in SCALED and arm.skip_scale == 0)

    @property
    def concatenates(self) -> bool:
        """Blocks join by concatenation, not by addition."""
        return self.arm.connection == "dense"

    @property
    def gated(self) -> bool:
        """A gate decides how much comes from the branch and how much past it."""
        return self.arm.connection == "highway"

    @property
    def scale(self) -> str:
        """The factor on the branch that is trained, or nothing."""
        return "α" if self.arm.connection == "skipinit" else ""

    @property
    def shortcut(self) -> str:
        """A, B or C where the block has a shortcut in that sense; a highway pads as option A does."""
        if not self.skips or self.concatenates:
            return ""
        return "A" if self.gated else self.arm.shortcut

    def projects(self, resized: bool) -> bool:
        """The shortcut of a block has weights of its own."""
        return self.shortcut == "C" or (self.shortcut == "B" and resized)

    def pads(self, resized: bool) -> bool:
        """The shortcut of a block is the identity made to fit: pixels left out, channels of zeros added."""
        return self.shortcut == "A" and resized

    def around(self, layer: int) -> tuple[str, str]:
        """What stands right before and right behind layer ``layer`` (from 0) of a block, ⊕ not counted."""
        if self.pre:
            return f"{self.norm}σ", ""
        last = layer == LAYERS_A_BLOCK[self.arm.connection] - 1
        # without a skip the activation that follows the sum follows the layer itself
        inside = not last or self.gated or not self.skips
        return "", f"{self.norm}σ" if inside else self.norm

    @property
    def behind(self) -> str:
        """What stands behind the ⊕."""
        return "σ" if self.skips and self.arm.connection in RECTIFIED else ""

    @property
    def ends(self) -> tuple[str, str]:
        """What stands behind the first layer of the network, and before its last one."""
        return ("", f"{self.norm}σ") if self.pre else (f"{self.norm}σ", "")

    def survival(self, block: int, blocks: int) -> float:
        """Probability that the branch of block ``block`` of ``blocks`` takes part in a step.

        p_l = 1 − (l/L)(1 − p_L) (Huang et al. 2016, arXiv 1603.09382, eq. 4); 1 in all other connections.
        """
        return 1 - block / blocks * (1 - self.arm.survival) if self.arm.connection == "stochastic" else 1.0

    @cached_property
    def words(self) -> dict[str, str]:
        """What each part is; ``{b}`` is the block's number, ``{p}`` the survival of its branch."""
        arm = self.arm
        identity = "x itself" if arm.skip_scale == 1 or arm.connection not in SCALED else f"{arm.skip_scale:g} x"
        option = f"option {self.shortcut}"
        words = {
            "Nσ": "norm N, then activation σ",
            "N": "norm N",
            "σ": "activation σ",
            "skip": f"shortcut of block {{b}}: {identity}",
            "pad": f"shortcut of block {{b}}, {option}: the identity made to fit, new channels are zero",
            "projection": f"shortcut of block {{b}}, {option}: a projection with weights of its own",
            "join": "block {b}: ⊕ adds what came through its layers and what came past them",
        }
        match arm.connection:
            case "preact" | "wide":
                words["skip"] += f" (in block 1, {self.norm}σ of it)".replace("Nσ", "σ(N)")
                words["projection"] += f", without a norm; it reads what the layers read, {self.norm}σ of x"
            case "highway":
                words |= {
                    "skip": "block {b}: x passes, times 1 − T",
                    "carry": "block {b}: 1 − T, the share of x that passes",
                    "gate": f"gate of block {{b}}: T = sigmoid(W x + b), b = {arm.gate_bias:g} at the start",
                    "join": "block {b}: H(x)·T + x·(1 − T)",
                }
            case "dense":
                words |= {
                    "skip": "all that came before is read again by every later layer of the stage",
                    "join": f"block {{b}}: its {arm.growth} channels are put beside all that came before",
                }
            case "skipinit":
                words |= {"scale": "block {b}: α times its layers; α is trained and 0 at the start"}
            case "stochastic":
                words |= {
                    "survival": "block {b}: its layers take part with probability {p}; at test they count so much"
                }
        if arm.connection in SCALED and arm.skip_scale != 1:
            words["scaled"] = f"λ = {arm.skip_scale:g}: the factor on every shortcut"
        return words
