"""Best rate: in fair mode each network is trained at several learning rates and shown at the one that trains it best.

One rule for all who choose (status line, analyses, convergence speed): the lowest median training loss over the whole
training set. The test set has no say, or it would be fitted. NumPy only; no PyTorch.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


def best_rate(training_loss: ArrayLike) -> int | None:
    """Which of an arm's rates at one depth has the lowest median training loss over the seeds.

    Args:
        training_loss: [rates, seeds], of the whole training set. What is not finite counts as infinite, so a rate is
            not judged by the seeds that survived it.

    Returns:
        A place in the list of rates; None where no rate has a finite median, so that none is best.
    """
    losses = np.asarray(training_loss, dtype=np.float64)
    medians = np.median(np.where(np.isfinite(losses), losses, np.inf), axis=1)
    best = int(np.argmin(medians))
    return best if np.isfinite(medians[best]) else None


def edge(rates: Sequence[float], best: int) -> Literal["lowest", "highest"] | None:
    """Whether the best of several rates is the lowest or the highest tried, so that a better one may lie beyond."""
    if len(rates) > 1 and rates[best] == min(rates):
        return "lowest"
    return "highest" if len(rates) > 1 and rates[best] == max(rates) else None
