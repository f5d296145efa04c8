"""Measurements: what training says of itself, per network and in full precision.

They cross the pipe from a worker to the server and go into the store. What viewers get is made from
them by ``app.runs`` (median and band over seeds). ``networks`` order is ``Experiment.networks()``.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: single precision, or double in runs of that precision
Floats = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The networks stand, nothing is trained yet.

    Attributes:
        checksums: SHA-256 (12 digits) of the initial weights, one a network; equal in a matched pair.
        parameters: number of trained parameters, one a network.
        flops: floating-point operations of one training step, one a network: two for each multiply-add
            of the forward pass, four of the backward pass, but two in the first layer, whose input needs no
            gradient; norms and activations are not counted.
        training_examples, test_examples: sizes of the data set's parts.
        device: name of the device, e.g. ``cpu``.
        threads: threads used by torch.
        torch: version of torch.
    """

    checksums: tuple[str, ...]
    parameters: tuple[int, ...]
    flops: tuple[int, ...]
    training_examples: int
    test_examples: int
    device: str
    threads: int
    torch: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One frame: taken within training step ``step`` (steps done before it), on that step's batches.

    At every evaluation step there is one, before the ``Evaluated`` of that step. The one of the last step is of the
    batches that would come next; nothing is trained on them.

    Attributes:
        step: steps trained before this measurement.
        seconds: time spent training, pauses left out.
        loss: [networks] mean cross-entropy over the batch; non-finite once a network has diverged.
        weight_gradients: [sum of layers] ‖∂L/∂W‖₂ of each weight layer, network after network,
            input side first.
        activation_gradients: [sum of layers] ‖∂L/∂h‖₂ over the batch, h the layer's output.
        activations: [sum of layers] mean of h² over the batch and the layer's units.
    """

    step: int
    seconds: float
    loss: Floats
    weight_gradients: Floats
    activation_gradients: Floats
    activations: Floats


@dataclass(frozen=True, slots=True)
class Evaluated:
    """All networks evaluated after ``step`` training steps, batch norm with running statistics.

    Attributes:
        test_accuracy, test_loss: [networks].
        training_loss, training_accuracy: [networks] over the whole training set, or None at the
            points between that measure the test set only.
        regions: uint8 [cells, 32, 32] for data in the plane, None otherwise: the class that the
            first seed's network gives to each point of the square [-1, 1]², row 0 at the bottom,
            as class * 16 + round(15 * probability).
    """

    step: int
    seconds: float
    test_accuracy: Floats
    test_loss: Floats
    training_loss: Floats | None
    training_accuracy: Floats | None
    regions: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """The checkpoint after ``step`` steps was saved, or was not, for this ``reason``."""

    step: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Diverged:
    """The loss of these networks became non-finite in step ``step``; they are frozen from there."""

    step: int
    networks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LearningRateChanged:
    """From ``step`` on the arm (None: every arm) trains with this learning rate."""

    step: int
    learning_rate: float
    arm: int | None


@dataclass(frozen=True, slots=True)
class Paused:
    """Training holds after ``step`` steps."""

    step: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """Training goes on after ``step`` steps."""

    step: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Training is over after ``step`` steps: all of them, or stopped before."""

    step: int
    seconds: float
    stopped: bool = False
    measuring_seconds: float = field(default=0.0)


Measurement = (
    Prepared | Measured | Evaluated | CheckpointSaved | Diverged | LearningRateChanged | Paused | Resumed | Ended
)
