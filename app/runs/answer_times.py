"""About how long an answer takes, told before it is asked.

An answer takes as long as so many training steps of the networks that it is about. How many, the last answers of its
kind on this machine tell, before those the ones that were timed for the first recorded run; how long a step takes,
``app.runs.estimate``. Of a kind that was never answered nothing is told.
"""

from collections import defaultdict, deque
from statistics import median

from app.analyses.registry import analysis_of, answer_to
from app.contract.experiment import Experiment
from app.contract.questions import Question, kind_of
from app.runs.estimate import Estimates
from app.runs.store import Store

#: answers of a kind that tell how long the next one takes
ANSWERS = 5


class AnswerTimes:
    """Seconds of answers, from those that a store has and those that come with the program."""

    def __init__(self, store: Store, estimates: Estimates) -> None:
        self._estimates = estimates
        self._steps: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=ANSWERS))
        for experiment, question, seconds in store.recorded.answers():
            self._learn(question, seconds, self._one(experiment, question))
        for experiment, question, seconds in reversed(store.answers()):
            self.learn(experiment, question, seconds)

    def learn(self, experiment: Experiment, question: Question, seconds: float) -> None:
        """Take in how long an answer took on this machine."""
        if analysis_of(question).needs_weights:
            self._learn(question, seconds / self._estimates.slowness, self._one(experiment, question))

    def of(self, experiment: Experiment, question: Question) -> float | None:
        """About how many seconds an answer will take; None where nothing tells."""
        steps, one = self._steps.get(kind_of(question)), self._one(experiment, question)
        return median(steps) * one * self._estimates.slowness if steps and one else None

    def _learn(self, question: Question, seconds: float, one: float | None) -> None:
        if one:
            self._steps[kind_of(question)].append(seconds / one)

    def _one(self, experiment: Experiment, question: Question) -> float | None:
        """Seconds of one step for all that is asked, on the machine of the recordings."""
        networks, times = answer_to(question).work(experiment, question)
        step = self._estimates.step(networks)
        return None if step is None else times * step
