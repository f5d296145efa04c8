"""The stream of one run: events numbered and encoded once, the newest of them in a ring.

A viewer is only a position in the stream; it fetches what follows with ``since``. So a viewer
that is behind holds no memory, and whoever asks for more than the ring holds gets a snapshot instead.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from app.contract.events import Deleted, Frame, Position, Prepared, Viewers, encode_event
from app.ids import RunId, new_epoch
from app.runs.history import Entry, History
from app.runs.pace import Pace

#: events that a returning viewer can still get one by one: half a minute of frames
RING = 300

#: seconds after which a change of the number of followers is told: a hall that comes back is counted once
COUNT_AFTER = 0.25


class Stream:
    """Numbers, encodes and remembers the events of a run, and wakes those who listen.

    Every stream counts in an epoch of its own. The same run may have another stream after a restart, with other events
    at the same numbers, and nobody can tell what is missing there from where somebody was here.

    Args:
        run: whose events they are.
        epoch: in which it counts while it is rebuilt, for a run that comes with the program: it is always the same, and
            answers are not stored; None: a fresh one.
        pace: when listeners are woken; None: at once.

    Attributes:
        followers: how many follow it, as it was counted last; one who is alone need not be told.
        followers_text: the event that tells how many.
    """

    def __init__(self, run: RunId, epoch: int | None = None, pace: Pace | None = None) -> None:
        self.run, self._pace = run, pace
        self.epoch = new_epoch() if epoch is None else epoch
        self.seq = 0
        self.history = History(has_stored=epoch is None)
        self.listeners: set[Callable[[], None]] = set()
        self.followers, self.followers_text = 1, ""
        self._ring: deque[Entry] = deque(maxlen=RING)
        self._rebuilt: Position | None = None
        self._last_asked: tuple[int, int, Sequence[Entry]] = (0, 0, ())
        self._counting: asyncio.TimerHandle | None = None

    @property
    def position(self) -> Position:
        """The position of the newest event."""
        return Position(self.epoch, self.seq)

    def publish(self, event: Any) -> None:
        """Add an event at the end."""
        if self._rebuilt == self.position:  # what comes now is of this stream alone
            self.epoch = new_epoch()
        self.seq += 1
        entry = Entry(
            self.seq, isinstance(event, Frame), encode_event(event, self.run, self.position), time.monotonic()
        )
        self._ring.append(entry)
        if not isinstance(event, Prepared | Deleted):  # a snapshot carries the provenance in its own field
            self.history.add(event, entry)
        self._wake_all()

    def follow(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` after every event, and when the number of followers has changed."""
        self.listeners.add(wake)
        self._count_soon()

    def unfollow(self, wake: Callable[[], None]) -> None:
        """Call it no longer."""
        self.listeners.discard(wake)
        self._count_soon()

    def has(self, position: Position) -> bool:
        """Whether a position is one of this stream, and not of another one of the same run."""
        return position.epoch == self.epoch or position == self._rebuilt

    def since(self, seq: int) -> Sequence[Entry] | None:
        """All events after ``seq``, or None if the ring no longer holds all of them (or never did)."""
        behind = self.seq - seq
        if behind < 0 or behind > len(self._ring):
            return None
        if self._last_asked[:2] != (seq, self.seq):  # most viewers are at the same place
            self._last_asked = seq, self.seq, tuple(self._ring[index] for index in range(-behind, 0))
        return self._last_asked[2]

    def _wake_all(self) -> None:
        if self._pace is None or not self.listeners:
            self._wake_now()
        else:
            self._pace.call(self._wake_now)

    def _wake_now(self) -> None:
        for wake in tuple(self.listeners):
            wake()

    def _count_soon(self) -> None:
        if self._counting is None:
            self._counting = asyncio.get_running_loop().call_later(COUNT_AFTER, self._count)

    def _count(self) -> None:
        self._counting = None
        followers = max(1, len(self.listeners))  # whoever comes next to a run that nobody follows is alone
        if followers != self.followers:
            self.followers, self.followers_text = followers, encode_event(Viewers(followers), self.run)
            self._wake_all()

    def end_rebuilding(self) -> None:
        """All that was stored is here. Keep no single events of it: subscriptions start here, or with a snapshot."""
        self._ring.clear()
        self._rebuilt = self.position
        self._last_asked = (0, 0, ())
