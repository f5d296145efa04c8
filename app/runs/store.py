"""The store: every run and measurement in one SQLite file, written by one thread, never waited for."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from app.analyses.registry import parse_question
from app.contract.events import Analysis
from app.contract.experiment import Experiment
from app.contract.measurements import Ended, Measurement
from app.contract.questions import Question
from app.errors import DataUnavailable, Refused, UnknownAnalysis, UnknownRun
from app.ids import RunId
from app.runs.damage import OnDamage, readable, to_log
from app.runs.datafolder import ServerLock
from app.runs.packing import kind_of, pack, unpack
from app.runs.record_file import RecordFile
from app.runs.recorded_runs import RecordedRuns
from app.runs.schema import FILE, INTERRUPT, SAVE_ANALYSIS, SAVE_MEASUREMENT, SAVE_OWNER, SAVE_RUN, UNFINISHED
from app.runs.stored_run import StoredRun, stored_analysis, stored_run
from app.runs.writer import Writer


class Store:
    """Runs and measurements on disk. All ``save_`` methods return at once; reading opens its own connection.

    Args:
        folder: where its file lies; made if it does not exist.
        on_trouble, max_pages, on_loss: as ``Writer`` has them.
        recorded: runs that come with the program, which are read here like those on disk.

    ``writer`` is the thread that writes. Raises ``OSError`` or ``sqlite3.Error`` where the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        on_trouble: Callable[[str | None], None],
        max_pages: int | None = None,
        recorded: RecordedRuns | None = None,
        on_loss: Callable[[bool], None] = lambda whole: None,
    ) -> None:
        self.path = folder / FILE
        self.recorded = recorded or RecordedRuns()
        self._file = RecordFile(self.path)
        self._lock = ServerLock(folder)
        with self._file.db as db:
            for run in self._abandoned():
                db.execute(INTERRUPT, (run,))
        self.writer = Writer(self._file, self._lock, on_trouble, on_loss, max_pages)
        self.write, self.flush = self.writer.write, self.writer.flush

    def save_run(self, run: StoredRun) -> None:
        """Record a run, or its new state."""
        values = (
            run.id, run.created, run.state, run.reason, run.step, run.experiment.config_hash(),
            run.experiment.model_dump_json(), orjson.dumps(run.provenance).decode(),
            orjson.dumps(run.versions).decode(),
        )  # fmt: skip
        self.write(SAVE_OWNER, run.id, self._lock.name)
        self.write(SAVE_RUN, *values)

    def save_measurement(self, run: RunId, epoch: int, seq: int, measurement: Measurement) -> None:
        """Record a measurement in full precision."""
        data = pack(measurement)
        self.writer.write_if_room(len(data), SAVE_MEASUREMENT, run, epoch, seq, kind_of(measurement), data)

    def save_analysis(self, run: RunId, created: float, analysis: Analysis) -> None:
        """Record an analysis that is over; not of a recorded run, whose weights the next version may replace."""
        if run in self.recorded:
            return
        data = orjson.dumps(analysis).decode()
        self.write(SAVE_ANALYSIS, run, analysis.analysis, created, data)

    def close(self) -> None:
        """Write what waits and close."""
        self.writer.close()
        self._lock.release()

    def run(self, run_id: str) -> StoredRun:
        """A stored run. Raises ``UnknownRun``, of one that was deleted too."""
        if run_id in self.recorded:
            return self.recorded.run(run_id)
        with self.reading() as db:
            row = db.execute("SELECT * FROM kept WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise UnknownRun(f"no run has the id {run_id[:40]!r}")
        try:
            return stored_run(*row)
        except ValueError as error:
            raise DataUnavailable(f"the record of the run {run_id} is damaged") from error

    def runs(self, limit: int = 100, on_damage: OnDamage = to_log) -> list[StoredRun]:
        """The newest runs, newest first."""
        with self.reading() as db:
            rows = db.execute("SELECT id, * FROM kept ORDER BY created DESC LIMIT ?", (limit,)).fetchall()
        return list(readable(rows, stored_run, "run", on_damage))

    def is_thinned(self, run_id: str) -> bool:
        """Whether nine of ten measurements between evaluations were removed to make room."""
        with self.reading() as db:
            return db.execute("SELECT 1 FROM thinned WHERE run = ?", (run_id,)).fetchone() is not None

    def used_bytes(self) -> int:
        """Bytes of the file that hold something; what was removed leaves room in it for what comes."""
        with self.reading() as db:
            pages, free, size = (
                db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
            )
        return int((pages - free) * size)

    def counts(self) -> dict[str, int]:
        """How many runs are in which state."""
        with self.reading() as db:
            return dict(db.execute("SELECT state, count(*) FROM kept GROUP BY state").fetchall())

    def interrupt_abandoned(self) -> None:
        """Call interrupted what a server trained that is gone."""
        for run in self._abandoned():
            self.write(INTERRUPT, run)

    def durations(self, limit: int = 50) -> list[tuple[Experiment, Ended]]:
        """What the newest runs that came to an end were, and how long they took; newest first."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT id, experiment, data FROM runs JOIN measurements ON run = id AND kind = 'ended' "
                "ORDER BY created DESC LIMIT ?",
                (limit,),
            ).fetchall()
        found = readable(rows, lambda run, data: (Experiment.model_validate_json(run), unpack(data)), "run")
        return [(experiment, ended) for experiment, ended in found if isinstance(ended, Ended)]

    def answers(self, limit: int = 100) -> list[tuple[Experiment, Question, float]]:
        """What was asked last about trained weights, and how many seconds each whole answer took; newest first."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT analyses.id, experiment, data FROM analyses JOIN runs ON runs.id = run "
                "ORDER BY analyses.created DESC LIMIT ?",
                (limit,),
            ).fetchall()
        found = []
        read = readable(
            rows, lambda run, data: (Experiment.model_validate_json(run), stored_analysis(data)), "analysis"
        )
        for experiment, event in read:
            if event.state == "finished" and event.seconds:
                with contextlib.suppress(Refused):  # of a kind that there is no more
                    found.append((experiment, parse_question(event.question), event.seconds))
        return found

    def measurements(
        self, run_id: str, most_frames: int | None = None, on_damage: OnDamage | None = None
    ) -> Iterator[Measurement]:
        """What a run measured, in order; with ``most_frames``, frames evenly left out down to about that many.

        Raises:
            DataUnavailable: one is damaged, and there is no ``on_damage`` to be told that it is left out.
        """
        if run_id in self.recorded:
            yield from self.recorded.measurements(run_id)
            return
        with self.reading() as db:
            frames = db.execute(
                "SELECT count(*) FROM measurements WHERE run = ? AND kind = 'measured'", (run_id,)
            ).fetchone()[0]
            stride = 1 if most_frames is None else max(1, -(-frames // most_frames))
            rows = db.execute(
                "SELECT seq, data FROM measurements WHERE run = ? AND (kind != 'measured' OR seq % ? = 0) "
                "ORDER BY epoch, seq",
                (run_id, stride),
            )
            if on_damage is None:
                yield from (unpack(data) for _, data in rows)
            else:
                yield from readable(rows, unpack, "measurement", on_damage)

    def analysis(self, run_id: str, analysis: str) -> Analysis:
        """A whole analysis of a run that is over. Raises ``UnknownRun``, ``UnknownAnalysis`` or ``DataUnavailable``."""
        self.run(run_id)
        with self.reading() as db:
            row = db.execute("SELECT data FROM analyses WHERE run = ? AND id = ?", (run_id, analysis)).fetchone()
        if row is None:
            raise UnknownAnalysis(f"the run {run_id} has no stored analysis {analysis[:40]!r}")
        try:
            return stored_analysis(row[0])
        except (TypeError, ValueError) as error:
            raise DataUnavailable(f"the record of the analysis {analysis} is damaged") from error

    def analyses(self, run_id: str, on_damage: OnDamage = to_log) -> list[Analysis]:
        """The analyses of a run that are over, oldest first."""
        with self.reading() as db:
            rows = db.execute("SELECT id, data FROM analyses WHERE run = ? ORDER BY created", (run_id,)).fetchall()
        return list(readable(rows, stored_analysis, "analysis", on_damage))

    def _abandoned(self) -> list[RunId]:
        """The runs that have not ended, though the server that trained them has."""
        with self.reading() as db:
            rows = db.execute(UNFINISHED).fetchall()
        living = self._lock.living()  # after that, or a server that has just come would look gone
        return [] if living is None else [RunId(run) for run, server in rows if server not in living]

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads, and never makes a file where the record is gone."""
        if not self._file.is_in_place():
            self.flush()
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        with contextlib.closing(sqlite3.connect(address, timeout=5.0, check_same_thread=False, uri=True)) as db:
            db.execute("PRAGMA query_only = ON")
            yield db
