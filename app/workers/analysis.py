"""The worker that answers questions about weights. Loads torch when it warms up."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from app.analyses.analyse import analyse
from app.analyses.kinds.paths import Paths
from app.analyses.kinds.shattering import Shattering
from app.contract.arms import Arm
from app.contract.commands import Stop
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisProgress, AnalysisRequest, Finding
from app.lazy import Lazy
from app.workers.subjects import Subjects
from app.workers.worker import Context

if TYPE_CHECKING:
    from app.analyses import subject as subjects
    from app.learning import devices, training
else:
    devices = Lazy("app.learning.devices")
    subjects, training = Lazy("app.analyses.subject"), Lazy("app.learning.training")

#: seconds between two reports of progress
PROGRESS_SECONDS = 0.2


class AnalysisWorker:
    """Answers questions: ``Worker[AnalysisRequest, AnalysisProgress]``.

    It keeps the networks of the last question in memory, so the next question about the same weights is fast.
    """

    name: ClassVar[str] = "analysis"

    def __init__(self) -> None:
        self._subjects = Subjects()

    def warm_up(self, threads: int) -> None:
        """Make torch ready to train and to answer: the first batched gradient alone takes half a second."""
        training.warm_up(threads)
        subject = subjects.Subject(
            Experiment(depths=(4,), arms=(Arm(connection="plain"), Arm(connection="residual"))), 0
        )
        for question in (Paths(depth=4, examples=2), Shattering(depths=(4,), points=32, width=8, seeds=1)):
            for _ in analyse(subject, question):
                pass

    def device_memory(self, device: str) -> int | None:
        """Bytes of a GPU; None of what computes in the machine's memory."""
        return devices.memory_of(device)

    def run(self, task: AnalysisRequest, context: Context) -> Iterator[AnalysisProgress]:
        """Answer a question: progress, findings that are not complete yet, and at the end progress 1.

        A ``Stop`` is looked for whenever the analysis says how far it is.

        Raises:
            DataUnavailable: the data set or the weights cannot be read.
            Refused: the question does not fit the run.
        """
        subject = self._subjects.of(task.weights, context)
        share, reported = 0.0, time.monotonic()
        for result in analyse(subject, task.question):
            if isinstance(context.take(False), Stop):
                yield AnalysisProgress(share, cancelled=True)
                return
            if isinstance(result, Finding):
                yield AnalysisProgress(share, result)
            else:
                share = result
                if time.monotonic() - reported >= PROGRESS_SECONDS:
                    reported = time.monotonic()
                    yield AnalysisProgress(share)
        yield AnalysisProgress(1.0)
