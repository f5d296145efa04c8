"""The data folder: room, rights, locks, and what is recorded in it."""

import contextlib
import mmap
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.doctor.finding import Found, count, ok, problem, warning
from app.figures.memory import told_size
from app.locks import can_lock
from app.runs.checkpoints import FOLDER
from app.runs.schema import FILE
from app.runs.writer import MOST_WAITING
from app.settings import Settings

COUNTS = "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM measurements)"
ELSEWHERE = "choose another folder with --data-dir"


def disk(settings: Settings) -> Found:
    """Whether the data folder can be written and locked, and whether all that may be recorded fits."""
    folder = settings.data_dir
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        free = shutil.disk_usage(place).free
        with tempfile.TemporaryFile(dir=place) as file:  # has no name where the system can do that
            file.write(bytes(mmap.PAGESIZE))
            file.flush()
            lockable = can_lock(file)
    except PermissionError:
        who = f"user {os.geteuid()}" if hasattr(os, "geteuid") else "you"
        return problem("folder", f"{who} may not write in {place}", f"allow it, or {ELSEWHERE}")
    except OSError as error:
        return problem("folder", f"cannot write in {place}: {error.strerror}", ELSEWHERE)
    if not lockable:
        advice = "choose a folder on a disk of this machine with --data-dir"
        return problem("folder", f"{place} is on a file system that cannot lock files", advice)
    used = sum(path.stat().st_size for path in _recorded(folder))
    most = (settings.store_mib + settings.checkpoints_mib) * 2**20
    words = f"{folder}: {told_size(used)} recorded, {told_size(free)} free"
    if free < MOST_WAITING:
        return problem("folder", f"{words}: too little to record a run", f"make room, or {ELSEWHERE}")
    if free < most - used:
        advice = "make room, or lower SKIPSCOPE_STORE_MIB or SKIPSCOPE_CHECKPOINTS_MIB"
        return warning("folder", f"{words}, and up to {told_size(most)} may be recorded", advice)
    return ok("folder", words)


def _recorded(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.glob(f"{FILE}*") if path.is_file())
    yield from (path for path in (folder / FOLDER).rglob("*") if path.is_file())


def store(settings: Settings) -> Found:
    """Whether the record of runs is whole."""
    path = settings.data_dir / FILE
    if not path.exists():
        return ok("runs", "none is recorded yet")
    try:
        with _reading(path) as db:
            said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said == "ok":
                runs, measured = db.execute(COUNTS).fetchone()
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        advice = f"move {path} away: a new one is made, and `sqlite3 FILE .recover` saves what can be saved of the old"
        return problem("runs", f"the record of runs is damaged: {' '.join(said.split())}", advice)
    return ok("runs", f"{count(runs, 'run')} of {count(measured, 'measurement')}, whole")


def newest_run(folder: Path) -> float | None:
    """When the newest run was begun, in seconds since 1970; None where there is none."""
    try:
        with _reading(folder / FILE) as db:
            found: float | None = db.execute("SELECT max(created) FROM runs").fetchone()[0]
    except sqlite3.Error:
        return None
    return found


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that leaves no file behind.

    Without a log beside it nobody has the record open, and SQLite is told so: else it would make one.
    """
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=5.0)) as db:
        yield db
