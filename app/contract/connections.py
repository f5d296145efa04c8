"""The connections: how a block joins its input to its output. One record each; everything else is derived from it.

The fields of an arm and their bounds, which networks can share a stack, the shapes of layers, the diagrams, the words
and the page's labels and options all come from here. What computes is the class of the same name in
``app/nets/connections``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from app.contract import styles
from app.contract.shapes import (
    Arm,
    LayerShape,
    Site,
    bottleneck,
    compressed,
    grouped_bottleneck,
    growing,
    one_layer,
    two_layers,
    widened,
)
from app.contract.styles import Style

Join = Literal["none", "add", "gate", "concatenate"]
#: what passes by a branch: nothing, x itself, x made to fit (option A), a 1×1 layer of it, a share of it (highway), or
#: x beside what the branch gives (dense)
Shortcut = Literal["none", "identity", "padded", "projection", "gated", "concatenated"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of an arm that some connections use and others do not.

    Attributes:
        type: annotated with its bounds and its description.
        staged: it concerns only networks of three stages, whose resolution halves between them.
        by_network: networks of one stack may differ in it.
        choices: what the page calls each value.
    """

    name: str
    label: str
    type: Any
    default: Any
    staged: bool = False
    by_network: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """A way to join a block's input to its output.

    Attributes:
        label: on the page. ``spoken``: in sentences, where that is not its name. ``also``: another name.
        equation: in one line, with ``λx`` for a scaled skip; ``source``: where it is from.
        layers: weight layers of a block, as the papers count them.
        shapes: of these layers, for an arm at a site.
        join: what joins branch and shortcut.
        pre_activation: norm and activation come before the weights, else behind them.
        rectified: an activation stands behind the ⊕.
        trained_scale: sign of the trained factor on the branch, if there is one.
        drops: its branches are dropped at random in training.
        transition: between two stages, the channels that are kept of so many; None: a stage begins with a stride.
        settings: those that it uses, apart from those of every arm.
        starts_at_zero: why ``zero_last`` and ``fixup`` would leave it dead or change nothing; empty: they can be used.
        style: colour, dash and marker of its arms in every run.
        note: below its diagram, a number that the picture cannot show; may name settings.
        words: what the page says of parts of its diagram, in place of the usual words; may name settings.
    """

    name: str
    label: str
    equation: str
    source: str
    layers: int
    shapes: Callable[[Arm, Site], tuple[LayerShape, ...]]
    style: Style
    join: Join = "add"
    spoken: str = ""
    also: str = ""
    pre_activation: bool = False
    rectified: bool = False
    trained_scale: str = ""
    drops: bool = False
    transition: Callable[[Arm, int], int] | None = None
    settings: tuple[Setting, ...] = ()
    starts_at_zero: str = ""
    note: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def choice(self) -> str:
        """What it is called in a list of choices."""
        return (self.spoken or self.name) + (f" / {self.also}" if self.also else "")

    @property
    def concatenates(self) -> bool:
        """Each block adds channels, so the width depends on how many blocks came before."""
        return self.join == "concatenate"

    def uses(self, setting: str) -> bool:
        """Whether a setting of this name changes its networks."""
        return any(one.name == setting for one in self.settings)

    def skips(self, arm: Arm) -> bool:
        """Whether anything passes by the branches; a skip that is scaled by 0 is none."""
        return self.join != "none" and not (self.uses("skip_scale") and arm.skip_scale == 0)

    def skip_factor(self, arm: Arm) -> float:
        """λ, the factor on the skip; 0 without one."""
        if self.join == "none":
            return 0.0
        return float(arm.skip_scale) if self.uses("skip_scale") else 1.0

    def shortcut(self, arm: Arm, resized: bool) -> Shortcut:
        """What passes by the branch of a block; ``resized``: the block changes size, so that x does not fit its sum."""
        if not self.skips(arm):
            return "none"
        if self.concatenates:
            return "concatenated"
        option = arm.shortcut if self.uses("shortcut") else "A"
        if option == "C" or (option == "B" and resized):
            return "projection"
        if self.join == "gate":
            return "gated"
        return "padded" if resized else "identity"

    def survival(self, arm: Arm, block: int, blocks: int) -> float:
        """Probability that the branch of block ``block`` of ``blocks`` (from 1) takes part in a training step.

        p_l = 1 − (l/L)(1 − p_L) (Huang et al. 2016, arXiv 1603.09382, eq. 4); 1 in connections that drop none.
        """
        return 1 - block / blocks * (1 - arm.survival) if self.drops else 1.0

    def transitions(self, stages: int) -> int:
        """Weight layers between the stages of a network."""
        return stages - 1 if self.transition else 0

    def gives(self, arm: Arm, site: Site) -> int:
        """Channels that a block gives."""
        out = self.shapes(arm, site)[-1].out
        return site.reads + out if self.concatenates else out


# Settings

SKIP_SCALE = Setting(
    "skip_scale", "Skip scale λ",
    Annotated[float, Field(ge=0, le=2, description="factor λ on the skip; 0 makes it plain")], 1.0, by_network=True,
)  # fmt: skip
SHORTCUT = Setting(
    "shortcut", "Shortcut",
    Annotated[Literal["A", "B", "C"], Field(description="what the shortcut is where the size changes")], "A",
    choices={"A": "A: identity, padded", "B": "B: projection where the size changes", "C": "C: projections"},
)  # fmt: skip
CARDINALITY = Setting(
    "cardinality", "Paths (ResNeXt)",
    Annotated[int, Field(ge=1, le=32, description="parallel paths of a ResNeXt block")], 4,
)  # fmt: skip
WIDEN = Setting(
    "widen", "Widening (wide)", Annotated[int, Field(ge=1, le=8, description="factor k of a wide block")], 2
)  # fmt: skip
GATE_BIAS = Setting(
    "gate_bias", "Gate bias (highway)",
    Annotated[float, Field(ge=-10, le=10, description="bias of a highway gate at the start")], -2.0,
)  # fmt: skip
GROWTH = Setting(
    "growth", "Growth (dense)", Annotated[int, Field(ge=1, le=64, description="channels that a dense layer adds")], 8
)  # fmt: skip
COMPRESSION = Setting(
    "compression", "Compression (dense)",
    Annotated[float, Field(gt=0, le=1, description="share of channels a dense transition keeps")], 0.5, staged=True,
)  # fmt: skip
SURVIVAL = Setting(
    "survival", "Survival p (stochastic)",
    Annotated[float, Field(gt=0, le=1, description="p_L of stochastic depth")], 0.5,
)  # fmt: skip
STRIDE_AT = Setting(
    "stride_at", "Stride stands at",
    Annotated[Literal["3x3", "1x1"], Field(description="layer of a bottleneck that halves the resolution")], "3x3",
    staged=True, choices={"3x3": "the 3×3 layer", "1x1": "the first 1×1 layer (He et al. 2015)"},
)  # fmt: skip


# The records

_PRE_ACTIVATION_WORDS = {
    "first_skip": " (in block 1, {order} of it)",
    "projection": "shortcut of block {b}, option {option}: a projection with weights of its own, without a norm; it "
    "reads what the layers read, {norm}σ of x",
}

CONNECTIONS: dict[str, Connection] = {
    record.name: record
    for record in (
        Connection(
            "plain", "Plain", "y = σ(F(x))", "He et al. 2015, 1512.03385",
            2, two_layers, styles.PLAIN, join="none",
            starts_at_zero="plain blocks have nothing beside the branch",
        ),
        Connection(
            "residual", "Residual", "y = σ(F(x) + λx)", "He et al. 2015; λ: He et al. 2016, eq. 6",
            2, two_layers, styles.RESIDUAL, rectified=True, settings=(SKIP_SCALE, SHORTCUT),
        ),
        Connection(
            "preact", "Pre-activation", "y = F(σ(N(x))) + λx", "He et al. 2016, 1603.05027",
            2, two_layers, styles.PREACT, spoken="pre-activation", pre_activation=True, settings=(SKIP_SCALE, SHORTCUT),
            words=_PRE_ACTIVATION_WORDS,
        ),
        Connection(
            "bottleneck", "Bottleneck", "y = σ(F(x) + λx)", "He et al. 2015, figure 5",
            3, bottleneck, styles.BOTTLENECK, rectified=True, settings=(STRIDE_AT, SKIP_SCALE, SHORTCUT),
        ),
        Connection(
            "resnext", "ResNeXt", "y = σ(Σ Tᵢ(x) + λx)", "Xie et al. 2017, 1611.05431",
            3, grouped_bottleneck, styles.RESNEXT, spoken="ResNeXt", rectified=True,
            settings=(CARDINALITY, STRIDE_AT, SKIP_SCALE, SHORTCUT), note="{cardinality} paths",
        ),
        Connection(
            "wide", "Wide", "y = F(σ(N(x))) + λx", "Zagoruyko & Komodakis 2016, 1605.07146",
            2, widened, styles.WIDE, pre_activation=True, settings=(WIDEN, SKIP_SCALE, SHORTCUT),
            note="{widen}× wide", words=_PRE_ACTIVATION_WORDS,
        ),
        Connection(
            "highway", "Highway", "y = H(x)·T(x) + x·(1 − T(x))", "Srivastava et al. 2015, 1505.00387",
            1, one_layer, styles.HIGHWAY, join="gate", settings=(GATE_BIAS,),
            starts_at_zero="highway's branch ends in its activation",
            words={
                "skip": "block {b}: x passes, times 1 − T",
                "carry": "block {b}: 1 − T, the share of x that passes",
                "gate": "gate of block {b}: T = sigmoid(W x + b), b = {gate_bias:g} at the start",
                "join": "block {b}: H(x)·T + x·(1 − T)",
            },
        ),
        Connection(
            "dense", "Dense", "xₗ = H([x₀, …, xₗ₋₁])", "Huang et al. 2017, 1608.06993",
            1, growing, styles.DENSE, join="concatenate", pre_activation=True, transition=compressed,
            settings=(GROWTH, COMPRESSION), starts_at_zero="dense layers are concatenated",
            note="+{growth} a layer",
            words={
                "skip": "all that came before is read again by every later layer of the stage",
                "join": "block {b}: its {growth} channels are put beside all that came before",
            },
        ),
        Connection(
            "skipinit", "SkipInit", "y = x + αF(x)", "De & Smith 2020, 2002.10444; ReZero 2003.04887",
            2, two_layers, styles.SKIPINIT, spoken="SkipInit", also="ReZero", trained_scale="α", settings=(SHORTCUT,),
            starts_at_zero="SkipInit's branches start at zero by a factor of their own",
            words={"scale": "block {b}: α times its layers; α is trained and 0 at the start"},
        ),
        Connection(
            "stochastic", "Stochastic depth", "y = σ(b·F(x) + x)", "Huang et al. 2016, 1603.09382",
            2, two_layers, styles.STOCHASTIC, spoken="stochastic depth", rectified=True, drops=True,
            settings=(SURVIVAL, SHORTCUT), note="p 1 → {survival:g}",
            words={"survival": "block {b}: its layers take part with probability {p}; at test they count so much"},
        ),
    )
}  # fmt: skip


def settings() -> dict[str, Setting]:
    """All settings that connections use, by name, each once."""
    return {one.name: one for record in CONNECTIONS.values() for one in record.settings}
