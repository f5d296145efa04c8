"""Whether a training process still says anything: one that is stuck would be waited for, and nobody would know."""

import asyncio
from collections.abc import Callable

#: seconds without a word from a run that trains after which that is told
PATIENCE = 30.0


class Silence:
    """Watches one training. ``tell(True)`` is called when nothing has come for long, ``tell(False)`` when it goes on.

    Args:
        expected: whether anything is to come now; a run that is paused says nothing.
        tell: told of a silence, and of its end.
    """

    def __init__(self, expected: Callable[[], bool], tell: Callable[[bool], None]) -> None:
        self._expected, self._tell = expected, tell
        self._told = False
        self._timer: asyncio.TimerHandle | None = None
        self.heard()

    def heard(self) -> None:
        """Something has come."""
        self.end()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._nothing_came)

    def end(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()
        if self._told:
            self._told = False
            self._tell(False)

    def _nothing_came(self) -> None:
        if self._expected():
            self._told = True
            self._tell(True)
