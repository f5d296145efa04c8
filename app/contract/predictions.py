"""Predictions: what an experiment is asked before it trains, and the answers to choose from.

A rule says how the measured answer is found (``app.runs.predicted``) and what can be chosen. Every experiment has a
question: a preset its own, any other which arm will be better.
"""

from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

from app.contract.experiment import Experiment

Rule = Literal["learns", "better", "backwards", "forwards"]

#: what can become of the size of a signal
SIZES = {"fades": "It fades", "keeps": "It keeps its size", "explodes": "It explodes"}


class Choice(TypedDict):
    """An answer that can be chosen."""

    name: str
    label: str


class Poll(TypedDict):
    """What the page asks: one sentence, and the answers in their order."""

    ask: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A sentence to ask, and the rule by which measurements answer it.

    Attributes:
        rule: ``learns``: which arms get past halfway between chance and 100 % of the test set; ``better``: which is
            ahead on the test set; ``backwards`` and ``forwards``: what becomes of the gradient, or of the activations,
            between the first hidden layer and the last before any training. All at the greatest depth.
        arm: whose signal it is about, for the last two.
    """

    ask: str
    rule: Rule
    arm: int = 0

    def poll(self, experiment: Experiment) -> Poll:
        """The question with its choices: an arm's is its number."""
        return {"ask": self.ask, "choices": [{"name": k, "label": v} for k, v in self._choices(experiment).items()]}

    def _choices(self, experiment: Experiment) -> dict[str, str]:
        arms = {str(arm): name[0].upper() + name[1:] for arm, name in enumerate(experiment.arm_names())}
        if self.rule in ("backwards", "forwards"):
            return SIZES
        if len(arms) == 1:
            return {"0": "Yes", "none": "No"}
        if self.rule == "better":
            return arms | {"none": "No clear difference"}
        return arms | {
            "all": "Both" if len(arms) == 2 else "All of them",
            "none": "Neither" if len(arms) == 2 else "None",
        }


def usual(experiment: Experiment) -> Prediction:
    """The question of an experiment that is no preset."""
    layers = experiment.depths[-1]
    if len(experiment.arms) == 1:
        return Prediction(f"Will it learn with {layers} layers?", "learns")
    return Prediction(f"Which will be better on the test set, with {layers} layers?", "better")
