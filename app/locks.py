"""Locks on files that the system drops when the process that holds them dies, however it dies."""

import contextlib
import mmap
import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

#: whether it can be known who holds a lock
ARE_KNOWN = fcntl is not None


def opened(path: Path) -> int:
    """A descriptor of a file to lock, which is made where there is none; no process that is started inherits it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def take(file: int) -> bool:
    """Take the lock of a file; False where somebody else holds it, or the file system knows no locks."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def wait_for(file: int) -> None:
    """Take the lock of a file as soon as nobody else holds it; at once where the file system knows no locks."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of a file; nobody does where there is no file."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not take(file)
    finally:
        os.close(file)


def can_lock(file: IO[bytes]) -> bool:
    """Whether the file system can lock a file as servers and SQLite do, and let processes share its memory.

    Args:
        file: open for writing, of a page of memory or more, and nobody else's.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mmap.mmap(file.fileno(), mmap.PAGESIZE).close()
    except OSError:
        return False
    return True
