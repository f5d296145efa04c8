"""What the server writes to its log: at most one line a second about one thing, however many cause it.

Whoever can make the server write lines could fill its disk, and hide in them what matters.
"""

import logging
import time
from collections.abc import Callable

#: seconds between two lines about the same
EVERY = 1.0
FORMAT = "%(levelname)s: %(message)s"


class OneLineASecond(logging.Filter):
    """Lets pass one record a second of each place in the code; the next one says how many were held back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._next: dict[tuple[str, int], float] = {}
        self._held_back: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this one is written."""
        now, place = self._clock(), (record.pathname, record.lineno)
        if now < self._next.get(place, now):
            self._held_back[place] = self._held_back.get(place, 0) + 1
            return False
        self._next[place] = now + EVERY
        if held_back := self._held_back.pop(place, 0):
            record.msg, record.args = f"{record.getMessage()} ({held_back} more like it since the last line)", None
        return True


def install() -> None:
    """Write warnings and errors of all that runs in this process to standard error, bounded."""
    handler = logging.StreamHandler()
    handler.addFilter(OneLineASecond())
    logging.basicConfig(level=logging.WARNING, format=FORMAT, handlers=[handler])
