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
    """At which evaluation the median test accuracy of each arm at each depth was first at least the target.

    Args:
        experiment: what was trained.
        evaluations: of its networks, in order.
        flops: of one step, one a network; empty where they are not known.
        question: the target.

    In fair mode an arm is judged at the learning rate with the lowest training loss at the end
    (test loss where the whole training set was never measured). A diverged seed
    counts as one that has not reached the target.
    """
    seeds, cells = experiment.seeds, experiment.cells()
    rates = max(1, len(experiment.learning_rates))
    accuracy = [np.median(_by_cell(point.test_accuracy, seeds, -np.inf), axis=1) for point in evaluations]
    full = [point.training_loss for point in evaluations if point.training_loss is not None]
    # a run that was stopped early has no loss of the whole training set
    last = full[-1] if full else evaluations[-1].test_loss if evaluations else np.zeros(len(cells) * seeds)
    loss = np.median(_by_cell(last, seeds, np.inf), axis=1)
    found = []
    for first in range(0, len(cells), rates):
        cell = first + int(np.argmin(loss[first : first + rates]))
        arm, depth, _, layers = cells[cell]
        there = (p for p, medians in zip(evaluations, accuracy, strict=True) if medians[cell] >= question.target)
        at = next(there, None)
        if at is None:
            found.append(Reached(arm, layers, depth, None, None, None))
            continue
        spent = float(at.step) * flops[cell * seeds] if flops else None
        found.append(Reached(arm, layers, depth, at.step, at.seconds, spent))
    return ConvergenceFinding(question.target, found, _words(experiment, question.target, found))


def _by_cell(values: np.ndarray, seeds: int, missing: float) -> np.ndarray:
    """[cells, seeds], what is not finite replaced."""
    return np.where(np.isfinite(values), values, missing).reshape(-1, seeds)


# Words


def _words(experiment: Experiment, target: float, found: Sequence[Reached]) -> list[str]:
    """A sentence an arm, and one that compares the arms at the greatest depth."""
    words = []
    for number in range(len(experiment.arms)):
        mine = [cell for cell in found if cell.arm == number]
        there = [f"{cell.step} steps at {cell.layers}" for cell in mine if cell.step is not None]
        missed = [str(cell.layers) for cell in mine if cell.step is None]
        name = experiment.arm_names()[number]
        if not there:
            words.append(f"{name}: {100 * target:g} % test accuracy was not reached at any depth")
            continue
        late = f"; not reached at {', '.join(missed)} layers" if missed else ""
        words.append(f"{name}: {100 * target:g} % test accuracy after {', '.join(there)} layers{late}")
    if len(experiment.arms) > 1:
        words.append(_compared(experiment, [cell for cell in found if cell.depth == experiment.depths[-1]]))
    return words


def _compared(experiment: Experiment, deepest: Sequence[Reached]) -> str:
    steps = sorted((cell.step, _name(experiment, cell)) for cell in deepest if cell.step is not None)
    if not steps:
        return "No arm reached it at the greatest depth"
    if len(steps) < len(deepest):
        return f"At the greatest depth only {' and '.join(name for _, name in steps)} reached it"
    (early, fast), (late, slow) = steps[0], steps[-1]
    if early == late:
        return f"No difference at the greatest depth: all arms were there by step {late}"
    return f"At the greatest depth {fast} was there after {early} steps, {slow} after {late}"


def _name(experiment: Experiment, reached: Reached) -> str:
    return f"{experiment.arm_names()[reached.arm]}-{reached.layers}"
