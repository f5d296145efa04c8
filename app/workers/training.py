"""The worker that trains. Loads torch when it warms up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from app.contract.experiment import Experiment
from app.contract.measurements import Measurement
from app.lazy import Lazy
from app.workers.worker import Context

if TYPE_CHECKING:
    from app.learning import devices, training
else:
    devices = Lazy("app.learning.devices")
    training = Lazy("app.learning.training")

#: seconds of a run: two percent of the default one, and enough for 100 frames of one that is over in a second
FRAME_ALLOWANCE = 0.08


class TrainingWorker:
    """Trains experiments: ``Worker[Experiment, Measurement]``."""

    name: ClassVar[str] = "training"

    def warm_up(self, threads: int) -> None:
        """Set the threads and train small networks."""
        training.warm_up(threads)

    def device_memory(self, device: str) -> int | None:
        """Bytes of a GPU; None of what computes in the machine's memory."""
        return devices.memory_of(device)

    def run(self, task: Experiment, context: Context) -> Iterator[Measurement]:
        """Train all networks of an experiment; see ``app.learning.training.train``."""
        return training.train(
            task,
            take=context.take,
            frame_interval=context.frame_interval,
            frame_allowance=FRAME_ALLOWANCE,
            dataset_dir=context.dataset_dir,
            device=context.device,
            checkpoints=context.checkpoints,
            checkpoint_bound=context.checkpoint_bound,
        )
