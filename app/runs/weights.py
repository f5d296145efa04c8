"""Which weights of a run a question is about: the newest that were kept, up to a step."""

import asyncio
from collections.abc import Iterable

from app.contract.best_rate import best_cells_at
from app.contract.findings import Weights
from app.contract.measurements import Measurement
from app.errors import Refused
from app.runs.run import Run
from app.runs.service import RunService


async def newest_weights(service: RunService, run: Run, until: int | None = None) -> Weights:
    """The last checkpoint of a run up to step ``until`` (None: of all), with those before it.

    Raises:
        Refused: there is none.
    """
    trajectory = await asyncio.to_thread(service.checkpoints.trajectory, run.id, until)
    if not trajectory:
        raise no_weights("none were kept up to there" if run.step else "it has not begun")
    step, file = trajectory[-1]
    best = await asyncio.to_thread(_best_cells, service, run, step)
    return Weights(run.experiment, step, file, tuple(trajectory), best)


def no_weights(why: str) -> Refused:
    """The refusal of a question about weights that are not there."""
    return Refused(f"step: there are no weights of this run to analyse: {why}", "step")


def _best_cells(service: RunService, run: Run, step: int) -> tuple[int | None, ...]:
    """In fair mode the best cells are those that the viewers see; otherwise there is no choice."""
    measurements: Iterable[Measurement] = ()
    if run.experiment.learning_rates:
        service.store.flush()
        measurements = service.store.measurements(run.id, most_frames=1)
    return tuple(best_cells_at(run.experiment, measurements, step))
