"""The stream of one run: events numbered and encoded once, the newest of them in a ring.

A viewer is only a place in the stream; it fetches what follows its place with ``since``. So a viewer
that is behind holds no memory, and whoever asks for more than the ring holds gets a snapshot instead.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from app.contract.events import Frame, Position, Prepared, encode_event
from app.ids import RunId
from app.runs.history import Entry, History

#: events that a returning viewer can still get one by one: half a minute of frames
RING = 300

#: a run that was trained here counts in epoch 1, one that was rebuilt from the store in epoch 2
LIVE, REBUILT = 1, 2


class Stream:
    """Numbers, encodes and remembers the events of a run, and wakes those who listen."""

    def __init__(self, run: RunId, epoch: int) -> None:
        self.run = run
        self.epoch = epoch
        self.seq = 0
        self.history = History()
        self.listeners: set[Callable[[], None]] = set()
        self._ring: deque[Entry] = deque(maxlen=RING)

    @property
    def position(self) -> Position:
        """The place of the newest event."""
        return Position(self.epoch, self.seq)

    def publish(self, event: Any) -> None:
        """Add an event at the end."""
        self.seq += 1
        entry = Entry(self.seq, isinstance(event, Frame), encode_event(event, self.run, self.position))
        self._ring.append(entry)
        if not isinstance(event, Prepared):  # a snapshot carries the provenance in a place of its own
            self.history.add(event, entry)
        for wake in tuple(self.listeners):
            wake()

    def since(self, seq: int) -> list[Entry] | None:
        """All events after ``seq``, or None if the ring no longer holds all of them (or never did)."""
        behind = self.seq - seq
        if behind < 0 or behind > len(self._ring):
            return None
        return [self._ring[index] for index in range(-behind, 0)]

    def forget_ring(self) -> None:
        """Keep no single events: from now on every subscription starts with a snapshot."""
        self._ring.clear()
