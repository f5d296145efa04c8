"""Convergence speed: steps, seconds and FLOPs to a target accuracy. From stored evaluations alone, without torch."""

from collections.abc import Sequence

import numpy as np

from app.contract.experiment import Experiment
from app.contract.findings import ConvergenceFinding, Reached
from app.contract.measurements import Evaluated
from app.contract.questions import Convergence


def convergence(
    experiment: Experiment, evaluations: Sequence[Evaluated], flops: Sequence[int], question: Convergence
) -> ConvergenceFinding:
    """When each arm at each depth first had a median test accuracy of at least the target.

    Args:
        experiment: what was trained.
        evaluations: of its networks, in order.
        flops: of one step, one a network; empty where they are not known.
        question: the target.

    In fair mode an arm is judged at the learning rate with the lowest training loss at the end.
    """
    seeds, cells = experiment.seeds, experiment.cells()
    rates = max(1, len(experiment.learning_rates))
    full = [point.training_loss for point in evaluations if point.training_loss is not None]
    loss = np.median(np.nan_to_num(full[-1], nan=np.inf).reshape(-1, seeds), axis=1) if full else np.zeros(len(cells))
    found = []
    for first in range(0, len(cells), rates):
        cell = first + int(np.argmin(loss[first : first + rates]))
        mine = slice(cell * seeds, (cell + 1) * seeds)
        at = next((p for p in evaluations if np.median(p.test_accuracy[mine]) >= question.target), None)
        arm, depth, _, layers = cells[cell]
        found.append(
            Reached(
                arm, layers, depth,
                None if at is None else at.step,
                None if at is None else at.seconds,
                None if at is None or not flops else float(at.step * flops[cell * seeds]),
            )
        )  # fmt: skip
    return ConvergenceFinding(question.target, found, _words(experiment, question.target, found))


def _words(experiment: Experiment, target: float, found: Sequence[Reached]) -> list[str]:
    """A sentence an arm, and one that compares the arms at the deepest depth."""
    words = []
    for arm, told in enumerate(experiment.arms):
        mine = [cell for cell in found if cell.arm == arm]
        there = [cell for cell in mine if cell.step is not None]
        missed = [str(cell.layers) for cell in mine if cell.step is None]
        if not there:
            words.append(f"{told.connection}: {target:.0%} test accuracy was not reached at any depth")
            continue
        fastest = min(there, key=lambda cell: cell.step or 0)
        late = f"; not reached at {', '.join(missed)} layers" if missed else ""
        words.append(f"{told.connection}: {target:.0%} after {fastest.step} steps at {fastest.layers} layers{late}")
    return words
