"""The pace of sending: how often viewers are woken gives way to how much it costs to send to all of them.

Every event is kept, numbered and stored when it is made; what waits is only the call to the viewers, who then get all
that has come since the last one in one piece. So a larger audience sees the same frames, in fewer and larger pieces.
"""

import asyncio
import time
from collections.abc import Callable

#: of one core, what sending may take; the server does other things besides, and all of it shall fit into half a core
SHARE = 0.4
#: the longest interval, in seconds: an audience of any size is told twice a second
LONGEST = 0.5
#: intervals below are none: events come less often than this by themselves
SHORTEST = 0.01
#: of what the last sending took, what goes into the mean
WEIGHT = 0.25


class Pace:
    """One for all runs of a server: it is their viewers together who cost.

    Args:
        spent: seconds of processor time that this thread has used.

    Attributes:
        interval: seconds from the beginning of one sending to that of the next, at least.
        seconds: processor time of all sendings so far.
    """

    def __init__(self, spent: Callable[[], float] = time.thread_time) -> None:
        self._spent = spent
        self.interval = self.seconds = 0.0
        self._mean = 0.0
        self._due: dict[Callable[[], None], None] = {}
        self._earliest = float("-inf")
        self._under_way = False

    def call(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` as soon as may be, once however often it is asked for until then."""
        self._due[wake] = None
        if not self._under_way:
            self._under_way = True
            self._plan()

    def _plan(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._earliest:
            loop.call_at(self._earliest, self._send)
        else:
            loop.call_soon(self._send)

    def _send(self) -> None:
        loop = asyncio.get_running_loop()
        due, self._due = self._due, {}
        began, spent = loop.time(), self._spent()
        for wake in due:
            wake()
        # the viewers' tasks run in the next turn of the loop, and what they send is written by the end of it
        loop.call_soon(loop.call_soon, self._sent, began, spent)

    def _sent(self, began: float, spent: float) -> None:
        cost = self._spent() - spent
        self.seconds += cost
        self._mean += WEIGHT * (cost - self._mean)
        interval = min(LONGEST, self._mean / SHARE)
        self.interval = interval if interval >= SHORTEST else 0.0
        self._earliest = began + self.interval
        self._under_way = bool(self._due)
        if self._under_way:
            self._plan()
