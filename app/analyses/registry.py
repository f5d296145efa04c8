"""All analyses: every module in ``app.analyses.kinds`` is one. Loading them loads no torch.

To add an analysis, put a module there that defines ``ANALYSIS``; see "Adding an analysis" in ``docs/architecture.md``.
"""

import functools
import importlib
import operator
import pkgutil
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from app.analyses import kinds
from app.analyses.record import AnalysisRecord, Answer
from app.contract.questions import Question, kind_of
from app.contract.refusals import first_problem
from app.errors import Refused


def find_analyses() -> tuple[AnalysisRecord[Any], ...]:
    """The record of every module in ``app.analyses.kinds``, in the order of the tabs."""
    names = [f"{kinds.__name__}.{module.name}" for module in pkgutil.iter_modules(kinds.__path__)]
    records: list[AnalysisRecord[Any]] = [importlib.import_module(name).ANALYSIS for name in names]
    return tuple(sorted(records, key=lambda record: (record.position, record.name)))


#: every analysis, in the order of the tabs
ANALYSES = find_analyses()


def answers() -> dict[str, tuple[AnalysisRecord[Any], Answer[Any]]]:
    """By kind of question the analysis and how it answers."""
    return {answer.kind: (record, answer) for record in ANALYSES for answer in record.answers}


def question_model(kind: str) -> type[Question]:
    """The class of a kind of question. Raises ``Refused`` with the kinds there are."""
    if kind not in answers():
        raise Refused(f"question: {kind!r} is not one of {', '.join(answers())}", "question")
    model: type[Question] = answers()[kind][1].question
    return model


def analysis_of(question: Question) -> AnalysisRecord[Any]:
    """The analysis that answers a question."""
    return answers()[kind_of(question)][0]


def needs_weights(question: Mapping[str, Any]) -> bool:
    """Whether a question, given as JSON, is about weights; so is one of a kind that is not known (any more)."""
    kind = question.get("kind")
    return kind not in answers() or answers()[kind][0].needs_weights


def answer_to(question: Question) -> Answer[Any]:
    """How a question is answered."""
    return answers()[kind_of(question)][1]


def parse_question(data: Any, *place: str) -> Question:
    """A question from parsed JSON.

    Args:
        place: names of the fields around it, for the refusal.

    Raises:
        Refused: it names the field and the bound.
    """
    try:
        question: Question = _parser(tuple(answer.question for _, answer in answers().values())).validate_python(data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        raise first_problem([{**one, "loc": (*place, *one["loc"])} for one in errors]) from None
    return question


@functools.lru_cache(maxsize=4)
def _parser(models: tuple[type[Question], ...]) -> TypeAdapter[Any]:
    union: Any = functools.reduce(operator.or_, models)
    return TypeAdapter(Annotated[union, Field(discriminator="kind")])


def tabs() -> list[dict[str, Any]]:
    """What the page must know of every analysis, in the order of its tabs."""
    return [
        {
            "name": one.name,
            "label": one.label,
            "kinds": one.kinds,
            "needs_weights": one.needs_weights,
            "least_checkpoints": dict(one.least_checkpoints),
        }
        for one in ANALYSES
    ]
