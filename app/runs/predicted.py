"""The measured answer to what was predicted: which choices are right, and one sentence with the figures.

Where the evidence does not decide (``app.evidence``), no choice is right, and the sentence says so.
"""

from typing import TypedDict

import numpy as np

from app.contract.predictions import Prediction
from app.evidence import above
from app.runs.comparison import Comparison
from app.runs.phrases import listed, percent, times

#: a signal that changes by less than this factor between the first layer and the last keeps its size
KEPT = 10.0
#: what becomes of it otherwise
GROWS, SHRINKS = "explodes", "fades"


class Answer(TypedDict):
    """Names of the choices that are right (``app.contract.predictions``), and why."""

    right: list[str]
    words: str


def by_accuracy(prediction: Prediction, comparison: Comparison) -> Answer:
    """The answer of the rules ``learns`` and ``better``, at the greatest depth."""
    if prediction.rule == "learns":
        return _learned(comparison)
    standing = comparison.standings[-1]
    words = comparison.depth(len(comparison.experiment.depths) - 1)
    if standing is None:
        return {"right": [], "words": words}
    if standing.guessing or not standing.behind:
        return {"right": ["none"], "words": words}
    ahead = [standing.leader, *standing.level]
    return {"right": [str(arm) for arm in sorted(ahead)], "words": words}


def _learned(comparison: Comparison) -> Answer:
    """Which arms are clearly past halfway between chance and 100 %."""
    experiment, accuracy = comparison.experiment, comparison.accuracy[:, -1]
    half = (1 + 1 / comparison.classes) / 2
    found = [above(half, seeds, comparison.examples, len(accuracy)) for seeds in accuracy]
    names = [f"{name}-{experiment.layers_of(arm, experiment.depths[-1])}" for arm, name in
             enumerate(comparison.names)]  # fmt: skip

    def named(arms: list[int]) -> str:
        # the median, as the page shows it
        at = {arm: "diverged" if found[arm] is None else percent(float(np.nanmedian(accuracy[arm]))) for arm in arms}
        return listed(f"{names[arm]} ({share})" for arm, share in at.items())

    edge = [arm for arm, gap in enumerate(found) if gap is not None and not gap.clear]
    did = [arm for arm, gap in enumerate(found) if gap is not None and gap.clear and gap.difference > 0]
    not_ = [arm for arm in range(len(found)) if arm not in (*edge, *did)]
    parts = [f"{named(did)} learned"] if did else []
    parts += [f"{named(not_)} did not"] if not_ and did else [f"{named(not_)} did not learn"] if not_ else []
    parts += [f"{named(edge)}: too close to {percent(half)} to call"] if edge else []
    words = ", ".join(parts)
    if edge:
        return {"right": [], "words": words}
    if len(accuracy) > 1 and len(did) == len(accuracy):
        return {"right": ["all"], "words": words}
    return {"right": [str(arm) for arm in did] or ["none"], "words": words}


def by_size(prediction: Prediction, name: str, ratio: float | None) -> Answer:
    """The answer of the rules ``backwards`` and ``forwards``.

    Args:
        name: of the network, such as ``plain-52``.
        ratio: size where the signal arrives over its size where it starts; None where that is no number.
    """
    what = "gradient" if prediction.rule == "backwards" else "signal (mean square)"
    if ratio is None:
        return {"right": [], "words": f"the {what} of {name} is not a finite number"}
    if ratio == 0:
        return {"right": [SHRINKS], "words": f"the {what} of {name} arrives as exactly 0"}
    if 1 / KEPT < ratio < KEPT:
        change = f"{times(ratio)} larger" if ratio >= 1 else f"{times(1 / ratio)} smaller"
        return {"right": ["keeps"], "words": f"the {what} of {name} arrives {change}: it keeps its size within 10×"}
    if ratio > 1:
        return {"right": [GROWS], "words": f"the {what} of {name} arrives {times(ratio)} larger"}
    return {"right": [SHRINKS], "words": f"the {what} of {name} arrives {times(1 / ratio)} smaller"}
