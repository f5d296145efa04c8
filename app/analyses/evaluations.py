"""What was evaluated of a run: the subject of the analyses that need no weights. Loads no torch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.contract.experiment import Experiment
from app.contract.measurements import Evaluated, Measurement, Prepared
from app.errors import Refused


@dataclass(slots=True)
class Evaluations:
    """The evaluations of a run up to a step.

    Attributes:
        prepared: what stood before the first step; None where the run did not come so far.
        points: at least one, ascending.
        left_out, about_data: sentences that a finding ends with; as in ``app.analyses.subject.Subject``.
    """

    experiment: Experiment
    prepared: Prepared | None
    points: Sequence[Evaluated]
    left_out: list[str] = field(default_factory=list)
    about_data: list[str] = field(default_factory=list)

    @property
    def step(self) -> int:
        """Of the last one."""
        return self.points[-1].step

    @classmethod
    def of(cls, experiment: Experiment, measurements: Iterable[Measurement], until: int | None = None) -> "Evaluations":
        """From the measurements of a run, in order. Those after the step ``until`` do not count; None: all do.

        Raises:
            Refused: nothing was evaluated up to there.
        """
        everything = list(measurements)
        points = [one for one in everything if isinstance(one, Evaluated) and (until is None or one.step <= until)]
        if not points:
            raise Refused("step: nothing of this run was evaluated up to there", "step")
        return cls(experiment, next((one for one in everything if isinstance(one, Prepared)), None), points)
