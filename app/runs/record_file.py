"""The file of the record as long as a server writes it: whether it is in its place, and a new one where it is not.

A file that is removed or replaced stays whole for whoever has it open. So nothing is lost with it: all that it holds is
written again, where there is none, or beside what the file holds that is there instead. Of one that was overwritten,
what can be read.
"""

import contextlib
import logging
import sqlite3
from pathlib import Path

from app.runs.schema import SCHEMA, TABLES

log = logging.getLogger(__name__)

#: what a file is called that lay where the record belongs and is none
SET_ASIDE = ".unreadable"

_Identity = tuple[tuple[int, int], ...]


class RecordFile:
    """A database that one thread writes. Opens at once; raises ``OSError`` or ``sqlite3.Error`` where that fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = self._connect()
        self._identity: _Identity | None = self._found()

    def close(self) -> None:
        """Nothing is written any more."""
        self._identity = None
        self.db.close()

    def is_in_place(self) -> bool:
        """Whether what is written here is what others find at the path. For any thread."""
        return self._identity in (None, self._found())

    def write_again(self) -> bool:
        """Put the record back into its place; False where not all of it could be read.

        Raises:
            OSError, sqlite3.Error: it cannot be written.
        """
        assert self._identity is not None
        if self._found()[:1] == self._identity[:1]:  # its log alone is gone: what is in it goes into the file
            self.db.close()
            self.db = self._connect()
            self._identity = self._found()
            return True
        try:
            again = self._connect()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.set_aside()
            again = self._connect()
        try:
            with again:
                copied = [_copied(self.db, again, table) for table in TABLES]
        except sqlite3.Error:
            again.close()
            raise
        self.db.close()
        self.db = again
        self._identity = self._found()
        return all(copied)

    def set_aside(self) -> None:
        """Rename what lies at the path and is no record, or none that can be read. Raises ``OSError``."""
        log.warning("%s cannot be read and is set aside as %s", self.path.name, self.path.name + SET_ASIDE)
        for path in self._paths():
            with contextlib.suppress(FileNotFoundError):
                path.replace(path.with_name(path.name + SET_ASIDE))

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=5.0, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(SCHEMA)
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _found(self) -> _Identity:
        """What lies at the path, and its log; nothing of either that is not there."""
        found = []
        for path in self._paths():
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_dev, stat.st_ino))
        return tuple(found)

    def _paths(self) -> tuple[Path, Path]:
        return self.path, self.path.with_name(self.path.name + "-wal")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that a file is no database, or a broken one."""
    return getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _copied(one: sqlite3.Connection, other: sqlite3.Connection, table: str) -> bool:
    """Whether all rows of a table could be read; those that could are in the other database, too."""
    try:
        rows = one.execute(f"SELECT * FROM {table}")  # noqa: S608
        places = ", ".join("?" * len(rows.description))
        for row in rows:
            other.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row)  # noqa: S608
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False
    return True
