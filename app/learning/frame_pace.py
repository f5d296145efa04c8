"""When a training step is measured: by time, and in runs that are over soon also by step.

By time alone a run of a second would have ten frames. Frames by step are as many as a chart has room for; all of them
together may take ``allowance`` seconds of a run, which is much for small networks and little for large ones, whose
steps are slow enough for frames by time.
"""

from collections import deque
from statistics import median

#: steps with a frame in a run, as far as there are so many and they cost little
FRAMES = 150
#: steps of each kind that are remembered: medians, because on a busy machine some steps take many times as long
REMEMBERED = 15
#: the share of a step that a frame takes at least, however short the steps with one have been (25 to 35 % on a CPU)
LEAST = 0.2


class FramePace:
    """Decides which steps are measured, and learns what measuring costs.

    Args:
        steps: of the whole run.
        interval: seconds between two frames; 0 measures every step.
        allowance: seconds that frames by step may take in all; 0: there are none.
    """

    def __init__(self, steps: int, interval: float, allowance: float) -> None:
        self.every, self.interval, self.allowance = max(1, steps // FRAMES), interval, allowance
        self.next = float("-inf")
        self._plain, self._measured = deque[float](maxlen=REMEMBERED), deque[float](maxlen=REMEMBERED)
        self._by_step = False

    def evaluated(self, now: float) -> None:
        """There was a frame with an evaluation."""
        self.next = now + self.interval

    def due(self, step: int, now: float) -> bool:
        """Whether a step is measured."""
        self._by_step = False
        if now >= self.next:
            # from when it was due, not from when a step ended, so that frames keep their pace
            self.next = max(self.next, now - self.interval) + self.interval
            return True
        # what a frame costs is known only beside steps without one
        self._by_step = self.allowance > 0 and len(self._plain) > 0 and step % self.every == 0
        return self._by_step

    def took(self, seconds: float, *, measured: bool) -> None:
        """A step that was asked about took so long."""
        (self._measured if measured else self._plain).append(seconds)
        if self._by_step:
            plain = median(self._plain)
            self.allowance -= max(LEAST * plain, median(self._measured) - plain)
