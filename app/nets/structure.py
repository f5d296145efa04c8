"""The structure of a network: its stages, by family, width and data set, before any weight exists."""

from dataclasses import dataclass

from app.contract.experiment import DATASET_SHAPES, Experiment


@dataclass(frozen=True, slots=True)
class Stage:
    """Blocks of one width at one resolution; the first of them has the ``stride``."""

    width: int
    stride: int = 1


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
    if not experiment.images:
        return Structure(channels * max(side, 1) ** 2, (Stage(width),), classes, False)
    stages = (Stage(width), Stage(2 * width, 2), Stage(4 * width, 2))[: experiment.stages]
    return Structure(channels, stages, classes, True)
