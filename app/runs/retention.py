"""The bound of the store: past it old runs are thinned, then removed, and it is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.contract.events import FINAL_STATES
from app.ids import RunId
from app.runs.deletions import Deletions
from app.runs.schema import MARK_THINNED, THIN
from app.runs.store import Store

#: the newest runs are never touched
NEWEST = 10


@dataclass(slots=True)
class Made:
    """What was done to make room: how many runs were thinned, which are gone, and whether it is enough."""

    thinned: int
    removed: list[RunId]
    fits: bool

    def words(self, most_bytes: int) -> str | None:
        """A sentence for everybody; None where nothing happened."""
        done = []
        if self.thinned:
            done.append(f"{_runs(self.thinned)} lost nine of ten measurements between evaluations")
        if self.removed:
            done.append(f"{_runs(len(self.removed))} went for good")
        bound = f"The record of runs has come to its bound of {most_bytes // 2**20} MiB (SKIPSCOPE_STORE_MIB)"
        if done:
            return f"{bound}: of the oldest, {', and '.join(done)}."
        return None if self.fits else f"{bound}, and the newest {NEWEST} runs stay: raise it, or delete runs."


class Retention:
    """Keeps the store within its bound. Waits for the disk, so not for the event loop."""

    def __init__(self, store: Store, deletions: Deletions, most_bytes: int) -> None:
        self._store, self._deletions, self.most_bytes = store, deletions, most_bytes

    def make_room(self) -> Made:
        """Thin the oldest runs, then remove the oldest, until it fits; never one of the newest, or unfinished."""
        made = Made(0, [], self._store.used_bytes() <= self.most_bytes)
        if made.fits:
            return made
        old = list(self._old())
        for run in (run for run, thinned in old if not thinned):
            for statement in (THIN, MARK_THINNED):
                self._store.write(statement, run)
            self._store.flush()
            made.thinned += 1
            made.fits = self._store.used_bytes() <= self.most_bytes
            if made.fits:
                return made
        for run, _ in old:
            self._deletions.remove(run)
            made.removed.append(run)
            made.fits = self._store.used_bytes() <= self.most_bytes
            if made.fits:
                return made
        return made

    def _old(self) -> Iterator[tuple[RunId, bool]]:
        """Runs that may be touched, the oldest first, and whether they have been thinned."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT id, state, id IN (SELECT run FROM thinned) FROM runs ORDER BY created DESC LIMIT -1 OFFSET ?",
                (NEWEST,),
            ).fetchall()
        return ((RunId(run), bool(thinned)) for run, state, thinned in reversed(rows) if state in FINAL_STATES)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
