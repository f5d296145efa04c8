"""Refinement: what each block adds to what is known of the class.

Two measures, both after every block. *Linear probes* (Alain & Bengio 2016, arXiv 1610.01644): how well a linear
classifier of its own, trained on the training set, reads the classes of the test set (``app.analyses.probes``). And the
*cosine* of what a residual block adds, F(h), with −∂L/∂h, for test examples (Jastrzębski et al. 2018, arXiv 1710.04773,
section 4.1; the view of blocks as steps of one estimate: Greff et al. 2017, arXiv 1612.07771): above 0 the block
moves its input to where, to first order, the loss is lower. It is not defined where a block adds nothing to its
own input: in plain networks, in dense ones, at a change of width or resolution and behind projections.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.analyses.bands import band, triple
from app.analyses.cost import MOST_SEEDS, check_cost, size_of
from app.analyses.record import AnalysisRecord, Answer, Table
from app.analyses.refinement_words import ArmResult, sentences
from app.analyses.words import arm_name, name_of
from app.contract.arms import record_of
from app.contract.experiment import DATASET_SHAPES, Experiment
from app.contract.findings import Band, Column, Finding
from app.contract.questions import Depth, Question
from app.errors import Refused
from app.lazy import Lazy

if TYPE_CHECKING:
    from app.analyses import hidden_states, refining, skip_gradients
    from app.analyses.subject import Subject
    from app.nets.stack import Stack
else:
    hidden_states, skip_gradients, refining = (
        Lazy(f"app.analyses.{name}") for name in ("hidden_states", "skip_gradients", "refining")
    )

#: test examples on which probes are tested, and those of them on which cosines are measured
MOST_TESTED, MOST_COSINES = 2000, 512
#: numbers in the features of all states of an arm
MOST_FEATURES = 64_000_000
#: steps of the solver that the cost counts; it takes about as many
SOLVER_STEPS = 80

Floats = NDArray[np.float64]


class Refinement(Question):
    """Accuracy of a linear probe after every block, and the cosine of F(h) with −∂L/∂h."""

    kind: Literal["refinement"] = "refinement"
    depth: Depth
    examples: Annotated[int, Field(ge=32, le=10_000, description="training examples of the probes")] = 2000


@dataclass(frozen=True, slots=True)
class ArmRefinement:
    """One arm, bands over (the first five) seeds.

    Attributes:
        states: numbers of the layers behind which the probes stand: 1, and the last of every block and transition.
        blocks: numbers of the last layers of the blocks.
        accuracy: test accuracy of the probe at each of ``states``.
        own_accuracy: [median, low, high] of that of the network itself, on the same examples.
        cosine: at each of ``blocks``, cosine of F(h) with −∂L/∂h, mean over the test examples; None where it is not
            defined. Empty where the arm has no ⊕.
    """

    arm: int
    layers: int
    states: list[int]
    blocks: list[int]
    accuracy: Band
    own_accuracy: Column
    cosine: Band


@dataclass(frozen=True, slots=True)
class RefinementFinding(Finding):
    """Of ``Refinement``.

    Attributes:
        trained, tested: examples of the probes.
        cosine_examples: test examples over which the cosine is a mean.
        inputs_accuracy: of a linear probe of the inputs themselves.
        chance: one over the number of classes.
    """

    trained: int
    tested: int
    cosine_examples: int
    inputs_accuracy: float | None
    chance: float
    arms: list[ArmRefinement]


def refinement(subject: Subject, question: Refinement) -> Iterator[float | Finding]:
    """Probes of the first ``examples`` training examples, tested on at most ``MOST_TESTED`` test examples.

    With the running statistics of batch norm; probes are solved and cosines taken in double precision. After each arm
    there is a finding of those that are done.

    Raises:
        Refused: as ``Subject.replicas``, or the networks are too large.
    """
    replicas = list(subject.replicas(question.depth, seeds=MOST_SEEDS))
    experiment = subject.experiment
    classes = DATASET_SHAPES[experiment.dataset][2]
    examples = refining.Examples(
        subject.train_x[: question.examples], subject.train_y[: question.examples],
        subject.test_x[:MOST_TESTED], subject.test_y[:MOST_TESTED], classes,
    )  # fmt: skip
    x, y = subject.test_x[:MOST_COSINES].to(hidden_states.precise(subject.device)), subject.test_y[:MOST_COSINES]
    _check_cost([replica.stack for replica in replicas], examples)
    inputs = examples.inputs_accuracy()
    arms: list[ArmRefinement] = []
    results: list[ArmResult] = []
    for number, replica in enumerate(replicas):
        stack = replica.stack
        states = hidden_states.layers_of_states(stack)
        found = []
        for one in examples.state_accuracies(stack):
            found.append(one)
            yield (number + 0.95 * len(found) / len(states)) / len(replicas)
        arm = experiment.arms[replica.cell.arm]
        added = record_of(arm).skips(arm)
        cosines = refining.cosines(hidden_states.in_double(stack), x, y) if added else np.empty((0, stack.k, 1))
        result = ArmResult(
            name_of(experiment, replica.cell), states, np.stack(found), examples.own_accuracy(stack), cosines,
            replica.seeds, len(examples.test_x),
        )  # fmt: skip
        results.append(result)
        arms.append(
            ArmRefinement(
                replica.cell.arm, replica.cell.layers, states, hidden_states.layers_of_blocks(stack),
                accuracy=band(result.accuracy.T), own_accuracy=triple(result.own), cosine=band(result.cosine().T),
            )
        )  # fmt: skip
        yield (number + 1) / len(replicas)
        words = sentences(results) + skip_gradients.caveat(subject)
        yield RefinementFinding(
            trained=len(examples.train_x), tested=len(examples.test_x), cosine_examples=len(x),
            inputs_accuracy=inputs, chance=1 / classes, arms=list(arms), words=words,
        )  # fmt: skip


def _check_cost(stacks: Sequence[Stack], examples: refining.Examples) -> None:
    """Raise ``Refused`` if the passes and the solving of all probes take too long, or their features too much room."""
    trained, tested = len(examples.train_x), len(examples.test_x)
    flops, features = _solving(trained, examples.test_x[0].numel(), examples.classes), 0
    for stack in stacks:
        widths = refining.probe_widths(stack, examples.test_x)
        features = max(features, stack.k * (trained + tested) * sum(widths))
        # a pass of all, one more for the network's own accuracy, and for the cosines two, one back, and the branches
        passed = trained + 2 * tested + 5 * min(tested, MOST_COSINES)
        flops += 2.0 * size_of(stack, examples.test_x).multiply_adds * stack.k * passed
        flops += stack.k * sum(_solving(trained, width, examples.classes) for width in widths)
    remedy = "ask for fewer examples or at a smaller depth"
    check_cost(flops, "examples", remedy)
    if features > MOST_FEATURES:
        raise Refused(
            f"examples: {features:,} features of one arm are over the limit of {MOST_FEATURES:,}; {remedy}", "examples"
        )


def _solving(examples: int, width: int, classes: int) -> float:
    """Operations that one probe takes, about."""
    return SOLVER_STEPS * 4.0 * examples * width * classes + examples * width**2 + width**3 / 3


def _table(experiment: Experiment, finding: RefinementFinding) -> Table:
    layers = sorted({layer for arm in finding.arms for layer in arm.states})
    heads = ["after layer"]
    columns: list[Column] = [list(layers)]
    for arm in finding.arms:
        heads += [f"{arm_name(experiment, arm)} probe", "cosine"]
        accuracy = dict(zip(arm.states, arm.accuracy[0], strict=True))
        cosine = dict(zip(arm.blocks, arm.cosine[0], strict=False))
        columns += [[accuracy.get(layer) for layer in layers], [cosine.get(layer) for layer in layers]]
    return Table.of_columns(heads, columns)


ANALYSIS = AnalysisRecord(
    name="refinement",
    label="Refinement",
    position=70,
    answers=(Answer(Refinement, refinement),),
    finding=RefinementFinding,
    table=_table,
)
