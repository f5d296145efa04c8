"""The outbox of one viewer: what to send next, decided when there is room to send it.

It holds no copies of a run's events, only the viewer's position in each stream. A viewer that is behind
misses metric frames (the oldest first), one that is far behind gets a snapshot; nothing else is ever
left out. What is held besides are answers to the viewer's own commands, and they are bounded.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from app.contract.events import Position
from app.errors import Refused
from app.rooms.tally import Tally
from app.runs.run import Run

#: frames of a run that may wait for a viewer; older ones are left out
MOST_FRAMES_BEHIND = 20
#: bytes of events that are sent in one piece, but for a longer one
MOST_TOGETHER = 64 * 1024
#: bytes of answers that may wait
MOST_ANSWER_BYTES = 256 * 1024
#: runs that one viewer may follow at once
MOST_FOLLOWED = 16

TOO_FAR_BEHIND = 4408


class Closed(Exception):
    """The viewer must be closed with ``code``."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Cursor:
    """A viewer's position in the stream of one run; ``seq`` None means that a snapshot is due."""

    def __init__(self, run: Run, seq: int | None, tally: Tally) -> None:
        self.run = run
        self._tally = tally
        self.seq = seq
        self.whole_until = 0
        self._followers = 1
        self.woken()

    def woken(self) -> None:
        """The viewer had everything, or has come back: it gets all that is there now. Leaving out is for those who are
        slow to take it, not for those who were told late."""
        self.whole_until = self.run.stream.seq

    def next(self) -> tuple[str, ...]:
        """The next messages, which are sent in one piece; none if the viewer has everything."""
        stream = self.run.stream
        waiting = None if self.seq is None else stream.since(self.seq)
        if waiting is None:
            self.seq = self.whole_until = stream.seq
            return (self.run.snapshot(),)
        frames = sum(entry.frame for entry in waiting) if len(waiting) > MOST_FRAMES_BEHIND else 0
        texts: list[str] = []
        size = 0
        for entry in waiting:
            if entry.frame and frames > MOST_FRAMES_BEHIND and entry.seq > self.whole_until:
                frames -= 1
                self._tally.superseded += 1
            elif texts and size + len(entry.text) > MOST_TOGETHER:
                break
            else:
                texts.append(entry.text)
                size += len(entry.text)
                self._tally.sent(entry.frame, entry.made)
            self.seq = entry.seq
        if not texts and self._followers != stream.followers:
            self._followers = stream.followers
            texts.append(stream.followers_text)
        return tuple(texts)


class Outbox:
    """What one viewer is still to be sent. ``tally`` counts what is."""

    def __init__(self, tally: Tally | None = None) -> None:
        self._tally = tally or Tally()
        self._answers: deque[str] = deque()
        self._answer_bytes = 0
        self._cursors: dict[str, _Cursor] = {}
        self._wake = asyncio.Event()
        self._close_code: int | None = None

    def answer(self, text: str) -> None:
        """Send this before all else. It is never left out; a viewer that lets too much pile up is closed."""
        self._answers.append(text)
        self._answer_bytes += len(text)
        if self._answer_bytes > MOST_ANSWER_BYTES:
            self.close(TOO_FAR_BEHIND)
        self._wake.set()

    def check_room(self) -> None:
        """Raise ``Refused`` if the viewer follows as many runs as it may."""
        if len(self._cursors) >= MOST_FOLLOWED:
            raise Refused(f"run: {MOST_FOLLOWED} runs is the limit of what one page can follow", "run")

    def follow(self, run: Run, position: Position | None = None) -> None:
        """Follow a run from a position on: what came after it if that is still there whole, else a snapshot.

        Raises:
            Refused: the viewer follows too many runs already.
        """
        if run.id not in self._cursors:
            self.check_room()
        known = position is not None and run.stream.has(position)
        self.unfollow(run.id)
        self._cursors[run.id] = _Cursor(run, position.seq if known and position else None, self._tally)
        run.stream.follow(self._wake.set)
        self._wake.set()

    def unfollow(self, run_id: str) -> None:
        """Follow a run no longer."""
        cursor = self._cursors.pop(run_id, None)
        if cursor is not None:
            cursor.run.stream.unfollow(self._wake.set)

    def close(self, code: int) -> None:
        """Let ``pump`` end with ``Closed(code)`` as soon as it can."""
        self._close_code = self._close_code or code
        self._wake.set()

    async def pump(self, send: Callable[[tuple[str, ...]], Awaitable[None]]) -> None:
        """Send what there is, for ever.

        Args:
            send: sends some messages. Viewers at the same place in a run are sent equal ones.

        Raises:
            Closed: too much has piled up, or ``close`` was called.
        """
        while True:
            await self._wake.wait()
            self._wake.clear()
            for cursor in self._cursors.values():
                cursor.woken()
            while texts := self._next():
                await send(texts)

    def leave(self) -> None:
        """The viewer is gone."""
        for run_id in list(self._cursors):
            self.unfollow(run_id)

    def _next(self) -> tuple[str, ...]:
        if self._close_code is not None:
            raise Closed(self._close_code)
        if self._answers:
            text = self._answers.popleft()
            self._answer_bytes -= len(text)
            return (text,)
        for cursor in self._cursors.values():
            if texts := cursor.next():
                return texts
        return ()
