"""The structure of a network: its stages, by family, width and data set, before any weight exists."""

from dataclasses import dataclass

from app.contract.experiment import DATASET_SHAPES, Experiment


@dataclass(frozen=True, slots=True)
class Stage:
    """Blocks of one width at one resolution; the first block has ``stride`` and goes from ``into`` to ``out``."""

    into: int
    out: int
    stride: int
    first: bool = True


@dataclass(frozen=True, slots=True)
class Structure:
    """What all networks of a family, width and data set have in common, whatever their depth and connection.

    Attributes:
        inputs: features (fully connected) or channels (convolutional) of an example.
        stages: one, or three in the 6n+2 form of He et al. (2015, section 4.2).
        classes: outputs of the last layer.
        convolutional: 3×3 convolutions, else fully connected.
    """

    inputs: int
    stages: tuple[Stage, ...]
    classes: int
    convolutional: bool


def structure_of(experiment: Experiment) -> Structure:
    """The structure that an experiment's family, width and data set ask for."""
    channels, side, classes = DATASET_SHAPES[experiment.dataset]
    width = experiment.width
    if experiment.family == "mlp":
        return Structure(channels * max(side, 1) ** 2, (Stage(width, width, 1),), classes, False)
    if experiment.family == "conv":
        return Structure(channels, (Stage(width, width, 1),), classes, True)
    stages = (Stage(width, width, 1), Stage(width, 2 * width, 2, False), Stage(2 * width, 4 * width, 2, False))
    return Structure(channels, stages, classes, True)
