"""Convergence speed: steps, seconds and FLOPs to a target accuracy. From stored evaluations alone, without torch.

Networks are evaluated at some steps only, so a network reached the target *by* the step of the first evaluation that
shows it. All networks of a sweep train together: the seconds are those of the whole sweep, the FLOPs are each network's
own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from app.analyses.evaluations import Evaluations
from app.analyses.record import AnalysisRecord, Answer, Table
from app.analyses.words import arm_name, name_of, share
from app.contract.best_rate import best_cells_at, edge
from app.contract.experiment import Cell, Experiment
from app.contract.findings import Finding
from app.contract.measurements import Floats
from app.contract.questions import Question
from app.errors import Refused
from app.evidence import gap


class Convergence(Question):
    """Steps, seconds (of the sweep) and FLOPs (of one network) to a target test accuracy, for every arm and depth."""

    kind: Literal["convergence"] = "convergence"
    target: Annotated[float, Field(gt=0, le=1)] = 0.9


@dataclass(frozen=True, slots=True)
class Reached:
    """When one cell's median test accuracy first reached the target; None where it never did.

    Attributes:
        arm: its number in the experiment.
        layers: weight layers.
        depth: position of the depth slider.
        step: of the first evaluation at which it was reached.
        seconds: that training the whole sweep had taken until then, for all its networks train together.
        flops: that this network alone had taken until then.
    """

    arm: int
    layers: int
    depth: int
    step: int | None
    seconds: float | None
    flops: float | None


@dataclass(frozen=True, slots=True)
class ConvergenceFinding(Finding):
    """Of ``Convergence``."""

    target: float
    cells: list[Reached]


def convergence(run: Evaluations, question: Convergence) -> Iterator[ConvergenceFinding]:
    """By which evaluation the median test accuracy of each arm at each depth was first at least the target.

    In fair mode an arm is judged at its best rate (``app.contract.best_rate``), as it was known at the last evaluation
    that counts. A diverged seed counts as one that has not reached the target.

    Raises:
        Refused: in fair mode no training loss was evaluated.
    """
    experiment, points, prepared = run.experiment, run.points, run.prepared
    seeds, cells = experiment.seeds, experiment.cells()
    accuracy = [point.test_accuracy.reshape(-1, seeds) for point in points]
    medians = [np.median(np.where(np.isfinite(one), one, -np.inf), axis=1) for one in accuracy]
    reached, chosen = [], _chosen(run)
    for cell in chosen:
        arm, depth, _, layers = cells[cell]
        at = next((p for p, median in zip(points, medians, strict=True) if median[cell] >= question.target), None)
        if at is None:
            reached.append(Reached(arm, layers, depth, None, None, None))
            continue
        spent = float(at.step) * prepared.flops[cell * seeds] if prepared and prepared.flops else None
        reached.append(Reached(arm, layers, depth, at.step, at.seconds, spent))
    words = _words(experiment, question.target, reached, [cells[c] for c in chosen], run.step)
    if len(experiment.arms) > 1:
        deepest = [n for n, cell in enumerate(reached) if cell.depth == experiment.depths[-1]]
        curves = {n: {p.step: one[chosen[n]] for p, one in zip(points, accuracy, strict=True)} for n in deepest}
        names = {n: name_of(experiment, cells[chosen[n]]) for n in deepest}
        examples = prepared.test_examples if prepared else 1
        words.append(_compared({n: reached[n].step for n in deepest}, curves, names, examples, run.step))
    words += _diverged(experiment, [cells[c] for c in chosen], accuracy[-1][chosen])
    yield ConvergenceFinding(question.target, reached, words=words)


def _chosen(run: Evaluations) -> list[int]:
    """The cell that stands for each arm and depth."""
    best = best_cells_at(run.experiment, run.points)
    if len(run.experiment.learning_rates) > 1 and not any(
        p.step > 0 and p.training_loss is not None for p in run.points
    ):
        raise Refused(
            "step: each arm is judged at its best learning rate, and the training loss that tells which that is was "
            "not measured up to there",
            "step",
        )
    rates = max(1, len(run.experiment.learning_rates))
    return [group * rates if cell is None else cell for group, cell in enumerate(best)]


def _table(experiment: Experiment, finding: ConvergenceFinding) -> Table:
    """One row for each arm at each depth."""
    rows = [
        [arm_name(experiment, cell), *(value if value is not None else "not reached" for value in values)]
        for cell in finding.cells
        for values in [(cell.step, cell.seconds, cell.flops)]
    ]
    return Table(["network", "by step", "seconds of the whole sweep", "its own FLOPs"], rows)


# Words


def _words(
    experiment: Experiment, target: float, reached: Sequence[Reached], cells: Sequence[Cell], last: int
) -> list[str]:
    """One sentence for each arm."""
    words = []
    for number, name in enumerate(experiment.arm_names()):
        mine = [(one, cell) for one, cell in zip(reached, cells, strict=True) if one.arm == number]
        got_there = [(one, cell) for one, cell in mine if one.step is not None]
        there = [f"by step {one.step} at {_layers(experiment, cell)}" for one, cell in got_there]
        missed = [_layers(experiment, cell) for one, cell in mine if one.step is None]
        goal = f"{name}: {100 * target:g} % test accuracy"
        if not there:
            words.append(f"{goal} was not reached at any depth by step {last}")
            continue
        late = f"; not by step {last} at {', '.join(missed)} layers" if missed else ""
        words.append(f"{goal}{_how_deep(len(mine), got_there)} {', '.join(there)} layers{late}")
    return words


def _how_deep(depths: int, there: Sequence[tuple[Reached, Cell]]) -> str:
    """At how many of several depths it was reached, and the deepest of them."""
    if depths == 1:
        return ""
    deepest = there[-1][1].layers
    return (
        f" at every depth, up to {deepest} layers:" if len(there) == depths
        else f" at {len(there)} of {depths} depths, the deepest of {deepest} layers:"
    )  # fmt: skip


def _layers(experiment: Experiment, cell: Cell) -> str:
    """``32``, in fair mode ``32 (rate 0.1, the highest tried)``."""
    rates = experiment.learning_rates
    if not rates:
        return str(cell.layers)
    end = edge(rates, rates.index(cell.learning_rate))
    return f"{cell.layers} (rate {cell.learning_rate:g}{f', the {end} tried' if end else ''})"


def _compared(
    steps: dict[int, int | None], curves: dict[int, dict[int, Floats]], names: dict[int, str], examples: int, last: int
) -> str:
    """The fastest arm against the slowest at the greatest depth, if their accuracies differed at the fastest's step.

    Args:
        steps: by which each reached the target, or None.
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
    sentence = f"t the greatest depth {names[fast]} was there by step {early}, {late}"
    between = gap(curves[slow][early], curves[fast][early], examples, len(steps) * (len(steps) - 1) // 2)
    if between is None or between.clear:
        return f"A{sentence}"
    here = " and ".join(share(float(np.nanmean(curves[n][early]))) for n in (fast, slow))
    basis = "one seed" if between.seeds == 1 else f"{between.seeds} seeds"
    return f"No clear difference: a{sentence}, but at step {early} they had {here}, as equal arms may ({basis})"


def _diverged(experiment: Experiment, cells: Sequence[Cell], accuracy: Floats) -> list[str]:
    """A sentence about diverged seeds, if there are any."""
    lost = (~np.isfinite(accuracy)).sum(axis=1)
    names = [
        f"{name_of(experiment, cell)} ({n} of {experiment.seeds})" for cell, n in zip(cells, lost, strict=True) if n
    ]
    return [f"A seed that diverged counts as not there: {', '.join(names)}"] if names else []


ANALYSIS = AnalysisRecord(
    name="convergence",
    label="Speed",
    position=50,
    answers=(Answer(Convergence, convergence),),
    finding=ConvergenceFinding,
    table=_table,
    needs_weights=False,
)
