"""What a server does for its data folder from time to time: ends the runs of servers that are gone, lets go of what was
deleted, and makes room."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable

from app.errors import Busy
from app.ids import RunId
from app.runs.deletions import Deletions
from app.runs.retention import Retention
from app.runs.service import RunService

log = logging.getLogger(__name__)

#: seconds between two rounds
EVERY = 5.0


class Housekeeping:
    """Rounds through the data folder, as long as the server runs.

    Args:
        service: lets go of runs that are deleted or removed.
        deletions: the deleted runs.
        retention: keeps the store within its bound.
        on_room: called with a sentence when room was made, or cannot be; the same one is told once.
    """

    def __init__(
        self, service: RunService, deletions: Deletions, retention: Retention, on_room: Callable[[str], None]
    ) -> None:
        self._service, self._deletions, self._retention, self._on_room = service, deletions, retention, on_room
        self._told: str | None = None
        self._known: dict[RunId, float] = {}

    async def run(self) -> None:
        """One round after the other."""
        while True:
            try:
                await self.round()
            except (Busy, OSError, sqlite3.Error) as error:
                log.warning("housekeeping waits: %s", error)
            await asyncio.sleep(EVERY)

    async def round(self) -> None:
        """Look once: what was deleted by the command line is let go, what was deleted long ago removed."""
        marked = await asyncio.to_thread(self._deletions.marked)
        for run, until in marked.items():
            if run not in self._known:
                self._service.forget(run, until)
        self._known = marked
        await asyncio.to_thread(self._service.store.interrupt_abandoned)
        await asyncio.to_thread(self._deletions.remove_old)
        made = await asyncio.to_thread(self._retention.make_room)
        for run in made.removed:
            self._service.forget(run, time.time())
        words = made.words(self._retention.most_bytes)
        if words is not None and words != self._told:
            log.warning("%s", words)
            self._on_room(words)
            self._told = words
