"""Findings: what an analysis found, as plain numbers that are stored, sent and exported as JSON.

Each kind has its own, in ``app.analyses.kinds``. A ``Band`` is [median, low, high] over the seeds, three columns of
equal length; numbers that are not finite are None. ``layers`` is the true number of weight layers of the arm at the
asked depth.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.contract.experiment import Experiment
from app.contract.questions import Question

Column = list[float | None]
Band = list[Column]


@dataclass(frozen=True, slots=True)
class Finding:
    """Base of all findings.

    Attributes:
        words: sentences made from the finding's own numbers, one for each arm and then one that compares them.
    """

    words: list[str] = field(default_factory=list, kw_only=True)


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as it is sent and stored: numbers to six significant digits, which is what float32 has."""
    numbers: dict[str, Any] = rounded(asdict(finding), 6)
    return numbers


def rounded(value: Any, digits: int) -> Any:
    """Numbers, and those in lists and objects, to so many significant digits."""
    match value:
        case float():
            return float(f"{value:.{digits}g}")
        case dict():
            return {key: rounded(inner, digits) for key, inner in value.items()}
        case list() | tuple():
            return [rounded(inner, digits) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a run that a worker process is asked about.

    Attributes:
        experiment: what was trained.
        step, file: for how many steps it had been trained, and the checkpoint of that step.
        trajectory: (step, file) of all checkpoints up to there, ascending.
        best: in fair mode the cell that stands for each (arm, depth), as the page shows it (``best_cells_at``).
    """

    experiment: Experiment
    step: int
    file: Path
    trajectory: tuple[tuple[int, Path], ...] = ()
    best: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """What a worker process is asked to answer."""

    weights: Weights
    question: Question


@dataclass(frozen=True, slots=True)
class AnalysisProgress:
    """From that process: the share that is done (0 to 1), and a finding when there is a new one."""

    done: float
    finding: Finding | None = None
    cancelled: bool = False
