"""A token bucket: how fast one client may talk."""

from collections.abc import Callable


class TokenBucket:
    """Lets through ``rate`` a second in the long run, and ``burst`` at once."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._at = burst, clock()

    def has_one(self) -> bool:
        """Whether there is a token to take."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return self._tokens >= 1

    def take(self) -> bool:
        """Take one token; False when there is none."""
        if not self.has_one():
            return False
        self._tokens -= 1
        return True
