"""Who uses a data folder: every server holds a lock in it that the system drops when it dies, however it dies."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from app import locks

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
            self._file = locks.opened(self._path)
            locks.take(self._file)

    def living(self) -> set[str] | None:
        """The names of all servers that use the folder now; None where that cannot be known. Raises ``OSError``."""
        if not locks.ARE_KNOWN:
            return None
        living = {self.name}
        with self._gate():
            for path in self._folder.glob(f"*{_ENDING}"):
                if path == self._path or locks.is_held(path):
                    living.add(path.stem)
                else:
                    path.unlink(missing_ok=True)
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
        gate = locks.opened(self._folder / GATE)
        try:
            locks.wait_for(gate)
            yield
        finally:
            os.close(gate)
