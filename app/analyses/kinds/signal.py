"""Signal: what becomes of an input on its way through the network, before training and after.

State by state (``app.analyses.hidden_states``): the cosine of what two inputs have become, the singular values of the
Jacobian ∂(state)/∂x (Pennington et al. 2017, arXiv 1711.04735; with skips Yang & Schoenholz 2017, 1712.08969), and at
every ⊕ the branch's share of the variance (De & Smith 2020, arXiv 2002.10444, who find that it falls from block to
block where batch norm stands in the branch).

*Before* are the initial weights of the same seeds, which every network draws from its seed alone; their batch norms
take the statistics of the examples, as in a training step. *After* are the weights asked about, with their running
statistics. With the first comes the prediction of mean-field theory where there is one (``app.analyses.mean_field``).
It holds for weights that are random and independent, so there is none for trained ones.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from app.analyses.bands import band, column
from app.analyses.cost import MOST_SEEDS, check_cost, size_of
from app.analyses.record import AnalysisRecord, Answer, Table, steps
from app.analyses.signal_words import ArmResult, Measured, sentences
from app.analyses.words import arm_name, name_of
from app.contract.arms import Arm, record_of
from app.contract.experiment import Experiment
from app.contract.findings import Band, Column, Finding
from app.contract.questions import Depth, Question
from app.errors import Refused
from app.lazy import Lazy

if TYPE_CHECKING:
    from torch import Tensor

    from app.analyses import hidden_states, mean_field, signals
    from app.analyses.subject import Replica, Subject
    from app.nets.stack import Stack
else:
    hidden_states, mean_field, signals = (
        Lazy(f"app.analyses.{name}") for name in ("hidden_states", "mean_field", "signals")
    )

#: numbers in the Jacobians of all states of an arm at one example
MOST_NUMBERS = 50_000_000


class Signal(Question):
    """Correlation of two inputs, spectrum of the Jacobian, the branches' share of the variance; before and after."""

    kind: Literal["signal"] = "signal"
    depth: Depth
    examples: Annotated[int, Field(ge=8, le=128, description="test examples, all pairs of which are compared")] = 64
    jacobians: Annotated[int, Field(ge=0, le=32, description="of them, those at which Jacobians are taken")] = 8


@dataclass(frozen=True, slots=True)
class Passage:
    """What was measured in one state of training, bands over (the first five) seeds.

    Attributes:
        correlation: one number for each of ``states``: cosine of the hidden states of two inputs, mean over all pairs.
        largest, median, smallest: singular values of ∂(state)/∂x, each the median over the inputs; empty if none were
            asked for. The smallest of min(width, inputs) values, 0 where the Jacobian has not full rank.
        mean_square: mean of their squares, over all of them and the inputs.
        branch_share: at each of ``blocks``, the branch's share of the variance at the ⊕; empty where the arm has none.
    """

    correlation: Band
    largest: Band
    median: Band
    smallest: Band
    mean_square: Band
    branch_share: Band


@dataclass(frozen=True, slots=True)
class Expected:
    """What mean-field theory predicts of it before training, in the limit of infinite width."""

    correlation: Column
    mean_square: Column
    branch_share: Column


@dataclass(frozen=True, slots=True)
class ArmSignal:
    """One arm.

    Attributes:
        states: numbers of the layers behind which the states stand: 1, and the last of every block and transition.
        blocks: numbers of the last layers of the blocks.
        before, after: with the initial weights, and with those asked about.
        expected: the prediction for ``before``; None where theory has none.
    """

    arm: int
    layers: int
    states: list[int]
    blocks: list[int]
    before: Passage
    after: Passage
    expected: Expected | None


@dataclass(frozen=True, slots=True)
class SignalFinding(Finding):
    """Of ``Signal``.

    Attributes:
        inputs_correlation: mean cosine of two of the inputs themselves.
    """

    inputs_correlation: float | None
    arms: list[ArmSignal]


def signal(subject: Subject, question: Signal) -> Iterator[float | Finding]:
    """The first ``examples`` test examples, in double precision. After each arm a finding of those that are done.

    Raises:
        Refused: as ``Subject.replicas``, or the networks are too large.
    """
    replicas = list(subject.replicas(question.depth, seeds=MOST_SEEDS))
    experiment = subject.experiment
    x = subject.test_x[: question.examples].to(hidden_states.precise(subject.device))
    _check_cost(replicas, subject.test_x[: question.examples], question.jacobians)
    inputs = float(signals.mean_cosine(x.flatten(1).unsqueeze(0))[0])
    arms: list[ArmSignal] = []
    results: list[ArmResult] = []
    for number, replica in enumerate(replicas):
        cell, after = replica.cell, hidden_states.in_double(replica.stack)
        start = hidden_states.at_start(experiment, cell, replica.seeds, subject.device)
        hidden_states.settle_batch_norms(start, x)
        if hidden_states.has_seen_no_batch(after):  # the question is about the first step
            hidden_states.settle_batch_norms(after, x)
        arm = experiment.arms[cell.arm]
        skips = record_of(arm).skips(arm)
        begun, half, end = ((number + part) / len(replicas) for part in (0, 0.5, 1))
        first = yield from _measure(start, x, question.jacobians, skips, (begun, half))
        last = yield from _measure(after, x, question.jacobians, skips, (half, end))
        states = hidden_states.layers_of_states(start)
        expected = _expected(arm, experiment.width, start, x, skips)
        blocks = hidden_states.layers_of_blocks(start)
        arms.append(ArmSignal(cell.arm, cell.layers, states, blocks, _passage(first), _passage(last), expected))
        theory = expected.correlation[-1] if expected else None
        results.append(ArmResult(name_of(experiment, cell), first, last, theory, subject.step))
        yield SignalFinding(inputs, list(arms), words=sentences(results))


def _measure(
    stack: Stack, x: Tensor, jacobians: int, skips: bool, progress: tuple[float, float]
) -> Generator[float, None, Measured]:
    spectrum = signals.Spectrum()
    for done, matrices in enumerate(signals.jacobians(stack, x[:jacobians]), start=1):
        spectrum.add(matrices)
        yield progress[0] + (progress[1] - progress[0]) * done / (jacobians + 1)
    shares = signals.branch_shares(stack, x) if skips else None
    return Measured(signals.correlations(stack, x), spectrum.summary(), shares)


def _passage(measured: Measured) -> Passage:
    bands = {name: band(values.T) for name, values in measured.spectrum.items()}
    for name in ("largest", "median", "smallest", "mean_square"):
        bands.setdefault(name, [[], [], []])
    shares = [[], [], []] if measured.branch_share is None else band(measured.branch_share.T)
    return Passage(correlation=band(measured.correlation.T), branch_share=shares, **bands)


def _expected(arm: Arm, width: int, stack: Stack, x: Tensor, skips: bool) -> Expected | None:
    if stack.backend.convolutional:  # convolutions
        return None
    inputs = x.flatten(1).cpu().double().numpy()
    found = mean_field.predict(arm, width, len(stack.steps()), inputs)
    if found is None:
        return None
    # theory has the mean over the units; the mean over min(units, inputs) singular values is this
    scale = width / min(width, inputs.shape[1])
    shares = column(found.branch_share) if skips else []
    return Expected(column(found.correlation), column(scale * found.mean_square), shares)


def _check_cost(replicas: list[Replica], x: Tensor, jacobians: int) -> None:
    """Raise ``Refused`` if the Jacobians take too many operations or too much room."""
    flops, inputs = 0.0, x[0].numel()
    for replica in replicas:
        stack = replica.stack
        passes = 2.0 * size_of(stack, x).multiply_adds * stack.k
        widths = signals.widths(stack, x)
        solved = sum(8.0 * max(width, inputs) * min(width, inputs) ** 2 for width in widths) * stack.k
        flops += 2 * jacobians * (4 * passes * inputs + solved) + 20 * passes * len(x)
        numbers = sum(widths) * inputs * stack.k
        if jacobians and numbers > MOST_NUMBERS:
            raise Refused(
                f"jacobians: those of one example have {numbers:,} numbers, over the limit of {MOST_NUMBERS:,}; "
                "ask at a smaller depth, or for 0 of them",
                "jacobians",
            )
    check_cost(flops, "jacobians", "ask for fewer or for 0 of them, or at a smaller depth")


def _table(experiment: Experiment, finding: SignalFinding) -> Table:
    layers = sorted({layer for arm in finding.arms for layer in arm.states})
    heads = ["after layer"]
    columns: list[Column] = [list(layers)]
    for arm in finding.arms:
        for when, passage in (("before", arm.before), ("after", arm.after)):
            for what, measured in (("cosine", passage.correlation), ("mean σ²", passage.mean_square)):
                at = dict(zip(arm.states, measured[0], strict=False))
                heads.append(f"{arm_name(experiment, arm)} {what} {when}")
                columns.append([at.get(layer) for layer in layers])
    return Table.of_columns(heads, columns)


ANALYSIS = AnalysisRecord(
    name="signal",
    label="Signal",
    position=80,
    answers=(Answer(Signal, signal, steps(lambda question: 1 + question.jacobians)),),
    finding=SignalFinding,
    table=_table,
)
