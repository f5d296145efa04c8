"""Shattering (Balduzzi et al. 2017, arXiv 1702.08591): does the gradient at one input predict that at the next?

∂f/∂x of a scalar f along a straight line of inputs, and the autocorrelation of that sequence. Three settings:

``centred``  fresh networks of one input and one output, fully connected, He initialisation, as in sections 1.3 and 3:
             activations are centred by batch norm with the statistics of the line, held fixed while f is
             differentiated. The first layer is only centred, not scaled. In added branches the last norm has the
             gain β = 0.1 (SkipInit has its own factor, 0 at the start; stochastic depth keeps every branch).
``naive``    the same without norms and with zero biases. A ReLU network is then linear on either side of 0.
``trained``  the run's networks between the first two test examples of different classes, f the logit of the first
             one's class, norms with their running statistics.

``depth`` counts weight layers with the first and the last, so 4, 12, 26 and 52 are the paper's 2, 10, 24 and 50
layers between them. The paper's branches have one layer each; the branches here are the connections' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from app.analyses.agreement import Agreement, sentences
from app.analyses.bands import band, column
from app.analyses.record import AnalysisRecord, Answer, Table, Work
from app.analyses.words import arm_name
from app.contract.experiment import MAX_DEPTHS, Experiment
from app.contract.findings import Band, Column, Finding
from app.contract.questions import Depth, Question
from app.errors import Refused
from app.lazy import Lazy

if TYPE_CHECKING:
    from app.analyses import input_lines, skip_gradients, slopes
    from app.analyses.subject import Subject
else:
    input_lines, skip_gradients, slopes = (
        Lazy(f"app.analyses.{name}") for name in ("input_lines", "skip_gradients", "slopes")
    )

#: of fresh networks when none are asked for: the paper's
DEPTHS = (4, 12, 26, 52)
#: lags of the autocorrelation, and the one that the sentences are about, in points
MOST_LAGS, SENTENCE_LAG = 30, 10
#: points of all lines together, which are sent to every viewer
MOST_POINTS = 16_384


class Shattering(Question):
    """The gradient ∂f/∂x along a line of inputs, and its autocorrelation (Balduzzi et al. 2017).

    ``setting``: ``centred`` takes fresh networks with activations centred over the line, ``naive`` fresh ones
    with zero biases and nothing centred, ``trained`` the weights of the run between two test examples.
    ``depths``: without any, fresh networks have 4, 12, 26 and 52 layers, trained ones those of the run.
    """

    kind: Literal["shattering"] = "shattering"
    depths: Annotated[tuple[Depth, ...], Field(max_length=MAX_DEPTHS)] = ()
    setting: Literal["centred", "naive", "trained"] = "centred"
    points: Annotated[int, Field(ge=32, le=1024, description="inputs on the line")] = 256
    width: Annotated[int, Field(ge=8, le=512, description="width of the fresh networks")] = 128
    seeds: Annotated[int, Field(ge=1, le=20)] = 5


@dataclass(frozen=True, slots=True)
class Line:
    """The gradient of one arm at one depth along the line.

    Attributes:
        gradient: of the first seed, one number a point, scaled to a largest absolute value of 1.
        autocorrelation: band over seeds, one number a lag.
    """

    arm: int
    layers: int
    gradient: Column
    autocorrelation: Band


@dataclass(frozen=True, slots=True)
class ShatteringFinding(Finding):
    """Of ``Shattering``.

    Attributes:
        at: positions on the line: of fresh networks the input itself, of trained ones 0 to 1 between two examples.
        lags: of the autocorrelation, in points.
        spacing: distance of two neighbouring points, in units of the input (Euclidean): lags · spacing is how far
            apart the inputs are.
    """

    at: Column
    lags: list[int]
    spacing: float
    lines: list[Line]


def shattering(subject: Subject, question: Shattering) -> Iterator[float | Finding]:
    """The gradient along a line of inputs for all arms at all asked depths.

    After each arm and depth there is a finding of those that are done.

    Raises:
        Refused: too large, a width that an arm cannot have, or, of trained networks, as ``Subject.replicas``.
    """
    trained = question.setting == "trained"
    depths = sorted(set(question.depths or (subject.experiment.depths if trained else DEPTHS)))
    points = question.points * len(depths) * len(subject.experiment.arms)
    if points > MOST_POINTS:
        raise Refused(
            f"points: {points:,} on the lines of all arms and depths is over the limit of {MOST_POINTS:,}; "
            "ask for fewer points or depths",
            "points",
        )
    if trained:
        at, length, todo = input_lines.trained(subject, depths, question.points)
    else:
        at, length, todo = input_lines.fresh(
            subject,
            depths,
            question.points,
            width=question.width,
            seeds=question.seeds,
            centred=question.setting == "centred",
        )
    lags, spacing = list(range(min(MOST_LAGS, question.points // 2) + 1)), length / (question.points - 1)
    lag = min(SENTENCE_LAG, lags[-1])
    lines: list[Line] = []
    results: list[Agreement] = []
    for done, networks in enumerate(todo, start=1):
        parts = []
        for some in networks.slopes():
            parts.append(some)
            yield (done - 1) / len(todo)
        gradient = np.concatenate(parts)
        largest = np.abs(gradient[0]).max()
        shown = gradient[0] / (largest if 0 < largest < np.inf else 1.0)
        correlations = slopes.autocorrelation(gradient, lags)
        lines.append(Line(networks.cell.arm, networks.cell.layers, column(shown), band(correlations)))
        results.append(Agreement(networks.cell, arm_name(subject.experiment, lines[-1]), correlations[:, lag]))
        yield done / len(todo)
        words = sentences(subject.experiment, question.setting, question.points, results, lag, lag * spacing)
        warnings = skip_gradients.caveat(subject) if trained else []
        yield ShatteringFinding(at, lags, spacing, list(lines), words=[*words, *warnings])


def _table(experiment: Experiment, finding: ShatteringFinding) -> Table:
    """One row for each distance, the medians of each arm and depth as columns."""
    heads = ["\n".join(arm_name(experiment, line).rsplit("-", 1)) for line in finding.lines]  # so that eight fit
    columns: list[Column] = [[lag * finding.spacing for lag in finding.lags]]
    columns += [line.autocorrelation[0] for line in finding.lines]
    return Table.of_columns(["distance", *heads], columns)


def _work(experiment: Experiment, question: Shattering) -> Work:
    """Of trained networks their own step, else that of fresh ones as large as asked; for every point."""
    changed: dict[str, Any] = {"learning_rates": (), "depths": question.depths or experiment.depths}
    if question.setting != "trained":
        changed |= {"depths": question.depths or DEPTHS, "width": question.width, "seeds": question.seeds}
    return experiment.model_copy(update=changed), question.points


ANALYSIS = AnalysisRecord(
    name="shattering",
    label="Shattering",
    position=30,
    answers=(Answer(Shattering, shattering, _work),),
    finding=ShatteringFinding,
    table=_table,
)
