"""Flow: what goes forward through trained networks and what comes back: at every layer, along the stream, at every ⊕.

One pass of training examples through the networks of each arm, with the running statistics of batch norm, and the
gradient of the mean loss back.

The *stream* is what one block hands to the next: the output of layer 1 and of every block and transition; in plain
networks, which have no shortcuts, that of every hidden layer. Where a gradient shrinks is only said along the stream,
because a layer inside a branch receives only the part of the gradient that takes that branch. In a dense network the
stream is all channels at that place, those passed on and the new ones. Both inputs of a ⊕ come from ``Block.parts``
forward and from ``app.analyses.skip_gradients`` backward. In plain networks nothing goes by the shortcut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from app.analyses.bands import band, mean_band
from app.analyses.cost import MOST_SEEDS, Size, check_cost, size_of
from app.analyses.flow_words import ArmResult, sentences
from app.analyses.record import AnalysisRecord, Answer, Table
from app.analyses.words import arm_name, name_of
from app.contract.arms import record_of
from app.contract.experiment import Experiment
from app.contract.findings import Band, Finding
from app.contract.questions import Depth, Question
from app.lazy import Lazy

if TYPE_CHECKING:
    from app.analyses import flow_sums, skip_gradients
    from app.analyses.flow_sums import FlowSums
    from app.analyses.subject import Replica, Subject
else:
    flow_sums, skip_gradients = Lazy("app.analyses.flow_sums"), Lazy("app.analyses.skip_gradients")

#: activations of one pass; more are computed in slices of the examples
MOST_NUMBERS = 16_000_000


class Flow(Question):
    """What goes forward and what comes back, at every layer, shortcut and branch."""

    kind: Literal["flow"] = "flow"
    depth: Depth
    examples: Annotated[int, Field(ge=1, le=1024)] = 256


@dataclass(frozen=True, slots=True)
class ArmFlow:
    """One pass forward and one back through the networks of an arm, bands over (the first five) seeds.

    Attributes:
        forward, backward: one number a weight layer, input side first: root of the mean square of its output h,
            and ‖∂L/∂h‖ over the examples.
        stream: numbers of the layers after which the stream was measured: 1, and the last of every block and
            transition; every hidden layer of a plain network.
        stream_forward, stream_backward: the same of the stream, one number for each of ``stream``. In dense networks
            that is all channels there; in the others it is that layer's output.
        shortcut_forward, branch_forward: one number a block: root mean square of either input of its ⊕.
        shortcut_backward, branch_backward: ‖·‖ of the gradient that leaves the ⊕ by either.
        shortcut_share: [mean, lowest, highest] share of the gradient that leaves the ⊕ by the shortcut, as in
            ``ArmPaths``.
    """

    arm: int
    layers: int
    forward: Band
    backward: Band
    stream: list[int]
    stream_forward: Band
    stream_backward: Band
    shortcut_forward: Band
    branch_forward: Band
    shortcut_backward: Band
    branch_backward: Band
    shortcut_share: Band


@dataclass(frozen=True, slots=True)
class FlowFinding(Finding):
    """Of ``Flow``."""

    arms: list[ArmFlow]


def flow(subject: Subject, question: Flow) -> Iterator[float | Finding]:
    """One pass forward and one back of the first ``examples`` training examples, of the first ``MOST_SEEDS`` seeds.

    After each arm there is a finding of those that are done.

    Raises:
        Refused: as ``Subject.replicas``, or the networks are too large.
    """
    replicas = list(subject.replicas(question.depth, seeds=MOST_SEEDS))
    x, y = subject.train_x[: question.examples], subject.train_y[: question.examples]
    sizes = [size_of(replica.stack, x) for replica in replicas]
    flops = sum(_cost(replica, size, len(x)) for replica, size in zip(replicas, sizes, strict=True))
    check_cost(flops, "depth", "ask at a smaller depth")
    arms: list[ArmFlow] = []
    results: list[ArmResult] = []
    for number, (replica, size) in enumerate(zip(replicas, sizes, strict=True)):
        cell, stack = replica.cell, replica.stack
        arm = subject.experiment.arms[cell.arm]
        skipping = record_of(arm).skips(arm)
        sums = flow_sums.FlowSums(stack, cell.layers, skipping)
        batch = max(1, MOST_NUMBERS // (size.activations * cell.layers * stack.k))
        for start in range(0, len(x), batch):
            some = slice(start, start + batch)
            sums.add(x[some], y[some], len(x))
            yield (number + min(1.0, (start + batch) / len(x))) / len(replicas)
        arms.append(_arm_flow(cell.arm, sums))
        name = name_of(subject.experiment, cell)
        results.append(ArmResult(name, sums.stream, sums.stream_backward(), sums.shares(), skipping, replica.seeds))
        yield FlowFinding(list(arms), words=sentences(results) + skip_gradients.caveat(subject))


def _cost(replica: Replica, size: Size, examples: int) -> float:
    """Floating-point operations: the pass over the layers is three passes forward, the joins four, the parts one."""
    return 16.0 * size.multiply_adds * replica.stack.k * examples


def _arm_flow(arm: int, sums: FlowSums) -> ArmFlow:
    return ArmFlow(
        arm,
        sums.layers,
        forward=band(sums.root_mean_square(sums.layer, "forward").T),
        backward=band(np.sqrt(sums.layer["backward"]).T),
        stream=sums.stream,
        stream_forward=band(sums.root_mean_square(sums.along, "forward").T),
        stream_backward=band(sums.stream_backward().T),
        shortcut_forward=band(sums.root_mean_square(sums.join, "shortcut", "shortcut_units").T),
        branch_forward=band(sums.root_mean_square(sums.join, "branch", "branch_units").T),
        shortcut_backward=band(np.sqrt(sums.join["shortcut_back"]).T),
        branch_backward=band(np.sqrt(sums.join["branch_back"]).T),
        shortcut_share=mean_band(sums.shares().T),
    )


def _table(experiment: Experiment, finding: FlowFinding) -> Table:
    """One row for each weight layer, the medians of each arm as columns."""
    heads = [f"{arm_name(experiment, arm)} {what}" for arm in finding.arms for what in ("forward", "backward")]
    columns = [column for arm in finding.arms for column in (arm.forward[0], arm.backward[0])]
    return Table.of_columns(["layer", *heads], [list(range(1, max(map(len, columns)) + 1)), *columns])


ANALYSIS = AnalysisRecord(
    name="flow", label="Flow", position=60, answers=(Answer(Flow, flow),), finding=FlowFinding, table=_table
)
