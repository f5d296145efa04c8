"""The pace of sending: how often viewers are woken gives way to how much it costs to send to all of them.

Every event is kept, numbered and stored when it is made; what waits is only the call to the viewers, who then get all
that has come since the last one in one piece. So a larger audience sees the same frames, in fewer and larger pieces.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from statistics import median

#: of the server's time, what sending may take, and so of one core; all that it does besides shall fit into half a core
SHARE = 0.4
#: the longest interval, in seconds: an audience of any size is told twice a second
LONGEST = 0.5
#: intervals below are none: events come less often than this by themselves
SHORTEST = 0.01
#: sendings that are remembered: their median, for on a busy machine one may take many times as long as the others
REMEMBERED = 9


class Pace:
    """One for all runs of a server: it is their viewers together who cost.

    Args:
        clock: seconds, monotonic, finer than those of the loop.

    Attributes:
        interval: seconds from the beginning of one sending to that of the next, at least.
        seconds: that all sendings so far have taken.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.interval = self.seconds = 0.0
        self._took = deque[float](maxlen=REMEMBERED)
        self._due: dict[Callable[[], None], None] = {}
        self._earliest = float("-inf")
        self._under_way = False

    def call(self, wake: Callable[[], None]) -> None:
        """Call ``wake``: at once as long as there is no interval, else when its time has come, and then once."""
        if not self.interval:
            began = self._clock()
            wake()
            if not self._under_way:
                self._wait_for_end(began)
            return
        self._due[wake] = None
        if not self._under_way:
            self._plan()

    def _plan(self) -> None:
        self._under_way = True
        loop = asyncio.get_running_loop()
        if loop.time() < self._earliest:
            loop.call_at(self._earliest, self._send)
        else:
            loop.call_soon(self._send)

    def _send(self) -> None:
        due, self._due = self._due, {}
        began = self._clock()
        for wake in due:
            wake()
        self._wait_for_end(began)

    def _wait_for_end(self, began: float) -> None:
        """The viewers' tasks run in the next turn of the loop, and what they send is written by the end of it."""
        self._under_way = True
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._sent, began)

    def _sent(self, began: float) -> None:
        took = self._clock() - began
        self.seconds += took
        self._took.append(took)
        interval = min(LONGEST, median(self._took) / SHARE)
        self.interval = interval if interval >= SHORTEST else 0.0
        self._earliest = asyncio.get_running_loop().time() - took + self.interval
        self._under_way = False
        if self._due:
            self._plan()
