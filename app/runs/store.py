"""The store: every run and measurement in one SQLite file, written by one thread, never waited for.

WAL with ``synchronous=NORMAL``: a commit survives the death of the process. Batches of at most half a
second, so a killed server loses less than one second. When the disk is full the writer keeps what it
was given (up to a bound), says so, and tries again every second.
"""

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from app.analyses.registry import parse_question
from app.contract.events import FINAL_STATES, Analysis
from app.contract.experiment import Experiment
from app.contract.measurements import Ended, Measurement
from app.contract.questions import Question
from app.errors import DataUnavailable, Refused, UnknownRun
from app.ids import RunId
from app.runs.damage import OnDamage, readable, to_log
from app.runs.datafolder import FolderLock
from app.runs.packing import kind_of, pack, unpack
from app.runs.recorded_runs import RecordedRuns
from app.runs.schema import FILE, SAVE_ANALYSIS, SAVE_MEASUREMENT, SAVE_RUN, SCHEMA
from app.runs.stored_run import StoredRun, stored_analysis, stored_run

log = logging.getLogger(__name__)

BATCH_SECONDS = 0.5
RETRY_SECONDS = 1.0
#: bytes that wait for a full disk to have room; what comes after is not recorded
MOST_WAITING = 64 * 2**20

_Row = tuple[str, tuple[object, ...], int]


class Store:
    """Runs and measurements on disk. All ``save_`` methods return at once; reading opens its own connection.

    Args:
        folder: where its file lies; made if it does not exist.
        on_trouble: called from the writer's thread with the reason when recording pauses, with None when it goes on.
        max_pages: the most pages that the file may have; for tests, as a disk that is full.
        recorded: runs that come with the program, which are read here like those on disk.

    ``failing`` says whether recording pauses at present.
    """

    def __init__(
        self,
        folder: Path,
        on_trouble: Callable[[str | None], None],
        max_pages: int | None = None,
        recorded: RecordedRuns | None = None,
    ) -> None:
        self.path = folder / FILE
        self.recorded = recorded or RecordedRuns()
        self._on_trouble = on_trouble
        self.max_pages = max_pages
        self._rows: queue.SimpleQueue[_Row | threading.Event | None] = queue.SimpleQueue()
        # each counted by one thread alone, so that neither needs a lock
        self._given_bytes = self._written_bytes = 0
        self.failing = False
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(folder)
        self._prepare()
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of measurements that are not on disk yet."""
        return self._given_bytes - self._written_bytes

    def save_run(self, run: StoredRun) -> None:
        """Record a run, or its new state."""
        values = (
            run.id, run.created, run.state, run.reason, run.step, run.experiment.config_hash(),
            run.experiment.model_dump_json(), orjson.dumps(run.provenance).decode(),
            orjson.dumps(run.versions).decode(),
        )  # fmt: skip
        self._rows.put((SAVE_RUN, values, 0))

    def save_measurement(self, run: RunId, epoch: int, seq: int, measurement: Measurement) -> None:
        """Record a measurement in full precision."""
        data = pack(measurement)
        if self.waiting_bytes + len(data) > MOST_WAITING:
            return
        self._given_bytes += len(data)
        self._rows.put((SAVE_MEASUREMENT, (run, epoch, seq, kind_of(measurement), data), len(data)))

    def save_analysis(self, run: RunId, created: float, analysis: Analysis) -> None:
        """Record an analysis that is over; not of a recorded run, whose weights the next version may replace."""
        if run in self.recorded:
            return
        data = orjson.dumps(analysis).decode()
        self._rows.put((SAVE_ANALYSIS, (run, analysis.analysis, created, data), 0))

    def write(self, statement: str, *values: object) -> None:
        """Have the writer's thread carry out a statement."""
        self._rows.put((statement, values, 0))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all given so far is written; False when that took too long. Not for the event loop."""
        done = threading.Event()
        self._rows.put(done)
        return done.wait(timeout)

    def close(self) -> None:
        """Write what waits and close."""
        self._rows.put(None)
        self._thread.join(3.0)
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

    def unfinished(self) -> list[RunId]:
        """The runs that some process trains, or trained when it died."""
        with self.reading() as db:
            rows = db.execute("SELECT id, state FROM runs").fetchall()
        return [RunId(run_id) for run_id, state in rows if state not in FINAL_STATES]

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

    def analyses(self, run_id: str, on_damage: OnDamage = to_log) -> list[Analysis]:
        """The analyses of a run that are over, oldest first."""
        with self.reading() as db:
            rows = db.execute("SELECT id, data FROM analyses WHERE run = ? ORDER BY created", (run_id,)).fetchall()
        return list(readable(rows, stored_analysis, "analysis", on_damage))

    def _prepare(self) -> None:
        with contextlib.closing(self._connect()) as db, db:
            db.executescript(SCHEMA)
            if self._lock.alone:
                final = ", ".join(f"'{state}'" for state in sorted(FINAL_STATES))
                db.execute(
                    f"UPDATE runs SET state = 'interrupted', reason = 'the server ended' WHERE state NOT IN ({final})"  # noqa: S608
                )
        self._lock.share()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=5.0)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=5.0, check_same_thread=False)) as db:
            db.execute("PRAGMA query_only = ON")
            yield db

    def _write(self) -> None:
        """The writer's thread: gather, write, and again."""
        with contextlib.closing(self._connect()) as db:
            going_on = True
            while going_on:
                rows, marks, going_on = self._gather(None)
                while not self._commit(db, rows) and going_on:
                    more, more_marks, going_on = self._gather(time.monotonic() + RETRY_SECONDS)
                    rows += more
                    marks += more_marks
                self._written_bytes += sum(size for _, _, size in rows)
                for mark in marks:
                    mark.set()

    def _gather(self, deadline: float | None) -> tuple[list[_Row], list[threading.Event], bool]:
        """Rows up to the deadline (None: half a second after the first); ``flush`` and ``close`` cut it short."""
        rows: list[_Row] = []
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:  # even if more is there: rows that keep coming put off no write
                return rows, [], True
            try:
                item = self._rows.get(timeout=left)
            except queue.Empty:
                return rows, [], True
            if item is None:
                return rows, [], False
            if isinstance(item, threading.Event):
                return rows, [item], True
            rows.append(item)
            if deadline is None:
                deadline = time.monotonic() + BATCH_SECONDS

    def _commit(self, db: sqlite3.Connection, rows: list[_Row]) -> bool:
        """Write all rows or none; tell when that begins to fail and when it works again."""
        try:
            if self.max_pages is not None:
                db.execute(f"PRAGMA max_page_count = {self.max_pages}")
            with db:
                for statement, values, _ in rows:
                    db.execute(statement, values)
        except sqlite3.Error as error:
            if not self.failing:
                self.failing = True
                log.error("recording pauses: %s", error)
                self._on_trouble(str(error))
            return False
        if self.failing and rows:
            self.failing = False
            log.warning("recording goes on")
            self._on_trouble(None)
        return True
