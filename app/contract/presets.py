"""Presets: experiments worth a name, and what each is expected to show (with the reason, and whose)."""

from dataclasses import dataclass
from typing import Literal

from app.contract.arms import Arm
from app.contract.experiment import Experiment
from app.contract.predictions import Prediction, usual
from app.errors import Refused


@dataclass(frozen=True, slots=True)
class Stage:
    """How the Lab first shows a preset.

    Attributes:
        view: name of the open view.
        depth: of both panels, None: the greatest.
        compare: depth of the right panel, None: the same.
        gradient: what the colours of the diagrams and the gradient view show.
        loss_scale: of the axis of the training loss.
        multiples: whether the curves have a panel for every arm.
        step: what is shown is of this step, None: of the newest.
    """

    view: str = "curves"
    depth: int | None = None
    compare: int | None = None
    gradient: Literal["weight", "activation", "square"] = "weight"
    loss_scale: Literal["linear", "log"] = "linear"
    multiples: bool = False
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A named experiment.

    ``about`` tells what to look for, in one or two sentences; ``prediction`` is what the room is asked before it
    trains, ``stage`` how it is first shown. ``kept`` are steps on the way whose weights its recorded run keeps beside
    the first and the last: a landscape along the trajectory needs them.
    """

    name: str
    title: str
    about: str
    experiment: Experiment
    prediction: Prediction
    stage: Stage = Stage()
    kept: tuple[int, ...] = ()


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
            Prediction("Both have 64 layers and the same first weights. Which will learn?", "learns"),
            kept=(20, 60, 140),
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
            Prediction("64 layers without norm, from PyTorch's usual start. Which will learn?", "learns"),
            Stage(view="gradients", gradient="activation"),
        ),
        Preset(
            "shallow",
            "Shallow: no difference",
            "At 4 to 10 layers plain and residual end within two points of test accuracy of each other, much as "
            "He et al. found at 18 layers. Only the training loss of the plain ones begins to rise.",
            Experiment(depths=(4, 6, 8, 10), seeds=3),
            Prediction("With 10 layers only: which will be better on the test set?", "better"),
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
            Prediction("56 convolutional layers on pictures of clothes. Which will be better?", "better"),
        ),
        Preset(
            "explode-backward",
            "At the start: plain with batch norm explodes backwards",
            "52 layers, width 256, before any training: in the plain network batch norm keeps the activations and "
            "makes the gradient grow by a fifth at every layer on its way back, over ten thousand times in all "
            "(Yang et al. 2019).",
            _at_the_start(pair(normalisation="batch")),
            Prediction(
                "52 layers with batch norm, plain, untrained: what becomes of its gradient on the way back?",
                "backwards",
            ),
            Stage(view="gradients", gradient="activation", step=0),
        ),
        Preset(
            "explode-forward",
            "At the start: raw residual blocks blow up forwards",
            "52 layers without norm: each residual block makes the mean square of the activations about 2.4 times as "
            "large, 25 of them a billion times. In the plain network He's initialisation keeps it: it ends within a "
            "factor of 10 of where it began.",
            _at_the_start(pair(normalisation="none")),
            Prediction(
                "52 layers without norm, residual, untrained: what becomes of the signal on the way forward?",
                "forwards",
                arm=1,
            ),
            Stage(view="gradients", gradient="square", step=0),
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
            Prediction(
                "Residual₂ starts the last layer of each block at zero. What becomes of its signal?", "forwards", arm=1
            ),
            Stage(view="gradients", gradient="square", step=0),
        ),
        Preset(
            "fair",
            "Each arm at its own best learning rate",
            "Both arms trained at four learning rates; each network is shown at the rate with its lowest training "
            "loss.",
            Experiment(depths=(8, 32), learning_rates=(0.003, 0.01, 0.03, 0.1), seeds=3),
            Prediction("32 layers, each arm at its own best learning rate. Which will be better?", "better"),
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
            Prediction("Four ways to skip, 32 layers each. Which will be best on the test set?", "better"),
            Stage(loss_scale="log", multiples=True),
        ),
        Preset(
            "thousand",
            "A thousand layers",
            "100 and 1,000 fully connected layers without norm, at one learning rate. Residual blocks begin as the "
            "identity, plain layers looks-linear (Balduzzi et al. 2017): both keep the size of the signal, and both "
            "learn.",
            Experiment(
                arms=(
                    Arm(connection="plain", normalisation="none", initialisation="looks_linear"),
                    Arm(connection="residual", normalisation="none", initialisation="zero_last"),
                ),
                learning_rate=0.0002,
                depths=(100, 1000),
                steps=400,
            ),
            Prediction("1,000 layers, each arm with the start that serves it. Which will learn?", "learns"),
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
            Prediction("32 layers, three spirals that wind around each other. Which will learn them?", "learns"),
            Stage(view="regions"),
            kept=(100, 260),
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises ``Refused`` with the names there are."""
    try:
        return PRESETS[name]
    except KeyError:
        raise Refused(f"preset: {name!r} is not one of {', '.join(PRESETS)}", "preset") from None


def prediction_of(experiment: Experiment) -> Prediction:
    """What is asked about an experiment: a preset's own question, whatever its seeds, or the usual one."""
    for one in PRESETS.values():
        alike = one.experiment.model_copy(update={"seed": experiment.seed, "seeds": experiment.seeds})
        if alike == experiment:
            return one.prediction
    return usual(experiment)
