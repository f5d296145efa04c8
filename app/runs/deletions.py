"""Deleted runs: first only marked, so that they can be brought back, and an hour later removed for good."""

import logging
import time
from collections.abc import Callable

from app.errors import Busy, IllegalMove, Refused, UnknownRun
from app.ids import RunId
from app.runs.checkpoints import Checkpoints
from app.runs.schema import MARK, REMOVE, UNMARK
from app.runs.states import is_final
from app.runs.store import Store

log = logging.getLogger(__name__)

#: seconds for which a deleted run can be brought back
GRACE = 3600.0


class Deletions:
    """The deleted runs of a data folder. Every method waits for the disk, so none is for the event loop.

    Args:
        store: holds the marks; to all else of it a marked run is unknown.
        checkpoints: go with their run.
        clock: seconds since 1970.
    """

    def __init__(self, store: Store, checkpoints: Checkpoints, clock: Callable[[], float] = time.time) -> None:
        self._store, self._checkpoints, self._clock = store, checkpoints, clock

    def check(self, run_id: str) -> None:
        """Whether a run can be deleted.

        Raises:
            Refused, IllegalMove, UnknownRun: it comes with the program, has not ended, or is not there.
        """
        if run_id in self._store.recorded:
            raise Refused(f"run: {run_id} comes with the program and cannot be deleted", "run")
        self._flush()
        state = self._store.run(run_id).state
        if not is_final(state):
            raise IllegalMove(f"delete: the run {run_id} is {state}; stop it first")

    def delete(self, run_id: str) -> float:
        """Mark a run as deleted. Returns when it goes for good, in seconds since 1970; raises as ``check`` does."""
        self.check(run_id)
        now = self._clock()
        self._store.write(MARK, run_id, now)
        self._flush()
        return now + GRACE

    def restore(self, run_id: str) -> None:
        """Bring a deleted run back. Raises ``UnknownRun`` when it is gone for good, or was not deleted."""
        if run_id not in self.marked():
            raise UnknownRun(f"no deleted run has the id {run_id[:40]!r}; after an hour they are gone for good")
        self._store.write(UNMARK, run_id)
        self._flush()

    def marked(self) -> dict[RunId, float]:
        """The deleted runs that can be brought back, and until when."""
        with self._store.reading() as db:
            return {RunId(run): at + GRACE for run, at in db.execute("SELECT run, at FROM deleted")}

    def remove(self, run_id: RunId) -> None:
        """Remove a run for good, with its checkpoints and analyses."""
        for statement in REMOVE:
            self._store.write(statement, run_id)
        self._flush()
        self._checkpoints.remove(run_id)

    def remove_old(self) -> None:
        """Remove for good what was deleted more than an hour ago."""
        for run_id, until in self.marked().items():
            if until <= self._clock():
                self.remove(run_id)
                log.info("the run %s, deleted an hour ago, was removed", run_id)

    def _flush(self) -> None:
        if not self._store.flush():
            raise Busy("the disk takes nothing at present; try again when there is room")
