"""Who uses a data folder: every server holds a lock in it that the system drops when it dies, however it dies."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no flock; there each server takes itself for the only one
    fcntl = None  # type: ignore[assignment]

#: the folder of the locks, one file a server; and the lock that is held while they are made and looked at
FOLDER, GATE = "servers", "gate"
_ENDING = ".lock"


class ServerLock:
    """The lock of this server.

    Attributes:
        name: of the server, among all that ever used the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_hex(8)
        self._folder = folder / FOLDER
        self._path = self._folder / f"{self.name}{_ENDING}"
        self._file: int | None = None
        self.hold()

    def hold(self) -> None:
        """Take the lock, again where its file was removed. Raises ``OSError``."""
        if self._is_held():
            return
        self.release()
        with self._gate():
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _lock(self._file)

    def living(self) -> set[str] | None:
        """The names of all servers that use the folder now; None where that cannot be known. Raises ``OSError``."""
        if fcntl is None:
            return None
        living = {self.name}
        with self._gate():
            for path in self._folder.glob(f"*{_ENDING}"):
                if path != self._path and _is_dead(path):
                    path.unlink(missing_ok=True)
                else:
                    living.add(path.stem)
        return living

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _is_held(self) -> bool:
        try:
            return self._file is not None and os.path.samestat(os.fstat(self._file), self._path.stat())
        except OSError:
            return False

    @contextlib.contextmanager
    def _gate(self) -> Iterator[None]:
        """Wait until nobody else makes a lock or looks at them: one that is not held yet would look like a dead one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        gate = os.open(self._folder / GATE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if fcntl is not None:
                with contextlib.suppress(OSError):  # a file system without locks, where nobody looks dead
                    fcntl.flock(gate, fcntl.LOCK_EX)
            yield
        finally:
            os.close(gate)


def _lock(file: int) -> bool:
    """Whether a lock could be had."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_dead(path: Path) -> bool:
    """Whether nobody holds the lock of a file."""
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        return _lock(file)
    finally:
        os.close(file)
