"""What there is to trace: runs whose networks can be traced, and images."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceableRun:
    """A run whose networks can be traced.

    Attributes:
        title: of a recorded run that of its preset, else its arms.
        created: seconds since 1970.
        recorded: whether it comes with the program.
        arms, connections: what its arms are called, and their connections.
        steps: of its checkpoints, ascending.
    """

    id: str
    title: str
    created: float
    recorded: bool
    dataset: str
    family: str
    depths: list[int]
    arms: list[str]
    connections: list[str]
    steps: list[int]


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Some of the test images of a data set.

    Attributes:
        first: number of the first of them, from 0; ``total``: how many there are in all.
        classes: names of the classes.
        side, channels: of each image.
        labels: class of each.
        images: each as ``Pixels`` has it.
    """

    dataset: str
    first: int
    total: int
    classes: list[str]
    side: int
    channels: int
    labels: list[int]
    images: list[str]
