"""What the server writes to its log: at most one line a second about one thing, however many cause it.

Whoever can make the server write lines could fill its disk, and hide in them what matters.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

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
        if record.levelno < logging.WARNING:  # what only the lecturer can cause, and not often
            return True
        now, place = self._clock(), (record.pathname, record.lineno)
        if now < self._next.get(place, now):
            self._held_back[place] = self._held_back.get(place, 0) + 1
            return False
        self._next[place] = now + EVERY
        if held_back := self._held_back.pop(place, 0):
            record.msg, record.args = f"{record.getMessage()} ({held_back} more like it since the last line)", None
        return True


class AsJson(logging.Formatter):
    """One JSON object a line: time, level, where, message, and a record's ``extra={"facts": …}``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "where": record.name, "message": record.getMessage(),
        }  # fmt: skip
        said |= getattr(record, "facts", {})
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(said, default=str).decode()


def install(form: Literal["text", "json"]) -> None:
    """Write what all that runs in this process has to say to standard error, bounded.

    Args:
        form: ``text`` for people, who are told of warnings and errors; ``json`` for programs, which are told of runs
            and links, too.
    """
    handler = logging.StreamHandler()
    handler.addFilter(OneLineASecond())
    handler.setFormatter(AsJson() if form == "json" else logging.Formatter(FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if form == "json":
        logging.getLogger("app").setLevel(logging.INFO)
