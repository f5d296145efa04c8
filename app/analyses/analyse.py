"""``analyse(subject, question)``: the one way into all analyses. A generator of progress and findings."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from app.analyses.evaluations import Evaluations
from app.analyses.registry import answer_to
from app.contract.findings import Finding
from app.contract.questions import Question

if TYPE_CHECKING:
    from app.analyses.subject import Subject


def analyse(subject: "Subject | Evaluations", question: Question) -> Iterator[float | Finding]:
    """Answer a question. The last thing that comes is the complete finding.

    Every finding also says which networks are left out of it because they have diverged, and whether a part of the
    data stands for all of it. Closing the generator
    cancels the analysis; the subject stays as it was.

    Raises:
        Refused: the run has no such depth or block, all networks asked about have diverged, or it is too large.
        DataUnavailable: checkpoints of the trajectory are not there any more, or damaged.
    """
    subject.left_out = []
    for result in answer_to(question).function(subject, question):
        if isinstance(result, Finding):
            result.words.extend([*subject.left_out, *subject.about_data])
        yield result


def complete_finding(results: Iterable[float | Finding]) -> Finding:
    """What an analysis has found in the end, once all that it yields has been taken."""
    *_, finding = [result for result in results if isinstance(result, Finding)]
    return finding
