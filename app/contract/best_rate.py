"""Best rate: in fair mode each network is trained at several learning rates and shown at the one that trains it best.

One rule, and one function for all who choose (status line, page, analyses, convergence speed, command line): the lowest
median training loss over the whole training set, as it was last measured. The test set has no say, or it would be
fitted. NumPy only; no PyTorch.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from app.contract.experiment import Experiment
from app.contract.measurements import Evaluated, Measurement


def best_cells(experiment: Experiment, training_loss: ArrayLike | None) -> list[int | None]:
    """The cell that stands for each (arm, depth), arm first.

    Args:
        training_loss: of all networks over the whole training set, in the order of the experiment, NaN or infinite
            where one has diverged; None before it was measured.

    Returns:
        With one learning rate every cell. With several the best one; None where that is not known yet, or where every
        seed has diverged at every rate.
    """
    rates, count = max(1, len(experiment.learning_rates)), len(experiment.cells())
    groups = range(0, count, rates)
    if rates == 1:
        return list(groups)
    if training_loss is None:
        return [None for _ in groups]
    losses = np.asarray(training_loss).reshape(count, experiment.seeds)
    chosen = ((first, best_rate(losses[first : first + rates])) for first in groups)
    return [None if rate is None else first + rate for first, rate in chosen]


def best_cells_at(
    experiment: Experiment, measurements: Iterable[Measurement], until: int | None = None
) -> list[int | None]:
    """``best_cells`` by what had been measured up to step ``until`` (None: to the end). Before the first step no rate
    is best, so the losses of step 0 do not count."""
    loss = None
    for point in measurements:
        if isinstance(point, Evaluated) and point.step > 0 and (until is None or point.step <= until):
            loss = point.training_loss if point.training_loss is not None else loss
    return best_cells(experiment, loss)


def best_rate(training_loss: ArrayLike) -> int | None:
    """Which of an arm's rates at one depth has the lowest median training loss over the seeds.

    Args:
        training_loss: [rates, seeds]. What is not finite counts as infinite, so a rate is not judged by the seeds that
            survived it.

    Returns:
        A place in the list of rates. Where most seeds have diverged at every rate, that with most seeds left; None
        where none is left.
    """
    losses = np.asarray(training_loss, dtype=np.float64)
    finite = np.isfinite(losses)
    medians = np.median(np.where(finite, losses, np.inf), axis=1)
    if np.isfinite(medians).any():
        return int(np.argmin(medians))
    left = finite.sum(axis=1)
    return int(np.argmax(left)) if left.any() else None


def edge(rates: Sequence[float], best: int) -> Literal["lowest", "highest"] | None:
    """Whether the best of several rates is the lowest or the highest tried, so that a better one may lie beyond."""
    if len(rates) > 1 and rates[best] == min(rates):
        return "lowest"
    return "highest" if len(rates) > 1 and rates[best] == max(rates) else None
