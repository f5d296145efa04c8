"""The worker that traces images through networks. Loads torch when it warms up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from app.contract.arms import Arm
from app.contract.experiment import Experiment
from app.contract.published_trace import PublishedRequest
from app.contract.trace import Example, TraceQuestion, TraceRequest, as_json
from app.lazy import Lazy
from app.workers.published import PublishedNetworks
from app.workers.subjects import Subjects
from app.workers.worker import Context

if TYPE_CHECKING:
    from app.analyses import published_trace, trace_networks
    from app.analyses import subject as subjects
    from app.analyses import trace as traces
    from app.analyses.subject import Subject
    from app.analyses.trace_networks import Networks
    from app.learning import devices, training
else:
    subjects, traces, training = Lazy("app.analyses.subject"), Lazy("app.analyses.trace"), Lazy("app.learning.training")
    devices = Lazy("app.learning.devices")
    trace_networks, published_trace = Lazy("app.analyses.trace_networks"), Lazy("app.analyses.published_trace")

#: weights that stay in memory: a hall looks at the same few
MOST_KEPT = 4


class TracingWorker:
    """Traces images: ``Worker[TraceRequest | PublishedRequest, bytes]``, whose only result is the answer as JSON.

    It keeps the networks that were traced last, and the probes of their states, so the next image is fast.
    """

    name: ClassVar[str] = "tracing"

    def __init__(self) -> None:
        self._subjects = Subjects(MOST_KEPT)
        self._published = PublishedNetworks()
        self._networks: WeakKeyDictionary[Subject, Networks] | None = None

    def warm_up(self, threads: int) -> None:
        """Make torch ready: the first pass forward and back of either family takes longest."""
        training.warm_up(threads)
        arms = (Arm(connection="plain"), Arm(connection="residual"))
        for family, depth in (("mlp", 4), ("conv6n2", 8)):
            subject = subjects.Subject(Experiment(family=family, depths=(depth,), arms=arms, width=4), 0)
            as_json(traces.trace(subject, TraceQuestion(depth=depth, image=Example(index=0))))

    def device_memory(self, device: str) -> int | None:
        """Bytes of a GPU; None of what computes in the machine's memory."""
        return devices.memory_of(device)

    def run(self, task: TraceRequest | PublishedRequest, context: Context) -> Iterator[bytes]:
        """Trace an image.

        Raises:
            DataUnavailable: the data set or the weights cannot be read.
            Refused: the question does not fit the run, or the network.
        """
        if isinstance(task, PublishedRequest):
            network = self._published.of(task.network, task.file)
            yield as_json(published_trace.published_trace(network, task.question))
            return
        subject = self._subjects.of(task.weights, context)
        if task.learnt:
            yield as_json(traces.learnt(subject, task.question))
            return
        yield as_json(traces.trace(subject, task.question, self._networks_of(subject)))

    def _networks_of(self, subject: "Subject") -> "Networks":
        """What is kept of a subject, as long as the subject is."""
        if self._networks is None:  # not before: a worker is sent to its process, and this cannot be
            self._networks = WeakKeyDictionary()
        found = self._networks.get(subject)
        if found is None:
            found = self._networks[subject] = trace_networks.Networks(subject)
        return found
