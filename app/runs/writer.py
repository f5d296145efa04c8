"""What writes the record: one thread that gathers rows and writes them, and is never waited for.

Batches of at most half a second, so a killed server loses less than one second. When the disk is full the writer keeps
what it was given (up to a bound), says so, and tries again every second. Every second it looks whether the record is
still in its place, and writes it again where it is not.
"""

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable

from app.runs.datafolder import ServerLock
from app.runs.record_file import RecordFile, is_damage

log = logging.getLogger(__name__)

BATCH_SECONDS = 0.5
#: seconds after which what failed is tried again, and between two looks at a record to which nothing is written
RETRY_SECONDS = LOOK_SECONDS = 1.0
#: bytes that wait for a full disk to have room; what comes after is not recorded
MOST_WAITING = 64 * 2**20

#: a statement, its values, and how many bytes count as waiting until it is carried out
Row = tuple[str, tuple[object, ...], int]


class Writer:
    """Writes rows to a record.

    Args:
        file: the record.
        lock: that of this server, which goes with the folder of the record.
        on_trouble: called from the thread with the reason when recording pauses, with None when it goes on.
        on_loss: called from the thread when the record was removed, replaced or damaged and was written again; tells
            whether all of it could be read.
        max_pages: the most pages that the file may have; for tests, as a disk that is full.

    ``failing`` says whether recording pauses at present, ``rewritten`` when the record was last written again (seconds
    since 1970).
    """

    def __init__(
        self,
        file: RecordFile,
        lock: ServerLock,
        on_trouble: Callable[[str | None], None],
        on_loss: Callable[[bool], None],
        max_pages: int | None = None,
    ) -> None:
        self.failing = False
        self.rewritten: float | None = None
        self._damaged = False
        self.max_pages = max_pages
        self._file, self._lock, self._on_trouble, self._on_loss = file, lock, on_trouble, on_loss
        self._rows: queue.SimpleQueue[Row | threading.Event | None] = queue.SimpleQueue()
        # each counted by one thread alone, so that neither needs a lock
        self._given_bytes = self._written_bytes = 0
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of measurements that are not on disk yet."""
        return self._given_bytes - self._written_bytes

    def write(self, statement: str, *values: object) -> None:
        """Have a statement carried out."""
        self._rows.put((statement, values, 0))

    def write_if_room(self, size: int, statement: str, *values: object) -> None:
        """The same, of so many bytes; left out where too many wait."""
        if self.waiting_bytes + size > MOST_WAITING:
            return
        self._given_bytes += size
        self._rows.put((statement, values, size))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all given so far is written; False when that took too long. Not for the event loop."""
        done = threading.Event()
        self._rows.put(done)
        return done.wait(timeout)

    def close(self) -> None:
        """Write what waits and end."""
        self._rows.put(None)
        self._thread.join(3.0)

    def _run(self) -> None:
        """Gather, write, and again."""
        going_on = True
        while going_on:
            rows, marks, going_on = self._gather(None)
            while not self._commit(rows) and going_on:
                more, more_marks, going_on = self._gather(time.monotonic() + RETRY_SECONDS)
                rows += more
                marks += more_marks
            self._written_bytes += sum(size for _, _, size in rows)
            for mark in marks:
                mark.set()
        self._file.close()

    def _gather(self, deadline: float | None) -> tuple[list[Row], list[threading.Event], bool]:
        """Rows up to the deadline; ``flush`` and ``close`` cut it short.

        With None, rows of half a second after the first, or none where none comes for a second.
        """
        rows: list[Row] = []
        while True:
            left = LOOK_SECONDS if deadline is None else deadline - time.monotonic()
            if left <= 0:  # even if more is there: rows that keep coming put off no write
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

    def _commit(self, rows: list[Row]) -> bool:
        """Write all rows or none; tell when that begins to fail and when it works again."""
        is_lost, is_whole = not self._file.is_in_place(), not self._damaged
        try:
            if is_lost:
                is_whole &= self._file.write_again()
            with contextlib.suppress(OSError):  # tried again at the next look
                self._lock.hold()
            if self.max_pages is not None:
                self._file.db.execute(f"PRAGMA max_page_count = {self.max_pages}")
            with self._file.db as db:
                for statement, values, _ in rows:
                    db.execute(statement, values)
        except (OSError, sqlite3.Error) as error:
            if not self.failing:
                why = str(error) if not is_lost else f"the record of runs is gone and cannot be written again: {error}"
                self.failing = True
                log.error("recording pauses: %s", why)
                self._on_trouble(why)
            if isinstance(error, sqlite3.Error) and is_damage(error):
                with contextlib.suppress(OSError):  # then it is lost, and written again at the next try
                    self._file.set_aside()
                    self._damaged = True
            return False
        if is_lost:
            log.warning("the record of runs was gone and has been written again%s", "" if is_whole else ", in part")
            self.rewritten, self._damaged = time.time(), False
            self._on_loss(is_whole)
        if self.failing and (rows or is_lost):
            self.failing = False
            log.warning("recording goes on")
            self._on_trouble(None)
        return True
