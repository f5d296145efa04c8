"""The record of an analysis: everything that the program must know of it, in one place.

Every module in ``app.analyses.kinds`` defines one as ``ANALYSIS``; ``app.analyses.registry`` finds them there.
Questions, findings, command line, protocol and tabs of the page all derive from it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from app.contract.experiment import Experiment
from app.contract.findings import Finding
from app.contract.questions import Question, kind_of

Cell = str | float | None
Asked = TypeVar("Asked", bound=Question)
Found = TypeVar("Found", bound=Finding)
#: networks, and a number that is proportional to how often they are computed
Work = tuple[Experiment, float]


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers for the command line: a head for each column, then rows. None stands for a number that is not there."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @classmethod
    def of_columns(cls, heads: Sequence[str], columns: Sequence[Sequence[Cell]]) -> "Table":
        """From columns; where one is shorter than the others its cells are empty."""
        rows = range(max(map(len, columns), default=0))
        return cls(heads, [[column[row] if row < len(column) else "" for column in columns] for row in rows])


def one_step(experiment: Experiment, question: Question) -> Work:
    """That of one training step of the networks at the asked depth, or of all."""
    depth = getattr(question, "depth", None)
    asked = {"learning_rates": (), "depths": experiment.depths if depth is None else (depth,)}
    return experiment.model_copy(update=asked), 1.0


def steps(number: Callable[[Any], float]) -> Callable[[Experiment, Any], Work]:
    """So many times that."""
    return lambda experiment, question: (one_step(experiment, question)[0], number(question))


@dataclass(frozen=True, slots=True)
class Answer(Generic[Asked]):
    """A kind of question and the function that answers it.

    The function takes the subject and the question. It yields the share that is done (a float up to 1) now and then,
    findings that are not complete where it has some, and last the complete one. It checks its cost before it begins
    (``app.analyses.cost``). ``work`` is what it grows with, so that one answer tells how long another will take
    (``app.runs.answer_times``). The subject is an ``app.analyses.subject.Subject``, or for an analysis that needs no
    weights an ``app.analyses.evaluations.Evaluations``.
    """

    question: type[Asked]
    function: Callable[[Any, Asked], Iterator[float | Finding]]
    work: Callable[[Experiment, Asked], Work] = one_step

    @property
    def kind(self) -> str:
        """The question's ``kind``."""
        return kind_of(self.question)


@dataclass(frozen=True, slots=True)
class AnalysisRecord(Generic[Found]):
    """An analysis.

    Attributes:
        name: of its module here and of its module on the page.
        label: of its tab on the page.
        position: its place among the tabs, ascending.
        answers: the kinds of question that it answers, with the functions.
        finding: what all of them find.
        table: the numbers of a finding for the command line.
        needs_weights: whether it asks the weights of a step. If not, it is answered from the stored evaluations, in
            the server itself, so it must be quick.
        least_checkpoints: of a value of a question's field how many checkpoints it needs, where that is more than one.
    """

    name: str
    label: str
    position: int
    answers: tuple[Answer[Any], ...]
    finding: type[Found]
    table: Callable[[Experiment, Found], Table]
    needs_weights: bool = True
    least_checkpoints: Mapping[str, int] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """The kinds of question that it answers."""
        return [answer.kind for answer in self.answers]

    def finding_types(self) -> list[type]:
        """The finding's class and those of its parts, as the protocol describes them."""
        return list(dict.fromkeys(_dataclasses_in(self.finding)))


def _dataclasses_in(kind: Any) -> Iterator[type]:
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
        hints = get_type_hints(kind)
        for one in fields(kind):
            yield from _dataclasses_in(hints[one.name])
    for inner in get_args(kind):
        yield from _dataclasses_in(inner)
