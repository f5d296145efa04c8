"""What everybody is told about the server, in words."""

import asyncio
from collections.abc import Callable

from app.contract.events import Notice
from app.ids import RunId
from app.rooms.room import Room
from app.runs import silence

LOST = "The record of runs was removed, replaced or damaged while the server ran."
WHOLE = "All that was in it has been written again, and recording goes on; weights that lay beside it may be gone."
IN_PART = "What could be read of it has been written again, and recording goes on."


class Notices:
    """Announces in a room, from any thread; what comes before ``begin``, nobody is there to hear."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """Announce from now on, on the running event loop."""
        self._loop = asyncio.get_running_loop()

    def storage(self, reason: str | None) -> None:
        """Recording pauses for a reason, or goes on."""
        message = "Recording goes on." if reason is None else f"Recording pauses, training goes on: {reason}."
        self._announce(Notice("storage", message, reason is not None))

    def record(self, is_whole: bool, repair: Callable[[], None]) -> None:
        """The record was lost and has been written again; ``repair`` is called where not all of it was there."""
        self._announce(Notice("record", f"{LOST} {WHOLE if is_whole else IN_PART}", True))
        if self._loop is not None and not is_whole:
            self._loop.call_soon_threadsafe(repair)

    def room(self, words: str) -> None:
        """Room was made in the record, or cannot be."""
        self._announce(Notice("room", words, True))

    def silence(self, run: RunId, silent: bool) -> None:
        """Nothing has come from a training for long, or that is over."""
        message = f"Nothing has come from the training of {run} for {silence.PATIENCE:g} seconds. Stop ends it."
        self._announce(Notice(f"silence {run}", message if silent else "It goes on, or has ended.", silent))

    def _announce(self, notice: Notice) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._room.announce, notice)
