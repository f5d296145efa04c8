"""Who uses a data folder: a lock that the system drops when the process dies, however it dies."""

import contextlib
import mmap
import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has no flock; there each server takes itself for the only one
    fcntl = None  # type: ignore[assignment]


class FolderLock:
    """Every server holds the folder's lock, shared. ``alone`` tells whether no other server held it."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.alone = True
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.alone = False

    def share(self) -> None:
        """Let other servers use the folder too, and be known to them."""
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._file)


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
