"""The recording of a run: what training measures goes into its stream and, at full precision, into the store."""

import logging
import platform

from app import __version__
from app.contract.events import RunState
from app.contract.measurements import Measurement, Prepared
from app.runs.run import Run
from app.runs.store import Store
from app.runs.stored_run import StoredRun

log = logging.getLogger(__name__)

VERSIONS = {"skipscope": __version__, "python": platform.python_version()}


class Recording:
    """Records one run; the same for a server and for the command line."""

    def __init__(self, run: Run, store: Store) -> None:
        self.run = run
        self._store = store
        self._count = 0
        self._prepared: Prepared | None = None
        self._told: RunState | None = None
        self.save()

    def take(self, measurement: Measurement) -> None:
        """Record a measurement, and the run's state where it changes."""
        state = self.run.state
        self._count += 1
        self._store.save_measurement(self.run.id, self.run.stream.epoch, self._count, measurement)
        if isinstance(measurement, Prepared):
            self._prepared = measurement
        self.run.apply(measurement)
        if self.run.state != state or isinstance(measurement, Prepared):
            self.save()

    def move(self, state: RunState, reason: str | None = None) -> None:
        """Change the state and record it, unless the run is over."""
        if not self.run.over:
            self.run.move(state, reason)
            self.save()

    def begin(self) -> None:
        """Record the run as it is, and its beginning: without that, nothing that follows can be read."""
        if self._prepared is not None:
            self._store.save_measurement(self.run.id, self.run.stream.epoch, 0, self._prepared)
        self.save()

    def save(self) -> None:
        """Record the run as it is."""
        run = self.run
        if run.state != self._told:
            self._told = run.state
            facts = {"run": run.id, "state": run.state, "step": run.step, "reason": run.reason}
            log.info("run %s is %s", run.id, run.state, extra={"facts": facts})
        self._store.save_run(
            StoredRun(run.id, run.created, run.state, run.reason, run.step, run.experiment, run.provenance, VERSIONS)
        )
