"""Presets: experiments worth a name, and what each is expected to show (with the reason, and whose)."""

from dataclasses import dataclass

from app.contract.experiment import Arm, Experiment
from app.errors import Refused


@dataclass(frozen=True, slots=True)
class Preset:
    """A named experiment. ``about`` tells what to look for, in one or two sentences."""

    name: str
    title: str
    about: str
    experiment: Experiment


def pair(**both: object) -> tuple[Arm, Arm]:
    """A plain and a residual arm that share all else."""
    return (
        Arm.model_validate({"connection": "plain"} | both),
        Arm.model_validate({"connection": "residual"} | both),
    )


def _at_the_start(arms: tuple[Arm, Arm]) -> Experiment:
    """The diagnostics of 52 layers of width 256: few steps, for the first frame tells it all."""
    return Experiment(arms=arms, depths=(52,), width=256, steps=20, evaluate_every=10, learning_rate=0.001)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "degradation",
            "Degradation with batch norm",
            "The training loss of plain networks rises steeply with depth, though batch norm keeps their gradients "
            "alive. That of residual ones rises far less, and all of them learn. Same first weights, same batches.",
            Experiment(seeds=3),
        ),
        Preset(
            "vanishing",
            "Vanishing gradients without it",
            "No normalisation and PyTorch's default initialisation: in deep plain networks the gradient is all but "
            "gone before it reaches the first layers, and from 8 layers on they stay at chance. Residual ones learn "
            "at every depth.",
            Experiment(
                arms=pair(normalisation="none", initialisation="pytorch"),
                depths=(4, 8, 16, 32, 64),
                learning_rate=0.02,
            ),
        ),
        Preset(
            "shallow",
            "Shallow: no difference",
            "At 4 to 10 layers plain and residual end within two points of test accuracy of each other, much as "
            "He et al. found at 18 layers. Only the training loss of the plain ones begins to rise.",
            Experiment(depths=(4, 6, 8, 10), seeds=3),
        ),
        Preset(
            "he-fashion",
            "He et al. on Fashion-MNIST",
            "The 6n+2 convolutional networks of He et al. (2015, section 4.2) at widths 8, 16, 32 on real images.",
            Experiment(
                dataset="fashion",
                family="conv6n2",
                width=8,
                depths=(8, 20, 56),
                seeds=2,
                steps=400,
                evaluate_every=100,
            ),
        ),
        Preset(
            "explode-backward",
            "At the start: plain with batch norm explodes backwards",
            "52 layers, width 256, before any training: in the plain network batch norm keeps the activations and "
            "makes the gradient grow by a fifth at every layer on its way back, over ten thousand times in all "
            "(Yang et al. 2019).",
            _at_the_start(pair(normalisation="batch")),
        ),
        Preset(
            "explode-forward",
            "At the start: raw residual blocks blow up forwards",
            "52 layers without norm: each residual block makes the mean square of the activations about 2.4 times as "
            "large, 25 of them a billion times. In the plain network He's initialisation keeps it: it ends within a "
            "factor of 10 of where it began.",
            _at_the_start(pair(normalisation="none")),
        ),
        Preset(
            "zero-last",
            "At the start: a zero last layer keeps everything flat",
            "Two residual networks without norm. In the second the last layer of each block starts at zero: its blocks "
            "are the identity, so signals and gradients keep their size, while those of the first blow up.",
            _at_the_start(
                (
                    Arm(connection="residual", normalisation="none"),
                    Arm(connection="residual", normalisation="none", initialisation="zero_last"),
                )
            ),
        ),
        Preset(
            "fair",
            "Each arm at its own best learning rate",
            "Both arms trained at four learning rates; each network is shown at the rate with its lowest training "
            "loss.",
            Experiment(depths=(8, 32), learning_rates=(0.003, 0.01, 0.03, 0.1), seeds=3),
        ),
        Preset(
            "families",
            "Four ways to skip",
            "Residual, pre-activation, highway and dense networks side by side, each by its paper's equation.",
            Experiment(
                arms=tuple(Arm.model_validate({"connection": c}) for c in ("residual", "preact", "highway", "dense")),
                depths=(8, 20, 32),
                seeds=1,
            ),
        ),
        Preset(
            "thousand",
            "A thousand layers",
            "100 and 1,000 fully connected layers. Each arm begins as it trains best: residual blocks as the identity, "
            "plain layers looks-linear, at a rate that suits them.",
            Experiment(
                arms=(
                    Arm(connection="plain", initialisation="looks_linear", learning_rate=0.002),
                    Arm(connection="residual", initialisation="zero_last", learning_rate=0.02),
                ),
                depths=(100, 1000),
                steps=400,
            ),
        ),
        Preset(
            "spiral",
            "Spiral with decision regions",
            "Points on three interleaved spirals in the plane: see the regions that each network has learned.",
            Experiment(
                dataset="spiral",
                depths=(4, 8, 16, 32),
                steps=500,
                learning_rate=0.05,
                evaluate_every=20,
            ),
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises ``Refused`` with the names there are."""
    try:
        return PRESETS[name]
    except KeyError:
        raise Refused(f"preset: {name!r} is not one of {', '.join(PRESETS)}", "preset") from None
