"""``analyse(subject, question)``: the one door to all analyses. A generator of progress and findings."""

from collections.abc import Callable, Iterator
from typing import Any

from app.analyses.flow import flow
from app.analyses.landscape import landscape
from app.analyses.lesion import deletions, lesion, lesions, shuffle
from app.analyses.paths import paths
from app.analyses.shattering import shattering
from app.analyses.subject import Subject
from app.contract.findings import Finding
from app.contract.questions import Question

#: each yields the share that is done (a float up to 1) now and then, partial findings where it has some, and
#: the whole finding last
Analysis = Callable[[Subject, Any], Iterator[float | Finding]]

ANALYSES: dict[str, Analysis] = {
    "lesion": lesion,
    "lesions": lesions,
    "deletions": deletions,
    "shuffle": shuffle,
    "landscape": landscape,
    "paths": paths,
    "flow": flow,
    "shattering": shattering,
}


def analyse(subject: Subject, question: Question) -> Iterator[float | Finding]:
    """Put a question to trained weights. The last thing that comes is the whole finding.

    Every finding also says which networks are left out of it because they have diverged. Closing the generator
    cancels the analysis; the subject stays as it was.

    Raises:
        Refused: the run has no such depth or block, all networks asked about have diverged, or it is too large.
        DataUnavailable: weights of the way are not there any more, or damaged.
    """
    subject.left_out = []
    for said in ANALYSES[question.kind](subject, question):
        if not isinstance(said, float):
            said.words.extend(subject.left_out)
        yield said
