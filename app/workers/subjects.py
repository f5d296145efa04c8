"""The networks of the questions that were asked last, kept in memory: the next question about them is fast."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.contract.experiment import Experiment
from app.contract.findings import Weights
from app.lazy import Lazy
from app.workers.worker import Context

if TYPE_CHECKING:
    from app.analyses import subject as subjects
    from app.analyses.subject import Subject
else:
    subjects = Lazy("app.analyses.subject")


class Subjects:
    """The last subjects that were asked for. A worker holds one, so it loads no torch before it is used.

    Args:
        most: how many are kept; of data from the user's own folder, which may be large, one alone.
    """

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._kept: dict[tuple[Experiment, Path, str], Subject] = {}

    def of(self, weights: Weights, context: Context) -> "Subject":
        """The run's networks with these weights.

        Raises:
            DataUnavailable: the data set or the weights cannot be read.
        """
        key = (weights.experiment, weights.file, context.device)
        subject = self._kept.pop(key, None) or self._read(weights, context)
        self._kept[key] = subject  # the newest stands last
        subject.best = weights.best
        # the training process deletes some of its files, perhaps while the question waited
        subject.trajectory = [(step, file) for step, file in weights.trajectory if file.exists()]
        return subject

    def _read(self, weights: Weights, context: Context) -> "Subject":
        own = weights.experiment.dataset in ("idx", "cifar10")
        while self._kept and (own or len(self._kept) >= self._most):  # before it is read: both may not fit into memory
            del self._kept[next(iter(self._kept))]
        subject = subjects.Subject(
            weights.experiment, weights.step, dataset_dir=context.dataset_dir, device=context.device
        )
        subject.load(weights.file)
        return subject
