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


def _pair(**both: object) -> tuple[Arm, Arm]:
    return (
        Arm.model_validate({"connection": "plain"} | both),
        Arm.model_validate({"connection": "residual"} | both),
    )


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "degradation",
            "Degradation with batch norm",
            "Deeper plain networks train worse, though batch norm keeps their gradients alive. "
            "Residual ones do not. Same first weights, same batches.",
            Experiment(seeds=3),
        ),
        Preset(
            "vanishing",
            "Vanishing gradients without it",
            "No normalisation and PyTorch's default initialisation: in deep plain networks the gradient is gone "
            "before it reaches the first layers.",
            Experiment(
                arms=_pair(normalisation="none", initialisation="pytorch"),
                depths=(4, 8, 16, 32, 64),
                learning_rate=0.02,
            ),
        ),
        Preset(
            "shallow",
            "Shallow: no difference",
            "At 4 to 10 layers plain and residual do equally well, as He et al. found at 18 layers.",
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
                steps=400,
                evaluate_every=50,
            ),
        ),
        Preset(
            "spiral",
            "Spiral with decision regions",
            "Three arms in the plane: see the regions that each network has learned.",
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
