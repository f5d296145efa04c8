"""Convergence speed: steps, seconds and FLOPs to a target accuracy. From stored evaluations alone, without torch.

Networks are evaluated at some steps only, so a network is *there by* the step at which that was first seen. All
networks of a sweep train together: the seconds are those of the whole sweep, the FLOPs are each network's own.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from app.analyses.words import name_of, share
from app.best_rate import best_rate, edge
from app.contract.experiment import Cell, Experiment
from app.contract.findings import ConvergenceFinding, Reached
from app.contract.measurements import Evaluated, Floats, Measurement, Prepared
from app.contract.questions import Convergence
from app.errors import Refused
from app.evidence import gap


def convergence(
    experiment: Experiment, measurements: Iterable[Measurement], question: Convergence, until: int | None = None
) -> tuple[int, ConvergenceFinding]:
    """By which evaluation the median test accuracy of each arm at each depth was first at least the target.

    Args:
        experiment: what was trained.
        measurements: of its networks, in order.
        question: the target.
        until: evaluations after this step do not count; None: all do.

    In fair mode an arm is judged at its best rate (``app.best_rate``), as it was known at the last evaluation that
    counts. A diverged seed counts as one that has not reached the target.

    Returns:
        the step of the last evaluation that counts, and what was found.

    Raises:
        Refused: nothing was evaluated up to there, or in fair mode no training loss was.
    """
    told = list(measurements)
    points = [m for m in told if isinstance(m, Evaluated) and (until is None or m.step <= until)]
    if not points:
        raise Refused("step: nothing of this run was evaluated up to there", "step")
    prepared = next((m for m in told if isinstance(m, Prepared)), None)
    seeds, cells = experiment.seeds, experiment.cells()
    accuracy = [point.test_accuracy.reshape(-1, seeds) for point in points]
    medians = [np.median(np.where(np.isfinite(one), one, -np.inf), axis=1) for one in accuracy]
    found, chosen = [], _chosen(experiment, points)
    for cell in chosen:
        arm, depth, _, layers = cells[cell]
        at = next((p for p, median in zip(points, medians, strict=True) if median[cell] >= question.target), None)
        if at is None:
            found.append(Reached(arm, layers, depth, None, None, None))
            continue
        spent = float(at.step) * prepared.flops[cell * seeds] if prepared and prepared.flops else None
        found.append(Reached(arm, layers, depth, at.step, at.seconds, spent))
    words = _words(experiment, question.target, found, [cells[c] for c in chosen], points[-1].step)
    if len(experiment.arms) > 1:
        deepest = [n for n, cell in enumerate(found) if cell.depth == experiment.depths[-1]]
        curves = {n: {p.step: one[chosen[n]] for p, one in zip(points, accuracy, strict=True)} for n in deepest}
        names = {n: name_of(experiment, cells[chosen[n]]) for n in deepest}
        examples = prepared.test_examples if prepared else 1
        words.append(_compared({n: found[n].step for n in deepest}, curves, names, examples, points[-1].step))
    words += _lost(experiment, [cells[c] for c in chosen], accuracy[-1][chosen])
    return points[-1].step, ConvergenceFinding(question.target, found, words)


def _chosen(experiment: Experiment, points: Sequence[Evaluated]) -> list[int]:
    """The cell that stands for each arm and depth."""
    rates, count = max(1, len(experiment.learning_rates)), len(experiment.cells())
    if rates == 1:
        return list(range(count))
    full = [point.training_loss for point in points if point.training_loss is not None and point.step > 0]
    if not full:
        raise Refused(
            "step: each arm is judged at its best learning rate, and the training loss that tells which that is was "
            "not measured up to there",
            "step",
        )
    loss = full[-1].reshape(-1, experiment.seeds)
    return [first + (best_rate(loss[first : first + rates]) or 0) for first in range(0, count, rates)]


# Words


def _words(
    experiment: Experiment, target: float, found: Sequence[Reached], cells: Sequence[Cell], last: int
) -> list[str]:
    """A sentence an arm."""
    words = []
    for number, name in enumerate(experiment.arm_names()):
        mine = [(one, cell) for one, cell in zip(found, cells, strict=True) if one.arm == number]
        there = [f"by step {one.step} at {_place(experiment, cell)}" for one, cell in mine if one.step is not None]
        missed = [_place(experiment, cell) for one, cell in mine if one.step is None]
        goal = f"{name}: {100 * target:g} % test accuracy"
        if not there:
            words.append(f"{goal} was not reached at any depth by step {last}")
            continue
        late = f"; not by step {last} at {', '.join(missed)} layers" if missed else ""
        words.append(f"{goal} {', '.join(there)} layers{late}")
    return words


def _place(experiment: Experiment, cell: Cell) -> str:
    """``32``, in fair mode ``32 (rate 0.1, the highest tried)``."""
    rates = experiment.learning_rates
    if not rates:
        return str(cell.layers)
    end = edge(rates, rates.index(cell.learning_rate))
    return f"{cell.layers} (rate {cell.learning_rate:g}{f', the {end} tried' if end else ''})"


def _compared(
    steps: dict[int, int | None], curves: dict[int, dict[int, Floats]], names: dict[int, str], examples: int, last: int
) -> str:
    """The first arm against the last at the greatest depth, where their accuracies did differ when the first arrived.

    Args:
        steps: by which each was there, or None.
        curves: accuracies [seeds] at each step.
    """
    there = {n: step for n, step in steps.items() if step is not None}
    if not there:
        return "No arm reached it at the greatest depth"
    fast = min(there, key=lambda n: (there[n], -float(np.nanmean(curves[n][there[n]]))))
    early = there[fast]
    slow = max(steps, key=lambda n: (there.get(n, np.inf), -float(np.nan_to_num(curves[n][early]).mean())))
    if there.get(slow) == early:
        return f"No difference at the greatest depth: all arms were there by step {early}"
    late = f"{names[slow]} by step {there[slow]}" if slow in there else f"{names[slow]} not by step {last}"
    told = f"t the greatest depth {names[fast]} was there by step {early}, {late}"
    between = gap(curves[slow][early], curves[fast][early], examples, len(steps) * (len(steps) - 1) // 2)
    if between is None or between.clear:
        return f"A{told}"
    here = " and ".join(share(float(np.nanmean(curves[n][early]))) for n in (fast, slow))
    basis = "one seed" if between.seeds == 1 else f"{between.seeds} seeds"
    return f"No clear difference: a{told}, but at step {early} they had {here}, as equal arms may ({basis})"


def _lost(experiment: Experiment, cells: Sequence[Cell], accuracy: Floats) -> list[str]:
    """What is said of diverged seeds."""
    lost = (~np.isfinite(accuracy)).sum(axis=1)
    names = [
        f"{name_of(experiment, cell)} ({n} of {experiment.seeds})" for cell, n in zip(cells, lost, strict=True) if n
    ]
    return [f"A seed that diverged counts as not there: {', '.join(names)}"] if names else []
