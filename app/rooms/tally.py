"""What was sent to viewers, counted: for ``/metrics``. Counting costs a viewer's frame well under a microsecond."""

import time
from bisect import bisect_left
from collections.abc import Callable

#: upper edges of the buckets of a latency, in seconds
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 1.0, 5.0)


class Tally:
    """Counts over all viewers.

    Attributes:
        frames: frames handed to viewers' lines.
        superseded: frames left out for viewers that were behind.
        latencies: events by the time from their making to their handing to a line; a bucket for each of ``EDGES``, and
            one more.
        latency_sum: seconds of all of these together.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.frames = self.superseded = 0
        self.latencies = [0] * (len(EDGES) + 1)
        self.latency_sum = 0.0

    def sent(self, frame: bool, made: float) -> None:
        """An event, made at this time, is handed to a viewer's line."""
        seconds = self._clock() - made
        self.frames += frame
        self.latencies[bisect_left(EDGES, seconds)] += 1
        self.latency_sum += seconds
